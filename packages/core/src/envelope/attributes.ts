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
  'unhandledDependants',
  'severity',
  'independentSignals',
  'rollbackWindowMinutes',
  'drillAgeDays',
  'actionsLastHour',
  'cumulativeTargets',
] as const;
export const FLAGS = [
  'isAgentListed',
  'isGraphFresh',
  'matchesKnownBenign',
  'stagingValidated',
  'rollbackLosesData',
  'isBreakerOpen',
  'isSuspended',
  'overlapsOperation',
] as const;
export const SETS = ['environments', 'tiers', 'affectedTiers', 'zones', 'dataClasses', 'openCalendars'] as const;
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

/** The question put to the rules: may it run alone, may people approve it, which people are to be asked. */
export const MODES = ['autonomous', 'approved', 'route'] as const;
export type Mode = (typeof MODES)[number];
