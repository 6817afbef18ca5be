/**
 * What a rollout remembers between two events. One byte a target plus the few targets in flight, so that an event costs the
 * same at 40 and at 1,000,000 targets.
 */
import type { Instant, TargetId } from '../shared/brand.ts';
import type { RolloutPlan } from './plan.ts';

export const TARGET_STATES = [
  'untouched',
  'leased',
  'healthy',
  'broken',
  'unknown',
  'reverting',
  'reverted',
  'still-degraded',
  'revert-failed',
] as const;
export type TargetState = (typeof TARGET_STATES)[number];

export type RolloutPhase =
  | { readonly name: 'waiting' }
  /** Targets up to `end` (exclusive) may be leased. */
  | { readonly name: 'leasing'; readonly cohort: number; readonly end: number }
  /** Every target of the cohort has a verdict; dependants are read at `until` or later. */
  | { readonly name: 'baking'; readonly cohort: number; readonly until: Instant }
  /** The last cohort passed. */
  | { readonly name: 'verified'; readonly cohort: number }
  | { readonly name: 'completed'; readonly at: Instant }
  | { readonly name: 'rolling-back'; readonly cause: string }
  | { readonly name: 'rolled-back' }
  /** Named: the targets that are not proved to be in their before-state; empty when only dependants are not well. */
  | { readonly name: 'rollback-failed'; readonly targets: readonly TargetId[]; readonly detail: string };

/** The circuit breaker (X5). `owed`: a failure is applied, its numbered trip is not journalled yet; leasing is closed already. */
export type Breaker =
  | { readonly state: 'closed' }
  | { readonly state: 'owed'; readonly cause: string }
  | { readonly state: 'open'; readonly trip: number; readonly cause: string; readonly isHalt: boolean };

export interface Ledger {
  readonly plan: RolloutPlan;
  /** Index into `TARGET_STATES`, by place in the plan. */
  readonly states: Uint8Array;
  /** How many targets are in each of `TARGET_STATES`. */
  readonly tally: number[];
  /** Leased, no verdict yet; at most w. */
  readonly inFlight: Map<TargetId, number>;
  /** The answer was lost and nothing has settled it since. */
  readonly unknown: Map<TargetId, number>;
  /** Being put back; at most w. */
  readonly reverting: Map<TargetId, number>;
  phase: RolloutPhase;
  breaker: Breaker;
  /** Number of the last trip or halt. */
  trips: number;
  /** Targets are leased in plan order, so this is both the next place and the count of acts. */
  leased: number;
  /** Verdicts of the acts, kept through a rollback. */
  healthy: number;
  broken: number;
  /** Place of the next target to put back, going down; -1 when all were started. */
  revertNext: number;
  /** `leased` at the moment the breaker left `closed`. */
  leasedAtStop: number;
  actsAfterTrip: number;
  lastAt: Instant | undefined;
  version: number;
}

export function newLedger(plan: RolloutPlan): Ledger {
  const tally = TARGET_STATES.map(() => 0);
  tally[0] = plan.targets.length;
  return {
    plan,
    states: new Uint8Array(plan.targets.length),
    tally,
    inFlight: new Map(),
    unknown: new Map(),
    reverting: new Map(),
    phase: { name: 'waiting' },
    breaker: { state: 'closed' },
    trips: 0,
    leased: 0,
    healthy: 0,
    broken: 0,
    revertNext: -1,
    leasedAtStop: 0,
    actsAfterTrip: 0,
    lastAt: undefined,
    version: 0,
  };
}

/** Moves one target to another state and keeps the tally true. */
export function setTarget(ledger: Ledger, place: number, state: TargetState): void {
  const before = ledger.states[place] ?? 0;
  const after = TARGET_STATES.indexOf(state);
  ledger.states[place] = after;
  ledger.tally[before] = (ledger.tally[before] ?? 0) - 1;
  ledger.tally[after] = (ledger.tally[after] ?? 0) + 1;
}

/** After these no event changes anything; `completed` is left only by a rollback inside its window. */
export const isFinal = (phase: RolloutPhase): boolean =>
  phase.name === 'rolled-back' || phase.name === 'rollback-failed' || phase.name === 'completed';

/**
 * Acts that may be without a verdict right now. The first target goes alone and is verified (X4), and so does the first one
 * after a resume that has nothing healthy to show.
 */
export const openWindow = (ledger: Ledger): number => (ledger.healthy === 0 ? 1 : ledger.plan.window);
