/**
 * Envelopes of a given size from a seed: what an organisation with many teams would write. Grants of one action overlap and differ
 * in tiers, kinds, windows and caps, so that a comparison has real work.
 */
import {
  ACTION_TYPES,
  ENVIRONMENTS,
  envelopeShape,
  NODE_KINDS,
  plainBlocks,
  readShape,
  TIERS,
  type Envelope,
} from '@countersign/core';
import { randomFrom, type Random } from '../bench/measure/random.ts';

export interface EnvelopeSize {
  readonly grants: number;
  readonly restrictions: number;
  readonly prohibitions: number;
  readonly routes: number;
}
/** With what every envelope has, 40 and 400 rules: a grant is two of them. */
export const FORTY_RULES: EnvelopeSize = { grants: 6, restrictions: 4, prohibitions: 2, routes: 3 };
export const FOUR_HUNDRED_RULES: EnvelopeSize = { grants: 150, restrictions: 40, prohibitions: 11, routes: 30 };

const GRANTED = ACTION_TYPES.slice(0, 12);
const ZONES = ['dmz', 'payments', 'trading', 'scada', 'plc', 'clinical', 'identity', 'backup', 'ot-edge', 'office'];
const CLASSES = ['cardholder', 'phi', 'public', 'internal', 'secret'];
const PATHS = ['payment', 'trading', 'payroll', 'tax'];
const OWNERS = ['team-a', 'team-b', 'team-c', 'team-d', 'team-e'];
const CALENDARS = ['night', 'weekend', 'market', 'release', 'month-end'];
const KINDS = NODE_KINDS.slice(0, 5);

function pick<T>(random: Random, items: readonly T[]): T {
  const item = items[Math.floor(random() * items.length)];
  if (item === undefined) throw new Error('there is nothing to pick from');
  return item;
}
const some = <T>(random: Random, items: readonly T[], share: number): readonly T[] => {
  const chosen = items.filter(() => random() < share);
  return chosen.length > 0 ? chosen : [pick(random, items)];
};
const several = (count: number, make: (position: number) => object): readonly object[] =>
  Array.from({ length: count }, (_, position) => make(position));

const grant = (random: Random, position: number): object => ({
  id: `G${position}`,
  isEnabled: true,
  actions: some(random, GRANTED, 0.08),
  tiers: some(random, TIERS.slice(0, 2), 0.5),
  environments: some(random, ENVIRONMENTS, 0.4),
  targetKinds: random() < 0.5 ? [] : some(random, KINDS, 0.4),
  minSeverity: pick(random, [1, 2, 3]),
  minIndependentSignals: pick(random, [1, 2, 3]),
  minConfidencePercent: pick(random, [50, 70, 80, 90, 95]),
  requiresStaging: random() < 0.7,
  calendars: random() < 0.5 ? [] : some(random, CALENDARS, 0.3),
  caps: {
    targets: pick(random, [5, 10, 15, 25, 50, 100]),
    services: pick(random, [2, 4, 8, 20]),
    segments: pick(random, [1, 2, 4]),
    perTier: { 'non-critical': pick(random, [10, 25, 50]), 'production-critical': pick(random, [1, 5, 10]) },
    percentOfTier: pick(random, [5, 10, 20, 50]),
    changeSetSize: pick(random, [1, 5, 20]),
    fanOut: pick(random, [3, 10, 30]),
    sharedServices: pick(random, [0, 1, 3]),
    actionsPerHour: pick(random, [1, 3, 6, 12]),
  },
  minCapacityLeftPercent: pick(random, [30, 50, 70]),
  rollbackWindowMinutes: pick(random, [10, 30, 60]),
  maxDrillAgeDays: pick(random, [30, 60, 92]),
});

/** The first speaks about a zone nobody else names, so that an edit of it matters. */
const restriction = (random: Random, position: number): object => ({
  id: `H${position}`,
  clause: 'AG-706 4.7',
  ...(position === 0 ? { zones: ['scada', 'plc', 'turbine'] } : anyRestriction(random)),
});
const anyRestriction = (random: Random): object => ({
  ...(random() < 0.4 ? { actions: some(random, GRANTED, 0.3) } : {}),
  ...pick(random, [
    { zones: some(random, ZONES, 0.3) },
    { dataClasses: some(random, CLASSES, 0.4) },
    { paths: some(random, PATHS, 0.5), tiers: ['production-critical'] },
    { owners: some(random, OWNERS, 0.3), calendars: some(random, CALENDARS, 0.3) },
    { citizensFrom: pick(random, [1000, 50_000, 1_000_000]) },
    { statutoryWithinHours: pick(random, [4, 24, 72]), affectedTiers: ['safety-critical'] },
  ]),
});

const prohibition = (random: Random, position: number): object => ({
  id: `P${position}`,
  clause: 'AG-706 4.1',
  ...(position === 0 ? { zones: ['vault'] } : anyProhibition(random)),
});
const anyProhibition = (random: Random): object => ({
  ...pick(random, [
    { actions: some(random, ACTION_TYPES.slice(15), 0.4) },
    { zones: some(random, ZONES, 0.2), actions: some(random, GRANTED, 0.3) },
    { tiers: ['safety-critical'], without: 'contingency-plan' },
  ]),
});

const route = (random: Random, position: number): object => ({
  id: `R${position}`,
  clause: 'AG-706 4.2',
  when: pick(random, [
    { environments: some(random, ENVIRONMENTS, 0.5) },
    { tiers: some(random, TIERS, 0.4), targetsOver: pick(random, [10, 50, 100]) },
    { zones: some(random, ZONES, 0.3) },
    { citizensFrom: pick(random, [1000, 50_000]), actions: some(random, ACTION_TYPES, 0.4) },
  ]),
  demands: [{ role: 'approver', count: 1 }],
  stepUp: random() < 0.5,
});

const demands = [{ role: 'approver', count: 1 }];

/** As JSON, so that an edit can name a place in it. */
export function largeEnvelopeJson(size: EnvelopeSize, seed: number): unknown {
  const random = randomFrom(seed);
  return {
    type: 'envelope',
    organisation: 'acme',
    version: 7,
    owner: 'olive',
    reason: 'quarterly review',
    ticket: 'CAB-7',
    ...plainBlocks([]),
    dryRun: { marginPercent: 10, demands },
    limits: {
      classActionsPerHour: 20,
      organisationActionsPerHour: 100,
      concurrentOperations: 10,
      organisationTargetsPerDay: 2000,
    },
    policies: `sha256:${'0'.repeat(64)}`,
    validFrom: '2026-11-01T00:00:00.000Z',
    validUntil: '2027-01-15T00:00:00.000Z',
    agents: ['playbook'],
    maxGraphAgeMinutes: 60,
    severities: { warning: 2 },
    calendars: [],
    prohibited: several(size.prohibitions, (position) => prohibition(random, position)),
    humanOnly: several(size.restrictions, (position) => restriction(random, position)),
    grants: several(size.grants, (position) => grant(random, position)),
    routes: several(size.routes, (position) => route(random, position)),
    maySkipStaging: ['service.restart'],
    rollout: { canary: 5, window: 4, bakeMs: 1000, healthTimeoutMs: 5000 },
    egress: { staging: 'local-only', 'pre-production': 'local-only', production: 'local-only' },
  };
}

/** Only its rules are looked at here: calendars are named, not defined. */
export function readEnvelope(json: unknown): Envelope {
  const read = readShape(envelopeShape, json);
  if (!read.ok) throw new Error(JSON.stringify(read.refusal.complaints));
  return read.value;
}
