/** The words rules are written in: what a condition may ask about, and of which kind it is. Both engines read exactly these. */
export const INTEGERS = [
  'nowMs',
  'targets',
  'unknownTargets',
  'nonCriticalTargets',
  'productionCriticalTargets',
  'safetyCriticalTargets',
  'percentOfTier',
  'affectedServices',
  'affectedSegments',
  'changeSetSize',
  'fanOut',
  'sharedServices',
  'unhandledDependants',
  'missingConsumers',
  'cutFlows',
  'predictedDown',
  'predictedUnknown',
  'capacityLeftPercent',
  'citizens',
  'statutoryHours',
  'severity',
  'independentSignals',
  'confidencePercent',
  'rollbackWindowMinutes',
  'drillAgeDays',
  'actionsLastHour',
  'classActionsLastHour',
  'organisationActionsLastHour',
  'concurrentOperations',
  'cumulativeTargets',
  'organisationTargets',
  'skipSharePercent',
] as const;
export const FLAGS = [
  'isAgentListed',
  'isGraphFresh',
  'matchesKnownBenign',
  'stagingValidated',
  'rollbackLosesData',
  'isBreakerOpen',
  'isSuspended',
  'isContracted',
  'isBaselineLeft',
  'overlapsOperation',
  'stagingPolicyMet',
  'hasChangeRecord',
  'hasContingencyPlan',
] as const;
/** `reached…`: of the targets and of everything that needs them. */
export const SETS = [
  'environments',
  'tiers',
  'affectedTiers',
  'targetKinds',
  'zones',
  'reachedZones',
  'dataClasses',
  'reachedDataClasses',
  'paths',
  'owners',
  'openCalendars',
] as const;
export const WORDS = ['rollbackKind'] as const;

export type IntegerName = (typeof INTEGERS)[number];
export type FlagName = (typeof FLAGS)[number];
export type SetName = (typeof SETS)[number];
export type WordName = (typeof WORDS)[number];

/** Facts in the form both engines read: safe integers, sorted sets. */
export type Attributes = Readonly<Record<IntegerName, number>> &
  Readonly<Record<FlagName, boolean>> &
  Readonly<Record<SetName, readonly string[]>> &
  Readonly<Record<WordName, string>>;

/**
 * The question put to the rules: may it run alone with room to spare, may it run after one person looked at the dry run because
 * it is near a boundary (4.12), may people approve it, which people are to be asked.
 */
export const MODES = ['autonomous', 'reviewed', 'approved', 'route'] as const;
export type Mode = (typeof MODES)[number];
