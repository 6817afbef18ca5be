/**
 * Going back (X6, I11, I12, trap 14): touched targets only, in reverse order of their lease, and not before every act in
 * flight has a verdict. `rolled-back` is said only when each touched target is proved to be in its before-state.
 */
import { plusMs, type TargetId } from '../shared/brand.ts';
import { assertNever, type Refusal } from '../shared/result.ts';
import type { RolloutEvent } from './event.ts';
import { setTarget, TARGET_STATES, type Ledger } from './ledger.ts';

type Event<Type extends RolloutEvent['type']> = Extract<RolloutEvent, { readonly type: Type }>;
export type RollbackEvent = Event<'rollback-started' | 'reverting' | 'reverted' | 'revert-failed' | 'restored'>;

const no = (detail: string, clause: string): Refusal => ({ code: 'illegal-event', detail, clause });

export function applyRollbackEvent(ledger: Ledger, event: RollbackEvent): Refusal | undefined {
  switch (event.type) {
    case 'rollback-started':
      return begin(ledger, event);
    case 'reverting':
      return startRevert(ledger, event);
    case 'reverted':
      return endRevert(ledger, event.target, event.isHealthy ? 'reverted' : 'still-degraded');
    case 'revert-failed':
      return endRevert(ledger, event.target, 'revert-failed');
    case 'restored':
      return conclude(ledger, event);
    default:
      return assertNever(event);
  }
}

/** From a numbered stop, or on demand after completion inside the window. */
function begin(ledger: Ledger, event: Event<'rollback-started'>): Refusal | undefined {
  const { phase, plan } = ledger;
  if (!plan.rollback.isPossible) return no('the capsule has no rollback', 'X6');
  if (phase.name === 'rolling-back' || phase.name === 'rolled-back' || phase.name === 'rollback-failed')
    return no('the rollback has begun before', 'X6');
  if (phase.name === 'completed') {
    if (event.at > plusMs(phase.at, plan.rollback.windowMs)) return no('the rollback window is over', 'X6');
  } else if (ledger.breaker.state !== 'open') return no('a rollback begins from a numbered trip or halt', 'X6');
  if (ledger.inFlight.size > 0) return no('an act is still without a verdict', 'X6');
  ledger.actsAfterTrip += ledger.breaker.state === 'open' ? ledger.leased - ledger.leasedAtStop : 0;
  ledger.breaker = { state: 'closed' };
  ledger.phase = { name: 'rolling-back', cause: event.cause };
  ledger.revertNext = ledger.leased - 1;
  return undefined;
}

function startRevert(ledger: Ledger, event: Event<'reverting'>): Refusal | undefined {
  if (ledger.phase.name !== 'rolling-back') return no('no rollback is running', 'X6');
  if (ledger.breaker.state !== 'closed') return no('the rollback is halted', 'X5');
  if (ledger.reverting.size >= ledger.plan.window) return no('the window is full', 'X6');
  if (ledger.revertNext < 0 || ledger.plan.targets[ledger.revertNext] !== event.target)
    return no('another target is next', 'X6');
  ledger.reverting.set(event.target, ledger.revertNext);
  setTarget(ledger, ledger.revertNext, 'reverting');
  ledger.revertNext -= 1;
  return undefined;
}

function endRevert(
  ledger: Ledger,
  target: TargetId,
  state: 'reverted' | 'still-degraded' | 'revert-failed',
): Refusal | undefined {
  const place = ledger.reverting.get(target);
  if (place === undefined) return no('the target is not being put back', 'X6');
  ledger.reverting.delete(target);
  setTarget(ledger, place, state);
  // An unknown target is settled only by proof of its before-state (I12).
  if (state === 'reverted') ledger.unknown.delete(target);
  return undefined;
}

function conclude(ledger: Ledger, event: Event<'restored'>): Refusal | undefined {
  if (ledger.phase.name !== 'rolling-back') return no('no rollback is running', 'X6');
  if (ledger.breaker.state !== 'closed') return no('the rollback is halted', 'X5');
  if (ledger.revertNext >= 0 || ledger.reverting.size > 0) return no('not every touched target was put back', 'X6');
  const targets = unrestored(ledger);
  const isRestored = event.verdict === 'success' && targets.length === 0 && ledger.unknown.size === 0;
  const detail = targets.length > 0 ? 'targets are not in their before-state' : `dependants: ${event.verdict}`;
  ledger.phase = isRestored ? { name: 'rolled-back' } : { name: 'rollback-failed', targets, detail };
  return undefined;
}

const REVERTED = TARGET_STATES.indexOf('reverted');

/** Touched targets without proof of their before-state, in rollout order. */
function unrestored(ledger: Ledger): readonly TargetId[] {
  if (ledger.tally[REVERTED] === ledger.leased) return [];
  return ledger.plan.targets.slice(0, ledger.leased).filter((_, place) => ledger.states[place] !== REVERTED);
}
