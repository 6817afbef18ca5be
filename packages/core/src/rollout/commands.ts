/**
 * What the runner may do now. Commands are advice derived from the state: carrying one out begins with journalling its event,
 * and the reducer refuses that event if the state has moved on. Asking twice gives the same answer, so work already under way
 * (`check-target`, `check-reverted`) is listed again and skipped by a runner that has it in hand; after a restart that list is
 * what must be probed. Leases and reverts are journalled in the order given.
 */
import type { Instant, TargetId } from '../shared/brand.ts';
import { assertNever } from '../shared/result.ts';
import { openWindow, type Ledger, type RolloutPhase } from './ledger.ts';
import { RolloutState } from './state.ts';

export type RolloutCommand =
  | { readonly type: 'start' }
  | { readonly type: 'lease'; readonly target: TargetId; readonly lease: number; readonly cohort: number }
  /** An act without a verdict: check its health, or probe it after a restart. */
  | { readonly type: 'check-target'; readonly target: TargetId }
  | { readonly type: 'check-dependants'; readonly cohort: number }
  | { readonly type: 'wait'; readonly until: Instant }
  | { readonly type: 'trip'; readonly trip: number; readonly cause: string }
  | { readonly type: 'start-rollback'; readonly cause: string }
  | { readonly type: 'revert'; readonly target: TargetId }
  /** A revert without an answer: probe it after a restart. */
  | { readonly type: 'check-reverted'; readonly target: TargetId }
  | { readonly type: 'check-restored' }
  | { readonly type: 'complete' }
  /** A person has to sign before anything goes on. */
  | { readonly type: 'hold'; readonly trip: number; readonly cause: string; readonly unknown: readonly TargetId[] };

export function nextCommands(state: RolloutState, now: Instant): readonly RolloutCommand[] {
  const ledger = RolloutState.read(state);
  const checks = [...ledger.inFlight.keys()].map((target) => ({ type: 'check-target', target }) as const);
  const { breaker } = ledger;
  switch (breaker.state) {
    case 'owed':
      return [{ type: 'trip', trip: ledger.trips + 1, cause: breaker.cause }, ...checks];
    case 'open':
      return [...checks, ...stopped(ledger, breaker)];
    case 'closed':
      return [...checks, ...going(ledger, ledger.phase, now)];
    default:
      return assertNever(breaker);
  }
}

/** Default on a trip is halt and hold; automatic rollback only where the capsule says so, and after the fence (trap 14). */
function stopped(
  ledger: Ledger,
  breaker: { readonly trip: number; readonly cause: string; readonly isHalt: boolean },
): readonly RolloutCommand[] {
  if (ledger.phase.name === 'rolling-back') return [...revertChecks(ledger), hold(ledger, breaker)];
  const isAutomatic = ledger.plan.rollback.isAutomatic && !breaker.isHalt;
  if (!isAutomatic) return [hold(ledger, breaker)];
  return ledger.inFlight.size > 0 ? [] : [{ type: 'start-rollback', cause: breaker.cause }];
}

function hold(ledger: Ledger, why: { readonly trip: number; readonly cause: string }): RolloutCommand {
  return { type: 'hold', trip: why.trip, cause: why.cause, unknown: [...ledger.unknown.keys()] };
}

function going(ledger: Ledger, phase: RolloutPhase, now: Instant): readonly RolloutCommand[] {
  switch (phase.name) {
    case 'waiting':
      return [{ type: 'start' }];
    case 'leasing':
      return leases(ledger, phase);
    case 'baking':
      if (now < phase.until) return [{ type: 'wait', until: phase.until }];
      return [{ type: 'check-dependants', cohort: phase.cohort }];
    case 'verified':
      if (ledger.unknown.size === 0) return [{ type: 'complete' }];
      return [hold(ledger, { trip: ledger.trips, cause: 'a target is unknown' })];
    case 'rolling-back':
      return reverts(ledger);
    case 'completed':
    case 'rolled-back':
    case 'rollback-failed':
      return [];
    default:
      return assertNever(phase);
  }
}

function leases(ledger: Ledger, phase: Extract<RolloutPhase, { readonly name: 'leasing' }>): readonly RolloutCommand[] {
  const last = Math.min(phase.end, ledger.leased + Math.max(0, openWindow(ledger) - ledger.inFlight.size));
  return ledger.plan.targets
    .slice(ledger.leased, last)
    .map((target, index) => ({ type: 'lease', target, lease: ledger.leased + index + 1, cohort: phase.cohort }));
}

const revertChecks = (ledger: Ledger): readonly RolloutCommand[] =>
  [...ledger.reverting.keys()].map((target) => ({ type: 'check-reverted', target }));

function reverts(ledger: Ledger): readonly RolloutCommand[] {
  if (ledger.revertNext < 0 && ledger.reverting.size === 0) return [{ type: 'check-restored' }];
  const free = Math.max(0, ledger.plan.window - ledger.reverting.size);
  const from = Math.max(0, ledger.revertNext + 1 - free);
  const next = ledger.plan.targets.slice(from, ledger.revertNext + 1).toReversed();
  return [...revertChecks(ledger), ...next.map((target) => ({ type: 'revert', target }) as const)];
}
