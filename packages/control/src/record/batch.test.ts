/** Entries of many writers that come without other state: durable, in the tree and signed when the writer is told. */
import { instantOf } from '@countersign/core';
import { auditRecord, openCheckpoint, readDump } from '@countersign/seal';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { startControl, type TestControl } from '../testkit/control.ts';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { queriesOf } from '../testkit/queries.ts';
import { checkpointTrust, recorder } from '../testkit/record.ts';
import { makeWorld, NOON_MS } from '../testkit/world.ts';
import { latestCheckpoint } from './checkpoints.ts';
import { dumpDatabase } from './dump.ts';
import { parseLeaf } from './entries.ts';

const world = makeWorld();
const other = makeWorld('globex');
const WRITERS = 256;
let database: TestDatabase;
let control: TestControl;
const { sizeOf } = recorder(() => control, world);
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

const enter = (correlation: string, body: unknown, { by = world, at = control } = {}): Promise<void> =>
  at.deps.transactor.record({ organisation: by.organisation, actor: 'person:kim', now: instantOf(NOON_MS) }, [
    { event: 'evidence.read', subject: `proposal:${correlation}`, correlation, body },
  ]);
/** Leaves as a use case writes them: they commit first and get their place afterwards. */
const withState = (count: number): Promise<void> =>
  control.deps.transactor.run(
    { organisation: world.organisation, actor: 'control', now: instantOf(NOON_MS) },
    async ({ leaf }) => {
      for (let n = 0; n < count; n += 1)
        leaf({ event: 'findings.ranked', subject: 'finding:all', correlation: '', body: { count, n } });
    },
  );
interface Row {
  readonly seq: number | null;
  readonly bytes: Buffer;
  readonly body: Buffer | null;
}
const rowsOf = async (correlation: string): Promise<readonly Row[]> =>
  (
    await sql<Row>`
      select leaf.seq, leaf.bytes, coalesce(leaf.body, document.bytes) as body from leaf
      left join document on document.organisation = leaf.organisation
        and document.digest = convert_from(leaf.bytes, 'UTF8')::jsonb->>'body'
      where leaf.correlation = ${correlation} order by leaf.seq`.execute(control.owner)
  ).rows;
const checkpoints = async (): Promise<number> =>
  (await control.deps.store.selectFrom('checkpoint').select('size').execute()).length;

describe('V3: entries without other state', () => {
  test('an entry of any of 256 writers is durable, placed and under a signed checkpoint when its writer is told', async () => {
    const [before, batches] = [await sizeOf(), await checkpoints()];
    await Promise.all(
      Array.from({ length: WRITERS }, async (_, writer) => {
        await enter(`W-${writer}`, { writer });
        const newest = await latestCheckpoint(control.deps.store, world.organisation);
        const rows = await rowsOf(`W-${writer}`);
        expect(rows.length).toBe(1);
        expect(rows[0]?.seq ?? Infinity).toBeLessThan(newest?.size ?? 0);
        expect(openCheckpoint(newest?.note ?? '', checkpointTrust(world, 0)).ok).toBe(true);
      }),
    );
    expect(await sizeOf()).toBe(before + WRITERS);
    expect((await checkpoints()) - batches).toBeLessThan(WRITERS / 4);
  });

  test('bytes arrive as they were hashed: every size, none swapped with a neighbour', async () => {
    const texts = ['', 'ä', '\u0000', '{}', 'it\'s \\ "quoted"', 'x'.repeat(9000), ...'abcdefgh'];
    await Promise.all(texts.map((text, place) => enter('bytes', { place, text })));
    const rows = await rowsOf('bytes');
    const bodies = rows.map(({ body }) => JSON.parse(String(body)) as { place: number; text: string });
    expect(bodies.toSorted((a, b) => a.place - b.place)).toEqual(texts.map((text, place) => ({ place, text })));
    for (const { bytes } of rows)
      expect(parseLeaf(bytes)).toMatchObject({ actor: 'person:kim', event: 'evidence.read', correlation: 'bytes' });
  });

  test('the same body twice is one document and two leaves, in one batch as in two', async () => {
    await Promise.all([enter('twice', { same: true }), enter('twice', { same: true })]);
    await enter('twice', { same: true });
    const rows = await rowsOf('twice');
    expect([rows.length, new Set(rows.map(({ body }) => String(body))).size]).toEqual([3, 1]);
  });

  test('leaves that commit with their state go into the same tree: no gap, none twice', async () => {
    const before = await sizeOf();
    await Promise.all(Array.from({ length: 40 }, (_, n) => (n % 2 === 0 ? enter('mixed', { n }) : withState(3))));
    await control.settled();
    const { rows } = await sql<{ n: number; first: number; last: number }>`
      select count(distinct seq)::int as n, min(seq)::int as first, max(seq)::int as last from leaf
      where organisation = ${world.organisation}`.execute(control.owner);
    expect(rows[0]).toEqual({ n: before + 20 + 60, first: 0, last: before + 79 });
  });

  test('the audit finds nothing wrong with such a record', async () => {
    const dump = readDump(await dumpDatabase(control.deps.store, world.organisation));
    const report = dump.ok && auditRecord(dump.value, { trust: checkpointTrust(world, 0), known: [] });
    expect(report && report.findings).toEqual([]);
  });

  test('one entry alone is one statement: its transaction, its place and its checkpoint', async () => {
    await enter('alone', { n: 0 });
    const statements = await queriesOf(() => enter('alone', { n: 1 }));
    const own = statements.filter((text) => !/set_config|pg_notify|distinct organisation|pg_try_advisory/.test(text));
    expect(own.map((text) => text.trim().split(/\s+/).slice(0, 2).join(' '))).toEqual(['with placed']);
  });

  test('O3: an entry of one organisation is not in the log of the other', async () => {
    const [mine, theirs] = [await sizeOf(), await sizeOf(other)];
    await enter('other', {}, { by: other });
    expect([await sizeOf(), await sizeOf(other)]).toEqual([mine, theirs + 1]);
  });
});

describe('V3: where the log is not at hand', () => {
  test('a process that does not hold it commits the entry as any other leaf, and the holder places it', async () => {
    const second = await startControl({ url: database.url, worlds: [world, other], instance: 'batch-2' });
    try {
      expect(second.sequencer.holds(world.organisation)).toBe(false);
      await enter('elsewhere', {}, { at: second });
      await control.sequencer.look();
      await control.settled();
      expect((await rowsOf('elsewhere')).map(({ seq }) => typeof seq)).toEqual(['number']);
    } finally {
      await second.stop();
    }
  });

  test('an entry the database refuses fails alone: its neighbours are written and the log is taken again', async () => {
    const results = await Promise.allSettled([enter('good-1', {}), enter('bad\u0000', {}), enter('good-2', {})]);
    expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    await control.sequencer.look();
    await control.sequencer.look();
    await control.settled();
    const rows = [...(await rowsOf('good-1')), ...(await rowsOf('good-2'))];
    expect(rows.map(({ seq }) => typeof seq)).toEqual(['number', 'number']);
    control.reports.splice(0);
  });

  test('refused, it takes the batch that was hashed on top of it along: each writer of both commits by itself', async () => {
    const before = await sizeOf();
    const writing = Array.from({ length: 300 }, (_, n) => enter(n === 5 ? 'bad\u0000' : 'on-top', { n }));
    const results = await Promise.allSettled(writing);
    expect(results.flatMap(({ status }, n) => (status === 'rejected' ? [n] : []))).toEqual([5]);
    await control.sequencer.look();
    await control.sequencer.look();
    await control.settled();
    const rows = await rowsOf('on-top');
    expect([rows.length, new Set(rows.map(({ seq }) => seq)).size, await sizeOf()]).toEqual([299, 299, before + 299]);
    const dump = readDump(await dumpDatabase(control.deps.store, world.organisation));
    const report = dump.ok && auditRecord(dump.value, { trust: checkpointTrust(world, 0), known: [] });
    expect(report && report.findings).toEqual([]);
    control.reports.splice(0);
  });

  test('a connection that ends loses no entry its writer was told of, and writes none twice', async () => {
    const before = await sizeOf();
    const writing = Promise.allSettled(Array.from({ length: 200 }, (_, n) => enter('cut', { n })));
    await sql`select pg_terminate_backend(pid) from pg_stat_activity
      where application_name like 'sequencer %' and datname = current_database()`.execute(control.owner);
    const told = (await writing).filter(({ status }) => status === 'fulfilled').length;
    await control.sequencer.look();
    await control.sequencer.look();
    await control.settled();
    const rows = await rowsOf('cut');
    expect(rows.length).toBeGreaterThanOrEqual(told);
    expect(rows.length).toBeLessThanOrEqual(200);
    expect(new Set(rows.map(({ body }) => String(body))).size).toBe(rows.length);
    expect(await sizeOf()).toBe(before + rows.length);
    control.reports.splice(0);
  });

  test('after the sequencer has stopped the entry still commits', async () => {
    await control.sequencer.stop();
    await enter('late', {});
    expect((await rowsOf('late')).map(({ seq }) => seq)).toEqual([null]);
  });
});
