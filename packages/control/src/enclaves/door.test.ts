// The door of the enclaves over real TLS: who is let in, with what, and how long.
import { mkdtempSync, rmSync } from 'node:fs';
import { request } from 'node:https';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { instantOf, type Instant } from '@countersign/core';
import {
  generateSigner,
  signerPem,
  signGatewayEnrolment,
  type GatewayInvitation,
  type SignerKey,
} from '@countersign/seal';
import { sql, type Kysely } from 'kysely';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Deps, Features } from '../deps.ts';
import { Remediations } from '../flow/remediations.ts';
import { createCedarOracle } from '../policy/cedar.ts';
import { RolloutViews } from '../rollouts/rollout-views.ts';
import type { Schema } from '../store/schema.ts';
import { startControl, type TestControl } from '../testkit/control.ts';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { bodiesOf } from '../testkit/leaves.ts';
import { idOf, makeWorld, type World } from '../testkit/world.ts';
import { openAuthority } from './certificates/authority.ts';
import { enclaveRoutes } from './routes.ts';

/** What enclaves call, without the durable engine. */
const features = (deps: Deps): Features => ({
  routes: enclaveRoutes({ deps, remediations: new Remediations(deps, createCedarOracle()), views: new RolloutViews() }),
  wake: () => undefined,
  dispatched: () => undefined,
  start: async () => undefined,
  stop: async () => undefined,
});
const OPERATOR = 'person:sam';
let folder = '';
let database: TestDatabase;
let world: World;
let control: TestControl;
let url = '';
/** Certificates are dated for OpenSSL, which has its own clock. */
let aheadMs = 0;
const nowMs = (): number => Date.now() + aheadMs;

beforeEach(async () => {
  aheadMs = 0;
  folder = mkdtempSync(join(tmpdir(), 'countersign-door-'));
  database = await openTestDatabase();
  world = makeWorld();
  control = await startControl({ url: database.url, worlds: [world], nowMs, features, door: { stateDir: folder } });
  const bundle = { issuedAt: instantOf(nowMs() - 60_000), expiresAt: instantOf(nowMs() + 86_400_000) };
  const installed = await control.ask('person:kim', 'POST', '/api/v1/trust', { body: { trust: world.bundle(bundle) } });
  expect([installed.statusCode, installed.body]).toEqual([200, expect.any(String)]);
  url = (await control.door?.listen()) ?? '';
});
afterEach(async () => {
  expect(control.reports).toEqual([]);
  await control.stop();
  await database.drop();
  rmSync(folder, { recursive: true, force: true });
});

interface Shown {
  readonly key?: string;
  readonly cert?: string;
}
interface Answer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
}

/** One request over a connection of its own; `ca` is what the caller believes. */
function call(
  method: 'GET' | 'POST',
  path: string,
  { shown = {}, ca, body }: { readonly shown?: Shown; readonly ca?: string; readonly body?: unknown } = {},
): Promise<Answer> {
  const { promise, resolve, reject } = Promise.withResolvers<Answer>();
  const options = {
    method,
    agent: false,
    ca: ca ?? authority(),
    headers: body === undefined ? {} : { 'content-type': 'application/json' },
    ...shown,
  } as const;
  const asked = request(`${url}${path}`, options, (response) => {
    const parts: Buffer[] = [];
    response.on('data', (part: Buffer) => parts.push(part));
    response.on('end', () => {
      const text = Buffer.concat(parts).toString();
      resolve({ status: response.statusCode ?? 0, body: text === '' ? {} : (JSON.parse(text) as Answer['body']) });
    });
  });
  asked.on('error', reject);
  asked.end(body === undefined ? undefined : JSON.stringify(body));
  return promise;
}

function authority(): string {
  const opened = openAuthority(folder, nowMs);
  if (!opened.ok) throw new Error(opened.refusal.detail);
  return opened.value.certificate;
}

async function invited(enclave = 'prod-1'): Promise<GatewayInvitation> {
  const answer = await control.ask(OPERATOR, 'POST', `/api/v1/enclaves/${enclave}/invitations`);
  expect([answer.statusCode, answer.body]).toEqual([200, expect.any(String)]);
  return answer.json<GatewayInvitation>();
}
const asking = (key: SignerKey, enclave = 'prod-1', requestedAt: Instant = instantOf(nowMs())) =>
  signGatewayEnrolment({ organisation: world.organisation, enclave: idOf<'Enclave'>(enclave), requestedAt }, key);
const enrol = (secret: string, key: SignerKey, enclave = 'prod-1'): Promise<Answer> =>
  call('POST', '/api/v1/enclaves/enrolment', { body: { secret, request: asking(key, enclave) } });
async function enrolled(enclave = 'prod-1'): Promise<{ readonly key: string; readonly cert: string }> {
  const key = generateSigner('p256');
  const answer = await enrol((await invited(enclave)).secret, key, enclave);
  expect(answer.status).toBe(200);
  return { key: signerPem(key), cert: String(answer.body['certificate']) };
}
const poll = (shown: Shown, enclave = 'prod-1'): Promise<Answer> =>
  call('GET', `/api/v1/enclaves/${enclave}/poll?after=0&wait=0`, { shown });
const codeOf = ({ status, body }: Answer): string =>
  `${status} ${typeof body['code'] === 'string' ? body['code'] : ''}`.trim();

describe('O4: a gateway', () => {
  test('comes in with a certificate it got for a one-time secret, and gets what is for it', async () => {
    const answer = await poll(await enrolled());
    expect(codeOf(answer)).toBe('200');
    expect(JSON.stringify(answer.body['deliveries'])).toContain('"kind":"trust"');
    const leaves = await control.deps.store.selectFrom('leaf').select('event').orderBy('id').execute();
    expect(leaves.map(({ event }) => event)).toEqual(expect.arrayContaining(['enclave.invited', 'enclave.certified']));
  });

  test('does not get in without one, nor with a token instead', async () => {
    expect(codeOf(await poll({}))).toBe('401 unauthenticated');
    const token = { authorization: `Bearer ${world.tokens['enclave:prod-1'] ?? ''}` };
    const { promise, resolve } = Promise.withResolvers<number>();
    request(
      `${url}/api/v1/enclaves/prod-1/poll?wait=0`,
      { agent: false, ca: authority(), headers: token },
      (response) => {
        response.resume();
        resolve(response.statusCode ?? 0);
      },
    ).end();
    expect(await promise).toBe(401);
  });

  test('uses its secret once, for its own enclave, within ten minutes', async () => {
    const { secret } = await invited();
    expect(codeOf(await enrol(secret, generateSigner('p256'), 'staging-1'))).toBe('403 not-invited');
    expect(codeOf(await enrol('0'.repeat(64), generateSigner('p256')))).toBe('403 not-invited');
    expect(codeOf(await enrol(secret, generateSigner('p256')))).toBe('200');
    expect(codeOf(await enrol(secret, generateSigner('p256')))).toBe('403 not-invited');
    const late = await invited();
    aheadMs = 600_000;
    expect(codeOf(await enrol(late.secret, generateSigner('p256')))).toBe('403 not-invited');
  });

  test('cannot be asked for with the key of somebody else, or an old request', async () => {
    const { secret } = await invited();
    const [own, other] = [generateSigner('p256'), generateSigner('p256')];
    const [foreign, mine] = [asking(other), asking(own)];
    const mixed = { ...foreign, signatures: mine.signatures };
    expect((await call('POST', '/api/v1/enclaves/enrolment', { body: { secret, request: mixed } })).status).toBe(422);
    const old = asking(own, 'prod-1', instantOf(nowMs() - 301_000));
    expect(codeOf(await call('POST', '/api/v1/enclaves/enrolment', { body: { secret, request: old } }))).toBe(
      '400 clock-skew',
    );
    expect(codeOf(await enrol(secret, own))).toBe('200');
  });

  test('calls its own address and no other, and renews only its own', async () => {
    const shown = await enrolled();
    expect(codeOf(await poll(shown, 'staging-1'))).toBe('403 forbidden');
    const renewed = (enclave: string, of: string): Promise<Answer> =>
      call('POST', `/api/v1/enclaves/${enclave}/certificate`, {
        shown,
        body: { request: asking(generateSigner('p256'), of) },
      });
    expect(codeOf(await renewed('staging-1', 'staging-1'))).toBe('403 forbidden');
    expect(codeOf(await renewed('prod-1', 'staging-1'))).toBe('403 forbidden');
    expect(codeOf(await renewed('prod-1', 'prod-1'))).toBe('200');
  });

  test('is shut out by one person, with every certificate and open invitation it has', async () => {
    const shown = await enrolled();
    const { secret } = await invited();
    const answer = await control.ask('person:omar', 'POST', '/api/v1/enclaves/prod-1/shut-out');
    expect(answer.json()).toEqual({ enclave: 'prod-1', ended: 1 });
    expect(codeOf(await poll(shown))).toBe('401 shut-out');
    expect(codeOf(await enrol(secret, generateSigner('p256')))).toBe('403 not-invited');
    expect(codeOf(await poll(await enrolled()))).toBe('200');
  });

  test('that is ahead of a server restored from a backup is told at once where its deliveries end', async () => {
    const shown = await enrolled();
    const { body } = await poll(shown);
    const ahead = await call('GET', '/api/v1/enclaves/prod-1/poll?after=900000000&wait=50000', { shown });
    expect(ahead.body).toEqual({ next: body['next'], deliveries: [] });
  });

  test('gets no new certificate with one that was shut out, however lately it still counted', async () => {
    const shown = await enrolled();
    // The door remembers this answer for seconds: whoever renews in them would be inside for good.
    expect(codeOf(await poll(shown))).toBe('200');
    await control.ask('person:omar', 'POST', '/api/v1/enclaves/prod-1/shut-out');
    const renewed = await call('POST', '/api/v1/enclaves/prod-1/certificate', {
      shown,
      body: { request: asking(generateSigner('p256')) },
    });
    expect(codeOf(renewed)).toBe('401 shut-out');
    expect(await standing()).toBe(0);
  });

  test('is shut out with the certificate that it gets at that very moment', async () => {
    const shown = await enrolled();
    const { store } = control.deps;
    const done = new Set<string>();
    const [out, renewed] = await store.transaction().execute(async (held) => {
      // Whoever shuts out has seen which certificates there are, and waits here for one of them.
      await held.selectFrom('enclave_certificate').select('serial').forUpdate().execute();
      // An injected request begins when somebody waits for it.
      const ending = control
        .ask('person:omar', 'POST', '/api/v1/enclaves/prod-1/shut-out')
        .then(({ statusCode }) => statusCode);
      while ((await waiting(store)) < 1);
      const renewing = call('POST', '/api/v1/enclaves/prod-1/certificate', {
        shown,
        body: { request: asking(generateSigner('p256')) },
      }).finally(() => done.add('renewal'));
      while (done.size === 0 && (await waiting(store)) < 2);
      return [ending, renewing] as const;
    });
    expect([await out, codeOf(await renewed)]).toEqual([200, '401 shut-out']);
    expect(await standing()).toBe(0);
  });
});

/** How many wait for a lock that another holds. */
async function waiting(db: Kysely<Schema>): Promise<number> {
  const { rows } = await sql`select pid from pg_locks where not granted`.execute(db);
  return rows.length;
}

/** Certificates that would be let in. */
async function standing(): Promise<number> {
  const rows = await control.deps.store
    .selectFrom('enclave_certificate')
    .select('serial')
    .where('shut_out_at', 'is', null)
    .execute();
  return rows.length;
}

test('O4: an enclave nobody ever heard of is not shut out, and nothing says that it was', async () => {
  const written = async (): Promise<number> => (await bodiesOf(control, world, 'enclave.shut-out')).length;
  const before = await written();
  const answer = await control.ask('person:omar', 'POST', '/api/v1/enclaves/prod-l/shut-out');
  expect(codeOf({ status: answer.statusCode, body: answer.json() })).toBe('404 not-found');
  expect(await written()).toBe(before);
  // Known by an invitation alone: that is taken back, and the name stays known.
  const invitation = await control.ask('person:sam', 'POST', '/api/v1/enclaves/plant-9/invitations');
  expect(invitation.statusCode).toBe(200);
  expect((await control.ask('person:omar', 'POST', '/api/v1/enclaves/plant-9/shut-out')).json()).toEqual({
    enclave: 'plant-9',
    ended: 0,
  });
  expect(await written()).toBe(before + 1);
});

test('O4: a certificate of another authority, of the door itself, or without its key gets nobody in', async () => {
  const other = mkdtempSync(join(tmpdir(), 'countersign-door-'));
  const stranger = openAuthority(other, nowMs);
  const own = openAuthority(folder, nowMs);
  if (!stranger.ok || !own.ok) throw new Error('no authority');
  const key = generateSigner('p256');
  const name = { organisation: world.organisation, enclave: idOf<'Enclave'>('prod-1') };
  const forged = stranger.value.certifyGateway(name, key.publicKey);
  expect(codeOf(await poll({ key: signerPem(key), cert: forged.certificate }))).toBe('401 unauthenticated');
  const door = own.value.certifyServer(['127.0.0.1'], key.publicKey);
  expect((await poll({ key: signerPem(key), cert: door.certificate })).status).toBe(401);
  // Made with the right authority, but never by this server: it is in no row.
  const unknown = own.value.certifyGateway(name, key.publicKey);
  expect(codeOf(await poll({ key: signerPem(key), cert: unknown.certificate }))).toBe('401 shut-out');
  await expect(call('GET', '/api/v1/enclaves/prod-1/poll', { ca: stranger.value.certificate })).rejects.toThrow(
    'self-signed certificate',
  );
  rmSync(other, { recursive: true });
});

test('O4: nobody invites but those who run enclaves, and nothing else answers at the door', async () => {
  expect((await control.ask('person:kim', 'POST', '/api/v1/enclaves/prod-1/invitations')).statusCode).toBe(403);
  expect((await control.ask('agent:playbook', 'POST', '/api/v1/enclaves/prod-1/invitations')).statusCode).toBe(403);
  const shown = await enrolled();
  for (const path of ['/api/v1/trust', '/api/v1/proposals', '/api/v1/record/entries?from=0', '/api/v1/people'])
    expect((await call('GET', path, { shown })).status).toBeGreaterThanOrEqual(401);
});
