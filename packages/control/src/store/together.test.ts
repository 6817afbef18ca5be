import { sql } from 'kysely';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { openStore } from './open-store.ts';
import type { Store } from './schema.ts';
import { AND_COMMIT, WITH_NEXT } from './together.ts';

let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await openTestDatabase();
  // One connection: what one transaction left behind would show in the next.
  store = openStore(database.url, 1);
  await sql`create table note (text text primary key)`.execute(store);
});
afterAll(async () => {
  await store.destroy();
  await database.drop();
});

const withNext = sql.raw(WITH_NEXT);
const andCommit = sql.raw(AND_COMMIT);
async function notes(like: string): Promise<readonly string[]> {
  const { rows } = await sql<{ text: string }>`select text from note where text like ${like} order by text`.execute(
    store,
  );
  return rows.map(({ text }) => text);
}

test('what goes with the next statement is done before it, and the last one commits', async () => {
  const seen = await store.transaction().execute(async (db) => {
    await sql`insert into note values (${'a1'}) ${withNext}`.execute(db);
    const { rows } = await sql<{ count: number }>`select count(*) from note where text like ${'a%'}`.execute(db);
    await sql`insert into note values (${'a2'}) ${withNext}`.execute(db);
    await sql`insert into note values (${'a3'}) ${andCommit}`.execute(db);
    return rows[0]?.count;
  });
  expect(seen).toBe(1);
  expect(await notes('a%')).toEqual(['a1', 'a2', 'a3']);
});

test('trap 5: each statement sees what was committed before it, not what was there when the first was sent', async () => {
  const other = openStore(database.url, 1);
  const { promise: isLocked, resolve: locked } = Promise.withResolvers<undefined>();
  const { promise: mayEnd, resolve: end } = Promise.withResolvers<undefined>();
  const first = other.transaction().execute(async (db) => {
    await sql`select pg_advisory_xact_lock(${706})`.execute(db);
    await sql`insert into note values (${'b1'})`.execute(db);
    locked(undefined);
    await mayEnd;
  });
  await isLocked;
  const second = store.transaction().execute(async (db) => {
    await sql`select pg_advisory_xact_lock(${706}) ${withNext}`.execute(db);
    const found = sql<{ text: string }>`select text from note where text like ${'b%'}`.execute(db);
    end(undefined);
    return (await found).rows;
  });
  await first;
  expect(await second).toEqual([{ text: 'b1' }]);
  await other.destroy();
});

test('when one of them fails nothing is kept, and the first failure is told', async () => {
  await sql`insert into note values (${'c'})`.execute(store);
  const failing = store.transaction().execute(async (db) => {
    await sql`insert into note values (${'c0'}) ${withNext}`.execute(db);
    await sql`insert into note values (${'c'}) ${withNext}`.execute(db);
    await sql`insert into note values (${'c2'}) ${andCommit}`.execute(db);
  });
  await expect(failing).rejects.toMatchObject({ code: '23505' });
  expect(await notes('c%')).toEqual(['c']);
});

test('a failure that only the commit can tell is told', async () => {
  const failing = store.transaction().execute(async (db) => {
    await sql`insert into note values (${'a1'}) ${withNext}`.execute(db);
  });
  await expect(failing).rejects.toMatchObject({ code: '23505' });
});

test('the last statement fails: nothing is committed, and the connection serves the next', async () => {
  const failing = store.transaction().execute(async (db) => {
    await sql`insert into note values (${'d1'})`.execute(db);
    await sql`insert into note select text from note where text = ${'a1'} ${andCommit}`.execute(db);
  });
  await expect(failing).rejects.toMatchObject({ code: '23505' });
  expect(await notes('d%')).toEqual([]);
  await store.transaction().execute((db) => sql`insert into note values (${'d2'})`.execute(db));
  expect(await notes('d%')).toEqual(['d2']);
});

test('work that throws keeps nothing, whatever waited to be sent', async () => {
  const failing = store.transaction().execute(async (db) => {
    await sql`insert into note values (${'e1'}) ${withNext}`.execute(db);
    throw new Error('thrown by the work');
  });
  await expect(failing).rejects.toThrow('thrown by the work');
  expect(await notes('e%')).toEqual([]);
});

test('after its last statement a transaction takes nothing more', async () => {
  const late = store.transaction().execute(async (db) => {
    await sql`insert into note values (${'f1'}) ${andCommit}`.execute(db);
    await sql`insert into note values (${'f2'})`.execute(db);
  });
  await expect(late).rejects.toThrow('was committed');
  expect(await notes('f%')).toEqual(['f1']);
});

test('outside a transaction each statement goes by itself', async () => {
  await sql`insert into note values (${'g1'}) ${withNext}`.execute(store);
  await sql`insert into note values (${'g2'}) ${andCommit}`.execute(store);
  expect(await notes('g%')).toEqual(['g1', 'g2']);
});
