/**
 * Everything an envelope says outside its rules, compared field by field (E3): what makes the facts the rules read, what the runner
 * obeys, who is asked, until when. A field that is in no comparison does not compile.
 */
import { EGRESS_MODES } from '../egress.ts';
import { RETENTION_KINDS } from '../retention.ts';
import { PHASES, type Envelope } from '../envelope.ts';
import type { Rule } from '../rule.ts';
import { rulesOf } from '../rules.ts';
import { compareCalendars } from './compare-calendars.ts';
import { compareRoutes, weakerRoles } from './compare-routes.ts';
import { lessWidens, moreWidens, setChanges, shown, type Effect, type OutsideChange } from './outside-change.ts';
import { effectOf, type Move } from './sensitivity.ts';

interface Pair {
  readonly before: Envelope;
  readonly after: Envelope;
  /**
   * Of the newer envelope: when these only lose by the facts that moved, and the rules themselves only narrow, the whole does.
   */
  readonly rules: readonly Rule[];
}
type Compare = (pair: Pair) => readonly OutsideChange[];

/** Which part of the proof a field belongs to. */
export type Coverage =
  /** The rules carry it whole: their comparison decides. */
  | 'rules'
  /** Names the document and authorises nothing. */
  | 'label'
  | Compare;

const ENVIRONMENT_NAMES = ['staging', 'pre-production', 'production'] as const;

/** A difference of which nobody can say that it is harmless. */
const mustBeSame =
  (at: keyof Envelope, why: string): Compare =>
  ({ before, after }) =>
    before[at] === after[at]
      ? []
      : [{ at: `/${at}`, effect: 'unclear', before: shown(before[at]), after: shown(after[at]), why }];

function moved(rules: readonly Rule[], moves: readonly Move[], change: Omit<OutsideChange, 'effect'>): OutsideChange {
  return { ...change, effect: effectOf(rules, moves) };
}

const compareSeverities: Compare = ({ before, after, rules }) =>
  keysOf(before.severities, after.severities).flatMap((word) => {
    const [was, is] = [mappedOf(before.severities, word), mappedOf(after.severities, word)];
    if (was === is) return [];
    const change = { at: `/severities/${word}`, before: nameOf(was), after: nameOf(is) };
    const why = `a signal that says \`${word}\` is taken for ${is > was ? 'more' : 'less'} severe`;
    return [moved(rules, [{ fact: 'severity', before: was, after: is }], { ...change, why })];
  });
const nameOf = (severity: number): string => (severity === -1 ? 'not mapped' : String(severity));
const keysOf = (...maps: readonly Readonly<Record<string, number>>[]): readonly string[] =>
  [...new Set(maps.flatMap((map) => Object.keys(map)))].toSorted();
/** What is said of one source outranks what is said of the word. */
function mappedOf(severities: Readonly<Record<string, number>>, word: string): number {
  if (Object.hasOwn(severities, word)) return severities[word] ?? -1;
  const general = word.slice(word.indexOf(':') + 1);
  return word.includes(':') && Object.hasOwn(severities, general) ? (severities[general] ?? -1) : -1;
}

/** The sureness of several sources is put together, so any threshold may be crossed. */
const compareConfidence: Compare = ({ before, after, rules }) =>
  keysOf(before.confidence, after.confidence).flatMap((source) => {
    const [was, is] = [sureOf(before.confidence, source), sureOf(after.confidence, source)];
    if (was === is) return [];
    const move: Move = { fact: 'confidencePercent', before: is > was ? 0 : 100, after: is > was ? 100 : 0 };
    const why = `signals of \`${source}\` make us ${is > was ? 'surer' : 'less sure'} than before`;
    return [moved(rules, [move], { at: `/confidence/${source}`, before: `${was} %`, after: `${is} %`, why })];
  });
function sureOf(confidence: Readonly<Record<string, number>>, source: string): number {
  const [general = ''] = source.split(':');
  const known = [source, general].find((name) => Object.hasOwn(confidence, name));
  return known === undefined ? 0 : (confidence[known] ?? 0);
}

const MANY = 1_000_000;
const compareCorrelation: Compare = ({ before, after, rules }) => {
  const [was, is] = [before.correlation.windowMinutes, after.correlation.windowMinutes];
  if (was === is) return [];
  const move: Move = { fact: 'independentSignals', before: is > was ? 0 : MANY, after: is > was ? MANY : 0 };
  const why = `signals up to ${is} minutes apart support each other`;
  return [moved(rules, [move], { at: '/correlation/windowMinutes', before: `${was}`, after: `${is}`, why })];
};

const compareGraphAge: Compare = ({ before, after, rules }) => {
  const [was, is] = [before.maxGraphAgeMinutes, after.maxGraphAgeMinutes];
  if (was === is) return [];
  const move: Move = { fact: 'isGraphFresh', before: is < was, after: is > was };
  const why = `a graph of ${Math.max(was, is)} minutes ${is > was ? 'now counts as fresh' : 'no longer counts as fresh'}`;
  return [moved(rules, [move], { at: '/maxGraphAgeMinutes', before: `${was}`, after: `${is}`, why })];
};

const compareDryRun: Compare = ({ before, after }) => {
  const roles = weakerRoles(before.dryRun.demands, after.dryRun.demands);
  return [
    ...lessWidens(
      '/dryRun/marginPercent',
      before.dryRun.marginPercent,
      after.dryRun.marginPercent,
      'acts this near to a cap are looked at before they run',
    ),
    ...(roles.length === 0
      ? []
      : [
          {
            at: '/dryRun/demands',
            effect: 'widens',
            before: shown(before.dryRun.demands),
            after: shown(after.dryRun.demands),
            why: `fewer people of ${roles.join(', ')} look at the dry run`,
          } satisfies OutsideChange,
        ]),
  ];
};

const compareRollout: Compare = ({ before: { rollout: was }, after: { rollout: is } }) => [
  ...moreWidens('/rollout/canary', was.canary, is.canary, 'most targets of the canary'),
  ...moreWidens('/rollout/window', was.window, is.window, 'most targets touched before a verdict'),
  ...lessWidens('/rollout/bakeMs', was.bakeMs, is.bakeMs, 'wait before health is read again, in milliseconds'),
  ...moreWidens(
    '/rollout/healthTimeoutMs',
    was.healthTimeoutMs,
    is.healthTimeoutMs,
    'time to become healthy before the breaker trips, in milliseconds',
  ),
];

const compareLimits: Compare = ({ before: { limits: was }, after: { limits: is } }) => [
  ...moreWidens(
    '/limits/classActionsPerHour',
    was.classActionsPerHour,
    is.classActionsPerHour,
    'acts an hour on one class',
  ),
  ...moreWidens(
    '/limits/organisationActionsPerHour',
    was.organisationActionsPerHour,
    is.organisationActionsPerHour,
    'acts an hour in all',
  ),
  ...moreWidens(
    '/limits/concurrentOperations',
    was.concurrentOperations,
    is.concurrentOperations,
    'operations at the same time',
  ),
  ...moreWidens(
    '/limits/organisationTargetsPerDay',
    was.organisationTargetsPerDay,
    is.organisationTargetsPerDay,
    'targets a day in all',
  ),
];

/** A narrowing number that a rule of the new version reads the other way round is not clear any more. */
const unlessRead = (change: OutsideChange, rules: readonly Rule[], move: Move): OutsideChange => {
  if (change.effect !== 'narrows') return change;
  const read = effectOf(rules, [move]);
  return read === 'widens' || read === 'unclear' ? { ...change, effect: 'unclear' } : change;
};

const compareContraction: Compare = ({ before: { contraction: was }, after: { contraction: is }, rules }) => {
  const days: Effect = was.days === is.days ? 'neutral' : 'unclear';
  return [
    ...moreWidens(
      '/contraction/failurePercent',
      was.failurePercent,
      is.failurePercent,
      'failures that take autonomy away, in per cent',
    ),
    ...moreWidens(
      '/contraction/falsePositivePercent',
      was.falsePositivePercent,
      is.falsePositivePercent,
      'false alarms that take autonomy away, in per cent',
    ),
    ...moreWidens(
      '/contraction/predictionErrorPercent',
      was.predictionErrorPercent,
      is.predictionErrorPercent,
      'wrong predictions that take autonomy away, in per cent',
    ),
    ...moreWidens('/contraction/minCases', was.minCases, is.minCases, 'cases before a rate counts'),
    ...(days === 'neutral'
      ? []
      : [
          {
            at: '/contraction/days',
            effect: days,
            before: `${was.days}`,
            after: `${is.days}`,
            why: 'other days count, so a class may be contracted earlier or later',
          },
        ]),
  ].map((change: OutsideChange) => unlessRead(change, rules, { fact: 'isContracted', before: false, after: true }));
};

const compareStaging: Compare = ({ before: { staging: was }, after: { staging: is }, rules }) =>
  [
    ...setChanges(
      '/staging/dataClasses',
      { before: was.dataClasses, after: is.dataClasses },
      'widens',
      'data that staging may hold',
    ),
    ...setChanges(
      '/staging/dependencies',
      { before: was.dependencies, after: is.dependencies },
      'narrows',
      'must be there for a validation to count',
    ),
  ].map((change) => unlessRead(change, rules, { fact: 'stagingPolicyMet', before: true, after: false }));

const compareEgress: Compare = ({ before, after }) =>
  ENVIRONMENT_NAMES.flatMap((name) => {
    const rank = ({ egress }: Envelope): number => EGRESS_MODES.indexOf(egress[name]);
    return moreWidens(`/egress/${name}`, rank(before), rank(after), 'what of the evidence leaves the enclave').map(
      (change) => ({
        ...change,
        before: before.egress[name],
        after: after.egress[name],
      }),
    );
  });

const compareRetention: Compare = ({ before, after }) =>
  ENVIRONMENT_NAMES.flatMap((name) =>
    lessWidens(
      `/retentionDays/${name}`,
      before.retentionDays[name],
      after.retentionDays[name],
      'days evidence is kept',
    ),
  );

/** Whether a kind has its own time or that of its environment: what counts is how long it is kept in the end. */
const compareRetentionKinds: Compare = ({ before, after }) =>
  ENVIRONMENT_NAMES.flatMap((name) =>
    RETENTION_KINDS.flatMap((kind) => {
      const own = ({ retentionKinds }: Envelope): number | undefined => retentionKinds?.[name]?.[kind];
      const [was, is] = [own(before), own(after)];
      if (was === undefined && is === undefined) return [];
      return lessWidens(
        `/retentionKinds/${name}/${kind}`,
        was ?? before.retentionDays[name],
        is ?? after.retentionDays[name],
        'days evidence of this kind is kept',
      );
    }),
  );

const compareDate =
  (at: 'validFrom' | 'validUntil', isLaterWider: boolean, why: string): Compare =>
  ({ before, after }) => {
    const [was, is] = [before[at], after[at]];
    if (was === is) return [];
    return [{ at: `/${at}`, effect: is > was === isLaterWider ? 'widens' : 'narrows', before: was, after: is, why }];
  };

/** Every field of an envelope and what compares it. */
export const COVERAGE: Readonly<Record<keyof Envelope, Coverage>> = {
  type: mustBeSame('type', 'this is a document of another kind'),
  organisation: mustBeSame('organisation', 'this is the envelope of another organisation'),
  version: 'label',
  supersedes: 'label',
  // Whoever owns an envelope does not count among those who widen it: another owner changes who may sign.
  owner: mustBeSame('owner', 'another owner changes who may sign the next version'),
  reason: 'label',
  ticket: 'label',
  validFrom: compareDate('validFrom', false, 'authority begins at another time'),
  validUntil: compareDate('validUntil', true, 're-authorising is a widening: authority ends at another time'),
  phase: ({ before, after }) =>
    moreWidens(
      '/phase',
      PHASES.indexOf(before.phase),
      PHASES.indexOf(after.phase),
      'adoption moves to another stage',
    ).map((change) => ({ ...change, before: before.phase, after: after.phase })),
  agents: ({ before, after }) =>
    setChanges('/agents', { before: before.agents, after: after.agents }, 'widens', 'agents whose proposals count'),
  maxGraphAgeMinutes: compareGraphAge,
  severities: compareSeverities,
  confidence: compareConfidence,
  correlation: compareCorrelation,
  // The offsets in the calendars are what counts; this says where they were taken from.
  tzdata: 'label',
  calendars: ({ before, after, rules }) => compareCalendars(before, after, rules),
  prohibited: 'rules',
  humanOnly: 'rules',
  grants: 'rules',
  routes: ({ before, after }) => compareRoutes(before, after),
  dryRun: compareDryRun,
  limits: compareLimits,
  contraction: compareContraction,
  maySkipStaging: ({ before, after }) =>
    setChanges(
      '/maySkipStaging',
      { before: before.maySkipStaging, after: after.maySkipStaging },
      'widens',
      'action types that may skip staging',
    ),
  maxSkipPercent: ({ before, after }) =>
    moreWidens('/maxSkipPercent', before.maxSkipPercent, after.maxSkipPercent, 'share of acts that may skip staging'),
  staging: compareStaging,
  rollout: compareRollout,
  egress: compareEgress,
  retentionDays: compareRetention,
  retentionKinds: compareRetentionKinds,
  guardrails: 'rules',
  // Follows from the rules; whoever opens an envelope compares it with them.
  policies: 'rules',
};

const isCompare = (coverage: Coverage): coverage is Compare => typeof coverage === 'function';

/** Every difference outside the rules, in the order of the fields. The same envelope gives none. */
export function compareOutside(before: Envelope, after: Envelope): readonly OutsideChange[] {
  const pair: Pair = { before, after, rules: rulesOf(after) };
  return Object.values(COVERAGE).flatMap((coverage) => (isCompare(coverage) ? coverage(pair) : []));
}
