/**
 * What holds between the facts of every request that can be derived: it makes examples realistic and proves nothing. A widening
 * that only an impossible request could use is still reported.
 */
import { TIERS } from '../../graph/graph.ts';
import { ENVIRONMENTS } from '../../people/trust-bundle.ts';
import type { FlagName, IntegerName, SetName, WordName } from '../attributes.ts';

/** Facts that are not simply a count from zero up. */
export const RANGES: Readonly<Partial<Record<IntegerName, readonly [number, number]>>> = {
  targets: [1, 1_000_000],
  changeSetSize: [1, 1_000_000],
  percentOfTier: [0, 100],
  confidencePercent: [0, 100],
  capacityLeftPercent: [0, 100],
  skipSharePercent: [0, 100],
  severity: [-1, 4],
  drillAgeDays: [-1, 36_600],
  statutoryHours: [0, 1_000_000],
  nowMs: [0, 8_640_000_000_000_000],
};
export const COUNT: readonly [number, number] = [0, 1_000_000_000];

/** The first is never more than the second. */
export const NOT_MORE: readonly (readonly [IntegerName, IntegerName])[] = [
  // An unknown target is safety-critical (T17).
  ['unknownTargets', 'safetyCriticalTargets'],
  // Both look at this operation and at others before it.
  ['targets', 'cumulativeTargets'],
  ['targets', 'organisationTargets'],
  ['actionsLastHour', 'organisationActionsLastHour'],
  ['classActionsLastHour', 'organisationActionsLastHour'],
  // A segment counts only when it is a target.
  ['affectedSegments', 'targets'],
];

/** Every target has one tier. */
export const SUMS: readonly { readonly total: IntegerName; readonly parts: readonly IntegerName[] }[] = [
  { total: 'targets', parts: ['nonCriticalTargets', 'productionCriticalTargets', 'safetyCriticalTargets'] },
];

/** The set holds the item exactly when the count is one or more. */
export const PRESENT: readonly { readonly set: SetName; readonly item: string; readonly count: IntegerName }[] = [
  { set: 'tiers', item: 'non-critical', count: 'nonCriticalTargets' },
  { set: 'tiers', item: 'production-critical', count: 'productionCriticalTargets' },
  { set: 'tiers', item: 'safety-critical', count: 'safetyCriticalTargets' },
];

/** Sets of which every item is known by name. */
export const CLOSED_SETS: Readonly<Partial<Record<SetName, readonly string[]>>> = {
  tiers: TIERS,
  affectedTiers: TIERS,
  environments: ENVIRONMENTS,
};
export const CLOSED_WORDS: Readonly<Partial<Record<WordName, readonly string[]>>> = {
  rollbackKind: ['none', 'restore'],
};
/** What the first holds, the second holds. */
export const INCLUDED_SETS: readonly (readonly [SetName, SetName])[] = [
  ['zones', 'reachedZones'],
  ['dataClasses', 'reachedDataClasses'],
];
/** Never empty: an act happens somewhere. */
export const FILLED_SETS: readonly SetName[] = ['environments'];

/** An uneventful request: examples differ from it only where they must, so that a person sees what matters. */
export const USUAL_INTEGERS: Readonly<Partial<Record<IntegerName, number>>> = {
  targets: 1,
  nonCriticalTargets: 1,
  percentOfTier: 1,
  changeSetSize: 1,
  capacityLeftPercent: 100,
  statutoryHours: 1_000_000,
  severity: 4,
  independentSignals: 3,
  confidencePercent: 100,
  rollbackWindowMinutes: 1,
  drillAgeDays: 1,
  cumulativeTargets: 1,
  organisationTargets: 1,
};
export const USUAL_FLAGS: ReadonlySet<string> = new Set<FlagName>([
  'isAgentListed',
  'isGraphFresh',
  'stagingValidated',
  'stagingPolicyMet',
  'hasChangeRecord',
  'hasContingencyPlan',
]);
export const USUAL_ITEMS: Readonly<Partial<Record<SetName, readonly string[]>>> = {
  environments: ['production'],
  tiers: ['non-critical'],
  targetKinds: ['host'],
};
export const USUAL_WORDS: Readonly<Record<WordName, string>> = { rollbackKind: 'restore' };
