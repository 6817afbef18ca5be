import { instantOf, type Status } from '@countersign/core';
import {
  cosignCheckpoint,
  decodeBase64,
  leafHash,
  openCheckpoint,
  parseTlogProof,
  parseVkey,
  PAYLOAD,
  verifyConsistency,
  verifyTlogProof,
  vkeyOf,
  type CheckpointTrust,
} from '@countersign/seal';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { queriesOf } from '../testkit/queries.ts';
import { startControl, type TestControl } from '../testkit/control.ts';
import { makeWorld, NOON_MS, sign, witnessName, type World } from '../testkit/world.ts';

const world = makeWorld();
const other = makeWorld('globex');
let database: TestDatabase;
let control: TestControl;
beforeAll(async () => {
  database = await openTestDatabase();
  control = await startControl({ url: database.url, worlds: [world, other] });
  await control.ask('person:kim', 'POST', '/api/v1/trust', { body: { bundle: world.bundle() } });
  await integrated(world);
});
afterAll(async () => {
  await control.stop();
  await database.drop();
});

const trustOf = ({ config, keys }: World, witnessQuorum: number): CheckpointTrust => {
  const [logKey, witness] = [config.log.vkey, vkeyOf('witness', witnessName, keys.witness.publicKey)].map(parseVkey);
  if (logKey?.ok !== true || witness?.ok !== true) throw new Error('the keys of the test are wrong');
  return { logKey: logKey.value, witnessKeys: [witness.value], witnessQuorum };
};

async function sizeOf(caller: string, from: World = world): Promise<number> {
  const answer = await control.ask(caller, 'GET', '/api/v1/record/checkpoint', { world: from });
  return answer.json<{ size: number }>().size;
}

/** Writes leaves and returns when all of them are in a signed checkpoint. */
async function record(count: number, subject = 'proposal:P-1', by: World = world): Promise<number> {
  const { transactor } = control.deps;
  const actor = { organisation: by.organisation, actor: 'control', now: instantOf(NOON_MS) };
  await transactor.run(actor, async ({ leaf }) => {
    for (let n = 0; n < count; n += 1) leaf({ event: 'decision.made', subject, correlation: 'P-1', body: { n } });
  });
  return integrated(by);
}

/** Resolves when nothing waits any more. */
async function integrated(by: World): Promise<number> {
  for (;;) {
    const changed = control.next('checkpoint');
    const waiting = await control.deps.store.selectFrom('leaf').select('id').where('organisation', '=', by.organisation).where('seq', 'is', null).limit(1).execute();
    if (waiting.length === 0) return sizeOf('person:kim', by);
    await changed;
  }
}

async function cosign(size: number): Promise<string> {
  const row = await control.deps.store.selectFrom('checkpoint').select('note').where('organisation', '=', world.organisation).where('size', '=', size).executeTakeFirstOrThrow();
  const cosigned = cosignCheckpoint(row.note, { name: witnessName, signer: world.keys.witness }, NOON_MS / 1000);
  if (!cosigned.ok) throw new Error(cosigned.refusal.detail);
  return cosigned.value.slice(row.note.length);
}

describe('the sequencer', () => {
  test('V3: an idle log integrates at once, in the order of the leaves, and signs', async () => {
    const before = await sizeOf('person:kim');
    expect(await record(5)).toBe(before + 5);
    const { note, size } = (await control.ask('person:kim', 'GET', '/api/v1/record/checkpoint')).json<{ note: string; size: number }>();
    const opened = openCheckpoint(note, trustOf(world, 0));
    expect(opened.ok && opened.value.size).toBe(size);
    const rows = await control.deps.store.selectFrom('leaf').select(['id', 'seq']).where('organisation', '=', world.organisation).orderBy('id').execute();
    expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_row, place) => place));
  });

  test('V3: leaves of many writers come together in few batches, none twice, none lost', async () => {
    const before = await sizeOf('person:kim');
    const checkpoints = async (): Promise<number> => Number((await sql<{ n: number }>`select count(*)::int as n from checkpoint where organisation = ${world.organisation}`.execute(control.deps.store)).rows[0]?.n);
    const batches = await checkpoints();
    await Promise.all(Array.from({ length: 64 }, (_, n) => record(1, `proposal:P-${n}`)));
    expect(await sizeOf('person:kim')).toBe(before + 64);
    expect((await checkpoints()) - batches).toBeLessThan(64);
  });

  test('O3: two organisations have two logs', async () => {
    const size = await sizeOf('person:kim');
    const mine = await sizeOf('person:kim', other);
    await record(3, 'proposal:P-9', other);
    expect(await sizeOf('person:kim')).toBe(size);
    expect(await sizeOf('person:kim', other)).toBe(mine + 3);
    const entries = (await control.ask('person:kim', 'GET', '/api/v1/record/entries?from=0&limit=1000', { world: other })).json<{ entries: { leaf: string }[] }>().entries;
    const owners = entries.map(({ leaf }) => (JSON.parse(Buffer.from(leaf, 'base64').toString()) as { organisation: string }).organisation);
    expect(new Set(owners)).toEqual(new Set(['globex']));
  });

  test('one process holds a log; another takes it over when the holder ends', async () => {
    const second = await startControl({ url: database.url, worlds: [world, other], instance: 'test-2' });
    try {
      expect([control.sequencer.holds(world.organisation), second.sequencer.holds(world.organisation)]).toEqual([true, false]);
      const before = await sizeOf('person:kim');
      const heard = control.next('checkpoint');
      await second.deps.transactor.run({ organisation: world.organisation, actor: 'control', now: instantOf(NOON_MS) }, async ({ leaf }) => {
        leaf({ event: 'decision.made', subject: 'proposal:P-2', correlation: '', body: {} });
      });
      await heard;
      expect(await sizeOf('person:kim')).toBe(before + 1);
      await control.sequencer.stop();
      await second.sequencer.look();
      expect(second.sequencer.holds(world.organisation)).toBe(true);
      const taken = second.next('checkpoint');
      await second.deps.transactor.run({ organisation: world.organisation, actor: 'control', now: instantOf(NOON_MS) }, async ({ leaf }) => {
        leaf({ event: 'decision.made', subject: 'proposal:P-3', correlation: '', body: {} });
      });
      await taken;
      expect(await sizeOf('person:kim')).toBe(before + 2);
      expect([...control.reports, ...second.reports]).toEqual([]);
    } finally {
      await second.stop();
      await control.stop();
      control = await startControl({ url: database.url, worlds: [world, other], instance: 'test-3' });
    }
  });

  test('one leaf costs its transaction three round trips and the record two', async () => {
    await record(1);
    await control.deps.trust.bundle(world.organisation);
    const heard = control.next('checkpoint');
    const statements = await queriesOf(async () => {
      await control.deps.transactor.run({ organisation: world.organisation, actor: 'control', now: instantOf(NOON_MS) }, async ({ leaf, keep, outbox }) => {
        leaf({ event: 'decision.made', subject: 'proposal:P-7', correlation: '', body: {} });
        keep('test', new Uint8Array([1]));
        outbox('test', {});
      });
      await heard;
    });
    const own = statements.filter((text) => !/pg_notify|distinct organisation|pg_try_advisory_lock/.test(text));
    expect(own.map((text) => text.trim().split(/\s+/).slice(0, 2).join(' '))).toEqual(['begin', 'with kept', 'commit', 'select id,', 'with placed']);
  });
});

describe('proofs', () => {
  test('V3: every entry has an inclusion proof that verifies against the signed root', async () => {
    const size = await record(7);
    const { entries } = (await control.ask('witness:one', 'GET', `/api/v1/record/entries?from=0&limit=1000`)).json<{ entries: { seq: number; leaf: string }[] }>();
    expect(entries).toHaveLength(size);
    for (const { seq, leaf } of entries) {
      const text = (await control.ask('person:kim', 'GET', `/api/v1/record/proof/${seq}`)).body;
      const proof = parseTlogProof(text);
      const verified = proof.ok ? verifyTlogProof(proof.value, decodeBase64(leaf) ?? new Uint8Array(), trustOf(world, 0)) : proof;
      expect(verified.ok && verified.value.index).toBe(seq);
    }
  });

  test('V3: two checkpoints are proved consistent', async () => {
    const from = await record(3);
    const old = (await control.ask('person:kim', 'GET', '/api/v1/record/checkpoint')).json<{ note: string }>().note;
    const to = await record(6);
    const now = (await control.ask('person:kim', 'GET', '/api/v1/record/checkpoint')).json<{ note: string }>().note;
    const { proof } = (await control.ask('witness:one', 'GET', `/api/v1/record/consistency?from=${from}&to=${to}`)).json<{ proof: string[] }>();
    const [before, after] = [old, now].map((note) => openCheckpoint(note, trustOf(world, 0)));
    if (before?.ok !== true || after?.ok !== true) throw new Error('the checkpoints do not open');
    const claim = { oldSize: from, newSize: to, oldRoot: before.value.root, newRoot: after.value.root, proof: proof.map((hash) => decodeBase64(hash) ?? new Uint8Array()) };
    expect(verifyConsistency(claim).ok).toBe(true);
  });

  test.each([['999999'], ['x'], ['-1']])('there is no proof of entry %s', async (seq) => {
    expect((await control.ask('person:kim', 'GET', `/api/v1/record/proof/${seq}`)).statusCode).toBe(404);
  });

  test('a body is served beside its leaf and hashes to what the leaf says', async () => {
    const { entries } = (await control.ask('person:kim', 'GET', '/api/v1/record/entries?from=1&limit=1')).json<{ entries: { leaf: string; body: string }[] }>();
    const { digestOf } = await import('@countersign/seal');
    const leaf = JSON.parse(Buffer.from(entries[0]?.leaf ?? '', 'base64').toString()) as { body: string };
    expect(digestOf(Buffer.from(entries[0]?.body ?? '', 'base64'))).toBe(leaf.body);
  });
});

describe('witnesses', () => {
  test('I8: a cosignature is checked, stored, and completes proofs; then the bus says so', async () => {
    const size = await record(1);
    expect(await control.deps.proofs.witnessedProof(world.organisation, size - 1)).toBeUndefined();
    const told = control.next('witnessed');
    const answer = await control.ask('witness:one', 'POST', '/api/v1/record/cosignatures', { body: { size, line: await cosign(size) } });
    expect(answer.json()).toEqual({ size, cosignatures: 1, isWitnessed: true });
    await told;
    const proof = parseTlogProof((await control.deps.proofs.witnessedProof(world.organisation, size - 1)) ?? '');
    const row = await control.deps.store.selectFrom('leaf').select('bytes').where('organisation', '=', world.organisation).where('seq', '=', size - 1).executeTakeFirstOrThrow();
    expect(proof.ok && verifyTlogProof(proof.value, row.bytes, trustOf(world, 1)).ok).toBe(true);
  });

  test.each([
    ['a line of another size', async () => cosign(await sizeOf('person:kim'))],
    ['a line of the log itself', async () => (await control.ask('person:kim', 'GET', '/api/v1/record/checkpoint')).json<{ note: string }>().note.split('\n').at(-2) ?? ''],
    ['two lines', async () => `${await cosign(await sizeOf('person:kim'))}x y`],
    ['nonsense', async () => '\u2014 witness.example/one AAAA'],
  ])('I8: %s is refused and not stored', async (_name, line) => {
    const size = await record(1);
    const given = await line();
    const target = given.startsWith('\u2014 witness') && given.length > 60 && !given.includes('x y') ? size - 1 : size;
    const answer = await control.ask('witness:one', 'POST', '/api/v1/record/cosignatures', { body: { size: target, line: given } });
    expect([400, 404, 422]).toContain(answer.statusCode);
    const row = await control.deps.store.selectFrom('checkpoint').select('cosignatures').where('organisation', '=', world.organisation).where('size', '=', size).executeTakeFirstOrThrow();
    expect(row.cosignatures).toEqual({});
  });

  test('only a witness may cosign', async () => {
    expect((await control.ask('agent:playbook', 'POST', '/api/v1/record/cosignatures', { body: { size: 1, line: 'x'.repeat(20) } })).statusCode).toBe(403);
  });

  test('a checkpoint is waited for and answered as soon as it is there', async () => {
    const size = await sizeOf('person:kim');
    const waiting = control.ask('witness:one', 'GET', `/api/v1/record/checkpoint?after=${size}&wait=20000`);
    await record(1);
    expect((await waiting).json<{ size: number }>().size).toBe(size + 1);
  });
});

describe('status statements', () => {
  const status = (change: Partial<Status> = {}): Status => ({
    type: 'status',
    organisation: world.organisation,
    issuedAt: instantOf(NOON_MS - 1000),
    expiresAt: instantOf(NOON_MS + 120_000),
    checkpoint: { size: 1, root: Buffer.from(leafHash(new Uint8Array())).toString('base64') },
    trustVersion: 1,
    halts: [],
    suspendedActions: [],
    quota: { used: 0, limit: 100 },
    ...change,
  });
  const send = (document: Status, key = world.keys.status) =>
    control.ask('witness:one', 'POST', '/api/v1/record/status', { body: { status: sign(PAYLOAD.status, document, [key]) } });

  test('X1: a signed one is kept and served as received; an older one does not replace it', async () => {
    const given = sign(PAYLOAD.status, status(), [world.keys.status]);
    expect((await control.ask('witness:one', 'POST', '/api/v1/record/status', { body: { status: given } })).statusCode).toBe(200);
    expect((await send(status({ issuedAt: instantOf(NOON_MS - 5000) }))).json<{ code: string }>().code).toBe('not-newer');
    expect((await control.ask('enclave:prod-1', 'GET', '/api/v1/record/status')).json()).toEqual({ status: given });
  });

  test.each([
    ['signed by another key', () => send(status({ issuedAt: instantOf(NOON_MS) }), world.keys.kim), 'too-few-signatures'],
    ['of another organisation', () => send(status({ organisation: other.organisation })), 'wrong-organisation'],
    ['already expired', () => send(status({ expiresAt: instantOf(NOON_MS) })), 'expired'],
    ['from the future', () => send(status({ issuedAt: instantOf(NOON_MS + 90_000) })), 'expired'],
  ])('X1: one %s is refused', async (_name, attempt, code) => {
    expect((await attempt()).json<{ code: string }>().code).toBe(code);
  });
});

describe('tampering', () => {
  const refused = /append-only/;
  test.each([
    ['a leaf changed', sql`update leaf set bytes = 'x' where organisation = 'acme' and seq = 0`],
    ['a leaf deleted', sql`delete from leaf where organisation = 'acme' and seq = 0`],
    ['a leaf moved', sql`update leaf set seq = 99999 where organisation = 'acme' and seq = 0`],
    ['all leaves', sql`truncate leaf`],
    ['a checkpoint rewritten', sql`update checkpoint set note = 'x' where organisation = 'acme'`],
    ['a cosignature removed', sql`update checkpoint set cosignatures = '{}' where cosignatures <> '{}'`],
    ['a checkpoint deleted', sql`delete from checkpoint where organisation = 'acme'`],
    ['a hash changed', sql`update tree_node set hash = 'x' where organisation = 'acme'`],
    ['all hashes', sql`truncate tree_node`],
    ['a body changed', sql`update document set bytes = 'x' where organisation = 'acme'`],
  ])('V3: the database refuses %s', async (_name, statement) => {
    await expect(statement.execute(control.deps.store)).rejects.toThrow(refused);
  });

  test('V3: what got past the database does not get a proof, and the log is never continued', async () => {
    const size = await record(2);
    const { store } = control.deps;
    await sql`alter table leaf disable trigger user`.execute(store);
    await sql`update leaf set bytes = convert_to(replace(convert_from(bytes, 'UTF8'), 'decision.made', 'decision.mode'), 'UTF8') where organisation = 'acme' and seq = ${size - 1}`.execute(store);
    await sql`alter table leaf enable trigger user`.execute(store);
    const answer = await control.ask('person:kim', 'GET', `/api/v1/record/proof/${size - 1}`);
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([500, 'record-damaged']);

    await sql`alter table tree_node disable trigger user`.execute(store);
    await sql`update tree_node set hash = decode(repeat('00', 32), 'hex') where organisation = 'acme'`.execute(store);
    await sql`alter table tree_node enable trigger user`.execute(store);
    await control.stop();
    control = await startControl({ url: database.url, worlds: [world, other], instance: 'test-4' });
    expect(control.sequencer.holds(world.organisation)).toBe(false);
    expect(control.sequencer.holds(other.organisation)).toBe(true);
    expect(control.reports.map(({ where }) => where)).toContain('record of acme');
  });
});
