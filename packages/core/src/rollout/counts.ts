/** Numbers and states of a rollout for people to look at. "I don't know" is one of the numbers. */
import type { TargetId } from '../shared/brand.ts';
import { TARGET_STATES, type Breaker, type RolloutPhase, type TargetState } from './ledger.ts';
import { RolloutState } from './state.ts';

export interface RolloutCounts {
  readonly targets: number;
  /** Acts begun, whatever came of them. */
  readonly touched: number;
  /** Verdicts of the acts; a rollback does not rewrite them. */
  readonly healthy: number;
  readonly broken: number;
  /** Put back, and proved to be. */
  readonly reverted: number;
  /** Lost answers that nothing has settled. */
  readonly unknown: number;
  /** Put back but not well, or not put back at all. */
  readonly stillDegraded: number;
  readonly untouched: number;
  /** Acts begun while stopped; zero in every journal the reducer accepts (X5). */
  readonly actsAfterTrip: number;
  readonly inFlight: number;
  readonly reverting: number;
}

export interface RolloutView {
  readonly phase: RolloutPhase;
  readonly breaker: Breaker;
  /** Number of the last trip or halt; zero when there was none. */
  readonly trips: number;
  readonly counts: RolloutCounts;
}

export function countsOf(state: RolloutState): RolloutCounts {
  const ledger = RolloutState.read(state);
  const tally = (name: TargetState): number => ledger.tally[TARGET_STATES.indexOf(name)] ?? 0;
  const open = ledger.breaker.state === 'closed' ? 0 : ledger.leased - ledger.leasedAtStop;
  return {
    targets: ledger.plan.targets.length,
    touched: ledger.leased,
    healthy: ledger.healthy,
    broken: ledger.broken,
    reverted: tally('reverted'),
    unknown: ledger.unknown.size,
    stillDegraded: tally('still-degraded') + tally('revert-failed'),
    untouched: ledger.plan.targets.length - ledger.leased,
    actsAfterTrip: ledger.actsAfterTrip + open,
    inFlight: ledger.inFlight.size,
    reverting: ledger.reverting.size,
  };
}

export function viewOf(state: RolloutState): RolloutView {
  const { phase, breaker, trips } = RolloutState.read(state);
  return { phase, breaker, trips, counts: countsOf(state) };
}

/** Every target with its state, in rollout order. */
export function targetStates(
  state: RolloutState,
): readonly { readonly target: TargetId; readonly state: TargetState }[] {
  const { plan, states } = RolloutState.read(state);
  return plan.targets.map((target, place) => ({ target, state: TARGET_STATES[states[place] ?? 0] ?? 'unknown' }));
}
