/** The strict form of an envelope: what authorises is read to the last field, and every complaint names its place (E1). */
import { NODE_KINDS, TIERS, tierShape, type NodeKind, type Tier } from '../graph/graph.ts';
import { demandShape, environmentShape, type Environment } from '../people/trust-bundle.ts';
import type { Demand } from '../people/person.ts';
import { ACTION_TYPES, type ActionType } from '../proposal/change.ts';
import {
  boolean,
  digest,
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
  union,
  type Fields,
  type Shape,
} from '../shared/shape.ts';
import { FLAGS, INTEGERS, SETS, WORDS } from './attributes.ts';
import { EGRESS_MODES } from './egress.ts';
import {
  PHASES,
  type Calendar,
  type Contraction,
  type Envelope,
  type Grant,
  type Guardrail,
  type Limits,
  type Prohibition,
  type Restriction,
  type RolloutRule,
  type Route,
  type Selector,
} from './envelope.ts';
import { retentionKindsShape } from './retention.ts';
import type { Condition } from './rule.ts';

const name = text({ min: 1, max: 80 });
const actions: Shape<readonly ActionType[]> = list(oneOf(...ACTION_TYPES), { max: 64 });
const tiers: Shape<readonly Tier[]> = list(tierShape, { max: 3 });
const environments: Shape<readonly Environment[]> = list(environmentShape, { max: 3 });
const clause = text({ min: 1, max: 40 });
const count = integer({ min: 0, max: 1_000_000 });

const percent = integer({ min: 0, max: 100 });
const kinds: Shape<readonly NodeKind[]> = list(oneOf(...NODE_KINDS), { max: NODE_KINDS.length });
const names = list(name, { max: 64 });
const demands: Shape<readonly Demand[]> = list(demandShape, { min: 1, max: 8 });

const selector: Fields<Selector> = {
  actions: optional(actions),
  environments: optional(environments),
  tiers: optional(tiers),
  affectedTiers: optional(tiers),
  targetKinds: optional(kinds),
  zones: optional(names),
  dataClasses: optional(names),
  paths: optional(names),
  owners: optional(names),
  calendars: optional(names),
  targetsOver: optional(count),
  servicesOver: optional(count),
  citizensFrom: optional(integer({ min: 1, max: 10_000_000_000 })),
  statutoryWithinHours: optional(integer({ min: 0, max: 100_000 })),
};

const grantShape: Shape<Grant> = object<Grant>({
  id: id(),
  isEnabled: boolean,
  actions,
  tiers,
  environments,
  targetKinds: kinds,
  minSeverity: integer({ min: 0, max: 4 }),
  minIndependentSignals: integer({ min: 1, max: 9 }),
  minConfidencePercent: percent,
  requiresStaging: boolean,
  calendars: list(name, { max: 16 }),
  caps: object<Grant['caps']>({
    targets: count,
    services: count,
    segments: count,
    perTier: map(count, { max: 3, key: new RegExp(`^(?:${TIERS.join('|')})$`) }),
    percentOfTier: percent,
    changeSetSize: count,
    fanOut: count,
    sharedServices: count,
    actionsPerHour: count,
  }),
  minCapacityLeftPercent: percent,
  rollbackWindowMinutes: integer({ min: 0, max: 10_080 }),
  maxDrillAgeDays: integer({ min: 1, max: 92 }),
});

const routeShape: Shape<Route> = object<Route>({
  id: id(),
  clause,
  when: object<Selector>(selector),
  demands,
  stepUp: boolean,
});

const minuteOfDay = integer({ min: 0, max: 1440 });
const calendarShape: Shape<Calendar> = object<Calendar>({
  name,
  zone: name,
  offsets: list(object<Calendar['offsets'][number]>({ from: instant, minutes: integer({ min: -840, max: 840 }) }), {
    min: 1,
    max: 64,
  }),
  weekly: list(
    object<Calendar['weekly'][number]>({
      days: list(integer({ min: 1, max: 7 }), { min: 1, max: 7 }),
      from: minuteOfDay,
      to: minuteOfDay,
    }),
    { max: 32 },
  ),
  closed: list(text({ min: 10, max: 10, pattern: /^\d{4}-\d{2}-\d{2}$/ }), { max: 400 }),
  periods: list(object<Calendar['periods'][number]>({ from: instant, to: instant }), { max: 400 }),
});

const whole = integer({ min: -9_007_199_254_740_991, max: 9_007_199_254_740_991 });
const values = list(text({ max: 120 }), { max: 256 });
const conditionShape: Shape<Condition> = union<Condition>('op', {
  is: object({ op: literal('is'), fact: oneOf(...FLAGS), value: boolean }),
  'at-least': object({ op: literal('at-least'), fact: oneOf(...INTEGERS), value: whole }),
  'at-most': object({ op: literal('at-most'), fact: oneOf(...INTEGERS), value: whole }),
  'any-of': object({ op: literal('any-of'), fact: oneOf(...SETS), values }),
  only: object({ op: literal('only'), fact: oneOf(...SETS), values }),
  'one-of': object({ op: literal('one-of'), fact: oneOf(...WORDS), values }),
});
const egressMode = oneOf(...EGRESS_MODES);
const days = integer({ min: 1, max: 36_600 });

/** A word, a source, or `source:word`. */
const SOURCE_AND_WORD = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}(?::[A-Za-z0-9][A-Za-z0-9._/-]{0,127})?$/;

export const envelopeShape: Shape<Envelope> = object<Envelope>({
  type: literal('envelope'),
  organisation: id(),
  version: integer({ min: 1, max: 1_000_000 }),
  supersedes: optional(text({ min: 71, max: 71 })),
  owner: name,
  reason: text({ min: 1, max: 2000 }),
  ticket: name,
  validFrom: instant,
  validUntil: instant,
  phase: oneOf(...PHASES),
  agents: list(id<'Agent'>(), { max: 200 }),
  maxGraphAgeMinutes: integer({ min: 1, max: 525_600 }),
  severities: map(integer({ min: 0, max: 4 }), { max: 256, key: SOURCE_AND_WORD }),
  confidence: map(percent, { max: 1000, key: SOURCE_AND_WORD }),
  correlation: object<Envelope['correlation']>({ windowMinutes: integer({ min: 1, max: 525_600 }) }),
  tzdata: name,
  calendars: list(calendarShape, { max: 32 }),
  prohibited: list(
    object<Prohibition>({
      id: id(),
      clause,
      ...selector,
      without: optional(oneOf('change-record', 'contingency-plan')),
    }),
    { max: 200 },
  ),
  humanOnly: list(object<Restriction>({ id: id(), clause, ...selector }), { max: 200 }),
  grants: list(grantShape, { max: 1000 }),
  routes: list(routeShape, { max: 200 }),
  dryRun: object<Envelope['dryRun']>({ marginPercent: integer({ min: 0, max: 99 }), demands }),
  limits: object<Limits>({
    classActionsPerHour: count,
    organisationActionsPerHour: count,
    concurrentOperations: count,
    organisationTargetsPerDay: count,
  }),
  contraction: object<Contraction>({
    failurePercent: percent,
    falsePositivePercent: percent,
    predictionErrorPercent: percent,
    minCases: integer({ min: 1, max: 100_000 }),
    days: integer({ min: 1, max: 366 }),
  }),
  maySkipStaging: actions,
  maxSkipPercent: percent,
  staging: object<Envelope['staging']>({
    dataClasses: names,
    dependencies: list(id<'Node'>(), { max: 200 }),
  }),
  rollout: object<RolloutRule>({
    canary: integer({ min: 1, max: 1000 }),
    window: integer({ min: 1, max: 1000 }),
    bakeMs: integer({ min: 0, max: 86_400_000 }),
    healthTimeoutMs: integer({ min: 100, max: 3_600_000 }),
  }),
  egress: object<Envelope['egress']>({ staging: egressMode, 'pre-production': egressMode, production: egressMode }),
  retentionDays: object<Envelope['retentionDays']>({ staging: days, 'pre-production': days, production: days }),
  retentionKinds: optional(retentionKindsShape),
  guardrails: list(
    object<Guardrail>({
      id: id(),
      clause,
      modes: list(oneOf('autonomous', 'approved'), { min: 1, max: 2 }),
      actions,
      conditions: list(conditionShape, { max: 64 }),
    }),
    { max: 200 },
  ),
  policies: digest,
});
