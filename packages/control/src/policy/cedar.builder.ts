/** Random envelopes and facts near the boundaries of their rules, from a seed: the same seed gives the same test. */
import {
  ACTION_TYPES,
  ENVIRONMENTS,
  openCalendars,
  parseId,
  parseInstant,
  TIERS,
  type Envelope,
  type Facts,
  type Tier,
  NO_DEADLINE_HOURS,
  NODE_KINDS,
  PLAIN_CAPS,
  PLAIN_GRANT,
  plainBlocks,
} from '@countersign/core';

export type Random = () => number;

/** A small deterministic generator (mulberry32). */
export function randomSource(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d_2b_79_f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

const ZONES = ['dmz', 'payments', 'scada', 'clinical'];
const CLASSES = ['cardholder', 'phi', 'public'];
const PATHS = ['payment', 'trading'];
const OWNERS = ['team-a', 'team-b'];
const CALENDARS = ['night', 'market'];

const pick = <T>(random: Random, items: readonly T[]): T => {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('nothing to pick from');
  return item;
};
const some = <T>(random: Random, items: readonly T[], share: number): readonly T[] =>
  items.filter(() => random() < share);
const maybe = (random: Random, field: string, value: unknown): object => (random() < 0.5 ? { [field]: value } : {});

const several = <T>(count: number, make: (position: number) => T): readonly T[] =>
  Array.from({ length: count }, (_, position) => make(position));

/** UTC, without exceptions. */
const CALENDAR = {
  zone: 'UTC',
  offsets: [{ from: '1970-01-01T00:00:00.000Z', minutes: 0 }],
  closed: [],
  periods: [],
};

const randomGrant = (random: Random, position: number): object => ({
  id: `G${position}`,
  isEnabled: random() < 0.9,
  actions: some(random, ACTION_TYPES, 0.7),
  tiers: some(random, TIERS, 0.8),
  environments: some(random, ENVIRONMENTS, 0.9),
  ...PLAIN_GRANT,
  minConfidencePercent: pick(random, [0, 60]),
  minCapacityLeftPercent: pick(random, [0, 30]),
  minSeverity: pick(random, [0, 1, 2]),
  minIndependentSignals: pick(random, [1, 2]),
  requiresStaging: random() < 0.5,
  calendars: some(random, CALENDARS, 0.2),
  caps: {
    ...PLAIN_CAPS,
    segments: pick(random, [1, 100]),
    fanOut: pick(random, [3, 100]),
    targets: pick(random, [5, 10, 100]),
    services: pick(random, [2, 10]),
    perTier: { 'non-critical': 50, ...maybe(random, 'production-critical', 10) },
    percentOfTier: pick(random, [10, 50]),
    actionsPerHour: pick(random, [1, 5]),
  },
  rollbackWindowMinutes: 30,
  maxDrillAgeDays: pick(random, [30, 92]),
});

const randomHumanOnly = (random: Random, position: number): object => ({
  id: `H${position}`,
  clause: '4.7',
  zones: some(random, ZONES, 0.3),
  ...maybe(random, 'tiers', some(random, TIERS, 0.4)),
  ...maybe(random, 'actions', some(random, ACTION_TYPES, 0.5)),
  ...maybe(random, 'dataClasses', some(random, CLASSES, 0.4)),
});

const randomRoute = (random: Random, position: number): object => ({
  id: `R${position}`,
  clause: '4.2',
  when: {
    ...maybe(random, 'environments', some(random, ENVIRONMENTS, 0.5)),
    ...maybe(random, 'tiers', some(random, TIERS, 0.5)),
    ...maybe(random, 'targetsOver', pick(random, [5, 10])),
  },
  demands: [{ role: 'approver', count: 1 }],
  stepUp: false,
});

/** As JSON, to be read through the envelope's own shape. Faulty ones too: empty lists are where two engines could differ. */
export const randomEnvelope = (random: Random): unknown => ({
  type: 'envelope',
  organisation: 'acme',
  version: 1,
  owner: 'olive',
  ticket: 'CAB-7',
  reason: 'random',
  ...plainBlocks([]),
  dryRun: { marginPercent: pick(random, [0, 10, 50]), demands: [{ role: 'approver', count: 1 }] },
  limits: {
    classActionsPerHour: pick(random, [5, 1000]),
    organisationActionsPerHour: pick(random, [5, 1000]),
    concurrentOperations: pick(random, [2, 1000]),
    organisationTargetsPerDay: pick(random, [10, 100_000]),
  },
  maxSkipPercent: pick(random, [0, 50, 100]),
  policies: `sha256:${'0'.repeat(64)}`,
  validFrom: '2026-11-01T00:00:00.000Z',
  validUntil: '2027-01-15T00:00:00.000Z',
  agents: ['playbook'],
  maxGraphAgeMinutes: 60,
  severities: { warning: 2 },
  calendars: [
    { ...CALENDAR, name: 'night', weekly: [{ days: [1, 2, 3, 4, 5], from: 1320, to: 300 }] },
    { ...CALENDAR, name: 'market', weekly: [{ days: [1, 2, 3, 4, 5], from: 480, to: 1020 }] },
  ],
  prohibited: several(2, (position) => ({
    id: `P${position}`,
    clause: '4.1',
    actions: some(random, ACTION_TYPES, 0.1),
  })),
  humanOnly: several(3, (position) => randomHumanOnly(random, position)),
  grants: several(8, (position) => randomGrant(random, position)),
  routes: several(4, (position) => randomRoute(random, position)),
  maySkipStaging: some(random, ACTION_TYPES, 0.3),
  rollout: { canary: 5, window: 4, bakeMs: 1000, healthTimeoutMs: 5000 },
  egress: { staging: 'local-only', 'pre-production': 'local-only', production: 'local-only' },
});

type Mostly = <T>(usual: T, others: readonly T[]) => T;

/** What the act reaches and what happened lately. */
const randomReach = (mostly: Mostly, random: Random): ReachFacts => ({
  affectedSegments: mostly(0, [1, 2]),
  changeSetSize: mostly(1, [2, 20]),
  fanOut: mostly(1, [3, 4]),
  sharedServices: mostly(0, [1]),
  missingConsumers: mostly(0, [1]),
  cutFlows: mostly(0, [1]),
  predictedDown: mostly(0, [1]),
  predictedUnknown: mostly(0, [1]),
  capacityLeftPercent: mostly(100, [29, 30]),
  citizens: mostly(0, [100_000]),
  statutoryHours: mostly(NO_DEADLINE_HOURS, [24]),
  confidencePercent: mostly(80, [59, 60]),
  skipSharePercent: mostly(0, [50, 51]),
  stagingPolicyMet: mostly(true, [false]),
  classActionsLastHour: mostly(0, [5]),
  organisationActionsLastHour: mostly(0, [5]),
  concurrentOperations: mostly(0, [2]),
  isContracted: mostly(false, [true]),
  isBaselineLeft: mostly(false, [true]),
  hasChangeRecord: random() < 0.5,
  hasContingencyPlan: random() < 0.5,
});

type ReachFacts = Pick<
  Facts,
  | 'affectedSegments'
  | 'changeSetSize'
  | 'fanOut'
  | 'sharedServices'
  | 'missingConsumers'
  | 'cutFlows'
  | 'predictedDown'
  | 'predictedUnknown'
  | 'capacityLeftPercent'
  | 'citizens'
  | 'statutoryHours'
  | 'confidencePercent'
  | 'skipSharePercent'
  | 'stagingPolicyMet'
  | 'classActionsLastHour'
  | 'organisationActionsLastHour'
  | 'concurrentOperations'
  | 'isContracted'
  | 'isBaselineLeft'
  | 'hasChangeRecord'
  | 'hasContingencyPlan'
>;

/** Mostly harmless, so that permits are met too, with single facts at or over a boundary. */
export function randomFacts(random: Random, envelope: Envelope): Facts {
  const mostly: Mostly = (usual, others) => (random() < 0.95 ? usual : pick(random, others));
  const targetsPerTier: Record<Tier, number> = {
    'non-critical': pick(random, [0, 1, 5, 6, 10, 11, 50]),
    'production-critical': mostly(0, [1, 10, 11]),
    'safety-critical': mostly(0, [1]),
  };
  const targets = TIERS.reduce((sum, tier) => sum + targetsPerTier[tier], 0);
  const text = mostly('2026-11-18T02:14:00.000Z', [
    '2026-10-31T23:59:59.999Z',
    '2026-11-01T00:00:00.000Z',
    '2027-01-14T23:59:59.999Z',
    '2027-01-15T00:00:00.000Z',
  ]);
  const [now, agent] = [parseInstant(text), parseId<'Agent'>('playbook')];
  if (now === undefined || agent === undefined) throw new Error('a builder named something malformed');
  return {
    now,
    agent,
    isAgentListed: mostly(true, [false]),
    action: pick(random, ACTION_TYPES),
    environments: some(random, ENVIRONMENTS, 0.4),
    tiers: TIERS.filter((tier) => targetsPerTier[tier] > 0),
    targetKinds: some(random, NODE_KINDS, 0.2),
    zones: some(random, ZONES, 0.1),
    reachedZones: some(random, ZONES, 0.1),
    dataClasses: some(random, CLASSES, 0.1),
    reachedDataClasses: some(random, CLASSES, 0.1),
    paths: some(random, PATHS, 0.1),
    owners: some(random, OWNERS, 0.1),
    ...randomReach(mostly, random),
    organisationTargets: targets,
    targets,
    unknownTargets: mostly(0, [1]),
    targetsPerTier,
    percentOfTier: pick(random, [1, 10, 11, 50, 51]),
    affectedServices: pick(random, [0, 2, 3, 10]),
    affectedTiers: some(random, TIERS, 0.2),
    unhandledDependants: mostly(0, [1]),
    isGraphFresh: mostly(true, [false]),
    severity: mostly(4, [-1, 0, 1, 2]),
    independentSignals: mostly(2, [0, 1]),
    matchesKnownBenign: mostly(false, [true]),
    stagingValidated: random() < 0.8,
    openCalendars: openCalendars(envelope.calendars, now),
    rollbackKind: mostly('restore', ['none']),
    rollbackWindowMinutes: mostly(15, [30, 31]),
    rollbackLosesData: mostly(false, [true]),
    drillAgeDays: mostly(10, [-1, 0, 30, 31, 92, 93]),
    actionsLastHour: mostly(0, [1, 4, 5]),
    cumulativeTargets: targets,
    isBreakerOpen: mostly(false, [true]),
    isSuspended: mostly(false, [true]),
    overlapsOperation: mostly(false, [true]),
  };
}
