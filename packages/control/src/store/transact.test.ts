import { digestOf } from '@countersign/seal';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { instantOf, type OrganisationId } from '@countersign/core';
import { parseLeaf } from '../record/entries.ts';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { queriesOf } from '../testkit/queries.ts';
import { idOf, NOON_MS } from '../testkit/world.ts';
import { migrate, openStore } from './open-store.ts';
import { provision } from './provision.ts';
import type { Store } from './schema.ts';
import { Transactor } from './transact.ts';

const organisation = idOf<'Organisation'>('acme');
const actor = { organisation, actor: 'person:kim', now: instantOf(NOON_MS) };
let database: TestDatabase;
let store: Store;
const told: OrganisationId[] = [];
let transactor: Transactor;
beforeAll(async () => {
  database = await openTestDatabase();
  store = openStore(database.url, 4);
  await migrate(store);
  await provision(store, { organisation, principals: [], sources: [], now: actor.now });
  transactor = new Transactor(store, (id) => told.push(id));
});
afterAll(async () => {
  await store.destroy();
  await database.drop();
});
const counts = async (): Promise<readonly number[]> =>
  Promise.all(
    (['leaf', 'document'] as const).map(
      async (table) => (await store.selectFrom(table).select('organisation').execute()).length,
    ),
  );

describe('a use case', () => {
  test('L5: its leaves and bodies commit together, in order', async () => {
    const digest = await transactor.run(actor, async ({ leaf, keep }) => {
      keep('raw', new Uint8Array([0, 255, 39, 92]));
      const first = leaf({
        event: 'proposal.created',
        subject: 'proposal:P-1',
        correlation: 'P-1',
        body: { "it's": '"quoted", {braces} \\ back' },
      });
      leaf({ event: 'decision.made', subject: 'proposal:P-1', correlation: 'P-1', body: { n: 2 } });
      return first;
    });
    const rows = await store.selectFrom('leaf').selectAll().where('correlation', '=', 'P-1').orderBy('id').execute();
    expect(rows.map(({ event, seq }) => [event, seq])).toEqual([
      ['proposal.created', null],
      ['decision.made', null],
    ]);
    expect(rows.map(({ bytes }) => parseLeaf(bytes)?.actor)).toEqual(['person:kim', 'person:kim']);
    const body = await store
      .selectFrom('document')
      .select('bytes')
      .where('digest', '=', digest)
      .executeTakeFirstOrThrow();
    expect(digestOf(body.bytes)).toBe(digest);
    expect(JSON.parse(body.bytes.toString())).toEqual({ "it's": '"quoted", {braces} \\ back' });
    const raw = await store.selectFrom('document').select('bytes').where('kind', '=', 'raw').executeTakeFirstOrThrow();
    expect([...raw.bytes]).toEqual([0, 255, 39, 92]);
  });

  test('that fails leaves nothing behind and tells nobody', async () => {
    const before = await counts();
    told.splice(0);
    const failing = transactor.run(actor, async ({ leaf }) => {
      leaf({ event: 'decision.made', subject: 'proposal:P-2', correlation: '', body: {} });
      await Promise.resolve();
      throw new Error('planted');
    });
    await expect(failing).rejects.toThrow('planted');
    expect([await counts(), told]).toEqual([before, []]);
  });

  test('tells of its leaves once, after the commit, and not when it has none', async () => {
    told.splice(0);
    await transactor.run(actor, async ({ keep }) => keep('raw', new Uint8Array([1])));
    expect(told).toEqual([]);
    await transactor.run(actor, async ({ leaf }) => {
      leaf({ event: 'decision.made', subject: 'proposal:P-3', correlation: '', body: {} });
      leaf({ event: 'decision.made', subject: 'proposal:P-3', correlation: '', body: {} });
    });
    expect(told).toEqual(['acme']);
  });

  test('writes any number of leaves in one statement, and none when there are none', async () => {
    const many = await queriesOf(() =>
      transactor.run(actor, async ({ leaf }) => {
        for (let n = 0; n < 200; n += 1)
          leaf({ event: 'decision.made', subject: 'proposal:P-4', correlation: '', body: { n } });
      }),
    );
    expect([many.length, (await queriesOf(() => transactor.run(actor, async () => 1))).length]).toEqual([3, 2]);
  });

  test('an organisation that does not exist cannot be written to', async () => {
    const nobody = { ...actor, organisation: idOf<'Organisation'>('nobody') };
    await expect(
      transactor.run(nobody, async ({ leaf }) =>
        leaf({ event: 'decision.made', subject: 'a:b', correlation: '', body: {} }),
      ),
    ).rejects.toThrow('foreign key');
  });

  test('migrating again and from two sides changes nothing', async () => {
    const second = openStore(database.url, 1);
    await Promise.all([migrate(store), migrate(second)]);
    await second.destroy();
    expect((await counts())[0]).toBeGreaterThan(0);
  });
});
