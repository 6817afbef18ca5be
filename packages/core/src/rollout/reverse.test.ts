import { expect, test } from 'vitest';
import { nextCommands } from './commands.ts';
import { targetStates, viewOf } from './counts.ts';
import type { HealthVerdict, RolloutEvent } from './event.ts';
import { at, planFor, target } from './example-plan.test.ts';
import {
  lastSecond,
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
import { apply } from './reducer.ts';

test('X6: the default on a trip is hold; a rollback begins on demand, and not while an act is in flight', () => {
  const state = after(plan, ...canary(), dependants(0), leased(2), leased(3), verdict(2, 'failure'), tripped(1));
  expect(commandsOf(state)).toEqual(['check-target', 'hold']);
  expect(why(state, rollback())).toBe('an act is still without a verdict');
  expect(why(after(plan, ...canary()), rollback())).toBe('a rollback begins from a numbered trip or halt');
  expect(why(after(plan, ...canary(), halted(1)), rollback())).toBe('accepted');
});

const automatic = planFor(6, {
  canary: 2,
  window: 2,
  rollback: { isPossible: true, isAutomatic: true, windowMs: 60_000 },
});

test('X6: automatic only after a trip and after the fence, never after a halt by a person', () => {
  const journal = [...canary(), dependants(0), leased(2), leased(3), verdict(2, 'failure'), tripped(1)];
  expect(commandsOf(after(automatic, ...journal))).toEqual(['check-target']);
  expect(commandsOf(after(automatic, ...journal, verdict(3)))).toEqual(['start-rollback']);
  expect(commandsOf(after(automatic, ...canary(), halted(1)))).toEqual(['hold']);
});

test('X6: without an inverse nothing is rolled back', () => {
  const none = planFor(6, { rollback: { isPossible: false, isAutomatic: false, windowMs: 0 } });
  expect(why(after(none, started(), halted(1)), rollback())).toBe('the capsule has no rollback');
});

const toRollback = (): readonly RolloutEvent[] => [
  ...canary(),
  dependants(0),
  leased(2),
  verdict(2, 'failure'),
  tripped(1),
  rollback(),
];

test('X6: touched targets go back in reverse order, within the window, and untouched ones never', () => {
  const state = after(plan, ...toRollback());
  expect(nextCommands(state, at(lastSecond()))).toEqual([
    { type: 'revert', target: target(2) },
    { type: 'revert', target: target(1) },
  ]);
  expect(why(state, reverting(0))).toBe('another target is next');
  expect(why(state, reverting(3))).toBe('another target is next');
  const two = after(plan, ...toRollback(), reverting(2), reverting(1));
  expect(commandsOf(two)).toEqual(['check-reverted', 'check-reverted']);
  expect(why(two, reverting(0))).toBe('the window is full');
  expect(why(two, reverted(0))).toBe('the target is not being put back');
});

const backTo = (n: number): readonly RolloutEvent[] => [reverting(n), reverted(n)];

test('I12: rolled back is said when every touched target is proved and the dependants are well', () => {
  const journal = [...toRollback(), ...backTo(2), ...backTo(1)];
  expect(why(after(plan, ...journal), restored())).toBe('not every touched target was put back');
  const all = [...journal, ...backTo(0)];
  expect(commandsOf(after(plan, ...all))).toEqual(['check-restored']);
  const done = after(plan, ...all, restored());
  expect(viewOf(done)).toMatchObject({
    phase: { name: 'rolled-back' },
    counts: { reverted: 3, broken: 1, healthy: 2, untouched: 3 },
  });
  expect(targetStates(done).map(({ state }) => state)).toEqual([
    'reverted',
    'reverted',
    'reverted',
    'untouched',
    'untouched',
    'untouched',
  ]);
  expect(nextCommands(done, at(lastSecond()))).toEqual([]);
});

test.each<[string, () => RolloutEvent, HealthVerdict, readonly number[]]>([
  ['a target could not be put back', () => revertFailed(1), 'success', [1]],
  ['a target is put back but not well', () => reverted(1, false), 'success', [1]],
  ['the dependants are not well', () => reverted(1), 'failure', []],
  ['nobody knows how the dependants are', () => reverted(1), 'inconclusive', []],
])('I12: the rollback failed when %s, and it says which targets', (_, second, result, named) => {
  const state = after(plan, ...toRollback(), ...backTo(2), reverting(1), second(), ...backTo(0), restored(result));
  expect(viewOf(state).phase).toMatchObject({ name: 'rollback-failed', targets: named.map(target) });
});

test('I12: an unknown target is settled by its proved before-state, and stays unknown without it', () => {
  const journal = [started(), leased(0), unknown(0), tripped(1), rollback(), reverting(0)];
  expect(viewOf(after(plan, ...journal, reverted(0), restored())).phase.name).toBe('rolled-back');
  const failed = after(plan, ...journal, revertFailed(0), restored());
  expect(viewOf(failed)).toMatchObject({
    phase: { name: 'rollback-failed', targets: [target(0)] },
    counts: { unknown: 1, stillDegraded: 1 },
  });
});

test('X5: a person can halt a rollback too, and it goes on after the resume of that number', () => {
  const state = after(plan, ...toRollback(), reverting(2), halted(2));
  expect(commandsOf(state)).toEqual(['check-reverted', 'hold']);
  expect(why(state, reverting(1))).toBe('the rollback is halted');
  expect(why(state, rollback())).toBe('the rollback has begun before');
  const again = after(plan, ...toRollback(), reverting(2), halted(2), reverted(2), resumed(2));
  expect(commandsOf(again)).toEqual(['revert', 'revert']);
  expect(why(again, leased(3))).toBe('no lease outside a cohort');
});

test('I12: a late forward verdict of an unknown target settles nothing once it is being put back', () => {
  const journal = [started(), leased(0), unknown(0), tripped(1), rollback()];
  expect(why(after(plan, ...journal), verdict(0))).toBe('accepted');
  const begun = after(plan, ...journal, reverting(0));
  expect(why(begun, verdict(0))).toBe('the target has no act without a verdict');
  const failed = after(plan, ...journal, reverting(0), revertFailed(0));
  expect(why(failed, verdict(0))).toBe('the target has no act without a verdict');
});

test('I11: nothing moves a rollout that is rolled back or whose rollback failed', () => {
  const journal = [...toRollback(), ...backTo(2), ...backTo(1), ...backTo(0)];
  for (const state of [after(plan, ...journal, restored()), after(plan, ...journal, restored('failure'))]) {
    const events = [
      started(),
      leased(3),
      verdict(2),
      unknown(2),
      dependants(0),
      tripped(2),
      halted(2),
      resumed(1),
      rollback(),
      reverting(2),
      reverted(2),
      revertFailed(2),
      restored(),
      completed(),
    ];
    expect(events.map((event) => apply(state, event).ok)).toEqual(events.map(() => false));
    expect(nextCommands(state, at(lastSecond() + 1000))).toEqual([]);
  }
});
