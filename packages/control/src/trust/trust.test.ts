import { instantOf } from '@countersign/core';
import { vkeyOf, generateSigner } from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { queriesOf } from '../testkit/queries.ts';
import { startControl, type TestControl } from '../testkit/control.ts';
import { makeWorld, NOON_MS, type World } from '../testkit/world.ts';

const databases: TestDatabase[] = [];
const controls: TestControl[] = [];
let world: World;
let other: World;
let control: TestControl;
let nowMs = NOON_MS;
const clock = (): number => nowMs;

beforeEach(async () => {
  nowMs = NOON_MS;
  world = makeWorld();
  other = makeWorld('globex');
  const database = await openTestDatabase();
  databases.push(database);
  control = await startControl({ url: database.url, worlds: [world, other], nowMs: clock });
  controls.push(control);
});
afterEach(async () => {
  for (const one of controls.splice(0)) await one.stop();
  for (const one of databases.splice(0)) await one.drop();
});

const install = (body: unknown, place: 'trust' | 'envelope' | 'graph', by = 'person:kim') =>
  control.ask(by, 'POST', `/api/v1/${place}`, { body });
const codeOf = async (answer: ReturnType<typeof install>): Promise<string> => {
  const found = await answer;
  return found.statusCode === 200 ? 'installed' : found.json<{ code: string }>().code;
};
const events = async (): Promise<readonly string[]> =>
  (
    await control.deps.store
      .selectFrom('leaf')
      .select('event')
      .where('organisation', '=', world.organisation)
      .orderBy('id')
      .execute()
  ).map(({ event }) => event);

const renewed = (version: number) => world.bundle({}, undefined, { version, expires: instantOf(NOON_MS + 86_400_000) });

describe('trust bundle', () => {
  test('X1: is installed when the root keys signed it, recorded, and sent to every enclave', async () => {
    expect(await codeOf(install({ trust: world.bundle() }, 'trust'))).toBe('installed');
    const shown = (await control.ask('enclave:prod-1', 'GET', '/api/v1/trust')).json<{
      version: number;
      trust: unknown;
    }>();
    expect([shown.version, shown.trust]).toEqual([1, world.bundle()]);
    const sent = await control.deps.store
      .selectFrom('delivery')
      .select(['enclave', 'kind'])
      .where('organisation', '=', world.organisation)
      .execute();
    expect(sent).toEqual([
      { enclave: 'prod-1', kind: 'trust' },
      { enclave: 'staging-1', kind: 'trust' },
    ]);
    expect(await events()).toContain('trust.updated');
  });

  test.each([
    ['signed by somebody else', (w: World) => w.bundle({}, [w.keys.kim]), 'trust-unsigned'],
    ['of another organisation', (w: World) => w.bundle({ organisation: other.organisation }), 'trust-other'],
    ['expired', (w: World) => w.bundle({ expiresAt: instantOf(NOON_MS - 1) }), 'expired'],
    [
      'with another log key',
      (w: World) =>
        w.bundle({ keys: { ...contentOf(w), log: vkeyOf('log', 'DEMO/x', generateSigner('ed25519').publicKey) } }),
      'bad-key',
    ],
    [
      'with a key that cannot be read',
      (w: World) => w.bundle({ keys: { ...contentOf(w), graphOwners: [{ name: 'g', publicKey: 'A'.repeat(60) }] } }),
      'malformed',
    ],
    [
      'whose bytes are another document',
      (w: World) => ({ ...w.bundle(), bundle: Buffer.from('{}').toString('base64') }),
      'trust-mixed',
    ],
  ])('X1: is refused when %s', async (_name, make, code) => {
    expect(await codeOf(install({ trust: make(world) }, 'trust'))).toBe(code);
    expect(await codeOf(control.ask('person:kim', 'GET', '/api/v1/trust'))).toBe('no-trust');
    expect(await events()).not.toContain('trust.updated');
  });

  test('versions only go up, also when two come at once', async () => {
    expect(await codeOf(install({ trust: world.bundle({ version: 3 }) }, 'trust'))).toBe('installed');
    expect(await codeOf(install({ trust: world.bundle({ version: 3 }) }, 'trust'))).toBe('not-newer');
    expect(await codeOf(install({ trust: world.bundle({ version: 2 }) }, 'trust'))).toBe('not-newer');
    const both = await Promise.all(
      [4, 4].map((version) => codeOf(install({ trust: world.bundle({ version }) }, 'trust'))),
    );
    expect(both.toSorted()).toEqual(['installed', 'not-newer']);
  });

  test('X1: the same bundle under a renewed timestamp is installed and delivered again; an older or equal one is not', async () => {
    const outcomes: string[] = [];
    for (const version of [2, 3, 3, 2]) outcomes.push(await codeOf(install({ trust: renewed(version) }, 'trust')));
    expect(outcomes).toEqual(['installed', 'installed', 'not-newer', 'not-newer']);
    const shown = (await control.ask('person:kim', 'GET', '/api/v1/trust')).json<{
      expiresAt: string;
      trust: unknown;
    }>();
    expect(shown).toMatchObject({ expiresAt: instantOf(NOON_MS + 86_400_000), trust: renewed(3) });
    expect((await events()).filter((event) => event === 'trust.updated')).toHaveLength(2);
  });

  test('X1: what ends soon is told before execution closes: in words, and as a number for a monitor; a renewal ends it', async () => {
    const told = async () => ({
      warnings: (await control.ask('person:kim', 'GET', '/api/v1/trust')).json<{ warnings: readonly string[] }>()
        .warnings,
      metrics: (await control.ask('person:kim', 'GET', '/api/v1/metrics')).body,
    });
    expect((await told()).metrics).not.toContain('{');
    const HOUR_MS = 3_600_000;
    const dated = (version: number, ms: number) =>
      world.bundle({ issuedAt: instantOf(NOON_MS - 240 * HOUR_MS) }, undefined, {
        version,
        expires: instantOf(NOON_MS + ms),
      });
    await install({ trust: dated(2, HOUR_MS) }, 'trust');
    const soon = await told();
    expect(soon.warnings.filter((warning) => warning.startsWith('the timestamp ends '))).toEqual([
      expect.stringContaining('next: cs trust publish'),
    ]);
    expect(soon.metrics).toContain('countersign_trust_end_state{part="timestamp"} 1\n');
    expect(soon.metrics).toContain(
      `countersign_trust_end_timestamp_seconds{part="timestamp"} ${(NOON_MS + HOUR_MS) / 1000}\n`,
    );
    await install({ trust: dated(3, 30 * 24 * HOUR_MS) }, 'trust');
    const renewedNow = await told();
    expect(renewedNow.warnings.filter((warning) => warning.includes('timestamp'))).toEqual([]);
    expect(renewedNow.metrics).toContain('countersign_trust_end_state{part="timestamp"} 0\n');
    expect((await control.ask('', 'GET', '/api/v1/metrics')).statusCode).toBe(401);
  });

  test('X1: another bundle of the installed version is not a renewal', async () => {
    await install({ trust: world.bundle() }, 'trust');
    const changed = world.bundle({ agents: [] }, undefined, { version: 9, expires: instantOf(NOON_MS + 86_400_000) });
    expect(await codeOf(install({ trust: changed }, 'trust'))).toBe('not-newer');
  });

  test('X1: a revoked key gives no new authority: neither a person nor an envelope counts with it', async () => {
    const revoked = (name: 'ana' | 'capsule') => ({
      keyid: world.keys[name].keyid,
      notAfter: instantOf(NOON_MS - 1000),
      reason: 'lost laptop',
    });
    await install({ trust: world.bundle({ revocations: [revoked('ana'), revoked('capsule')] }) }, 'trust');
    const found = await control.deps.trust.bundle(world.organisation);
    expect(found?.people.get('ana')?.credentials).toEqual([]);
    expect([found?.capsuleSigners, found?.signed.keys.capsuleSigners.length]).toEqual([[], 1]);
    expect(await codeOf(install({ envelope: world.envelope() }, 'envelope'))).toBe('envelope-unsigned');
  });

  test('an agent cannot install one', async () => {
    expect((await install({ trust: world.bundle() }, 'trust', 'agent:playbook')).statusCode).toBe(403);
  });
});

const contentOf = (from: World) =>
  (JSON.parse(Buffer.from(from.bundle().bundle, 'base64').toString()) as { keys: never }).keys as object as Parameters<
    World['bundle']
  >[0] extends { keys?: infer K } | undefined
    ? NonNullable<K>
    : never;

describe('envelope', () => {
  beforeEach(async () => {
    await install({ trust: world.bundle() }, 'trust');
  });

  test('E3: two policy admins activate a version; its ETag is its digest', async () => {
    expect(await codeOf(install({ envelope: world.envelope() }, 'envelope'))).toBe('installed');
    const first = await control.ask('agent:playbook', 'GET', '/api/v1/envelope');
    const { digest, version } = first.json<{ digest: string; version: number }>();
    expect([first.headers['etag'], version]).toEqual([`"${digest}"`, 1]);
    const again = await control.ask('agent:playbook', 'GET', '/api/v1/envelope', {
      headers: { 'if-none-match': `"${digest}"` },
    });
    expect([again.statusCode, again.body]).toEqual([304, '']);
    expect(await events()).toContain('envelope.activated');
  });

  test.each([
    ['one admin', (w: World) => [w.keys.kim]],
    ['one admin twice', (w: World) => [w.keys.kim, w.keys.kim]],
    ['an admin and somebody without the role', (w: World) => [w.keys.kim, w.keys.sam]],
    ['keys of nobody', () => [generateSigner('ed25519'), generateSigner('ed25519')]],
  ])('E3: is refused with the signatures of %s', async (_name, signers) => {
    expect(await codeOf(install({ envelope: world.envelope({}, signers(world)) }, 'envelope'))).toBe(
      'envelope-unsigned',
    );
    expect(await codeOf(control.ask('person:kim', 'GET', '/api/v1/envelope'))).toBe('no-envelope');
  });

  test('E3: the owner does not count', async () => {
    expect(await codeOf(install({ envelope: world.envelope({ owner: 'kim' }) }, 'envelope'))).toBe('envelope-unsigned');
  });

  test.each([
    ['expired', { validUntil: instantOf(NOON_MS - 1000) }, 'envelope-expired'],
    ['not yet valid', { validFrom: instantOf(NOON_MS + 1000) }, 'envelope-not-yet-valid'],
    ['valid for too long', { validUntil: instantOf(NOON_MS + 100 * 86_400_000) }, 'envelope-faulty'],
  ] as const)('E2: is refused when %s', async (_name, change, code) => {
    expect(await codeOf(install({ envelope: world.envelope(change) }, 'envelope'))).toBe(code);
  });

  test('E2: one that expires while it is remembered authorises nothing from that moment', async () => {
    await install({ envelope: world.envelope({ validUntil: instantOf(NOON_MS + 10_000) }) }, 'envelope');
    expect((await control.deps.trust.envelope(world.organisation)).ok).toBe(true);
    nowMs += 10_000;
    const found = await control.deps.trust.envelope(world.organisation);
    expect(found.ok ? 'active' : found.refusal.code).toBe('envelope-expired');
  });

  test('E2: a bundle that takes a signer away takes the envelope away', async () => {
    await install({ envelope: world.envelope() }, 'envelope');
    const bundle = JSON.parse(Buffer.from(world.bundle().bundle, 'base64').toString()) as {
      people: { id: string; roles: string[] }[];
    };
    const people = bundle.people.map((person) => (person.id === 'ana' ? { ...person, roles: [] } : person));
    await install({ trust: world.bundle({ people: people as never, version: 2 }) }, 'trust');
    const found = await control.deps.trust.envelope(world.organisation);
    expect(found.ok ? 'active' : found.refusal.code).toBe('envelope-unsigned');
  });

  test('E3: one policy admin suspends at once; it comes back only as a new version of two', async () => {
    const first = (await install({ envelope: world.envelope() }, 'envelope')).json<{ digest: string }>();
    expect(
      (await control.ask('person:sam', 'POST', '/api/v1/envelope/suspend')).json<{ eligible: string[] }>().eligible,
    ).toEqual(['kim', 'ana']);
    expect((await control.ask('person:ana', 'POST', '/api/v1/envelope/suspend')).statusCode).toBe(200);
    expect(await codeOf(control.ask('person:kim', 'GET', '/api/v1/envelope'))).toBe('no-envelope');
    expect(await codeOf(install({ envelope: world.envelope() }, 'envelope'))).toBe('not-newer');
    const second = { version: 2, supersedes: first.digest };
    expect(
      await codeOf(
        install({ envelope: world.envelope({ ...second, supersedes: `sha256:${'0'.repeat(64)}` }) }, 'envelope'),
      ),
    ).toBe('conflict');
    expect(await codeOf(install({ envelope: world.envelope(second) }, 'envelope'))).toBe('installed');
    expect((await events()).filter((event) => event.startsWith('envelope'))).toEqual([
      'envelope.activated',
      'envelope.suspended',
      'envelope.activated',
    ]);
  });
});

describe('graph', () => {
  test('G1: is installed when its owner signed it, and indexed', async () => {
    expect(await codeOf(install({ graph: world.graph() }, 'graph'))).toBe('no-trust');
    await install({ trust: world.bundle() }, 'trust');
    expect(await codeOf(install({ graph: world.graph({}, world.keys.kim) }, 'graph'))).toBe('too-few-signatures');
    expect(await codeOf(install({ graph: world.graph() }, 'graph'))).toBe('installed');
    expect(await codeOf(install({ graph: world.graph() }, 'graph'))).toBe('not-newer');
    const graph = await control.deps.trust.graph(world.organisation);
    expect(graph?.index.snapshot.nodes.length).toBe(2);
    expect((await control.ask('agent:playbook', 'GET', '/api/v1/graph')).json<{ version: number }>().version).toBe(1);
    for (const by of ['source:scanner', 'enclave:prod-1', 'witness:one'])
      expect((await control.ask(by, 'GET', '/api/v1/graph')).statusCode).toBe(403);
  });
});

describe('what rules now', () => {
  test('is read once and then costs no query', async () => {
    await install({ trust: world.bundle() }, 'trust');
    await install({ envelope: world.envelope() }, 'envelope');
    await control.deps.trust.envelope(world.organisation);
    const texts = await queriesOf(async () => {
      await control.deps.trust.bundle(world.organisation);
      await control.deps.trust.envelope(world.organisation);
      await control.deps.trust.graph(world.organisation);
      await control.deps.trust.lineages(world.organisation);
    });
    expect(texts.filter((text) => !/pg_try_advisory|distinct organisation/.test(text))).toEqual([]);
  });

  test('D8: lineages of root-signed relays come first, then registered sources', async () => {
    await install({ trust: world.bundle() }, 'trust');
    expect(await control.deps.trust.lineages(world.organisation)).toEqual([
      { source: 'alertmanager-dc1', lineage: ['prometheus-dc1'] },
      { source: 'scanner', lineage: ['scanner-cloud'] },
    ]);
  });

  test('another process learns of a change', async () => {
    const database = databases.at(-1);
    const second = await startControl({
      url: database?.url ?? '',
      worlds: [world, other],
      instance: 'test-2',
      nowMs: clock,
    });
    controls.push(second);
    expect(await second.deps.trust.bundle(world.organisation)).toBeUndefined();
    const heard = second.next('trust');
    await install({ trust: world.bundle() }, 'trust');
    await heard;
    expect((await second.deps.trust.bundle(world.organisation))?.bundle.version).toBe(1);
  });

  test('O3: one organisation never sees the documents of another', async () => {
    await install({ trust: world.bundle() }, 'trust');
    for (const place of ['trust', 'envelope', 'graph'])
      expect((await control.ask('person:kim', 'GET', `/api/v1/${place}`, { world: other })).statusCode).toBe(409);
    expect(
      await codeOf(
        control.ask('person:kim', 'POST', '/api/v1/trust', { body: { trust: world.bundle() }, world: other }),
      ),
    ).toBe('trust-other');
  });
});
