/** The part of a capsule that the rollout obeys: targets in order, and how fast. Nothing here can be widened later. */
import type { NodeId, TargetId } from '../shared/brand.ts';
import type { Capsule } from '../capsule/capsule.ts';

export interface RolloutPlan {
  /** In rollout order; a target is leased at its place or never. */
  readonly targets: readonly TargetId[];
  readonly canary: number;
  /** Window w: most targets leased without a verdict. */
  readonly window: number;
  readonly bakeMs: number;
  readonly healthTimeoutMs: number;
  /** Services whose health is asked for after every cohort. */
  readonly dependants: readonly NodeId[];
  readonly rollback: {
    readonly isPossible: boolean;
    /** Whether a trip starts it without a person; a halt by a person never does. */
    readonly isAutomatic: boolean;
    /** How long after completion it may still be asked for. */
    readonly windowMs: number;
  };
}

export const planOf = (capsule: Capsule): RolloutPlan => ({
  targets: capsule.targets.map((target) => target.id),
  canary: capsule.rollout.canary,
  window: capsule.rollout.window,
  bakeMs: capsule.rollout.bakeMs,
  healthTimeoutMs: capsule.rollout.healthTimeoutMs,
  dependants: capsule.dependants,
  rollback: {
    isPossible: capsule.rollback.kind === 'restore',
    isAutomatic: capsule.rollback.kind === 'restore' && capsule.rollback.isAutomatic,
    windowMs: capsule.rollback.windowMinutes * 60_000,
  },
});
