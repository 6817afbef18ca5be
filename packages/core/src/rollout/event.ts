/**
 * What happens to a rollout, in the order the runner journals it (X4-X7). The reducer is a function of these alone, so the
 * same code runs in the runner, in the control plane's view and in simulation.
 */
import type { Instant, TargetId } from '../shared/brand.ts';
import { boolean, id, instant, integer, literal, object, oneOf, text, union, type Shape } from '../shared/shape.ts';

export type HealthVerdict = 'success' | 'failure' | 'inconclusive' | 'error';

export type RolloutEvent =
  | { readonly type: 'started'; readonly at: Instant }
  /** Written before the act (I6); `lease` counts up over the whole rollout. */
  | { readonly type: 'leased'; readonly at: Instant; readonly target: TargetId; readonly lease: number }
  /** Health read after the act, with the intended version attested (trap 7). */
  | {
      readonly type: 'verdict';
      readonly at: Instant;
      readonly target: TargetId;
      readonly verdict: HealthVerdict;
      readonly detail: string;
    }
  /** The answer was lost and the probe is not clear: counted as touched, never guessed. */
  | { readonly type: 'unknown'; readonly at: Instant; readonly target: TargetId; readonly detail: string }
  /** Health of the named dependants after a cohort; anything but success trips. */
  | {
      readonly type: 'dependants';
      readonly at: Instant;
      readonly cohort: number;
      readonly verdict: HealthVerdict;
      readonly detail: string;
    }
  | { readonly type: 'tripped'; readonly at: Instant; readonly trip: number; readonly cause: string }
  | { readonly type: 'halted'; readonly at: Instant; readonly trip: number; readonly by: string }
  | { readonly type: 'resumed'; readonly at: Instant; readonly trip: number; readonly by: string }
  | { readonly type: 'rollback-started'; readonly at: Instant; readonly cause: string }
  | { readonly type: 'reverting'; readonly at: Instant; readonly target: TargetId }
  | {
      readonly type: 'reverted';
      readonly at: Instant;
      readonly target: TargetId;
      readonly isHealthy: boolean;
      readonly detail: string;
    }
  | { readonly type: 'revert-failed'; readonly at: Instant; readonly target: TargetId; readonly detail: string }
  /** Dependants after the rollback. */
  | { readonly type: 'restored'; readonly at: Instant; readonly verdict: HealthVerdict; readonly detail: string }
  | { readonly type: 'completed'; readonly at: Instant };

const prose = text({ max: 2000 });
const target = id<'Target'>();
const trip = integer({ min: 1, max: 1000 });
const verdict: Shape<HealthVerdict> = oneOf('success', 'failure', 'inconclusive', 'error');

/** One line of a runner's journal or report; texts in it come from targets and are hostile. */
export const rolloutEventShape: Shape<RolloutEvent> = union<RolloutEvent>('type', {
  started: object({ type: literal('started'), at: instant }),
  leased: object({ type: literal('leased'), at: instant, target, lease: integer({ min: 1, max: 1_000_000 }) }),
  verdict: object({ type: literal('verdict'), at: instant, target, verdict, detail: prose }),
  unknown: object({ type: literal('unknown'), at: instant, target, detail: prose }),
  dependants: object({
    type: literal('dependants'),
    at: instant,
    cohort: integer({ min: 0, max: 1_000_000 }),
    verdict,
    detail: prose,
  }),
  tripped: object({ type: literal('tripped'), at: instant, trip, cause: prose }),
  halted: object({ type: literal('halted'), at: instant, trip, by: text({ min: 1, max: 160 }) }),
  resumed: object({ type: literal('resumed'), at: instant, trip, by: text({ min: 1, max: 160 }) }),
  'rollback-started': object({ type: literal('rollback-started'), at: instant, cause: prose }),
  reverting: object({ type: literal('reverting'), at: instant, target }),
  reverted: object({ type: literal('reverted'), at: instant, target, isHealthy: boolean, detail: prose }),
  'revert-failed': object({ type: literal('revert-failed'), at: instant, target, detail: prose }),
  restored: object({ type: literal('restored'), at: instant, verdict, detail: prose }),
  completed: object({ type: literal('completed'), at: instant }),
});
