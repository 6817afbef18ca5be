import { createHash, randomBytes } from 'node:crypto';
import { instantOf, parseId, plusMs, type Role } from '@countersign/core';
import { generateSigner, type SignerKey } from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { startControl, type TestControl } from '../testkit/control.ts';
import { attestedRegistration, chainOf, type Authenticator as Attested } from '../testkit/attestation.ts';
import { makeWorld, NOON_MS, type World } from '../testkit/world.ts';

let database: TestDatabase;
let control: TestControl;
let world: World;
beforeEach(async () => {
  world = makeWorld();
  database = await openTestDatabase();
  control = await startControl({ url: database.url, worlds: [world] });
  await install({ trust: world.bundle() });
});
afterEach(async () => {
  await control.stop();
  await database.drop();
});
const install = (body: unknown) => control.ask('person:kim', 'POST', '/api/v1/trust', { body });
const codeOf = async (answer: ReturnType<typeof install>): Promise<string> => {
  const found = await answer;
  return found.statusCode < 300 ? 'accepted' : found.json<{ code: string }>().code;
};

/** Just enough CBOR for what an authenticator without attestation returns. */
const bytesItem = (bytes: Uint8Array): Buffer =>
  Buffer.concat([
    bytes.length < 24
      ? Buffer.of(0x40 + bytes.length)
      : bytes.length < 256
        ? Buffer.of(0x58, bytes.length)
        : Buffer.of(0x59, bytes.length >> 8, bytes.length & 255),
    bytes,
  ]);
const textItem = (text: string): Buffer => Buffer.concat([Buffer.of(0x60 + text.length), Buffer.from(text)]);
const coseEd25519 = (point: Uint8Array): Buffer =>
  Buffer.concat([Buffer.of(0xa4, 0x01, 0x01, 0x03, 0x27, 0x20, 0x06, 0x21), bytesItem(point)]);

interface Made {
  readonly challenge: string;
  readonly origin?: string;
  readonly rpId?: string;
  /** 0x45: present, verified, with key; 0x5d: synchronised as well. */
  readonly flags?: number;
  readonly point?: Uint8Array;
}
function authenticator({
  challenge,
  origin = 'http://localhost:4600',
  rpId = 'localhost',
  flags = 0x45,
  point = pointOf(generateSigner('ed25519')),
}: Made) {
  const id = randomBytes(16);
  const rpIdHash = createHash('sha256').update(rpId).digest();
  const authData = Buffer.concat([
    rpIdHash,
    Buffer.of(flags, 0, 0, 0, 0),
    Buffer.alloc(16),
    Buffer.of(0, id.length),
    id,
    coseEd25519(point),
  ]);
  const attestation = Buffer.concat([
    Buffer.of(0xa3),
    textItem('fmt'),
    textItem('none'),
    textItem('attStmt'),
    Buffer.of(0xa0),
    textItem('authData'),
    bytesItem(authData),
  ]);
  const clientData = JSON.stringify({ type: 'webauthn.create', challenge, origin, crossOrigin: false });
  const credential = id.toString('base64url');
  return {
    id: credential,
    rawId: credential,
    type: 'public-key',
    clientExtensionResults: {},
    response: {
      clientDataJSON: Buffer.from(clientData).toString('base64url'),
      attestationObject: attestation.toString('base64url'),
    },
  };
}
const idOf = (text: string): Role => parseId<'Role'>(text) as Role;
const pointOf = (key: SignerKey): Uint8Array => key.publicKey.point();
const challenge = async (): Promise<string> =>
  (await control.ask('person:ana', 'POST', '/api/v1/people/ana/passkeys/options')).json<{ challenge: string }>()
    .challenge;
const enrol = (response: unknown, more: object = {}) =>
  control.ask('person:ana', 'POST', '/api/v1/people/ana/passkeys', { body: { response, ...more } });
const pending = async () =>
  (await control.ask('person:kim', 'GET', '/api/v1/enrolments')).json<{
    items: { person: string; credential: { id: string; cose: string } }[];
  }>().items;

describe('a real registration', () => {
  test('A2: is verified and waits for a registrar; it is not in the roster', async () => {
    const made = authenticator({ challenge: await challenge() });
    expect((await enrol(made)).statusCode).toBe(202);
    expect(await pending()).toMatchObject([
      {
        person: 'ana',
        credential: {
          kind: 'passkey',
          id: made.id,
          rpId: 'localhost',
          origins: ['http://localhost:4600'],
          allowBackup: false,
        },
      },
    ]);
    const person = (await control.deps.trust.bundle(world.organisation))?.people.get('ana');
    expect(person?.credentials.map(({ kind }) => kind)).toEqual(['raw']);
  });

  test.each([
    ['for another page', { origin: 'https://evil.example' }, 'bad-signature'],
    ['for another relying party', { rpId: 'evil.example' }, 'bad-signature'],
    ['without verification of the user', { flags: 0x41 }, 'bad-signature'],
    ['of a synchronised passkey', { flags: 0x5d }, 'key-not-allowed'],
    ['of a passkey that could be synchronised', { flags: 0x4d }, 'key-not-allowed'],
    ['for the own page, by the relying party of the console', { origin: 'https://approve.example' }, 'bad-signature'],
    ['for the console, by the relying party of the own page', { rpId: 'approve.example' }, 'bad-signature'],
    [
      'with a point in a second spelling',
      { point: Uint8Array.from([0xee, ...Array.from({ length: 30 }, () => 0xff), 0x7f]) },
      'bad-key',
    ],
    ['with a key of small order', { point: Uint8Array.from([1, ...Array.from({ length: 31 }, () => 0)]) }, 'bad-key'],
  ])('A2: one %s is refused', async (_name, change, code) => {
    expect(await codeOf(enrol(authenticator({ challenge: await challenge(), ...change })))).toBe(code);
    expect(await pending()).toEqual([]);
  });

  test.each([
    ['http://localhost:4700', 'localhost', 'own'],
    ['https://approve.example', 'approve.example', 'own'],
    ['http://localhost:4600', 'localhost', 'served'],
  ])('A2: a passkey made at %s is of the surface that is called %s, and of no other', async (origin, rpId, surface) => {
    const asked = await control.ask('person:ana', 'POST', '/api/v1/people/ana/passkeys/options', {
      headers: { origin },
    });
    const { rp, challenge: sent } = asked.json<{ rp: { id: string }; challenge: string }>();
    expect(rp.id).toBe(rpId);
    expect((await enrol(authenticator({ challenge: sent, origin, rpId }))).statusCode).toBe(202);
    expect(await pending()).toMatchObject([{ credential: { origins: [origin], rpId, surface } }]);
  });

  test('a challenge is for one attempt, for one person and for five minutes', async () => {
    const asked = await challenge();
    expect(await codeOf(enrol(authenticator({ challenge: Buffer.from('other').toString('base64url') })))).toBe(
      'bad-signature',
    );
    expect(await codeOf(enrol(authenticator({ challenge: asked })))).toBe('expired');
  });
});

describe('an enrolment', () => {
  test('A2: only the person asks for it, with a challenge that is used once', async () => {
    expect((await control.ask('person:kim', 'POST', '/api/v1/people/ana/passkeys/options')).statusCode).toBe(403);
    const options = await control.ask('person:ana', 'POST', '/api/v1/people/ana/passkeys/options');
    expect(options.json<{ rp: { id: string }; user: { name: string } }>()).toMatchObject({
      rp: { id: 'localhost' },
      user: { name: 'ana' },
    });
    const response = {
      id: 'AAAA',
      rawId: 'AAAA',
      type: 'public-key',
      clientExtensionResults: {},
      response: { clientDataJSON: 'AAAA', attestationObject: 'AAAA' },
    };
    const attempt = (): Promise<string> =>
      codeOf(control.ask('person:ana', 'POST', '/api/v1/people/ana/passkeys', { body: { response } }));
    expect(await attempt()).toBe('bad-signature');
    expect(await attempt()).toBe('expired');
    expect((await control.ask('person:kim', 'GET', '/api/v1/enrolments')).json()).toEqual({ items: [] });
  });

  test('A2: an enrolment waits until a root-signed bundle holds its key', async () => {
    const credential = {
      kind: 'passkey',
      id: 'Y3JlZA',
      cose: coseEd25519(pointOf(generateSigner('ed25519'))).toString('base64url'),
      rpId: 'localhost',
      origins: ['http://localhost:4600'],
      allowBackup: false,
      surface: 'served',
      enrolledAt: instantOf(NOON_MS),
      usableFrom: instantOf(NOON_MS),
    };
    const row = {
      organisation: world.organisation,
      id: 'Y3JlZA',
      person: 'ana',
      credential: JSON.stringify(credential),
      state: 'pending' as const,
      requested_at: plusMs(instantOf(NOON_MS), 1),
    };
    await control.deps.store.insertInto('enrolment').values(row).execute();
    expect((await control.ask('person:kim', 'GET', '/api/v1/enrolments')).json<{ items: unknown[] }>().items).toEqual([
      { id: 'Y3JlZA', person: 'ana', credential, requestedAt: plusMs(instantOf(NOON_MS), 1) },
    ]);
    const bundle = JSON.parse(Buffer.from(world.bundle().bundle, 'base64').toString()) as {
      people: { id: string; credentials: unknown[] }[];
    };
    const people = bundle.people.map((person) =>
      person.id === 'ana' ? { ...person, credentials: [...person.credentials, credential] } : person,
    );
    await install({ trust: world.bundle({ people: people as never, version: 2 }) });
    expect((await control.ask('person:kim', 'GET', '/api/v1/enrolments')).json()).toEqual({ items: [] });
  });
});

describe('A2: a trust bundle that names models', () => {
  const MODEL = 'ee882879-721c-4913-9775-3dfcce97072a';
  const DAY_MS = 86_400_000;
  const ENROLMENT = {
    allowBackup: false,
    dutyExceptions: [{ one: idOf('operator'), other: idOf('release-approver') }],
  };
  const maker = chainOf({ name: 'Maker Root', isAuthority: true });
  const leaf = chainOf({ name: 'Model', issuer: maker });
  const stranger = chainOf({ name: 'Model', issuer: chainOf({ name: 'Maker Root', isAuthority: true }) });
  beforeEach(async () => {
    const enrolment = {
      ...ENROLMENT,
      coolingOffMs: DAY_MS,
      authenticators: [MODEL],
      attestationRoots: [maker.der.toString('base64')],
      allowUnattested: false,
    };
    expect((await install({ trust: world.bundle({ enrolment, version: 2 }) })).statusCode).toBe(200);
  });
  const attested = async (change: Partial<Attested> = {}): Promise<object> =>
    attestedRegistration({
      challenge: await challenge(),
      origin: 'http://localhost:4600',
      rpId: 'localhost',
      flags: 0x45,
      point: pointOf(generateSigner('ed25519')),
      aaguid: Buffer.from(MODEL.replaceAll('-', ''), 'hex'),
      by: leaf,
      ...change,
    });

  test('asks the browser for the word of the maker, and takes a key that has it; the key waits', async () => {
    const options = await control.ask('person:ana', 'POST', '/api/v1/people/ana/passkeys/options');
    expect(options.json<{ attestation: string }>().attestation).toBe('direct');
    expect(await codeOf(enrol(await attested()))).toBe('accepted');
    expect(await pending()).toMatchObject([
      { credential: { enrolledAt: instantOf(NOON_MS), usableFrom: instantOf(NOON_MS + DAY_MS), allowBackup: false } },
    ]);
  });

  test.each<[string, Partial<Attested>, string]>([
    ['of another maker with the same name', { by: stranger }, 'key-not-allowed'],
    ['of a model that is not named', { aaguid: Buffer.alloc(16, 7) }, 'key-not-allowed'],
    ['of no model', { aaguid: Buffer.alloc(16) }, 'key-not-allowed'],
    ['that may be synchronised', { flags: 0x4d }, 'key-not-allowed'],
    ['for another page', { origin: 'https://evil.example' }, 'bad-signature'],
    ['without verification', { flags: 0x41 }, 'bad-signature'],
  ])('refuses a key %s', async (_, change, code) => {
    expect(await codeOf(enrol(await attested(change)))).toBe(code);
    expect(await pending()).toEqual([]);
  });

  test('refuses a key for which no maker speaks', async () => {
    expect(await codeOf(enrol(authenticator({ challenge: await challenge() })))).toBe('key-not-allowed');
  });
});
