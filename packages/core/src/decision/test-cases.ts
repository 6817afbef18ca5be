/** Envelope tests (E5): requests with the verdict people expect, run before anyone signs and in CI. */
import type { Digest } from '../shared/brand.ts';
import {
  boolean,
  id,
  instant,
  integer,
  list,
  literal,
  map,
  object,
  oneOf,
  optional,
  text,
  type Shape,
} from '../shared/shape.ts';
import { TIERS, tierShape, type Tier } from '../graph/graph.ts';
import { environmentShape, type Environment, type Floor } from '../people/trust-bundle.ts';
import { ACTION_TYPES, type ActionType } from '../proposal/change.ts';
import type { Envelope } from '../envelope/envelope.ts';
import { openCalendars } from '../envelope/calendar.ts';
import type { Decision, Verdict } from './decision.ts';
import { compileEnvelope } from './evaluate.ts';
import { NO_DEADLINE_HOURS, type Facts } from './facts.ts';
import { judge } from './judge.ts';
import type { Oracle } from './oracle.ts';

/** What a case says about its request; what it leaves out is harmless: validated, drilled, known, confirmed by nine sources. */
interface EnvelopeRequest extends Partial<
  Omit<Facts, 'action' | 'environments' | 'targets' | 'tiers' | 'targetsPerTier' | 'isAgentListed' | 'openCalendars'>
> {
  readonly action: ActionType;
  readonly environments: readonly Environment[];
  /** How many targets of each tier. */
  readonly targets: Readonly<Partial<Record<Tier, number>>>;
}

export interface EnvelopeTestCase {
  readonly name: string;
  readonly stage?: Decision['stage'];
  readonly request: EnvelopeRequest;
  readonly expect: {
    readonly verdict: Verdict;
    /** Clauses that must be among the reasons. */
    readonly clauses?: readonly string[];
    /** Routes that must be exactly the ones owed. */
    readonly routes?: readonly string[];
  };
}

export interface EnvelopeTestSuite {
  readonly type: 'envelope-tests';
  readonly cases: readonly EnvelopeTestCase[];
}

export interface EnvelopeTestResult {
  readonly name: string;
  readonly isPassed: boolean;
  readonly verdict: Verdict;
  readonly reasons: Decision['reasons'];
  /** What was expected and not found; empty when the case passed. */
  readonly problems: readonly string[];
}

const count = integer({ min: 0, max: 1_000_000 });
const word = text({ min: 1, max: 120 });
const percent = integer({ min: 0, max: 100 });
const words = optional(list(word, { max: 64 }));
const tierCounts = map(count, { max: TIERS.length, key: new RegExp(`^(?:${TIERS.join('|')})$`) });

export const envelopeTestSuiteShape: Shape<EnvelopeTestSuite> = object<EnvelopeTestSuite>({
  type: literal('envelope-tests'),
  cases: list(
    object<EnvelopeTestCase>({
      name: text({ min: 1, max: 200 }),
      stage: optional(oneOf('before-staging', 'after-staging')),
      request: object<EnvelopeRequest>({
        action: oneOf(...ACTION_TYPES),
        agent: optional(id()),
        now: optional(instant),
        environments: list(environmentShape, { min: 1, max: 3 }),
        targets: tierCounts,
        unknownTargets: optional(count),
        targetKinds: words,
        zones: words,
        reachedZones: words,
        dataClasses: words,
        reachedDataClasses: words,
        paths: words,
        owners: words,
        percentOfTier: optional(percent),
        affectedServices: optional(count),
        affectedTiers: optional(list(tierShape, { max: 3 })),
        affectedSegments: optional(count),
        changeSetSize: optional(count),
        fanOut: optional(count),
        sharedServices: optional(count),
        unhandledDependants: optional(count),
        missingConsumers: optional(count),
        cutFlows: optional(count),
        predictedDown: optional(count),
        predictedUnknown: optional(count),
        capacityLeftPercent: optional(percent),
        citizens: optional(count),
        statutoryHours: optional(count),
        isGraphFresh: optional(boolean),
        severity: optional(integer({ min: -1, max: 4 })),
        independentSignals: optional(integer({ min: 0, max: 9 })),
        confidencePercent: optional(percent),
        matchesKnownBenign: optional(boolean),
        stagingValidated: optional(boolean),
        skipSharePercent: optional(percent),
        stagingPolicyMet: optional(boolean),
        rollbackKind: optional(oneOf('restore', 'none')),
        rollbackWindowMinutes: optional(integer({ min: 0, max: 10_080 })),
        rollbackLosesData: optional(boolean),
        drillAgeDays: optional(integer({ min: -1, max: 10_000 })),
        actionsLastHour: optional(count),
        classActionsLastHour: optional(count),
        organisationActionsLastHour: optional(count),
        concurrentOperations: optional(count),
        cumulativeTargets: optional(count),
        organisationTargets: optional(count),
        isBreakerOpen: optional(boolean),
        isSuspended: optional(boolean),
        isContracted: optional(boolean),
        isBaselineLeft: optional(boolean),
        overlapsOperation: optional(boolean),
        hasChangeRecord: optional(boolean),
        hasContingencyPlan: optional(boolean),
      }),
      expect: object<EnvelopeTestCase['expect']>({
        verdict: oneOf('autonomous', 'needs-approval', 'prohibited'),
        clauses: optional(list(word, { max: 32 })),
        routes: optional(list(word, { max: 64 })),
      }),
    }),
    { min: 1, max: 10_000 },
  ),
});

const HARMLESS = {
  unknownTargets: 0,
  targetKinds: [],
  zones: [],
  reachedZones: [],
  dataClasses: [],
  reachedDataClasses: [],
  paths: [],
  owners: [],
  affectedSegments: 0,
  changeSetSize: 1,
  fanOut: 0,
  sharedServices: 0,
  missingConsumers: 0,
  cutFlows: 0,
  predictedDown: 0,
  predictedUnknown: 0,
  capacityLeftPercent: 100,
  citizens: 0,
  statutoryHours: NO_DEADLINE_HOURS,
  confidencePercent: 100,
  skipSharePercent: 0,
  stagingPolicyMet: true,
  classActionsLastHour: 0,
  organisationActionsLastHour: 0,
  concurrentOperations: 0,
  isContracted: false,
  isBaselineLeft: false,
  hasChangeRecord: true,
  hasContingencyPlan: true,
  percentOfTier: 0,
  affectedServices: 0,
  affectedTiers: [],
  unhandledDependants: 0,
  isGraphFresh: true,
  severity: 4,
  independentSignals: 9,
  matchesKnownBenign: false,
  stagingValidated: true,
  rollbackKind: 'restore',
  rollbackWindowMinutes: 0,
  rollbackLosesData: false,
  drillAgeDays: 0,
  actionsLastHour: 0,
  isBreakerOpen: false,
  isSuspended: false,
  overlapsOperation: false,
} as const;

/** The facts a request stands for. */
function factsOfRequest(envelope: Envelope, request: EnvelopeRequest): Facts | undefined {
  const { targets: counts, agent = envelope.agents[0], now = envelope.validFrom, ...said } = request;
  if (agent === undefined) return undefined;
  const unknown = request.unknownTargets ?? 0;
  const targetsPerTier: Record<Tier, number> = {
    'non-critical': counts['non-critical'] ?? 0,
    'production-critical': counts['production-critical'] ?? 0,
    'safety-critical': (counts['safety-critical'] ?? 0) + unknown,
  };
  const targets = TIERS.reduce((sum, tier) => sum + targetsPerTier[tier], 0);
  return {
    ...HARMLESS,
    cumulativeTargets: targets,
    organisationTargets: targets,
    reachedZones: said.zones ?? [],
    reachedDataClasses: said.dataClasses ?? [],
    ...said,
    now,
    agent,
    isAgentListed: envelope.agents.includes(agent),
    tiers: TIERS.filter((tier) => targetsPerTier[tier] > 0).toSorted(),
    targets,
    targetsPerTier,
    openCalendars: openCalendars(envelope.calendars, now),
  };
}

/** Runs every case against the envelope as it is, signed or not; both engines and the floor take part. */
export function runEnvelopeTests(
  suite: EnvelopeTestSuite,
  setting: {
    readonly envelope: Envelope;
    readonly envelopeDigest: Digest;
    readonly floor: Floor;
    readonly oracle: Oracle;
  },
): readonly EnvelopeTestResult[] {
  const compiled = compileEnvelope(setting.envelope);
  return suite.cases.map(({ name, stage = 'after-staging', request, expect }) => {
    const facts = factsOfRequest(setting.envelope, request);
    if (facts === undefined)
      return { name, isPassed: false, verdict: 'prohibited', reasons: [], problems: ['the envelope names no agent'] };
    const { envelopeDigest, floor, oracle } = setting;
    const { verdict, reasons, requirement } = judge({ compiled, envelopeDigest, facts, floor, stage, oracle });
    const owed = (requirement?.routes ?? []).toSorted().join(', ');
    const wanted = expect.routes?.toSorted().join(', ');
    const absent = (expect.clauses ?? []).filter((clause) => !reasons.some((reason) => reason.clause === clause));
    const problems = [
      ...(verdict === expect.verdict ? [] : [`the verdict is ${verdict}, expected was ${expect.verdict}`]),
      ...absent.map((clause) => `no reason names ${clause}`),
      ...(wanted === undefined || wanted === owed
        ? []
        : [`owed are the routes ${owed || 'none'}, expected were ${wanted || 'none'}`]),
    ];
    return { name, isPassed: problems.length === 0, verdict, reasons, problems };
  });
}
