/** What the checks of the record refuse, row by row, although they are asked once a statement. */
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { migrate, openStore } from './open-store.ts';
import type { Store } from './schema.ts';

let database: TestDatabase;
let owner: Store;
let second: Store;
beforeAll(async () => {
  database = await openTestDatabase();
  owner = openStore(database.url, 1);
  second = openStore(database.url, 1);
  await migrate(owner);
  await sql`insert into organisation (id) values ('acme'), ('empty')`.execute(owner);
  await sql`insert into leaf (organisation, event, subject, correlation, bytes)
    select 'acme', 'e', 's', 'c', 'b' from generate_series(1, 3)`.execute(owner);
});
afterAll(async () => {
  await owner.destroy();
  await second.destroy();
  await database.drop();
});

const inserted = async (statement: string): Promise<unknown> =>
  (await sql.raw(statement).execute(owner)).numAffectedRows;
const leaf = (organisations: string): string =>
  `insert into leaf (organisation, event, subject, correlation, bytes) select o, 'e', 's', 'c', 'b' from unnest(array[${organisations}]) as o`;
const kept = (organisations: string): string =>
  `insert into document (organisation, digest, kind, bytes) select o, 'd', 'k', 'b' from unnest(array[${organisations}]) as o`;
const node = (organisations: string): string =>
  `insert into tree_node (organisation, level, index, hashes) select o, 0, 0, 'h' from unnest(array[${organisations}]) as o`;
const note = (organisations: string): string =>
  `insert into checkpoint (organisation, size, note) select o, 1, 'n' from unnest(array[${organisations}]) as o`;

describe('O3: every line of the record belongs to an organisation that is there', () => {
  test.each([
    ['leaf', leaf],
    ['body', kept],
    ['hash', node],
    ['checkpoint', note],
  ])('a %s of nobody is refused, also as one among many', async (_name, insert) => {
    await expect(sql.raw(insert(`'nobody'`)).execute(owner)).rejects.toThrow('foreign key');
    await expect(sql.raw(insert(`'acme', 'nobody'`)).execute(owner)).rejects.toThrow('foreign key');
    await expect(sql.raw(insert(`'nobody', 'acme', 'empty'`)).execute(owner)).rejects.toThrow('foreign key');
    await expect(sql.raw(insert(`null::text`)).execute(owner)).rejects.toThrow(/null value|foreign key/);
  });

  test('a statement that inserts nothing is no error', async () => {
    expect(await inserted(`${leaf(`'acme'`)} where false`)).toBe(0n);
    expect(await inserted(kept(`'acme'`))).toBe(1n);
    expect(await inserted(`${kept(`'acme'`)} on conflict do nothing`)).toBe(0n);
  });

  test('one statement may write for several that are there', async () => {
    await sql`insert into organisation (id) values ('several-1'), ('several-2')`.execute(owner);
    for (const insert of [leaf, kept, node]) expect(await inserted(insert(`'several-1', 'several-2'`))).toBe(2n);
  });

  test('an organisation with a record is neither removed nor renamed; one without is', async () => {
    await expect(sql`delete from organisation where id = 'acme'`.execute(owner)).rejects.toThrow('foreign key');
    await expect(sql`update organisation set id = 'acne' where id = 'acme'`.execute(owner)).rejects.toThrow(
      'foreign key',
    );
    await sql`update organisation set id = id, created_at = now()`.execute(owner);
    await sql`update organisation set id = 'bare' where id = 'empty'`.execute(owner);
    await sql`delete from organisation where id = 'bare'`.execute(owner);
  });

  test.each([
    ['leaf', leaf],
    ['body', kept],
    ['hash', node],
  ])('whoever removes an organisation waits for a %s that is being written, and is refused', async (name, insert) => {
    const id = `busy-${name}`;
    await sql`insert into organisation (id) values (${id})`.execute(owner);
    let removing: Promise<unknown> = Promise.resolve();
    await owner.transaction().execute(async (db) => {
      await sql.raw(insert(`'${id}'`)).execute(db);
      removing = sql`delete from organisation where id = ${id}`.execute(second).then(
        () => 'removed',
        (error: unknown) => String(error),
      );
      await sql`select 1`.execute(db);
    });
    expect(await removing).toContain('foreign key');
  });
});

describe('V3: a leaf changes once, and only by getting its place', () => {
  test.each([
    ['its bytes', `bytes = 'x'`],
    ['its event', `event = 'x'`],
    ['its subject', `subject = 'x'`],
    ['its correlation', `correlation = 'x'`],
    ['its organisation', `organisation = 'x'`],
    ['nothing', `subject = subject`],
    ['its place to none', `seq = null`],
    ['its place and its bytes', `seq = 7, bytes = 'x'`],
    ['its place and its event', `seq = 7, event = 'x'`],
    ['its place and its subject', `seq = 7, subject = 'x'`],
    ['its place and its correlation', `seq = 7, correlation = 'x'`],
    ['its place and its organisation', `seq = 7, organisation = 'x'`],
  ])('an update of %s is refused', async (_name, change) => {
    const waiting = `where id = (select max(id) from leaf where organisation = 'acme')`;
    await expect(sql.raw(`update leaf set ${change} ${waiting}`).execute(owner)).rejects.toThrow('append-only');
  });

  test('a place is given once: not another, not none; a leaf with or without one is not deleted', async () => {
    const first = `where id = (select min(id) from leaf where organisation = 'acme')`;
    await sql.raw(`update leaf set seq = 0 ${first}`).execute(owner);
    for (const change of ['seq = 1', 'seq = null', 'seq = 0', `bytes = 'x'`])
      await expect(sql.raw(`update leaf set ${change} ${first}`).execute(owner)).rejects.toThrow('append-only');
    await expect(sql.raw(`delete from leaf ${first}`).execute(owner)).rejects.toThrow('append-only');
    await expect(sql`delete from leaf where seq is null`.execute(owner)).rejects.toThrow('append-only');
  });

  test('one line that may not change fails the whole statement', async () => {
    await expect(sql`update leaf set seq = 10 + id where organisation = 'acme'`.execute(owner)).rejects.toThrow(
      'append-only',
    );
    const { rows } = await sql<{ n: number }>`select count(*)::int as n from leaf where seq >= 10`.execute(owner);
    expect(rows).toEqual([{ n: 0 }]);
  });
});
