import { instantOf } from '@countersign/core';
import { openCheckpoint } from '@countersign/seal';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startControl, type TestControl } from '../testkit/control.ts';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { queriesOf } from '../testkit/queries.ts';
import { checkpointTrust, recorder } from '../testkit/record.ts';
import { makeWorld, NOON_MS } from '../testkit/world.ts';

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

const checkpoints = async (): Promise<number> =>
  Number(
    (
      await sql<{
        n: number;
      }>`select count(*)::int as n from checkpoint where organisation = ${world.organisation}`.execute(
        control.deps.store,
      )
    ).rows[0]?.n,
  );

describe('the sequencer', () => {
  test('V3: an idle log integrates at once, in the order of the leaves, and signs', async () => {
    const before = await sizeOf();
    expect(await record(5)).toBe(before + 5);
    const { note, size } = (await control.ask('person:kim', 'GET', '/api/v1/record/checkpoint')).json<{
      note: string;
      size: number;
    }>();
    const opened = openCheckpoint(note, checkpointTrust(world, 0));
    expect(opened.ok && opened.value.size).toBe(size);
    const rows = await control.deps.store
      .selectFrom('leaf')
      .select(['id', 'seq'])
      .where('organisation', '=', world.organisation)
      .orderBy('id')
      .execute();
    expect(rows.map(({ seq }) => seq)).toEqual(rows.map((_row, place) => place));
  });

  test('V3: leaves of many writers come together in few batches, none twice, none lost', async () => {
    const before = await sizeOf();
    const batches = await checkpoints();
    await Promise.all(Array.from({ length: 64 }, (_, n) => record(1, `proposal:P-${n}`)));
    expect(await sizeOf()).toBe(before + 64);
    expect((await checkpoints()) - batches).toBeLessThan(64);
  });

  test('V3: an accepted entry of any of 256 writers is in the next checkpoint, or in the one after the batch under way', async () => {
    const sizes: number[] = [];
    const end = control.deps.bus.subscribe('checkpoint', () => {
      const head = control.deps.newest.checkpoint(world.organisation);
      void head.then((newest) => newest !== undefined && sizes.push(newest.size));
    });
    const accepted = await Promise.all(
      Array.from({ length: 256 }, async (_, writer) => {
        await control.deps.transactor.run(
          { organisation: world.organisation, actor: 'control', now: instantOf(NOON_MS) },
          async ({ leaf }) => {
            leaf({ event: 'decision.made', subject: `proposal:W-${writer}`, correlation: 'W', body: { writer } });
          },
        );
        return { subject: `proposal:W-${writer}`, after: sizes.length };
      }),
    );
    await control.settled();
    end();
    const rows = await control.deps.store
      .selectFrom('leaf')
      .select(['seq', 'subject'])
      .where('correlation', '=', 'W')
      .execute();
    const places = new Map(rows.map(({ subject, seq }) => [subject, seq ?? Infinity]));
    const waits = accepted.map(({ subject, after }) => {
      const place = places.get(subject) ?? Infinity;
      return sizes.findIndex((size) => size > place) - after;
    });
    expect(places.size).toBe(256);
    expect(Math.max(...waits)).toBeLessThanOrEqual(1);
    expect(sizes.length).toBeLessThan(256);
  });

  test('O3: two organisations have two logs', async () => {
    const size = await sizeOf();
    const mine = await sizeOf(other);
    await record(3, 'proposal:P-9', other);
    expect(await sizeOf()).toBe(size);
    expect(await sizeOf(other)).toBe(mine + 3);
    const entries = (
      await control.ask('person:kim', 'GET', '/api/v1/record/entries?from=0&limit=1000', { world: other })
    ).json<{ entries: { leaf: string }[] }>().entries;
    const owners = entries.map(
      ({ leaf }) => (JSON.parse(Buffer.from(leaf, 'base64').toString()) as { organisation: string }).organisation,
    );
    expect(new Set(owners)).toEqual(new Set(['globex']));
  });

  test('one process holds a log; another takes it over when the holder ends', async () => {
    const second = await startControl({ url: database.url, worlds: [world, other], instance: 'test-2' });
    try {
      expect([control.sequencer.holds(world.organisation), second.sequencer.holds(world.organisation)]).toEqual([
        true,
        false,
      ]);
      const before = await sizeOf();
      const heard = control.next('checkpoint');
      await second.deps.transactor.run(
        { organisation: world.organisation, actor: 'control', now: instantOf(NOON_MS) },
        async ({ leaf }) => {
          leaf({ event: 'decision.made', subject: 'proposal:P-2', correlation: '', body: {} });
        },
      );
      await heard;
      expect(await sizeOf()).toBe(before + 1);
      await control.sequencer.stop();
      await second.sequencer.look();
      expect(second.sequencer.holds(world.organisation)).toBe(true);
      const taken = second.next('checkpoint');
      await second.deps.transactor.run(
        { organisation: world.organisation, actor: 'control', now: instantOf(NOON_MS) },
        async ({ leaf }) => {
          leaf({ event: 'decision.made', subject: 'proposal:P-3', correlation: '', body: {} });
        },
      );
      await taken;
      expect(await sizeOf()).toBe(before + 2);
      expect([...control.reports, ...second.reports]).toEqual([]);
    } finally {
      await second.stop();
      await control.stop();
      control = await startControl({ url: database.url, worlds: [world, other], instance: 'test-3' });
    }
  });

  test('V3: whoever loses the connection loses the log, takes it again, and nothing is lost', async () => {
    const before = await sizeOf();
    await sql`select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'sequencer %' and datname = current_database()`.execute(
      control.owner,
    );
    const actor = { organisation: world.organisation, actor: 'control', now: instantOf(NOON_MS) };
    await control.deps.transactor.run(actor, async ({ leaf }) => {
      leaf({ event: 'decision.made', subject: 'proposal:P-8', correlation: '', body: {} });
    });
    await control.sequencer.look();
    await control.sequencer.look();
    await control.settled();
    expect([await sizeOf(), control.sequencer.holds(world.organisation)]).toEqual([before + 1, true]);
    control.reports.splice(0);
  });

  test('one leaf costs its transaction three round trips and the record one', async () => {
    await record(1);
    await control.deps.trust.bundle(world.organisation);
    const heard = control.next('checkpoint');
    const statements = await queriesOf(async () => {
      await control.deps.transactor.run(
        { organisation: world.organisation, actor: 'control', now: instantOf(NOON_MS) },
        async ({ leaf, keep }) => {
          leaf({ event: 'decision.made', subject: 'proposal:P-7', correlation: '', body: {} });
          keep('test', new Uint8Array([1]));
        },
      );
      await heard;
    });
    const own = statements.filter(
      (text) => !/set_config|pg_notify|distinct organisation|pg_try_advisory_lock/.test(text),
    );
    expect(own.map((text) => text.trim().split(/\s+/).slice(0, 2).join(' '))).toEqual([
      'begin',
      'with given',
      'commit',
      'with placed',
    ]);
  });
});

describe('tampering', () => {
  const refused = /append-only/;
  beforeAll(async () => {
    const size = await record(1);
    const line = await cosign(size);
    const answer = await control.ask('witness:one', 'POST', '/api/v1/record/cosignatures', { body: { size, line } });
    expect(answer.statusCode).toBe(200);
  });

  test.each([
    ['a leaf changed', sql`update leaf set bytes = 'x' where organisation = 'acme' and seq = 0`],
    ['a leaf deleted', sql`delete from leaf where organisation = 'acme' and seq = 0`],
    ['a leaf moved', sql`update leaf set seq = 99999 where organisation = 'acme' and seq = 0`],
    ['all leaves', sql`truncate leaf`],
    ['a checkpoint rewritten', sql`update checkpoint set note = 'x' where organisation = 'acme'`],
    ['a cosignature removed', sql`update checkpoint set cosignatures = '{}' where cosignatures <> '{}'`],
    ['a checkpoint deleted', sql`delete from checkpoint where organisation = 'acme'`],
    ['a hash changed', sql`update tree_node set hashes = 'x' where organisation = 'acme'`],
    ['all hashes', sql`truncate tree_node`],
    ['a body changed', sql`update document set bytes = 'x' where organisation = 'acme'`],
  ])('V3: the database refuses %s', async (_name, statement) => {
    await expect(statement.execute(control.owner)).rejects.toThrow(refused);
    // The product itself does not get as far as the trigger; what only a trigger can tell apart it holds for both.
    await expect(statement.execute(control.deps.store)).rejects.toThrow(/permission denied|append-only/);
  });

  test('V3: what got past the database does not get a proof, and the log is never continued', async () => {
    const size = await record(2);
    const store = control.owner;
    await sql`alter table leaf disable trigger user`.execute(store);
    await sql`update leaf set bytes = convert_to(replace(convert_from(bytes, 'UTF8'), 'decision.made', 'decision.mode'), 'UTF8') where organisation = 'acme' and seq = ${size - 1}`.execute(
      store,
    );
    await sql`alter table leaf enable trigger user`.execute(store);
    const answer = await control.ask('person:kim', 'GET', `/api/v1/record/proof/${size - 1}`);
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([500, 'record-damaged']);

    await sql`alter table tree_node disable trigger user`.execute(store);
    await sql`update tree_node set hashes = decode(repeat('00', length(hashes)), 'hex') where organisation = 'acme'`.execute(
      store,
    );
    await sql`alter table tree_node enable trigger user`.execute(store);
    await control.stop();
    control = await startControl({ url: database.url, worlds: [world, other], instance: 'test-4' });
    expect(control.sequencer.holds(world.organisation)).toBe(false);
    expect(control.sequencer.holds(other.organisation)).toBe(true);
    expect(control.reports.map(({ where }) => where)).toContain('record of acme');
  });
});
