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

const randomGrant = (random: Random, position: number): object => ({
  id: `G${position}`,
  isEnabled: random() < 0.9,
  actions: some(random, ACTION_TYPES, 0.7),
  tiers: some(random, TIERS, 0.8),
  environments: some(random, ENVIRONMENTS, 0.9),
  minSeverity: pick(random, [0, 1, 2]),
  minIndependentSignals: pick(random, [1, 2]),
  requiresStaging: random() < 0.5,
  calendars: some(random, CALENDARS, 0.2),
  caps: {
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
  validFrom: '2026-11-01T00:00:00.000Z',
  validUntil: '2027-01-15T00:00:00.000Z',
  agents: ['playbook'],
  maxGraphAgeMinutes: 60,
  severities: { warning: 2 },
  calendars: [
    { name: 'night', utcOffsetMinutes: 0, weekly: [{ days: [1, 2, 3, 4, 5], from: 1320, to: 300 }] },
    { name: 'market', utcOffsetMinutes: 60, weekly: [{ days: [1, 2, 3, 4, 5], from: 480, to: 1020 }] },
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

/** Mostly harmless, so that permits are met too, with single facts at or over a boundary. */
export function randomFacts(random: Random, envelope: Envelope): Facts {
  const mostly = <T>(usual: T, others: readonly T[]): T => (random() < 0.95 ? usual : pick(random, others));
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
    zones: some(random, ZONES, 0.1),
    dataClasses: some(random, CLASSES, 0.1),
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
