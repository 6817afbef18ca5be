/** The strict form of recorded facts: what a replay reads (D2). */
import { environmentShape } from '../people/trust-bundle.ts';
import { tierShape } from '../graph/graph.ts';
import { ACTION_TYPES } from '../proposal/change.ts';
import { boolean, id, instant, integer, list, object, oneOf, text, type Shape } from '../shared/shape.ts';
import type { Facts } from './facts.ts';

const count = integer({ min: 0, max: 10_000_000_000 });
const signed = integer({ min: -1, max: 1_000_000_000 });
const words: Shape<readonly string[]> = list(text({ max: 200 }), { max: 5000 });

export const factsShape: Shape<Facts> = object<Facts>({
  now: instant,
  agent: id(),
  isAgentListed: boolean,
  action: oneOf(...ACTION_TYPES),
  environments: list(environmentShape, { max: 3 }),
  tiers: list(tierShape, { max: 3 }),
  targetKinds: words,
  zones: words,
  reachedZones: words,
  dataClasses: words,
  reachedDataClasses: words,
  paths: words,
  owners: words,
  targets: count,
  unknownTargets: count,
  targetsPerTier: object<Facts['targetsPerTier']>({
    'non-critical': count,
    'production-critical': count,
    'safety-critical': count,
  }),
  percentOfTier: count,
  affectedServices: count,
  affectedTiers: list(tierShape, { max: 3 }),
  affectedSegments: count,
  changeSetSize: count,
  fanOut: count,
  sharedServices: count,
  unhandledDependants: count,
  missingConsumers: count,
  cutFlows: count,
  predictedDown: count,
  predictedUnknown: count,
  capacityLeftPercent: count,
  citizens: count,
  statutoryHours: count,
  isGraphFresh: boolean,
  severity: signed,
  independentSignals: count,
  confidencePercent: count,
  matchesKnownBenign: boolean,
  stagingValidated: boolean,
  skipSharePercent: count,
  stagingPolicyMet: boolean,
  openCalendars: words,
  rollbackKind: oneOf('restore', 'none'),
  rollbackWindowMinutes: count,
  rollbackLosesData: boolean,
  drillAgeDays: signed,
  actionsLastHour: count,
  cumulativeTargets: count,
  classActionsLastHour: count,
  organisationActionsLastHour: count,
  concurrentOperations: count,
  organisationTargets: count,
  isBreakerOpen: boolean,
  isSuspended: boolean,
  isContracted: boolean,
  isBaselineLeft: boolean,
  overlapsOperation: boolean,
  hasChangeRecord: boolean,
  hasContingencyPlan: boolean,
});
