/**
 * The rollout as a fold over its journal (X4-X7, I4, I8-I12). An event that does not fit is refused and changes nothing, so a
 * journal can't tell a story that the rules forbid. Stopping is accepted nearly everywhere; going on only where it is earned.
 */
import { plusMs, type Instant, type TargetId } from '../shared/brand.ts';
import { assertNever, ok, refuse, type Refusal, type Result } from '../shared/result.ts';
import { nextCohortSize } from '../capsule/cohorts.ts';
import type { RolloutEvent } from './event.ts';
import { isFinal, newLedger, openWindow, setTarget, TARGET_STATES, type Ledger } from './ledger.ts';
import type { RolloutPlan } from './plan.ts';
import { applyRollbackEvent } from './reverse.ts';
import { RolloutState } from './state.ts';

type Event<Type extends RolloutEvent['type']> = Extract<RolloutEvent, { readonly type: Type }>;
/** Undefined: the event was applied. */
type Outcome = Refusal | undefined;

const no = (detail: string, clause: string): Refusal => ({ code: 'illegal-event', detail, clause });

export const startRollout = (plan: RolloutPlan): RolloutState => RolloutState.over(newLedger(plan));

/** Applies one event. On refusal `state` stays good; on success it is spent and the new one takes its place. */
export function apply(state: RolloutState, event: RolloutEvent): Result<RolloutState> {
  const ledger = RolloutState.read(state);
  const refusal = applyTo(ledger, event);
  if (refusal !== undefined) return { ok: false, refusal };
  if (ledger.lastAt === undefined || event.at > ledger.lastAt) ledger.lastAt = event.at;
  ledger.version += 1;
  return ok(RolloutState.over(ledger));
}

/** The state after a journal; used after every restart (X7). A journal that breaks a rule names the place. */
export function replay(plan: RolloutPlan, events: Iterable<RolloutEvent>): Result<RolloutState> {
  let state = startRollout(plan);
  let place = 0;
  for (const event of events) {
    const next = apply(state, event);
    if (!next.ok) return refuse(next.refusal.code, `journal event ${place}: ${next.refusal.detail}`, { clause: 'X7' });
    state = next.value;
    place += 1;
  }
  return ok(state);
}

function applyTo(ledger: Ledger, event: RolloutEvent): Outcome {
  switch (event.type) {
    case 'started':
      return start(ledger, event);
    case 'leased':
      return lease(ledger, event);
    case 'verdict':
      return judge(ledger, event);
    case 'unknown':
      return lose(ledger, event);
    case 'dependants':
      return judgeDependants(ledger, event);
    case 'tripped':
      return trip(ledger, event);
    case 'halted':
      return halt(ledger, event);
    case 'resumed':
      return resume(ledger, event);
    case 'completed':
      return complete(ledger, event);
    case 'rollback-started':
    case 'reverting':
    case 'reverted':
    case 'revert-failed':
    case 'restored':
      return applyRollbackEvent(ledger, event);
    default:
      return assertNever(event);
  }
}

/** Going on needs a clock that has not gone backwards against the journal (T15); stopping never asks for the time. */
const wentBack = (ledger: Ledger, at: Instant): boolean => ledger.lastAt !== undefined && at < ledger.lastAt;
const isClosed = (ledger: Ledger): boolean => ledger.breaker.state === 'closed';
const UNKNOWN = TARGET_STATES.indexOf('unknown');
const BACKWARD = no('the clock went backwards against the journal', 'X7');

function start(ledger: Ledger, event: Event<'started'>): Outcome {
  if (ledger.phase.name !== 'waiting') return no('the rollout has started before', 'X7');
  if (!isClosed(ledger)) return no('the rollout is stopped', 'X5');
  if (ledger.plan.targets.length === 0) return no('there is no target', 'C1');
  if (wentBack(ledger, event.at)) return BACKWARD;
  ledger.phase = { name: 'leasing', cohort: 0, end: Math.min(ledger.plan.canary, ledger.plan.targets.length) };
  return undefined;
}

function lease(ledger: Ledger, event: Event<'leased'>): Outcome {
  const { phase } = ledger;
  if (!isClosed(ledger)) return no('no lease while the rollout is stopped', 'X5');
  if (phase.name !== 'leasing') return no('no lease outside a cohort', 'X4');
  if (ledger.leased >= phase.end) return no('the cohort is used up', 'X4');
  if (ledger.inFlight.size >= openWindow(ledger)) return no('the window is full', 'X5');
  if (ledger.plan.targets[ledger.leased] !== event.target) return no('another target is next', 'C1');
  if (event.lease !== ledger.leased + 1) return no('the lease has the wrong number', 'X7');
  if (wentBack(ledger, event.at)) return BACKWARD;
  ledger.inFlight.set(event.target, ledger.leased);
  setTarget(ledger, ledger.leased, 'leased');
  ledger.leased += 1;
  return undefined;
}

function judge(ledger: Ledger, event: Event<'verdict'>): Outcome {
  const place = ledger.inFlight.get(event.target) ?? unsettled(ledger, event.target);
  if (place === undefined) return no('the target has no act without a verdict', 'X7');
  const isHealthy = event.verdict === 'success';
  ledger.inFlight.delete(event.target);
  ledger.unknown.delete(event.target);
  setTarget(ledger, place, isHealthy ? 'healthy' : 'broken');
  if (isHealthy) ledger.healthy += 1;
  else ledger.broken += 1;
  if (!isHealthy) stop(ledger, `target ${event.target}: ${event.verdict}`);
  bakeWhenDone(ledger, event.at);
  return undefined;
}

/** Place of an unknown target that is not being put back: once it is, only the proof of its before-state settles it (I12). */
function unsettled(ledger: Ledger, target: TargetId): number | undefined {
  const place = ledger.unknown.get(target);
  return place !== undefined && ledger.states[place] === UNKNOWN ? place : undefined;
}

/** A lost answer is counted as touched and stops the rollout; it is never guessed (X7). */
function lose(ledger: Ledger, event: Event<'unknown'>): Outcome {
  const place = ledger.inFlight.get(event.target);
  if (place === undefined) return no('the target has no act without a verdict', 'X7');
  ledger.inFlight.delete(event.target);
  ledger.unknown.set(event.target, place);
  setTarget(ledger, place, 'unknown');
  stop(ledger, `target ${event.target}: unknown`);
  bakeWhenDone(ledger, event.at);
  return undefined;
}

/** The cohort being worked on or read. */
function currentCohort(ledger: Ledger): number | undefined {
  const { phase } = ledger;
  return phase.name === 'leasing' || phase.name === 'baking' || phase.name === 'verified' ? phase.cohort : undefined;
}

/** Anything but success stops at once, also in the middle of a cohort (X5); success counts only when it may be believed. */
function judgeDependants(ledger: Ledger, event: Event<'dependants'>): Outcome {
  if (currentCohort(ledger) !== event.cohort) return no('another cohort is being verified', 'X4');
  if (event.verdict !== 'success') {
    stop(ledger, `dependants after cohort ${event.cohort}: ${event.verdict}`);
    return undefined;
  }
  const { phase } = ledger;
  if (phase.name !== 'baking') return no('the cohort has no verdict on every target yet', 'X4');
  if (!isClosed(ledger)) return no('health read before the resume does not count', 'X5');
  if (event.at < phase.until) return no('the health was read before the bake time was over', 'X4');
  if (wentBack(ledger, event.at)) return BACKWARD;
  promote(ledger, phase.cohort);
  return undefined;
}

function promote(ledger: Ledger, cohort: number): void {
  const total = ledger.plan.targets.length;
  if (ledger.leased >= total) {
    ledger.phase = { name: 'verified', cohort };
    return;
  }
  const end = Math.min(total, ledger.leased + nextCohortSize(ledger.healthy, ledger.plan));
  ledger.phase = { name: 'leasing', cohort: cohort + 1, end };
}

function bakeWhenDone(ledger: Ledger, at: Instant): void {
  const { phase } = ledger;
  if (phase.name !== 'leasing' || ledger.leased < phase.end || ledger.inFlight.size > 0) return;
  const from = ledger.lastAt !== undefined && ledger.lastAt > at ? ledger.lastAt : at;
  ledger.phase = { name: 'baking', cohort: phase.cohort, until: plusMs(from, ledger.plan.bakeMs) };
}

/** INVARIANT I8: leaves `closed` in the same step that applies the failure, whatever happens to the trip event afterwards. */
function stop(ledger: Ledger, cause: string): void {
  if (ledger.breaker.state !== 'closed' || ledger.phase.name === 'rolling-back') return;
  ledger.breaker = { state: 'owed', cause };
  ledger.leasedAtStop = ledger.leased;
}

function openBreaker(ledger: Ledger, trips: number, why: { readonly cause: string; readonly isHalt: boolean }): void {
  if (isClosed(ledger)) ledger.leasedAtStop = ledger.leased;
  ledger.trips = trips;
  ledger.breaker = { state: 'open', trip: trips, ...why };
}

function trip(ledger: Ledger, event: Event<'tripped'>): Outcome {
  if (isFinal(ledger.phase) || ledger.phase.name === 'rolling-back') return no('nothing is left to trip', 'X5');
  if (ledger.breaker.state === 'open') return no('the rollout is stopped already', 'X5');
  if (event.trip !== ledger.trips + 1) return no('the trip has the wrong number', 'X5');
  openBreaker(ledger, event.trip, { cause: event.cause, isHalt: false });
  return undefined;
}

/** A halt always takes a new number, so that a resume on its way for an older trip can't release it (trap 10). */
function halt(ledger: Ledger, event: Event<'halted'>): Outcome {
  if (isFinal(ledger.phase)) return no('nothing is left to halt', 'X5');
  if (event.trip !== ledger.trips + 1) return no('the halt has the wrong number', 'X5');
  openBreaker(ledger, event.trip, { cause: `halted by ${event.by}`, isHalt: true });
  return undefined;
}

/** I9: names this trip, once; and only when every act in flight has its verdict, so nothing lands behind the person's back. */
function resume(ledger: Ledger, event: Event<'resumed'>): Outcome {
  const { breaker, phase } = ledger;
  if (breaker.state !== 'open') return no('no numbered trip is open', 'X5');
  if (event.trip !== breaker.trip) return no(`trip ${breaker.trip} is open`, 'X5');
  if (ledger.inFlight.size > 0) return no('an act is still without a verdict', 'X5');
  if (wentBack(ledger, event.at)) return BACKWARD;
  ledger.actsAfterTrip += ledger.leased - ledger.leasedAtStop;
  ledger.breaker = { state: 'closed' };
  // I10: what was read before or during the stop is old; the cohort is baked and its dependants are read again.
  if (phase.name === 'baking' || phase.name === 'verified')
    ledger.phase = { name: 'baking', cohort: phase.cohort, until: plusMs(event.at, ledger.plan.bakeMs) };
  return undefined;
}

function complete(ledger: Ledger, event: Event<'completed'>): Outcome {
  if (ledger.phase.name !== 'verified') return no('not every cohort has passed', 'X4');
  if (!isClosed(ledger)) return no('the rollout is stopped', 'X5');
  if (ledger.unknown.size > 0) return no('a target is unknown', 'X7');
  ledger.phase = { name: 'completed', at: event.at };
  return undefined;
}
