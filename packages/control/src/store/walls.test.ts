import { instantOf, type OrganisationId } from '@countersign/core';
import pg from 'pg';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startControl, type TestControl } from '../testkit/control.ts';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { textsOf } from '../testkit/queries.ts';
import { recorder } from '../testkit/record.ts';
import { makeWorld, NOON_MS } from '../testkit/world.ts';
import { openProductStore } from './open-store.ts';
import type { Store } from './schema.ts';
import { productOptions, within } from './within.ts';

const world = makeWorld();
const other = makeWorld('globex');
let database: TestDatabase;
let control: TestControl;
const { record } = recorder(() => control, world);
beforeAll(async () => {
  database = await openTestDatabase();
  control = await startControl({ url: database.url, worlds: [world, other] });
  for (const one of [world, other]) {
    await control.ask('person:kim', 'POST', '/api/v1/trust', { world: one, body: { trust: one.bundle() } });
    await control.ask('person:kim', 'POST', '/api/v1/envelope', { world: one, body: { envelope: one.envelope() } });
    await control.ask('person:kim', 'POST', '/api/v1/graph', { world: one, body: { graph: one.graph() } });
  }
  await record(2);
  await record(2, 'proposal:P-2', other);
  await control.settled();
});
afterAll(async () => {
  await control.stop();
  await database.drop();
});

/** A bare connection as the product's role. */
async function asProduct<T>(sees: readonly string[], work: (client: pg.Client) => Promise<T>): Promise<T> {
  const options = productOptions(sees as readonly OrganisationId[]);
  const client = new pg.Client({ connectionString: database.url, options });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

interface Table {
  readonly name: string;
  readonly key: string;
  readonly isWalled: boolean;
  readonly owner: string;
}
const tables = async (): Promise<readonly Table[]> =>
  (
    await sql<Table>`
      select c.relname as name, pg_get_userbyid(c.relowner) as owner, c.relrowsecurity and c.relforcerowsecurity as "isWalled",
        case when exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'organisation' and not a.attisdropped)
          then 'organisation' else 'id' end as key
      from pg_class c where c.relnamespace = 'public'::regnamespace and c.relkind = 'r' and c.relname not like 'kysely_%'
      order by c.relname`.execute(control.owner)
  ).rows;

const count = async (options: string): Promise<number> => {
  const client = new pg.Client({ connectionString: database.url, options });
  await client.connect();
  const { rows } = await client.query<{ n: number }>('select count(*)::int as n from leaf');
  await client.end();
  return rows[0]?.n ?? -1;
};

const organisationsIn = async (store: Store): Promise<readonly string[]> =>
  (await store.selectFrom('leaf').select('organisation').distinct().orderBy('organisation').execute()).map(
    ({ organisation }) => organisation,
  );

describe('O3: rows of another organisation', () => {
  test('every table of the product is walled, and the product owns none of them', async () => {
    const all = await tables();
    expect(all.length).toBeGreaterThan(35);
    for (const { name, isWalled, owner } of all) expect([name, isWalled, owner]).toEqual([name, true, 'countersign']);
    const role = await asProduct(['acme'], (client) => client.query('select current_user as name'));
    expect(role.rows).toEqual([{ name: 'countersign_app' }]);
  });

  test('are not there for a bare query, in any table, and cannot be written', async () => {
    let seen = 0;
    await asProduct(['acme'], async (client) => {
      for (const { name, key } of await tables()) {
        const own = await client.query<{ own: number; others: number }>(
          `select count(*) filter (where "${key}" = 'acme')::int as own, count(*) filter (where "${key}" <> 'acme')::int as others from "${name}"`,
        );
        expect([name, own.rows[0]?.others]).toEqual([name, 0]);
        seen += own.rows[0]?.own ?? 0;
        const foreign = await control.owner.executeQuery(
          sql`select 1 from ${sql.table(name)} where ${sql.ref(key)} = 'globex' limit 1`.compile(control.owner),
        );
        const isOpenToDelete =
          foreign.rows.length > 0 && !['leaf', 'tree_node', 'checkpoint', 'document', 'tombstone'].includes(name);
        const gone = isOpenToDelete
          ? await client.query(`delete from "${name}" where "${key}" = 'globex'`).catch(() => ({ rowCount: 0 }))
          : { rowCount: 0 };
        expect([name, gone.rowCount]).toEqual([name, 0]);
      }
      await expect(
        client.query(
          "insert into leaf (organisation, event, subject, correlation, bytes) values ('globex', 'x', 'x', '', 'x')",
        ),
      ).rejects.toThrow('row-level security');
    });
    expect(seen).toBeGreaterThan(10);
  });

  test('a connection that names nobody sees nothing, the owner too, until it says that it is the keeper', async () => {
    expect(await count('-c role=countersign_app')).toBe(0);
    expect(await count('-c countersign.keeper=off')).toBe(0);
    expect(await count('-c role=countersign_app -c countersign.keeper=on')).toBe(0);
    expect(await count('-c countersign.keeper=on')).toBeGreaterThan(4);
  });
});

describe('O3: whose rows the code in hand sees', () => {
  test('of one organisation inside `within`, of all of this process outside it, on whatever connection', async () => {
    const store = openProductStore(database.url, [world.organisation, other.organisation], 2);
    for (let times = 0; times < 3; times += 1) {
      const both = await Promise.all([
        within(world.organisation, () => organisationsIn(store)),
        within(other.organisation, () => organisationsIn(store)),
        organisationsIn(store),
      ]);
      expect(both).toEqual([['acme'], ['globex'], ['acme', 'globex']]);
    }
    await store.destroy();
  });

  test('a transaction that fails leaves no connection with the rows of another', async () => {
    const store = openProductStore(database.url, [world.organisation, other.organisation], 1);
    const failing = within(other.organisation, () =>
      store.transaction().execute(async (db) => {
        await db.selectFrom('leaf').select('id').execute();
        throw new Error('planned');
      }),
    );
    await expect(failing).rejects.toThrow('planned');
    expect(await within(world.organisation, () => organisationsIn(store))).toEqual(['acme']);
    const refused = within(other.organisation, () => sql`select 1/0`.execute(store));
    await expect(refused).rejects.toThrow('division by zero');
    expect(await within(world.organisation, () => organisationsIn(store))).toEqual(['acme']);
    await store.destroy();
  });

  test('costs no round trip: it goes in one piece with the statement behind it, and only when somebody else had the connection', async () => {
    const store = openProductStore(database.url, [world.organisation, other.organisation], 1);
    const said = await textsOf(async () => {
      for (const organisation of [world.organisation, world.organisation, other.organisation])
        await within(organisation, () => organisationsIn(store));
    });
    expect(said.map((text) => text.includes('set_config'))).toEqual([true, false, false, true, false]);
    await store.destroy();
    const single = openProductStore(database.url, [world.organisation], 1);
    const quiet = await textsOf(() => within(world.organisation, () => organisationsIn(single)));
    expect(quiet.length).toBe(1);
    await single.destroy();
  });

  test('a use case cannot write for another organisation than its own', async () => {
    const crossed = control.deps.transactor.run(
      { organisation: world.organisation, actor: 'control', now: instantOf(NOON_MS) },
      async ({ db }) =>
        db
          .insertInto('leaf')
          .values({
            organisation: 'globex',
            event: 'decision.made',
            subject: 'x',
            correlation: '',
            bytes: Buffer.from('x'),
          })
          .execute(),
    );
    await expect(crossed).rejects.toThrow('row-level security');
  });
});

describe('V3: the record, as the product', () => {
  test.each([
    ['update leaf set bytes = bytes', 'permission denied'],
    ['update leaf set event = event', 'permission denied'],
    ['update leaf set seq = seq + 1000', 'append-only'],
    ['delete from leaf', 'permission denied'],
    ['truncate leaf', 'permission denied'],
    ['update checkpoint set note = note', 'permission denied'],
    ['update checkpoint set cosignatures = \'{"x":"y"}\'', 'nothing'],
    ['delete from checkpoint', 'permission denied'],
    ['truncate checkpoint', 'permission denied'],
    ['update tree_node set hashes = hashes', 'permission denied'],
    ['delete from tree_node', 'permission denied'],
    ['truncate tree_node', 'permission denied'],
    ['update document set bytes = bytes', 'permission denied'],
    ['delete from document', 'permission denied'],
    ['truncate document', 'permission denied'],
    ['alter table leaf disable trigger user', 'must be owner'],
    ['alter table leaf disable row level security', 'must be owner'],
    ['drop table leaf', 'must be owner'],
    ['drop policy tenant on leaf', 'must be owner'],
    ['create table x (y int)', 'permission denied'],
    ['create policy mine on leaf using (true)', 'must be owner'],
  ])('%s: refused', async (statement, why) => {
    const answer = await asProduct(['acme'], (client) =>
      client.query(statement).then(
        () => 'nothing',
        (error: unknown) => String(error),
      ),
    );
    expect(answer).toContain(why);
  });

  test('cosignatures only grow', async () => {
    await expect(
      asProduct(['acme'], (client) => client.query("update checkpoint set cosignatures = '{}'")),
    ).rejects.toThrow('append-only');
  });
});
