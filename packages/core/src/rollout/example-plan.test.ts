/** Plans for the rollout tests: a valid whole of which a test changes one thing. */
import { expect, test } from 'vitest';
import { instantOf, parseId, type Instant, type TargetId } from '../shared/brand.ts';
import type { RolloutPlan } from './plan.ts';

export const target = (n: number): TargetId => parseId<'Target'>(`t-${String(n).padStart(7, '0')}`)!;
export const at = (seconds: number): Instant => instantOf(1_800_000_000_000 + seconds * 1000);

export const planFor = (targets: number, more: Partial<RolloutPlan> = {}): RolloutPlan => ({
  targets: Array.from({ length: targets }, (_, n) => target(n)),
  canary: Math.min(5, targets),
  window: 10,
  bakeMs: 1000,
  healthTimeoutMs: 1000,
  dependants: [],
  rollback: { isPossible: true, isAutomatic: false, windowMs: 60_000 },
  ...more,
});

test('the example plan names each target once', () => {
  expect(new Set(planFor(40).targets).size).toBe(40);
});
