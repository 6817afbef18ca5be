import { expect, test } from 'vitest';
import { countsOf, viewOf } from './counts.ts';
import { planFor } from './example-plan.test.ts';
import { auditJournal, seededRandom, simulate } from './simulate.ts';

const HOSTS = 1240;
const WINDOW = 10;

test('X5, scenario A: a fault from every one of 1,240 positions breaks at most w, with crashes', () => {
  const plan = planFor(HOSTS, { canary: 25 });
  let positions = 0;
  for (let first = 0; first < HOSTS; first += 1) {
    const random = seededRandom(first);
    const run = simulate(plan, { random, isBroken: (place) => place >= first, crashRate: 0.002 });
    const found = auditJournal(run.journal);
    expect(found).toMatchObject({ leasesAfterStop: 0, leasedTwice: 0 });
    expect(found.broken).toBeGreaterThan(0);
    expect(found.broken).toBeLessThanOrEqual(WINDOW);
    expect(found.touched).toBeLessThanOrEqual(first + WINDOW);
    positions += 1;
  }
  expect(positions).toBe(HOSTS);
});

test('X4, X7: a million targets complete through the same reducer, each leased once', () => {
  const run = simulate(planFor(1_000_000, { canary: 25, window: 1000 }), { random: seededRandom(706) });
  expect(viewOf(run.state).phase.name).toBe('completed');
  expect(countsOf(run.state)).toMatchObject({ healthy: 1_000_000, untouched: 0, unknown: 0 });
  expect(auditJournal(run.journal)).toMatchObject({ leasedTwice: 0, leasesAfterStop: 0 });
});

test('X7: 30,000 random histories with crashes and lost answers never lease twice or after a stop', () => {
  const plan = planFor(24, { canary: 5, window: 4 });
  for (let seed = 0; seed < 30_000; seed += 1) {
    const random = seededRandom(seed);
    const bad = Math.floor(random() * 48);
    const lost = Math.floor(random() * 200);
    const world = {
      random,
      crashRate: 0.05,
      isBroken: (place: number) => place === bad,
      losesAnswer: (place: number) => place === lost,
    };
    const found = auditJournal(simulate(plan, world).journal);
    expect(found.leasedTwice + found.leasesAfterStop).toBe(0);
  }
});
