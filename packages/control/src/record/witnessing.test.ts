import { instantOf, type Status } from '@countersign/core';
import { leafHash, parseTlogProof, PAYLOAD, verifyTlogProof } from '@countersign/seal';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { checkpointsAlong, checkpointsAround } from './checkpoints.ts';
import { startControl, type TestControl } from '../testkit/control.ts';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { checkpointTrust, recorder } from '../testkit/record.ts';
import { makeWorld, NOON_MS, sign } from '../testkit/world.ts';

const world = makeWorld();
const other = makeWorld('globex');
let database: TestDatabase;
let control: TestControl;
const { cosign, record, sizeOf } = recorder(() => control, world);
beforeAll(async () => {
  database = await openTestDatabase();
  control = await startControl({ url: database.url, worlds: [world, other] });
  await control.ask('person:kim', 'POST', '/api/v1/trust', { body: { trust: world.bundle() } });
  await control.settled();
});
afterAll(async () => {
  await control.stop();
  await database.drop();
});

describe('witnesses', () => {
  test('I8: a cosignature is checked, stored, and completes proofs; then the bus says so', async () => {
    const size = await record(1);
    expect(await control.deps.proofs.witnessedProof(world.organisation, size - 1)).toBeUndefined();
    const told = control.next('witnessed');
    const answer = await control.ask('witness:one', 'POST', '/api/v1/record/cosignatures', {
      body: { size, line: await cosign(size) },
    });
    expect(answer.json()).toEqual({ size, cosignatures: 1, isWitnessed: true });
    await told;
    const proof = parseTlogProof((await control.deps.proofs.witnessedProof(world.organisation, size - 1)) ?? '');
    const row = await control.deps.store
      .selectFrom('leaf')
      .select('bytes')
      .where('organisation', '=', world.organisation)
      .where('seq', '=', size - 1)
      .executeTakeFirstOrThrow();
    expect(proof.ok && verifyTlogProof(proof.value, row.bytes, checkpointTrust(world, 1)).ok).toBe(true);
  });

  test.each([
    ['a line of another size', async () => cosign(await sizeOf())],
    [
      'a line of the log itself',
      async () =>
        (await control.ask('person:kim', 'GET', '/api/v1/record/checkpoint'))
          .json<{ note: string }>()
          .note.split('\n')
          .at(-2) ?? '',
    ],
    ['two lines', async () => `${await cosign(await sizeOf())}x y`],
    ['nonsense', async () => '\u2014 DEMO/witness.example/one AAAA'],
  ])('I8: %s is refused and not stored', async (_name, line) => {
    const size = await record(1);
    const given = await line();
    const target =
      given.startsWith('\u2014 DEMO/witness') && given.length > 60 && !given.includes('x y') ? size - 1 : size;
    const answer = await control.ask('witness:one', 'POST', '/api/v1/record/cosignatures', {
      body: { size: target, line: given },
    });
    expect([400, 404, 422]).toContain(answer.statusCode);
    const row = await control.deps.store
      .selectFrom('checkpoint')
      .select('cosignatures')
      .where('organisation', '=', world.organisation)
      .where('size', '=', size)
      .executeTakeFirstOrThrow();
    expect(row.cosignatures).toEqual({});
  });

  test('only a witness may cosign', async () => {
    expect(
      (
        await control.ask('agent:playbook', 'POST', '/api/v1/record/cosignatures', {
          body: { size: 1, line: 'x'.repeat(20) },
        })
      ).statusCode,
    ).toBe(403);
  });

  test('a checkpoint is waited for and answered as soon as it is there', async () => {
    const size = await sizeOf();
    const waiting = control.ask('witness:one', 'GET', `/api/v1/record/checkpoint?after=${size}&wait=20000`);
    await record(1);
    expect((await waiting).json<{ size: number }>().size).toBe(size + 1);
  });
});

const status = (change: Partial<Status> = {}): Status => ({
  type: 'status',
  organisation: world.organisation,
  issuedAt: instantOf(NOON_MS - 1000),
  expiresAt: instantOf(NOON_MS + 120_000),
  checkpoint: { size: 1, root: Buffer.from(leafHash(new Uint8Array())).toString('base64') },
  trustVersion: 1,
  halts: [],
  suspendedActions: [],
  quota: { used: 0, limit: 100, from: 0 },
  ...change,
});
const send = (document: Status, key = world.keys.status) =>
  control.ask('witness:one', 'POST', '/api/v1/record/status', {
    body: { status: sign(PAYLOAD.status, document, [key]) },
  });

describe('status statements', () => {
  test('X1: a signed one is kept and served as received; an older one does not replace it', async () => {
    const given = sign(PAYLOAD.status, status(), [world.keys.status]);
    expect(
      (await control.ask('witness:one', 'POST', '/api/v1/record/status', { body: { status: given } })).statusCode,
    ).toBe(200);
    expect((await send(status({ issuedAt: instantOf(NOON_MS - 5000) }))).json<{ code: string }>().code).toBe(
      'not-newer',
    );
    expect((await control.ask('enclave:prod-1', 'GET', '/api/v1/record/status')).json()).toEqual({ status: given });
  });

  test.each([
    [
      'signed by another key',
      () => send(status({ issuedAt: instantOf(NOON_MS) }), world.keys.kim),
      'too-few-signatures',
    ],
    ['of another organisation', () => send(status({ organisation: other.organisation })), 'wrong-organisation'],
    ['already expired', () => send(status({ expiresAt: instantOf(NOON_MS) })), 'expired'],
    ['from the future', () => send(status({ issuedAt: instantOf(NOON_MS + 90_000) })), 'expired'],
  ])('X1: one %s is refused', async (_name, attempt, code) => {
    expect((await attempt()).json<{ code: string }>().code).toBe(code);
  });
});

const around = async (seq: number): Promise<readonly number[]> =>
  (await control.ask('person:kim', 'GET', `/api/v1/record/around/${seq}`))
    .json<{ checkpoints: readonly { size: number }[] }>()
    .checkpoints.map(({ size }) => size);
const cosigned = async (): Promise<number> => {
  const size = await record(1);
  const body = { size, line: await cosign(size) };
  expect((await control.ask('witness:one', 'POST', '/api/v1/record/cosignatures', { body })).statusCode).toBe(200);
  return size;
};

describe('V3: checkpoints around an entry', () => {
  test('are the nearest that a witness cosigned, whatever the log signed between them', async () => {
    const first = await cosigned();
    await record(1);
    const middle = await record(1);
    await record(1);
    const last = await cosigned();
    expect(await around(middle - 1)).toEqual([first, last]);
    expect(await around(last)).toEqual([last]);
    const answer = await control.ask('person:kim', 'GET', '/api/v1/record/around/x');
    expect(answer.statusCode).toBe(404);
  });

  test('are of the own organisation alone', async () => {
    const answer = await control.ask('person:kim', 'GET', '/api/v1/record/around/0', { world: other });
    expect(answer.json()).toEqual({ checkpoints: [] });
  });

  test('cost two index look-ups an entry, and along a record no more than are asked for', async () => {
    const { store } = control.deps;
    for (let n = 0; n < 6; n += 1) await cosigned();
    const head = await record(1);
    const along = await checkpointsAlong(store, world.organisation, { from: 1, below: head, most: 3 });
    expect(along.length).toBeLessThanOrEqual(3);
    expect(along.map(({ size }) => size)).toEqual(along.map(({ size }) => size).toSorted((a, b) => a - b));
    const some = await checkpointsAround(store, world.organisation, [head - 4, head - 2]);
    expect(new Set(some.map(({ size }) => size)).size).toBe(some.length);
    expect(some.length).toBeLessThanOrEqual(4);
    expect(await checkpointsAround(store, world.organisation, [])).toEqual([]);
  });
});
