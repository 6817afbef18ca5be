/** A record as it was stored before: node by node. Converted, it leads to the same proofs. */
import { CompactRange, consistencyNodes, inclusionNodes, leafHash, rootFromNodes, rootNodes } from '@countersign/seal';
import { parseId } from '@countersign/core';
import { sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { readNodes } from '../record/tree.ts';
import { migrations, openStore } from './open-store.ts';
import type { Store } from './schema.ts';

const SIZE = 700;
const acme = parseId<'Organisation'>('acme');
const leafOf = (place: number): Uint8Array => leafHash(Buffer.from(`entry ${place}`));
let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await openTestDatabase();
  store = openStore(database.url, 1);
});
afterAll(async () => {
  await store.destroy();
  await database.drop();
});

test('V3: nodes that were rows become the hashes of tiles, and every proof that could be made can be made', async () => {
  const migrator = new Migrator({ db: store, provider: { getMigrations: () => Promise.resolve(migrations) } });
  expect((await migrator.migrateTo('0015-record-checks')).error).toBeUndefined();
  await sql`insert into organisation (id) values ('acme')`.execute(store);
  let range = CompactRange.empty;
  const known = new Map<string, Uint8Array>();
  for (let place = 0; place < SIZE; place += 1) {
    const appended = range.append(leafOf(place));
    ({ range } = appended);
    for (const { level, index, hash } of appended.nodes) known.set(`${level}/${index}`, hash);
  }
  for (const [key, hash] of known) {
    const [level, index] = key.split('/').map(Number);
    await sql`insert into tree_node (organisation, level, index, hash) values ('acme', ${level}, ${index}, ${Buffer.from(hash)})`.execute(
      store,
    );
  }
  expect((await migrator.migrateToLatest()).error).toBeUndefined();
  const rows = await sql<{ level: number; index: number; n: number }>`
    select level, index, length(hashes) / 32 as n from tree_node order by level, index`.execute(store);
  expect(rows.rows).toEqual([
    { level: 0, index: 0, n: 256 },
    { level: 0, index: 256, n: 256 },
    { level: 0, index: 512, n: SIZE - 512 },
    { level: 8, index: 0, n: 2 },
  ]);
  if (acme === undefined) throw new Error('not an id');
  const plan = [...rootNodes(SIZE), ...inclusionNodes(300, SIZE), ...consistencyNodes(511, SIZE)];
  const node = await readNodes(store, acme, plan);
  for (const { level, index } of plan) expect(node(level, index)).toEqual(known.get(`${level}/${index}`));
  expect(rootFromNodes(node, SIZE)).toEqual({ ok: true, value: range.root() });
  await expect(sql`update tree_node set hashes = hashes`.execute(store)).rejects.toThrow('append-only');
});
