/**
 * A runner in miniature with virtual time (design 7): it carries out commands, journals events first, answers in a random order,
 * and is killed at random; after each kill only the journal is left. The same reducer as in the real runner.
 */
import { instantOf, type Instant, type TargetId } from '../shared/brand.ts';
import { assertNever } from '../shared/result.ts';
import { nextCommands, type RolloutCommand } from './commands.ts';
import type { HealthVerdict, RolloutEvent } from './event.ts';
import type { RolloutPlan } from './plan.ts';
import { apply, replay } from './reducer.ts';
import type { RolloutState } from './state.ts';

/** Mulberry32: the same seed gives the same schedule. */
export function seededRandom(seed: number): () => number {
  let a = seed >>> 0;
  return () => {
    a = (a + 0x6d2b79f5) >>> 0;
    let t = Math.imul(a ^ (a >>> 15), 1 | a);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 4_294_967_296;
  };
}

/** How the world answers; places are places in the plan. What is left out goes well. */
export interface World {
  /** From 0 up to, not including, 1; decides who answers first and when the runner is killed. */
  readonly random: () => number;
  readonly isBroken?: (place: number) => boolean;
  readonly losesAnswer?: (place: number) => boolean;
  readonly dependants?: (cohort: number) => HealthVerdict;
  readonly revertFails?: (place: number) => boolean;
  /** Probability of a kill after an event, from 0 to 1. */
  readonly crashRate?: number;
}

export interface SimulatedRun {
  readonly journal: readonly RolloutEvent[];
  readonly state: RolloutState;
}

const START_MS = 1_800_000_000_000;

/** Runs until only a person could go on, or nothing is left to do. A refused event is a broken invariant and throws. */
export function simulate(plan: RolloutPlan, world: World, before: readonly RolloutEvent[] = []): SimulatedRun {
  const places = new Map(plan.targets.map((target, place) => [target, place]));
  const journal = [...before];
  let state = unwrap(replay(plan, journal));
  for (let second = journal.length; ; second += 1) {
    const now = instantOf(START_MS + second * 1000);
    const commands = nextCommands(state, now);
    const events = inOrder(commands).flatMap((command) => answer(command, world, { now, places }) ?? []);
    const event = events[Math.floor(world.random() * events.length)];
    if (event === undefined && !commands.some(({ type }) => type === 'wait')) return { journal, state };
    if (event === undefined) continue;
    state = unwrap(apply(state, event));
    journal.push(event);
    if (world.random() < (world.crashRate ?? 0)) state = unwrap(replay(plan, journal));
  }
}

function unwrap(result: ReturnType<typeof apply>): RolloutState {
  if (result.ok) return result.value;
  throw new Error(result.refusal.detail);
}

/** Of the leases and of the reverts only the first can be journalled next; checks are answered in any order. */
const inOrder = (commands: readonly RolloutCommand[]): readonly RolloutCommand[] =>
  commands.filter(
    (command, index) =>
      (command.type !== 'lease' && command.type !== 'revert') ||
      commands.findIndex(({ type }) => type === command.type) === index,
  );

interface Moment {
  readonly now: Instant;
  readonly places: ReadonlyMap<TargetId, number>;
}

/** The event that carrying out a command journals; undefined for what only waits. */
function answer(command: RolloutCommand, world: World, { now, places }: Moment): RolloutEvent | undefined {
  const detail = 'simulated';
  switch (command.type) {
    case 'start':
      return { type: 'started', at: now };
    case 'lease':
      return { type: 'leased', at: now, target: command.target, lease: command.lease };
    case 'check-target':
      return checked(command.target, places.get(command.target) ?? -1, world, now);
    case 'check-dependants': {
      const verdict = world.dependants?.(command.cohort) ?? 'success';
      return { type: 'dependants', at: now, cohort: command.cohort, verdict, detail };
    }
    case 'trip':
      return { type: 'tripped', at: now, trip: command.trip, cause: command.cause };
    case 'start-rollback':
      return { type: 'rollback-started', at: now, cause: command.cause };
    case 'revert':
      return { type: 'reverting', at: now, target: command.target };
    case 'check-reverted':
      return world.revertFails?.(places.get(command.target) ?? -1) === true
        ? { type: 'revert-failed', at: now, target: command.target, detail }
        : { type: 'reverted', at: now, target: command.target, isHealthy: true, detail };
    case 'check-restored':
      return { type: 'restored', at: now, verdict: 'success', detail };
    case 'complete':
      return { type: 'completed', at: now };
    case 'wait':
    case 'hold':
      return undefined;
    default:
      return assertNever(command);
  }
}

function checked(target: TargetId, place: number, world: World, now: Instant): RolloutEvent {
  if (world.losesAnswer?.(place) === true) return { type: 'unknown', at: now, target, detail: 'simulated' };
  const verdict = world.isBroken?.(place) === true ? 'failure' : 'success';
  return { type: 'verdict', at: now, target, verdict, detail: 'simulated' };
}

export interface JournalAudit {
  readonly touched: number;
  readonly broken: number;
  /** Leases between a failing verdict, unknown, trip or halt and the resume; the bar is zero (X5). */
  readonly leasesAfterStop: number;
  readonly leasedTwice: number;
  readonly mostInFlight: number;
}

/** An oracle that knows nothing of the reducer: it reads the journal alone. */
export function auditJournal(journal: Iterable<RolloutEvent>): JournalAudit {
  const leased = new Map<TargetId, number>();
  const open = new Set<TargetId>();
  let isStopped = false;
  const found = { broken: 0, leasesAfterStop: 0, mostInFlight: 0 };
  for (const event of journal) {
    if (event.type === 'leased') {
      leased.set(event.target, (leased.get(event.target) ?? 0) + 1);
      open.add(event.target);
      found.leasesAfterStop += Number(isStopped);
      found.mostInFlight = Math.max(found.mostInFlight, open.size);
    }
    if (event.type === 'verdict' || event.type === 'unknown') open.delete(event.target);
    const isBad = (event.type === 'verdict' || event.type === 'dependants') && event.verdict !== 'success';
    if (event.type === 'verdict' && isBad) found.broken += 1;
    if (isBad || event.type === 'unknown' || event.type === 'tripped' || event.type === 'halted') isStopped = true;
    if (event.type === 'resumed') isStopped = false;
  }
  const leasedTwice = [...leased.values()].filter((times) => times > 1).length;
  return { touched: leased.size, leasedTwice, ...found };
}
