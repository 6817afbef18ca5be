/** The database as files: whole, in the order of the table, and never in memory at once (V4). */
import { mkdtempSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startControl, type TestControl } from '../testkit/control.ts';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { recorder } from '../testkit/record.ts';
import { makeWorld } from '../testkit/world.ts';
import { DUMP_PAGE, dumpDatabase, eachPage, writeDump } from './dump.ts';

const world = makeWorld();
let database: TestDatabase;
let control: TestControl;
let folder: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'dump-'));
  database = await openTestDatabase();
  control = await startControl({ url: database.url, worlds: [world] });
  await control.ask('person:kim', 'POST', '/api/v1/trust', { body: { trust: world.bundle() } });
  await recorder(() => control, world).record(2 * DUMP_PAGE + 10);
});
afterAll(async () => {
  await control.stop();
  await database.drop();
  rmSync(folder, { recursive: true });
});

test('V4: a table is read in pages of a bounded number of rows, and nothing of it is left out', async () => {
  const pages: number[] = [];
  await eachPage(control.deps.store, world.organisation, (table, rows) => {
    if (table === 'leaf') pages.push(rows.length);
  });
  expect(pages.slice(0, 2)).toEqual([DUMP_PAGE, DUMP_PAGE]);
  expect(pages).toHaveLength(3);
  const { n } = await control.deps.store
    .selectFrom('leaf')
    .select(({ fn }) => fn.countAll<number>().as('n'))
    .executeTakeFirstOrThrow();
  expect(pages.reduce((sum, size) => sum + size, 0)).toBe(n);
});

test('V4: the files hold what the tables do, row for row, and a second dump replaces the first', async () => {
  const dump = await dumpDatabase(control.deps.store, world.organisation);
  for (let time = 0; time < 2; time += 1) {
    const count = await writeDump(control.deps.store, world.organisation, folder);
    expect(readdirSync(folder).toSorted()).toEqual([...dump.keys()].map((name) => `${name}.jsonl`).toSorted());
    const lines = (name: string): readonly string[] =>
      readFileSync(join(folder, `${name}.jsonl`), 'utf8')
        .split('\n')
        .slice(0, -1);
    for (const [name, rows] of dump) expect({ name, lines: lines(name) }).toEqual({ name, lines: rows });
    expect(count).toBe([...dump.values()].reduce((sum, rows) => sum + rows.length, 0));
  }
});
