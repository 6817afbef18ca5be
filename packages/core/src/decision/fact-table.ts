/**
 * Every fact of a decision: who knows it, by which clause, in which unit, and which side of two different words restricts (X1). Who reads
 * a decision finds here what each number rests on; what joins two views of the same operation is held against this table.
 */
import type { Facts } from './facts.ts';

/**
 * `graph-owner`: the snapshot its owner signed. `relay`: signals the relays of their sources signed. `staging-runner`: its signed
 * report. `drill-runner`: its signed drills. `record`: the log of what was let go and how it ended. `envelope`: the signed envelope.
 * `clock`: the decider's own. `proposal`: the signed content of the capsule. `labels`: what named people said of earlier signals.
 */
export const KNOWERS = [
  'graph-owner',
  'relay',
  'staging-runner',
  'drill-runner',
  'record',
  'envelope',
  'clock',
  'proposal',
  'labels',
] as const;
export type Knower = (typeof KNOWERS)[number];

/**
 * Of two words the stricter: the larger or smaller number, true or false, both lists joined; `never-or-older`: -1, else the larger;
 * `own`: not for another to say.
 */
export type Worse = 'more' | 'less' | 'true' | 'false' | 'join' | 'never-or-older' | 'own';

export interface FactSource {
  /** The first is the one whose word it is; the others bound it. */
  readonly knowers: readonly [Knower, ...Knower[]];
  readonly clause: string;
  readonly unit: string;
  readonly worse: Worse;
}

/** Which documents a knower's facts were read from. */
export interface Provenance {
  readonly knower: Knower;
  /** Digests or ids, sorted; empty: nothing vouches for them and they have their most restrictive value. */
  readonly documents: readonly string[];
}

const graph = (clause: string, unit: string, worse: Worse): FactSource => ({
  knowers: ['graph-owner', 'proposal'],
  clause,
  unit,
  worse,
});
const record = (clause: string, unit: string, worse: Worse): FactSource => ({
  knowers: ['record'],
  clause,
  unit,
  worse,
});

export const FACT_TABLE: Readonly<Record<keyof Facts, FactSource>> = {
  now: { knowers: ['clock'], clause: 'AG-706 4.10', unit: 'instant', worse: 'own' },
  agent: { knowers: ['proposal'], clause: 'L8', unit: 'id', worse: 'own' },
  isAgentListed: { knowers: ['envelope', 'record'], clause: 'L8', unit: 'claim', worse: 'false' },
  action: { knowers: ['proposal'], clause: 'AG-706 4.1', unit: 'action type', worse: 'own' },
  environments: graph('AG-706 4.1', 'environments', 'join'),
  tiers: graph('AG-706 4.7', 'tiers', 'join'),
  targetKinds: graph('AG-706 4.1', 'kinds', 'join'),
  zones: graph('AG-706 4.7', 'zones', 'join'),
  reachedZones: graph('AG-706 4.3', 'zones', 'join'),
  dataClasses: graph('L7', 'data classes', 'join'),
  reachedDataClasses: graph('AG-706 4.3', 'data classes', 'join'),
  paths: graph('AG-706 4.3', 'business paths', 'join'),
  owners: graph('A1', 'owners', 'join'),
  targets: graph('AG-706 4.5', 'targets', 'more'),
  unknownTargets: graph('AG-706 4.7', 'targets', 'more'),
  targetsPerTier: graph('AG-706 4.5', 'targets', 'more'),
  percentOfTier: graph('AG-706 4.5', 'per cent', 'more'),
  affectedServices: graph('AG-706 4.3', 'services', 'more'),
  affectedTiers: graph('AG-706 4.7', 'tiers', 'join'),
  affectedSegments: graph('AG-706 4.5', 'segments', 'more'),
  changeSetSize: { knowers: ['proposal'], clause: 'AG-706 4.5', unit: 'steps', worse: 'more' },
  fanOut: graph('AG-706 4.5', 'dependants', 'more'),
  sharedServices: graph('AG-706 4.5', 'services', 'more'),
  unhandledDependants: graph('AG-706 4.3', 'dependants', 'more'),
  missingConsumers: graph('AG-706 4.3', 'consumers', 'more'),
  cutFlows: graph('AG-706 4.3', 'flows', 'more'),
  predictedDown: graph('AG-706 4.12', 'dependants', 'more'),
  predictedUnknown: graph('AG-706 4.12', 'dependants', 'more'),
  capacityLeftPercent: graph('AG-706 4.12', 'per cent', 'less'),
  citizens: graph('E1', 'citizens', 'more'),
  statutoryHours: graph('E1', 'hours', 'less'),
  isGraphFresh: { knowers: ['clock', 'graph-owner', 'envelope'], clause: 'G3', unit: 'claim', worse: 'false' },
  severity: { knowers: ['relay', 'envelope'], clause: 'D3', unit: '0 to 4, -1 unknown', worse: 'less' },
  independentSignals: { knowers: ['relay', 'graph-owner'], clause: 'D3', unit: 'sources', worse: 'less' },
  confidencePercent: { knowers: ['envelope', 'relay', 'labels'], clause: 'D3', unit: 'per cent', worse: 'less' },
  matchesKnownBenign: { knowers: ['labels', 'relay'], clause: 'AG-706 4.11', unit: 'claim', worse: 'true' },
  stagingValidated: { knowers: ['staging-runner'], clause: 'L4', unit: 'claim', worse: 'false' },
  skipSharePercent: record('L4', 'per cent', 'more'),
  stagingPolicyMet: { knowers: ['graph-owner', 'envelope', 'proposal'], clause: 'L4', unit: 'claim', worse: 'false' },
  openCalendars: { knowers: ['clock', 'envelope'], clause: 'E1', unit: 'calendars', worse: 'own' },
  rollbackKind: { knowers: ['proposal'], clause: 'X6', unit: 'kind', worse: 'own' },
  rollbackWindowMinutes: { knowers: ['proposal'], clause: 'X6', unit: 'minutes', worse: 'more' },
  rollbackLosesData: { knowers: ['proposal', 'graph-owner'], clause: 'X6', unit: 'claim', worse: 'true' },
  drillAgeDays: { knowers: ['drill-runner', 'clock'], clause: 'AG-706 4.6', unit: 'days', worse: 'never-or-older' },
  actionsLastHour: record('AG-706 4.5', 'acts', 'more'),
  cumulativeTargets: record('D5', 'targets', 'more'),
  classActionsLastHour: record('D5', 'acts', 'more'),
  organisationActionsLastHour: record('D5', 'acts', 'more'),
  concurrentOperations: record('D5', 'operations', 'more'),
  organisationTargets: record('D5', 'targets', 'more'),
  isBreakerOpen: record('AG-706 4.4', 'claim', 'true'),
  isSuspended: record('D7', 'claim', 'true'),
  isContracted: record('E6', 'claim', 'true'),
  isBaselineLeft: record('D7', 'claim', 'true'),
  overlapsOperation: record('AG-706 4.5', 'claim', 'true'),
  hasChangeRecord: { knowers: ['proposal'], clause: 'E1', unit: 'claim', worse: 'false' },
  hasContingencyPlan: { knowers: ['proposal'], clause: 'A2', unit: 'claim', worse: 'false' },
};
