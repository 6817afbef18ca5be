/** Conditions and changes in words that a person who never saw the rules understands (D1). */
import type { Condition } from '../envelope/rule.ts';
import type { FlagName, IntegerName, SetName } from '../envelope/attributes.ts';

const SEVERITIES = ['info', 'low', 'medium', 'high', 'critical'];

const FLAG_WORDS: Readonly<Record<FlagName, readonly [whenTrue: string, whenFalse: string]>> = {
  isAgentListed: ['an agent the envelope lists', 'an agent the envelope does not list'],
  isGraphFresh: ['a fresh system graph', 'an older system graph'],
  matchesKnownBenign: ['a trigger known to be harmless', 'a trigger not known to be harmless'],
  stagingValidated: ['a validated staging run', 'no staging run'],
  rollbackLosesData: ['a rollback that loses data', 'a rollback that loses no data'],
  isBreakerOpen: ['an open circuit breaker', 'a closed circuit breaker'],
  isSuspended: ['a suspension', 'no suspension'],
  overlapsOperation: ['an overlapping operation', 'no overlapping operation'],
  isContracted: ['an autonomy that was taken away', 'autonomy given back by signature or drill'],
  isBaselineLeft: ['an agent off its baseline', 'an agent inside its baseline'],
  stagingPolicyMet: ['a staging that keeps the staging policy', 'a staging outside the staging policy'],
  hasChangeRecord: ['a change record', 'no change record'],
  hasContingencyPlan: ['a contingency plan', 'no contingency plan'],
};

export const SET_WORDS: Readonly<Record<SetName, string>> = {
  environments: 'environment',
  tiers: 'tier',
  affectedTiers: 'tier of dependants',
  targetKinds: 'kind of target',
  zones: 'zone',
  reachedZones: 'zone in reach',
  dataClasses: 'data class',
  reachedDataClasses: 'data class in reach',
  paths: 'business path',
  owners: 'owner',
  openCalendars: 'calendar',
};

const counted = (count: number, noun: string): string => `${count} ${noun}${count === 1 ? '' : 's'}`;

interface Bound {
  /** `at least` or `at most`. */
  readonly bound: string;
  readonly op: 'at-least' | 'at-most';
  readonly value: number;
}

/** Total: a fact without words cannot be added. */
const BOUND_WORDS: Readonly<Record<IntegerName, (bound: Bound) => string>> = {
  nowMs: () => 'a time inside the validity of the envelope',
  targets: ({ bound, value }) => `${bound} ${counted(value, 'target')}`,
  unknownTargets: ({ bound, value }) => `${bound} ${counted(value, 'unknown target')}`,
  nonCriticalTargets: ({ bound, value }) => `${bound} ${counted(value, 'non-critical target')}`,
  productionCriticalTargets: ({ bound, value }) => `${bound} ${counted(value, 'production-critical target')}`,
  safetyCriticalTargets: ({ bound, value }) => `${bound} ${counted(value, 'safety-critical target')}`,
  percentOfTier: ({ bound, value }) => `${bound} ${value} % of a tier`,
  affectedServices: ({ bound, value }) => `${bound} ${counted(value, 'affected service')}`,
  affectedSegments: ({ bound, value }) => `${bound} ${counted(value, 'network segment')}`,
  changeSetSize: ({ bound, value }) => `${bound} ${counted(value, 'step')}`,
  fanOut: ({ bound, value }) => `${bound} ${counted(value, 'direct dependant')} of a target`,
  sharedServices: ({ bound, value }) => `${bound} ${counted(value, 'shared service')}`,
  missingConsumers: ({ bound, value }) => `${bound} ${counted(value, 'consumer')} outside the plan`,
  cutFlows: ({ bound, value }) => `${bound} ${counted(value, 'flow')} cut`,
  predictedDown: ({ bound, value }) => `${bound} ${counted(value, 'dependant')} foreseen down`,
  predictedUnknown: ({ bound, value }) => `${bound} ${counted(value, 'dependant')} that cannot be foreseen`,
  capacityLeftPercent: ({ bound, value }) => `${bound} ${value} % of capacity left`,
  citizens: ({ bound, value }) => `services for ${bound} ${counted(value, 'citizen')}`,
  statutoryHours: ({ bound, value }) => `${bound} ${counted(value, 'hour')} to a duty set by law`,
  confidencePercent: ({ bound, value }) => `a confidence of ${bound} ${value} %`,
  classActionsLastHour: ({ bound, value }) => `${bound} ${counted(value, 'act')} on this class in the last hour`,
  organisationActionsLastHour: ({ bound, value }) =>
    `${bound} ${counted(value, 'act')} of the organisation in the last hour`,
  concurrentOperations: ({ bound, value }) => `${bound} ${counted(value, 'operation')} in flight`,
  organisationTargets: ({ bound, value }) => `${bound} ${counted(value, 'target')} of the organisation within a day`,
  skipSharePercent: ({ bound, value }) => `${bound} ${value} % of acts without staging`,
  unhandledDependants: ({ bound, value }) => `${bound} ${counted(value, 'dependant')} without known health`,
  severity: ({ bound, value }) => `severity ${bound} ${SEVERITIES[value] ?? 'known'}`,
  independentSignals: ({ bound, value }) =>
    value === 2 ? 'a second independent signal' : `${bound} ${counted(value, 'independent signal')}`,
  rollbackWindowMinutes: ({ bound, value }) => `a rollback window of ${bound} ${counted(value, 'minute')}`,
  drillAgeDays: ({ bound, op, value }) =>
    op === 'at-least' ? 'a passed rollback drill' : `a rollback drill ${bound} ${counted(value, 'day')} old`,
  actionsLastHour: ({ bound, value }) => `${bound} ${counted(value, 'such act')} in the last hour`,
  cumulativeTargets: ({ bound, value }) => `${bound} ${counted(value, 'target')} within a day`,
};

const boundWords = (op: Bound['op'], fact: IntegerName, value: number): string =>
  BOUND_WORDS[fact]({ bound: op === 'at-least' ? 'at least' : 'at most', op, value });

/** The condition as something to reach. */
export function changeWords(condition: Condition): string {
  switch (condition.op) {
    case 'is':
      return FLAG_WORDS[condition.fact][condition.value ? 0 : 1];
    case 'at-least':
    case 'at-most':
      return boundWords(condition.op, condition.fact, condition.value);
    case 'any-of':
      return `an open ${SET_WORDS[condition.fact]} of ${condition.values.join(', ')}`;
    case 'only':
      return `only ${SET_WORDS[condition.fact]} ${condition.values.join(', ')}`;
    case 'one-of':
      return `a rollback of kind ${condition.values.join(' or ')}`;
  }
}
