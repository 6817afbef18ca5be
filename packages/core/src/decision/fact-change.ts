/**
 * One thing that could be different about an operation, readable by machines and people, and what the facts would then be. Facts that
 * hang together change together: fewer targets are fewer of each tier, a smaller share, and less within the day.
 */
import { instantOf, type Instant } from '../shared/brand.ts';
import { TIERS, type Tier } from '../graph/graph.ts';
import type { FlagName, IntegerName, SetName } from '../envelope/attributes.ts';
import { openCalendars } from '../envelope/calendar.ts';
import type { Calendar } from '../envelope/envelope.ts';
import { changeWords, SET_WORDS } from './change-words.ts';
import type { Facts } from './facts.ts';

export type Wanted =
  | { readonly fact: FlagName; readonly op: 'is'; readonly value: boolean }
  | { readonly fact: IntegerName; readonly op: 'at-least' | 'at-most'; readonly value: number }
  | { readonly fact: SetName; readonly op: 'only' | 'none-of'; readonly value: readonly string[] }
  | { readonly fact: 'rollbackKind'; readonly op: 'is'; readonly value: 'restore' }
  /** Wait until then. */
  | { readonly fact: 'openCalendars'; readonly op: 'at'; readonly value: Instant };

export type FactChange = Wanted & { readonly words: string };

/** What each change asks of whoever proposes, in no unit; absent: nobody can bring it about for this act. */
export const CHANGE_COSTS: Readonly<Partial<Record<IntegerName | FlagName | SetName | 'rollbackKind', number>>> = {
  // The agent proposes less, or later.
  targets: 1,
  nonCriticalTargets: 1,
  productionCriticalTargets: 1,
  safetyCriticalTargets: 1,
  unknownTargets: 1,
  tiers: 1,
  environments: 1,
  targetKinds: 1,
  openCalendars: 1,
  percentOfTier: 2,
  cumulativeTargets: 2,
  changeSetSize: 2,
  actionsLastHour: 2,
  classActionsLastHour: 2,
  organisationActionsLastHour: 2,
  concurrentOperations: 2,
  organisationTargets: 2,
  overlapsOperation: 2,
  rollbackWindowMinutes: 2,
  missingConsumers: 2,
  // It brings something with it.
  stagingValidated: 3,
  independentSignals: 3,
  rollbackKind: 3,
  hasChangeRecord: 3,
  hasContingencyPlan: 3,
  stagingPolicyMet: 4,
  drillAgeDays: 4,
  isGraphFresh: 4,
  affectedServices: 5,
  affectedSegments: 5,
  fanOut: 5,
  sharedServices: 5,
  zones: 5,
  dataClasses: 5,
  reachedZones: 6,
  reachedDataClasses: 6,
  paths: 6,
  owners: 6,
  affectedTiers: 6,
  capacityLeftPercent: 6,
  predictedDown: 6,
  unhandledDependants: 6,
  predictedUnknown: 6,
  cutFlows: 6,
  rollbackLosesData: 6,
  // Others have to do something first, or the world is another.
  confidencePercent: 20,
  severity: 20,
  isBreakerOpen: 20,
  skipSharePercent: 20,
  isBaselineLeft: 30,
  isContracted: 30,
  isSuspended: 30,
  matchesKnownBenign: 30,
};

export const withWords = (wanted: Wanted): FactChange => ({ ...wanted, words: wordsOf(wanted) });

function wordsOf(wanted: Wanted): string {
  switch (wanted.op) {
    case 'is':
      return wanted.fact === 'rollbackKind'
        ? 'a rollback that restores'
        : changeWords({ op: 'is', fact: wanted.fact, value: wanted.value });
    case 'at-least':
    case 'at-most':
      return changeWords(wanted);
    case 'only':
      return changeWords({ op: 'only', fact: wanted.fact, values: wanted.value });
    case 'none-of':
      return `nothing of ${SET_WORDS[wanted.fact]} ${wanted.value.join(', ')}`;
    case 'at':
      return `after ${wanted.value.slice(0, 10)} ${wanted.value.slice(11, 16)} UTC, when the calendars allow it`;
  }
}

/** The facts as they would be; `calendars` of the envelope for what is open at another time. */
export function applyChange(facts: Facts, change: Wanted, calendars: readonly Calendar[]): Facts {
  switch (change.op) {
    case 'is':
      return { ...facts, [change.fact]: change.value };
    case 'at-least':
    case 'at-most':
      return withNumber(facts, change.fact, change.value);
    case 'only':
      return withSet(facts, change.fact, (item) => change.value.includes(item));
    case 'none-of':
      return withSet(facts, change.fact, (item) => !change.value.includes(item));
    case 'at':
      return { ...facts, now: change.value, openCalendars: openCalendars(calendars, change.value) };
  }
}

const TIER_OF: Readonly<Partial<Record<IntegerName, Tier>>> = {
  nonCriticalTargets: 'non-critical',
  productionCriticalTargets: 'production-critical',
  safetyCriticalTargets: 'safety-critical',
};

function withNumber(facts: Facts, fact: IntegerName, value: number): Facts {
  if (fact === 'nowMs') return { ...facts, now: instantOf(value) };
  if (fact === 'targets') return withTargets(facts, leastCritical(facts.targetsPerTier, value));
  if (fact === 'unknownTargets') return withoutUnknown(facts, value);
  const tier = TIER_OF[fact];
  if (tier !== undefined) return withTargets(facts, { ...facts.targetsPerTier, [tier]: value });
  return { ...facts, [fact]: value };
}

type Counts = Readonly<Record<Tier, number>>;

/** Of so many targets the least critical are kept. */
function leastCritical(counts: Counts, most: number): Counts {
  const kept: Record<Tier, number> = { ...counts };
  let left = most;
  for (const tier of TIERS) {
    kept[tier] = Math.min(counts[tier], left);
    left -= kept[tier];
  }
  return kept;
}

function withTargets(facts: Facts, targetsPerTier: Counts): Facts {
  const targets = TIERS.reduce((sum, tier) => sum + targetsPerTier[tier], 0);
  const left = facts.targets - targets;
  const tiers = facts.tiers.filter((tier) => targetsPerTier[tier] > 0);
  return {
    ...facts,
    targets,
    targetsPerTier,
    tiers,
    unknownTargets: Math.min(facts.unknownTargets, targetsPerTier['safety-critical']),
    percentOfTier: facts.targets === 0 ? 0 : Math.ceil((facts.percentOfTier * targets) / facts.targets),
    cumulativeTargets: Math.max(facts.cumulativeTargets - left, targets),
    organisationTargets: Math.max(facts.organisationTargets - left, targets),
  };
}

/** Unknown targets are counted as safety-critical: what is left out is left out of both. */
function withoutUnknown(facts: Facts, value: number): Facts {
  const left = Math.max(facts.unknownTargets - value, 0);
  const counts = facts.targetsPerTier;
  const fewer = { ...counts, 'safety-critical': Math.max(counts['safety-critical'] - left, 0) };
  return { ...withTargets(facts, fewer), unknownTargets: value };
}

/** What is reached holds what is targeted: what leaves the larger set leaves the smaller one. */
const INSIDE: Readonly<Partial<Record<SetName, 'zones' | 'dataClasses'>>> = {
  reachedZones: 'zones',
  reachedDataClasses: 'dataClasses',
};

function withSet(facts: Facts, fact: SetName, isKept: (item: string) => boolean): Facts {
  if (fact === 'tiers') {
    const counts = facts.targetsPerTier;
    const kept = (tier: Tier): number => (isKept(tier) ? counts[tier] : 0);
    return withTargets(facts, {
      'non-critical': kept('non-critical'),
      'production-critical': kept('production-critical'),
      'safety-critical': kept('safety-critical'),
    });
  }
  const inside = INSIDE[fact];
  return {
    ...facts,
    [fact]: facts[fact].filter(isKept),
    ...(inside !== undefined && { [inside]: facts[inside].filter(isKept) }),
  };
}

/** A place, kind or tier is left when something of it is left to act on; these sets may well be empty. */
const MAY_BE_EMPTY: ReadonlySet<SetName> = new Set([
  'dataClasses',
  'reachedDataClasses',
  'paths',
  'owners',
  'affectedTiers',
  'openCalendars',
]);

/** Whether leaving items out leaves an act at all. */
export function canLeaveOut(facts: Facts, fact: SetName, isKept: (item: string) => boolean): boolean {
  if (MAY_BE_EMPTY.has(fact)) return true;
  const inside = INSIDE[fact];
  const own = inside === undefined ? facts[fact] : facts[inside];
  return own.some(isKept) || (inside !== undefined && own.length === 0);
}
