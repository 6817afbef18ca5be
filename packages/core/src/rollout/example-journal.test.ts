/** Events for the rollout tests, each a second after the one before, and short words for what a state says to them. */
import { expect, test } from 'vitest';
import type { Instant } from '../shared/brand.ts';
import { nextCommands } from './commands.ts';
import type { HealthVerdict, RolloutEvent } from './event.ts';
import { at, planFor, target } from './example-plan.test.ts';
import type { RolloutPlan } from './plan.ts';
import { apply, replay } from './reducer.ts';
import type { RolloutState } from './state.ts';

let clock = 0;
/** The second of the last event made. */
export const lastSecond = (): number => clock;
export const pass = (seconds: number): number => (clock += seconds);
export const tick = (): Instant => at((clock += 1));
export const started = (): RolloutEvent => ({ type: 'started', at: tick() });
export const leased = (n: number): RolloutEvent => ({ type: 'leased', at: tick(), target: target(n), lease: n + 1 });
export const verdict = (n: number, result: HealthVerdict = 'success'): RolloutEvent => ({
  type: 'verdict',
  at: tick(),
  target: target(n),
  verdict: result,
  detail: '',
});
export const unknown = (n: number): RolloutEvent => ({ type: 'unknown', at: tick(), target: target(n), detail: '' });
export const dependants = (cohort: number, result: HealthVerdict = 'success'): RolloutEvent => ({
  type: 'dependants',
  at: ((clock += 10), tick()),
  cohort,
  verdict: result,
  detail: '',
});
export const tripped = (trip: number): RolloutEvent => ({ type: 'tripped', at: tick(), trip, cause: 'test' });
export const halted = (trip: number): RolloutEvent => ({ type: 'halted', at: tick(), trip, by: 'person:kim' });
export const resumed = (trip: number): RolloutEvent => ({ type: 'resumed', at: tick(), trip, by: 'person:kim' });
export const rollback = (): RolloutEvent => ({ type: 'rollback-started', at: tick(), cause: 'test' });
export const reverting = (n: number): RolloutEvent => ({ type: 'reverting', at: tick(), target: target(n) });
export const reverted = (n: number, isHealthy = true): RolloutEvent => ({
  type: 'reverted',
  at: tick(),
  target: target(n),
  isHealthy,
  detail: '',
});
export const revertFailed = (n: number): RolloutEvent => ({
  type: 'revert-failed',
  at: tick(),
  target: target(n),
  detail: '',
});
export const restored = (result: HealthVerdict = 'success'): RolloutEvent => ({
  type: 'restored',
  at: tick(),
  verdict: result,
  detail: '',
});
export const completed = (): RolloutEvent => ({ type: 'completed', at: tick() });

export const after = (plan: RolloutPlan, ...events: readonly RolloutEvent[]): RolloutState => {
  const state = replay(plan, events);
  if (!state.ok) throw new Error(state.refusal.detail);
  return state.value;
};
export const why = (state: RolloutState, event: RolloutEvent): string => {
  const next = apply(state, event);
  return next.ok ? 'accepted' : next.refusal.detail;
};
/** Canary of one, then two, window two. */
export const plan = planFor(6, { canary: 2, window: 2 });
export const canary = (): readonly RolloutEvent[] => [started(), leased(0), verdict(0), leased(1), verdict(1)];
export const commandsOf = (state: RolloutState): readonly string[] =>
  nextCommands(state, at(clock + 100)).map(({ type }) => type);

test('each event is later than the one before', () => {
  expect(started().at < completed().at).toBe(true);
});
