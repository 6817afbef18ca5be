import { expect, test } from 'vitest';
import type { Instant } from '../shared/brand.ts';
import { nextCommands, type RolloutCommand } from './commands.ts';
import { countsOf, viewOf } from './counts.ts';
import type { RolloutEvent } from './event.ts';
import { at, planFor, target } from './example-plan.test.ts';
import { apply, startRollout } from './reducer.ts';
import { auditJournal, seededRandom, simulate, type World } from './simulate.ts';

const isBroken = (place: number): boolean => place >= 13;
const calm = (seed: number): World => ({ random: seededRandom(seed) });

test('X4: a healthy rollout reaches every target and completes', () => {
  const run = simulate(planFor(40), calm(1));
  expect(viewOf(run.state).phase.name).toBe('completed');
  expect(countsOf(run.state)).toMatchObject({ targets: 40, touched: 40, healthy: 40, broken: 0, untouched: 0 });
});

test('X5: at every failing position of 40 targets at most w are broken, and nothing is leased after the failing verdict', () => {
  for (let first = 0; first < 40; first += 1)
    for (let seed = 0; seed < 8; seed += 1) {
      const world = { ...calm(first * 100 + seed), isBroken: (place: number) => place >= first, crashRate: 0.1 };
      const run = simulate(planFor(40), world);
      const found = auditJournal(run.journal);
      expect(found).toMatchObject({ leasesAfterStop: 0, leasedTwice: 0 });
      expect(found.broken).toBeGreaterThan(0);
      expect(found.broken).toBeLessThanOrEqual(10);
      expect(found.mostInFlight).toBeLessThanOrEqual(10);
      expect(viewOf(run.state).breaker).toMatchObject({ state: 'open', trip: 1 });
      expect(countsOf(run.state)).toMatchObject({
        broken: found.broken,
        touched: found.touched,
        actsAfterTrip: 0,
        inFlight: 0,
      });
    }
});

test('X5: one bad target among good ones stops it too, wherever it stands', () => {
  for (let bad = 0; bad < 40; bad += 1) {
    const run = simulate(planFor(40), { ...calm(bad), isBroken: (place) => place === bad });
    expect(auditJournal(run.journal)).toMatchObject({ broken: 1, leasesAfterStop: 0 });
    expect(viewOf(run.state).breaker.state).toBe('open');
  }
});

test('scenario A: 1,240 targets, a fault from any of many positions breaks at most w = 10', () => {
  const positions = [0, 1, 4, 5, 9, 10, 11, 19, 20, 21, 99, 380, 381, 611, 612, 1000, 1229, 1230, 1238, 1239];
  for (const first of positions) {
    const run = simulate(planFor(1240, { canary: 10 }), { ...calm(first), isBroken: (place) => place >= first });
    const found = auditJournal(run.journal);
    expect(found).toMatchObject({ leasesAfterStop: 0, leasedTwice: 0 });
    expect(found.broken).toBeLessThanOrEqual(10);
    expect(found.touched).toBeLessThanOrEqual(first + 10);
  }
});

test('X6, I12: an automatic rollback puts exactly the touched targets back, in reverse order of lease', () => {
  const plan = planFor(40, { window: 3, rollback: { isPossible: true, isAutomatic: true, windowMs: 0 } });
  for (let seed = 0; seed < 30; seed += 1) {
    const run = simulate(plan, { ...calm(seed), isBroken: (place) => place >= 17, crashRate: 0.05 });
    expect(viewOf(run.state).phase.name).toBe('rolled-back');
    const leased = run.journal.flatMap((event) => (event.type === 'leased' ? [event.target] : []));
    const reverted = run.journal.flatMap((event) => (event.type === 'reverting' ? [event.target] : []));
    expect(reverted).toEqual(leased.toReversed());
    expect(countsOf(run.state)).toMatchObject({
      reverted: leased.length,
      stillDegraded: 0,
      untouched: 40 - leased.length,
    });
  }
});

test('I11, I12: a target that is not put back makes the rollback failed, and is named', () => {
  const plan = planFor(40, { rollback: { isPossible: true, isAutomatic: true, windowMs: 0 } });
  const run = simulate(plan, { ...calm(3), isBroken: (place) => place >= 8, revertFails: (place) => place === 2 });
  expect(viewOf(run.state).phase).toMatchObject({ name: 'rollback-failed', targets: [target(2)] });
  expect(countsOf(run.state).stillDegraded).toBe(1);
});

test('X7: a lost answer is unknown, counts as touched and stops the rollout', () => {
  for (let lost = 0; lost < 40; lost += 1) {
    const run = simulate(planFor(40), { ...calm(lost), losesAnswer: (place) => place === lost, crashRate: 0.05 });
    expect(countsOf(run.state)).toMatchObject({ unknown: 1, broken: 0 });
    expect(auditJournal(run.journal).leasesAfterStop).toBe(0);
    expect(viewOf(run.state).breaker.state).toBe('open');
    expect(nextCommands(run.state, at(100_000)).at(-1)).toMatchObject({ type: 'hold', unknown: [target(lost)] });
  }
});

test('I10: unhealthy dependants after a cohort stop the next one', () => {
  const run = simulate(planFor(40), { ...calm(5), dependants: (cohort) => (cohort === 2 ? 'failure' : 'success') });
  expect(viewOf(run.state)).toMatchObject({
    phase: { name: 'baking', cohort: 2 },
    breaker: { state: 'open', trip: 1 },
  });
  // 5, then 5 and 10 more: the cohorts doubled the verified healthy count.
  expect(countsOf(run.state).touched).toBe(20);
});

test('X7: every prefix of a journal is a journal, and the rollout goes on from it to the same bounds', () => {
  const plan = planFor(40, { rollback: { isPossible: true, isAutomatic: true, windowMs: 0 } });
  const { journal } = simulate(plan, { ...calm(9), isBroken });
  for (let length = 0; length <= journal.length; length += 1) {
    const run = simulate(plan, { ...calm(length), isBroken }, journal.slice(0, length));
    expect(viewOf(run.state).phase.name).toBe('rolled-back');
    expect(auditJournal(run.journal)).toMatchObject({ leasesAfterStop: 0, leasedTwice: 0 });
  }
});

/** Everything goes well. */
function answerWell(command: RolloutCommand, now: Instant): RolloutEvent {
  if (command.type === 'lease') return { type: 'leased', at: now, target: command.target, lease: command.lease };
  if (command.type === 'check-target')
    return { type: 'verdict', at: now, target: command.target, verdict: 'success', detail: '' };
  if (command.type === 'check-dependants')
    return { type: 'dependants', at: now, cohort: command.cohort, verdict: 'success', detail: '' };
  if (command.type === 'complete') return { type: 'completed', at: now };
  throw new Error(command.type);
}

test('a million targets go through event by event without a slope', () => {
  const plan = planFor(1_000_000, { window: 1000, canary: 1000, bakeMs: 0 });
  let state = startRollout(plan);
  const go = (event: RolloutEvent): void => {
    const next = apply(state, event);
    if (!next.ok) throw new Error(next.refusal.detail);
    state = next.value;
  };
  const now = at(0);
  let events = 0;
  go({ type: 'started', at: now });
  for (let phase = viewOf(state).phase.name; phase !== 'completed'; phase = viewOf(state).phase.name)
    for (const command of nextCommands(state, now)) {
      go(answerWell(command, now));
      events += 1;
    }
  expect(events).toBeGreaterThan(2_000_000);
  expect(countsOf(state)).toMatchObject({ healthy: 1_000_000, untouched: 0 });
});
