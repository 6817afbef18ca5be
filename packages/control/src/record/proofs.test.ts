import {
  decodeBase64,
  digestOf,
  openCheckpoint,
  parseTlogProof,
  verifyConsistency,
  verifyTlogProof,
} from '@countersign/seal';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startControl, type TestControl } from '../testkit/control.ts';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { checkpointTrust, recorder } from '../testkit/record.ts';
import { makeWorld } from '../testkit/world.ts';

const world = makeWorld();
const other = makeWorld('globex');
let database: TestDatabase;
let control: TestControl;
const { record } = recorder(() => control, world);
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

const asked = (by: string, query: string) => control.ask(by, 'GET', `/api/v1/record/entries?from=1&limit=1${query}`);

/** What the record says of who took bodies out of it. */
async function readings(): Promise<readonly unknown[]> {
  await control.settled();
  const page = await control.ask('witness:one', 'GET', '/api/v1/record/entries?from=0&limit=1000');
  return page.json<{ entries: readonly { leaf: string; body: string }[] }>().entries.flatMap(({ leaf, body }) => {
    const { event } = JSON.parse(Buffer.from(leaf, 'base64').toString()) as { event: string };
    return event === 'evidence.exported' ? [JSON.parse(Buffer.from(body, 'base64').toString()) as unknown] : [];
  });
}

describe('proofs', () => {
  test('V3: every entry has an inclusion proof that verifies against the signed root', async () => {
    const size = await record(7);
    const { entries } = (await control.ask('witness:one', 'GET', `/api/v1/record/entries?from=0&limit=1000`)).json<{
      entries: { seq: number; leaf: string }[];
    }>();
    expect(entries).toHaveLength(size);
    for (const { seq, leaf } of entries) {
      const text = (await control.ask('person:kim', 'GET', `/api/v1/record/proof/${seq}`)).body;
      const proof = parseTlogProof(text);
      const verified = proof.ok
        ? verifyTlogProof(proof.value, decodeBase64(leaf) ?? new Uint8Array(), checkpointTrust(world, 0))
        : proof;
      expect(verified.ok && verified.value.index).toBe(seq);
    }
  });

  test('V3: two checkpoints are proved consistent', async () => {
    const from = await record(3);
    const old = (await control.ask('person:kim', 'GET', '/api/v1/record/checkpoint')).json<{ note: string }>().note;
    const to = await record(6);
    const now = (await control.ask('person:kim', 'GET', '/api/v1/record/checkpoint')).json<{ note: string }>().note;
    const { proof } = (
      await control.ask('witness:one', 'GET', `/api/v1/record/consistency?from=${from}&to=${to}`)
    ).json<{ proof: string[] }>();
    const [before, after] = [old, now].map((note) => openCheckpoint(note, checkpointTrust(world, 0)));
    if (before?.ok !== true || after?.ok !== true) throw new Error('the checkpoints do not open');
    const claim = {
      oldSize: from,
      newSize: to,
      oldRoot: before.value.root,
      newRoot: after.value.root,
      proof: proof.map((hash) => decodeBase64(hash) ?? new Uint8Array()),
    };
    expect(verifyConsistency(claim).ok).toBe(true);
  });

  test.each([['999999'], ['x'], ['-1']])('there is no proof of entry %s', async (seq) => {
    expect((await control.ask('person:kim', 'GET', `/api/v1/record/proof/${seq}`)).statusCode).toBe(404);
  });

  test('V6: bodies are read for a purpose, which is on record with the reader and the roles; an agent reads none', async () => {
    for (const by of ['person:kim', 'agent:playbook'])
      expect((await asked(by, '')).json<{ entries: object[] }>().entries.map((entry) => 'body' in entry)).toEqual([
        false,
      ]);
    expect((await asked('agent:playbook', '&purpose=curious')).statusCode).toBe(403);
    expect((await asked('person:kim', '&purpose=')).statusCode).toBe(400);
    expect((await asked('witness:one', '')).json<{ entries: object[] }>().entries[0]).toHaveProperty('body');
    const { entries } = (await asked('person:kim', '&purpose=audit')).json<{
      entries: { leaf: string; body: string }[];
    }>();
    expect(await readings()).toEqual([{ from: 1, limit: 1, purpose: 'audit', roles: expect.any(Array) as unknown }]);
    const leaf = JSON.parse(Buffer.from(entries[0]?.leaf ?? '', 'base64').toString()) as { body: string };
    expect(digestOf(Buffer.from(entries[0]?.body ?? '', 'base64'))).toBe(leaf.body);
  });
});

const entriesAt = async (query: string): Promise<readonly number[]> =>
  (await control.ask('person:kim', 'GET', `/api/v1/record/entries?${query}`))
    .json<{ entries: readonly { seq: number; body?: string }[] }>()
    .entries.map(({ seq, body }) => {
      expect(body).toBeUndefined();
      return seq;
    });

test('V3: the entries of one remediation are looked up, page by page, without those of others', async () => {
  await record(5);
  const own = await entriesAt('from=0&limit=1000&proposal=P-1');
  const { length } = await entriesAt('from=0&limit=1000');
  expect(own.length).toBeGreaterThan(4);
  expect(own.length).toBeLessThan(length);
  expect(await entriesAt(`from=${own[2]}&limit=2&proposal=P-1`)).toEqual(own.slice(2, 4));
  expect(await entriesAt('from=0&proposal=P-none')).toEqual([]);
});
