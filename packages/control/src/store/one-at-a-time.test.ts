import { afterAll, beforeAll, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { oneAtATime } from './one-at-a-time.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterAll(() => database.drop());

test('work of one name never overlaps, and goes on after a failure', async () => {
  let running = 0;
  let most = 0;
  const work = async (place: number): Promise<number> => {
    running += 1;
    most = Math.max(most, running);
    await new Promise(setImmediate);
    running -= 1;
    if (place === 2) throw new Error('planted');
    return place;
  };
  const results = await Promise.allSettled(
    [0, 1, 2, 3].map((place) => oneAtATime(database.url, 'test', () => work(place))),
  );
  expect(most).toBe(1);
  expect(results.map(({ status }) => status)).toEqual(['fulfilled', 'fulfilled', 'rejected', 'fulfilled']);
});
