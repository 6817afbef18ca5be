import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { idOf } from '../testkit/world.ts';
import { Bus, type Change } from './bus.ts';

const acme = idOf<'Organisation'>('acme');
const globex = idOf<'Organisation'>('globex');
const open: Bus[] = [];
let database: TestDatabase;
beforeAll(async () => {
  database = await openTestDatabase();
});
afterEach(async () => {
  for (const bus of open.splice(0)) await bus.close();
});
afterAll(() => database.drop());

async function start(instance: string): Promise<Bus> {
  const bus = new Bus(database.url, instance);
  await bus.open();
  open.push(bus);
  return bus;
}
const heard = (bus: Bus): Promise<Change> => new Promise((resolve) => bus.subscribe('proposal', resolve));
const never = new AbortController().signal;

describe('the bus', () => {
  test('tells its own process at once and the others through the database', async () => {
    const [one, two] = [await start('one'), await start('two')];
    const here: Change[] = [];
    one.subscribe('proposal', (change) => here.push(change));
    const there = heard(two);
    one.publish('proposal', acme, 'P-1');
    expect(here).toEqual([{ topic: 'proposal', organisation: 'acme', subject: 'P-1' }]);
    expect(await there).toEqual(here[0]);
    // Its own message does not come back: the answer of the other proves that it had time to.
    const answer = heard(one);
    two.publish('proposal', acme, 'P-2');
    await answer;
    expect(here.map(({ subject }) => subject)).toEqual(['P-1', 'P-2']);
  });

  test('many messages go together and none of different subject is lost', async () => {
    const [one, two] = [await start('one'), await start('two')];
    const seen = new Set<string>();
    const all = new Promise<void>((resolve) => {
      two.subscribe('delivery', ({ subject }) => {
        seen.add(subject);
        if (seen.size === 50) resolve();
      });
    });
    for (let n = 0; n < 500; n += 1) one.publish('delivery', acme, `E-${n % 50}`);
    await all;
    expect(seen.size).toBe(50);
  });

  test('whoever has opened is told everything from then on, also when two open at one moment', async () => {
    for (let round = 0; round < 10; round += 1) {
      const [one, two] = await Promise.all([start(`a-${round}`), start(`b-${round}`)]);
      const told = heard(two);
      one.publish('proposal', acme, `P-${round}`);
      expect((await told).subject).toBe(`P-${round}`);
      await Promise.all([one.close(), two.close()]);
    }
  });

  test('X7: what was told is counted by topic, and whoever comes may have told what was not heard', async () => {
    const one = await start('one');
    expect([one.told('delivery'), one.told('status')]).toEqual([0, 0]);
    one.publish('delivery', acme, 'E-1');
    expect([one.told('delivery'), one.told('status')]).toEqual([1, 0]);
    await start('two');
    expect(one.isAlone).toBe(false);
    expect([one.told('delivery'), one.told('status')]).toEqual([2, 1]);
  });

  test('what happens between a look and the wait is heard: the caller looks again at once', async () => {
    const bus = await start('one');
    const options = { topic: 'checkpoint', organisation: acme, timeoutMs: 60_000, closed: never } as const;
    let looks = 0;
    const found = await bus.lookOrWait(
      async () => {
        looks += 1;
        // The first look is too early, and the change comes before it has returned.
        if (looks === 1) bus.publish('checkpoint', acme);
        return Promise.resolve(looks);
      },
      (seen) => seen > 1,
      options,
    );
    expect(found).toBe(2);
    const other = bus.lookOrWait(
      () => Promise.resolve(0),
      (seen) => seen > 0,
      { ...options, timeoutMs: 5 },
    );
    bus.publish('checkpoint', globex);
    expect(await other).toBe(0);
  });

  test('a wait ends with the first change that fits, with the time, or with the caller', async () => {
    const bus = await start('one');
    const isMine = ({ organisation }: Change): boolean => organisation === acme;
    const waiting = bus.wait(isMine, { topic: 'triage', timeoutMs: 60_000, closed: never });
    bus.publish('triage', globex);
    bus.publish('triage', acme);
    await waiting;
    await bus.wait(isMine, { topic: 'triage', timeoutMs: 5, closed: never });
    const gone = new AbortController();
    const left = bus.wait(isMine, { topic: 'triage', timeoutMs: 60_000, closed: gone.signal });
    gone.abort();
    await left;
    await bus.wait(isMine, { topic: 'triage', timeoutMs: 60_000, closed: gone.signal });
    expect(gone.signal.aborted).toBe(true);
  });

  test('after a lost connection it comes back and everybody looks again', async () => {
    const [one, two] = [await start('one'), await start('two')];
    const gap = new Promise<void>((resolve) => two.onGap(resolve));
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    await client.query("select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'bus two'");
    await client.end();
    await gap;
    const there = heard(two);
    one.publish('proposal', acme, 'P-3');
    expect((await there).subject).toBe('P-3');
  });

  test('what others send on the channel is not believed', async () => {
    const bus = await start('one');
    const seen: Change[] = [];
    bus.subscribe('proposal', (change) => seen.push(change));
    const client = new pg.Client({ connectionString: database.url });
    await client.connect();
    for (const payload of ['', 'x', 'x proposal', 'x proposal ../x P', 'x nonsense acme P', 'x proposal acme P-9'])
      await client.query('select pg_notify($1, $2)', ['countersign', payload]);
    await client.end();
    while (seen.length === 0) await pause(5);
    expect(seen.map(({ subject }) => subject)).toEqual(['P-9']);
  });
});
