/** Bodies written before their lines were looked up by id go as any other; what says who rules is kept by the database itself (V2, V3). */
import { digestOf } from '@countersign/seal';
import { sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { migrations, openStore } from './open-store.ts';
import type { Store } from './schema.ts';

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

test('V3: rows of a record from before are taken at their time, by their lines, and a ruling body never', async () => {
  const migrator = new Migrator({ db: store, provider: { getMigrations: () => Promise.resolve(migrations) } });
  expect((await migrator.migrateTo('0019-record-rows')).error).toBeUndefined();
  await sql`insert into organisation (id) values ('acme')`.execute(store);
  const ids: number[] = [];
  const digests: string[] = [];
  for (const event of ['evidence.read', 'evidence.read', 'envelope.activated']) {
    const body = Buffer.from(JSON.stringify({ n: ids.length }));
    const bytes = Buffer.from(JSON.stringify({ event, body: digestOf(body) }));
    const { rows } = await sql<{ id: string }>`
      insert into leaf (organisation, seq, event, subject, correlation, bytes, body)
      values ('acme', ${ids.length}, ${event}, 'thing:1', '', ${bytes}, ${body}) returning id::text`.execute(store);
    ids.push(Number(rows[0]?.id));
    digests.push(digestOf(body));
  }
  expect((await migrator.migrateToLatest()).error).toBeUndefined();
  const expire = (lines: readonly number[]): Promise<readonly string[]> =>
    store.transaction().execute(async (db) => {
      await sql`select set_config('countersign.organisations', 'acme', true)`.execute(db);
      const { rows } = await sql<{ gone: string }>`
        select gone from countersign_expire('acme', ${digests}::text[], ${lines}::bigint[], 'all', now())`.execute(db);
      return rows.map(({ gone }) => gone);
    });
  expect(await expire([])).toEqual([]);
  expect(await expire(ids.slice(0, 1))).toEqual(digests.slice(0, 1));
  expect(await expire(ids)).toEqual(digests.slice(1, 2));
  const kept = await store.transaction().execute(async (db) => {
    await sql`select set_config('countersign.keeper', 'on', true)`.execute(db);
    return sql<{ event: string }>`select event from leaf where body is not null`.execute(db);
  });
  expect(kept.rows).toEqual([{ event: 'envelope.activated' }]);
});
