/** Policy administrators, an auditor and an owner around one envelope in force; a test changes one thing. */
import {
  envelopeShape,
  list,
  object,
  optional,
  readShape,
  text,
  trustBundleShape,
  type Envelope,
  type Shape,
} from '@countersign/core';
import { PAYLOAD, signEnvelope, type DsseEnvelope, type SignerKey } from '@countersign/seal';
import { startControl, type TestControl } from '../testkit/control.ts';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { idOf, makeWorld, NOON_MS, type World } from '../testkit/world.ts';

const databases: TestDatabase[] = [];
const controls: TestControl[] = [];
export let world: World;
export let control: TestControl;
export let nowMs: number = NOON_MS;
export const passTime = (ms: number): void => {
  nowMs += ms;
};

function read<T>(shape: Shape<T>, value: unknown): T {
  const found = readShape(shape, value);
  if (found.ok) return found.value;
  throw new Error(`${found.refusal.detail}: ${JSON.stringify(found.refusal.complaints)}`);
}
const contentOf = ({ payload }: Pick<DsseEnvelope, 'payload'>): unknown =>
  JSON.parse(Buffer.from(payload, 'base64').toString());
/** A draft may have no signature yet. */
const dsseOf: Shape<DsseEnvelope> = object<DsseEnvelope>({
  payloadType: text({ max: 200 }),
  payload: text({ max: 1_000_000 }),
  signatures: list(
    object<DsseEnvelope['signatures'][number]>({
      keyid: optional(text({ max: 200 })),
      sig: text({ max: 10_000 }),
      webauthn: optional(object({ authenticatorData: text({ max: 1 }), clientDataJSON: text({ max: 1 }) })),
    }),
    { max: 32 },
  ),
});

export const openOffice = (): Promise<void> => openOfficeBeside([]);
/** `others`: organisations beside ours on the same server. */
export const openOfficeBeside = async (others: readonly World[]): Promise<void> => {
  nowMs = NOON_MS;
  world = makeWorld();
  const database = await openTestDatabase();
  databases.push(database);
  control = await startControl({ url: database.url, worlds: [world, ...others], nowMs: () => nowMs });
  controls.push(control);
  const bundle = read(trustBundleShape, contentOf({ payload: world.bundle().bundle }));
  const auditor = idOf<'Role'>('auditor');
  const people = bundle.people.map((person) => (person.id === 'sam' ? { ...person, roles: [auditor] } : person));
  await post('/trust', { trust: world.bundle({ people }) });
  await post('/envelope', { envelope: world.envelope() });
};
export const closeOffice = async (): Promise<void> => {
  for (const one of controls.splice(0)) await one.stop();
  for (const one of databases.splice(0)) await one.drop();
};

interface Answer {
  readonly status: number;
  readonly body: Record<string, never>;
}
export const post = async (url: string, body: unknown = {}, by = 'person:kim'): Promise<Answer> => {
  const answer = await control.ask(by, 'POST', `/api/v1${url}`, { body });
  return { status: answer.statusCode, body: answer.json() };
};
export const get = async (url: string, by = 'person:kim'): Promise<Answer> => {
  const answer = await control.ask(by, 'GET', `/api/v1${url}`);
  return { status: answer.statusCode, body: answer.json() };
};
export const codeOf = ({ status, body }: Answer): string => (status < 300 ? 'ok' : String(body['code']));
export const documentNow = async (): Promise<Envelope> =>
  read(envelopeShape, (await get('/envelope')).body['document']);
export const propose = async (change: Partial<Envelope>, by = 'person:omar'): Promise<Answer> =>
  post(
    '/envelopes/drafts',
    { document: { ...(await documentNow()), ...change }, reason: 'for a test', ticket: 'CHG-2' },
    by,
  );
export const draftDsse = async (version: number): Promise<DsseEnvelope> =>
  read(dsseOf, (await get(`/envelopes/drafts/${version}`)).body['envelope']);
export const signed = async (version: number, signer: SignerKey, by = 'person:kim'): Promise<Answer> => {
  const { payload } = await draftDsse(version);
  const envelope = signEnvelope(PAYLOAD.envelope, Buffer.from(payload, 'base64'), [signer]);
  return post(`/envelopes/drafts/${version}/signatures`, { envelope }, by);
};
export const events = async (): Promise<readonly string[]> =>
  (await control.deps.store.selectFrom('leaf').select('event').orderBy('id').execute()).map(({ event }) => event);
export const grantWith = async (targets: number): Promise<Partial<Envelope>> => {
  const { grants } = await documentNow();
  return { grants: grants.map((grant) => ({ ...grant, caps: { ...grant.caps, targets } })) };
};
