import { expect, test } from 'vitest';
import { readShape } from '../shared/shape.ts';
import { exampleCapsule } from '../capsule/example-capsule.test.ts';
import { nextCommands } from './commands.ts';
import { countsOf, viewOf } from './counts.ts';
import { rolloutEventShape, type RolloutEvent } from './event.ts';
import { at, planFor, target } from './example-plan.test.ts';
import {
  lastSecond,
  tick,
  started,
  leased,
  verdict,
  unknown,
  dependants,
  tripped,
  halted,
  resumed,
  rollback,
  reverting,
  reverted,
  revertFailed,
  restored,
  completed,
  after,
  why,
  plan,
  canary,
  commandsOf,
} from './example-journal.test.ts';
import { planOf } from './plan.ts';
import { apply, replay, startRollout } from './reducer.ts';

test('X4: the first target goes alone and is verified before the second', () => {
  const state = after(plan, started(), leased(0));
  expect(commandsOf(state)).toEqual(['check-target']);
  expect(why(state, leased(1))).toBe('the window is full');
  expect(commandsOf(after(plan, started(), leased(0), verdict(0)))).toEqual(['lease']);
});

test('I4: targets are leased in plan order, each with the next number, none twice', () => {
  const state = after(plan, started());
  expect(why(state, leased(1))).toBe('another target is next');
  expect(why(state, { type: 'leased', at: tick(), target: target(0), lease: 2 })).toBe(
    'the lease has the wrong number',
  );
  expect(why(after(plan, started(), leased(0), verdict(0)), leased(0))).toBe('another target is next');
});

test('X4: no lease past the cohort, and the next cohort only after bake and dependants', () => {
  const state = after(plan, ...canary());
  expect(nextCommands(state, at(lastSecond()))).toEqual([{ type: 'wait', until: at(lastSecond() + 1) }]);
  expect(nextCommands(state, at(lastSecond() + 1))).toEqual([{ type: 'check-dependants', cohort: 0 }]);
  const tooEarly = at(lastSecond());
  expect(why(state, leased(2))).toBe('no lease outside a cohort');
  expect(why(state, { type: 'dependants', at: tooEarly, cohort: 0, verdict: 'success', detail: '' })).toContain(
    'bake time',
  );
  expect(why(state, dependants(1))).toBe('another cohort is being verified');
  expect(viewOf(after(plan, ...canary(), dependants(0))).phase).toEqual({ name: 'leasing', cohort: 1, end: 4 });
});

test('I10: success of the dependants does not count before every target of the cohort has a verdict', () => {
  expect(why(after(plan, started(), leased(0)), dependants(0))).toContain('no verdict on every target');
});

test.each(['failure', 'inconclusive', 'error'] as const)(
  'I10: a target whose health is %s stops the rollout',
  (result) => {
    const state = after(plan, started(), leased(0), verdict(0, result));
    expect(viewOf(state).breaker).toEqual({ state: 'owed', cause: `target ${target(0)}: ${result}` });
    expect(nextCommands(state, at(lastSecond()))).toEqual([
      { type: 'trip', trip: 1, cause: `target ${target(0)}: ${result}` },
    ]);
    expect(why(state, leased(1))).toBe('no lease while the rollout is stopped');
  },
);

test.each(['failure', 'inconclusive', 'error'] as const)(
  'X5: dependants that are %s stop it, also in the middle of a cohort',
  (result) => {
    const state = after(plan, ...canary(), dependants(0), leased(2), dependants(1, result));
    expect(viewOf(state).breaker.state).toBe('owed');
    expect(why(state, leased(3))).toBe('no lease while the rollout is stopped');
  },
);

test('trap 9: the stop is in the journal before the trip is, so a crash between them changes nothing', () => {
  const journal = [...canary(), dependants(0), leased(2), leased(3), verdict(2, 'failure')];
  const state = after(plan, ...journal);
  expect(commandsOf(state)).toEqual(['trip', 'check-target']);
  expect(why(state, resumed(1))).toBe('no numbered trip is open');
});

test('X5: acts in flight at the trip still get their verdicts, and fail into the same trip', () => {
  const state = after(
    plan,
    ...canary(),
    dependants(0),
    leased(2),
    leased(3),
    verdict(2, 'failure'),
    tripped(1),
    verdict(3, 'failure'),
  );
  expect(viewOf(state)).toMatchObject({
    trips: 1,
    breaker: { state: 'open', trip: 1 },
    counts: { broken: 2, inFlight: 0, actsAfterTrip: 0 },
  });
});

test('I9: a resume names the open trip and counts once', () => {
  const journal = [started(), leased(0), verdict(0, 'failure'), tripped(1)];
  expect(why(after(plan, ...journal), resumed(2))).toBe('trip 1 is open');
  const state = after(plan, ...journal, resumed(1));
  expect(commandsOf(state)).toEqual(['lease']);
  expect(why(state, resumed(1))).toBe('no numbered trip is open');
});

test('trap 10: a delayed resume of trip 1 does not release trip 2', () => {
  const journal = [
    started(),
    leased(0),
    verdict(0, 'failure'),
    tripped(1),
    resumed(1),
    leased(1),
    verdict(1, 'failure'),
    tripped(2),
  ];
  expect(why(after(plan, ...journal), resumed(1))).toBe('trip 2 is open');
});

test('X5: a halt takes a new number, also over an open trip, so that an older resume can not lift it', () => {
  const journal = [started(), leased(0), verdict(0, 'failure'), tripped(1), halted(2)];
  expect(why(after(plan, ...journal), resumed(1))).toBe('trip 2 is open');
  expect(why(after(plan, started()), halted(2))).toBe('the halt has the wrong number');
  expect(why(after(plan), started())).toBe('accepted');
  expect(why(after(plan, halted(1)), started())).toBe('the rollout is stopped');
  expect(why(after(plan, halted(1), resumed(1)), started())).toBe('accepted');
});

test('X5: the runner may trip for a cause of its own, but not over an open stop and not with a number of its choice', () => {
  expect(viewOf(after(plan, started(), tripped(1))).breaker).toEqual({
    state: 'open',
    trip: 1,
    cause: 'test',
    isHalt: false,
  });
  expect(why(after(plan, started(), tripped(1)), tripped(2))).toBe('the rollout is stopped already');
  expect(why(after(plan, started()), tripped(2))).toBe('the trip has the wrong number');
});

test('I8: no resume while an act is without a verdict', () => {
  const state = after(plan, started(), leased(0), halted(1));
  expect(commandsOf(state)).toEqual(['check-target', 'hold']);
  expect(why(state, resumed(1))).toBe('an act is still without a verdict');
});

test('I10: after a resume the cohort is baked and its dependants are read again', () => {
  const state = after(plan, ...canary(), dependants(0, 'failure'), tripped(1));
  expect(why(state, dependants(0))).toBe('health read before the resume does not count');
  const again = after(plan, ...canary(), dependants(0, 'failure'), tripped(1), resumed(1));
  expect(viewOf(again).phase).toEqual({ name: 'baking', cohort: 0, until: at(lastSecond() + 1) });
  expect(why(again, leased(2))).toBe('no lease outside a cohort');
});

test('X7: an unknown can be settled by a later verdict, and never by a new lease', () => {
  const journal = [started(), leased(0), unknown(0), tripped(1)];
  expect(countsOf(after(plan, ...journal))).toMatchObject({ unknown: 1, touched: 1, inFlight: 0 });
  const settled = after(plan, ...journal, verdict(0));
  expect(countsOf(settled)).toMatchObject({ unknown: 0, healthy: 1 });
  expect(why(settled, verdict(0))).toBe('the target has no act without a verdict');
  expect(why(after(plan, ...journal), unknown(0))).toBe('the target has no act without a verdict');
});

test('X7: a rollout with an unknown target is never completed', () => {
  const one = planFor(1, { canary: 1 });
  const state = after(one, started(), leased(0), unknown(0), tripped(1), resumed(1), dependants(0));
  expect(nextCommands(state, at(lastSecond()))).toEqual([
    { type: 'hold', trip: 1, cause: 'a target is unknown', unknown: [target(0)] },
  ]);
  expect(why(state, completed())).toBe('a target is unknown');
  expect(
    why(after(one, started(), leased(0), unknown(0), tripped(1), resumed(1), dependants(0), verdict(0)), completed()),
  ).toBe('accepted');
});

test('T15: going on needs a lastSecond() that did not go backwards; stopping does not', () => {
  const early = at(1);
  const state = after(plan, started(), leased(0), verdict(0));
  expect(why(state, { type: 'leased', at: early, target: target(1), lease: 2 })).toContain('backwards');
  const next = apply(state, { type: 'halted', at: early, trip: 1, by: 'person:kim' });
  expect(next.ok).toBe(true);
  expect(next.ok && why(next.value, { type: 'resumed', at: early, trip: 1, by: 'person:kim' })).toContain('backwards');
});

const small = planFor(1, { canary: 1 });
const whole = (): readonly RolloutEvent[] => [started(), leased(0), verdict(0), dependants(0), completed()];

test('X4: completed is said after the last cohort has passed, once', () => {
  expect(why(after(small, started(), leased(0), verdict(0)), completed())).toBe('not every cohort has passed');
  const state = after(small, ...whole());
  expect(nextCommands(state, at(lastSecond()))).toEqual([]);
  expect(why(state, completed())).toBe('not every cohort has passed');
  expect(why(state, halted(1))).toBe('nothing is left to halt');
});

test('X6: after completion the rollback is possible on demand inside its window, and not later', () => {
  const state = after(small, ...whole());
  expect(why(state, { type: 'rollback-started', at: at(lastSecond() + 61), cause: 'late' })).toBe(
    'the rollback window is over',
  );
  const back = after(small, ...whole(), rollback(), reverting(0), reverted(0), restored());
  expect(viewOf(back).phase.name).toBe('rolled-back');
});

test('C1: a rollout without a target does not start', () => {
  expect(why(startRollout(planFor(0)), started())).toBe('there is no target');
});

test('a refused event leaves the state good; an applied one spends it', () => {
  const state = startRollout(plan);
  expect(apply(state, leased(0)).ok).toBe(false);
  expect(apply(state, started()).ok).toBe(true);
  expect(() => apply(state, started())).toThrow('spent');
  expect(() => countsOf(state)).toThrow('spent');
});

test('X7: a journal that breaks a rule is refused with the place', () => {
  expect(replay(plan, [started(), leased(0), leased(1)])).toMatchObject({
    ok: false,
    refusal: { code: 'illegal-event', detail: 'journal event 2: the window is full' },
  });
});

test('the plan of a capsule is what the capsule says', () => {
  expect(planOf(exampleCapsule())).toEqual({
    targets: ['web-001', 'web-002', 'web-003'],
    canary: 1,
    window: 2,
    bakeMs: 5000,
    healthTimeoutMs: 3000,
    dependants: ['shop'],
    rollback: { isPossible: true, isAutomatic: true, windowMs: 3_600_000 },
  });
  const none = { kind: 'none', windowMinutes: 0, dataEffects: 'none', isAutomatic: true } as const;
  expect(planOf(exampleCapsule({ rollback: none })).rollback).toEqual({
    isPossible: false,
    isAutomatic: false,
    windowMs: 0,
  });
});

test('every event fits its shape; unknown types and extra fields do not', () => {
  const all = [
    started(),
    leased(0),
    verdict(0),
    unknown(0),
    dependants(0),
    tripped(1),
    halted(1),
    resumed(1),
    rollback(),
    reverting(0),
    reverted(0),
    revertFailed(0),
    restored(),
    completed(),
  ];
  expect(new Set(all.map(({ type }) => type)).size).toBe(14);
  for (const event of all) {
    expect(readShape(rolloutEventShape, event)).toEqual({ ok: true, value: event });
    expect(readShape(rolloutEventShape, { ...event, extra: 1 }).ok).toBe(false);
    expect(readShape(rolloutEventShape, { ...event, at: 'now' }).ok).toBe(false);
  }
  expect(readShape(rolloutEventShape, { type: 'override', at: at(1) }).ok).toBe(false);
});
