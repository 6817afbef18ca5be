import { afterAll, beforeAll, expect, test } from 'vitest';
import { startControl, type TestControl } from '../testkit/control.ts';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { bodiesOf } from '../testkit/leaves.ts';
import { idOf, makeWorld, NOON_MS } from '../testkit/world.ts';
import { DoorCounts } from './door-counts.ts';

const world = makeWorld('acme');
let database: TestDatabase;
let control: TestControl;
beforeAll(async () => {
  database = await openTestDatabase();
  control = await startControl({ url: database.url, worlds: [world] });
});
afterAll(async () => {
  await control.stop();
  await database.drop();
});

const written = (): Promise<readonly unknown[]> => bodiesOf(control, world, 'identity.counted');

test('L5: ten thousand strangers are one leaf with a number, and nothing happening is none', async () => {
  const counts = new DoorCounts(control.deps, NOON_MS);
  await counts.write(NOON_MS + 1000);
  expect(await written()).toEqual([]);
  for (let nth = 0; nth < 10_000; nth += 1) counts.add(world.organisation, 'tokensRefused');
  counts.add(world.organisation, 'tokensIssued');
  await counts.write(NOON_MS + 60_000);
  await counts.write(NOON_MS + 120_000);
  expect(await written()).toEqual([
    {
      from: '2026-11-21T12:00:01.000Z',
      to: '2026-11-21T12:01:00.000Z',
      tokensIssued: 1,
      tokensRefused: 10_000,
      signInsRefused: 0,
    },
  ]);
});

test('L5, O3: what names an organisation that is none of this server is in no record and takes no memory', async () => {
  const counts = new DoorCounts(control.deps, NOON_MS);
  for (let nth = 0; nth < 1000; nth += 1) counts.add(idOf(`made-up-${nth}`), 'tokensRefused');
  const before = await written();
  await counts.write(NOON_MS + 1000);
  expect(await written()).toEqual(before);
});
