/** Envelopes with so many rules of their own, spread over actions, environments and tiers as real ones are; and facts to ask them about. */
import {
  ACTION_TYPES,
  ENVIRONMENTS,
  NO_DEADLINE_HOURS,
  PLAIN_CAPS,
  PLAIN_GRANT,
  envelopeShape,
  factsShape,
  plainBlocks,
  type Envelope,
  type Facts,
  type Grant,
  type Restriction,
} from '@countersign/core';
import { withPolicies } from '@countersign/seal';
import { idOf, made } from '../../attacks/world/made.ts';

const of = <T>(items: readonly T[], at: number): T => {
  const item = items[at % items.length];
  if (item === undefined) throw new Error('nothing to choose from');
  return item;
};

/** The first grant covers the facts of `patchOf`; every other rule speaks of something near and does not match. */
const grant = (position: number): Grant => ({
  id: idOf<'Rule'>(`G${position}`),
  isEnabled: true,
  actions: [position === 0 ? 'package.patch' : of(ACTION_TYPES, position)],
  tiers: ['non-critical'],
  environments: [position === 0 ? 'production' : of(ENVIRONMENTS, position)],
  ...PLAIN_GRANT,
  minSeverity: position % 5,
  minIndependentSignals: 2,
  requiresStaging: true,
  calendars: [],
  caps: {
    ...PLAIN_CAPS,
    targets: position === 0 ? 1_000_000 : 1 + (position % 7),
    services: 20,
    perTier: { 'non-critical': 1_000_000 },
    percentOfTier: 100,
    actionsPerHour: 20,
  },
  rollbackWindowMinutes: 60,
  maxDrillAgeDays: 92,
});

const humanOnly = (position: number): Restriction => ({
  id: idOf<'Rule'>(`H${position}`),
  clause: 'AG-706 4.7',
  zones: [`zone-${position}`],
});

/** So many rules: three grants for each rule that asks people, one route. */
export function envelopeOfRules(count: number): Envelope {
  const grants = Math.max(1, Math.floor((count - 1) * 0.75));
  return withPolicies({
    ...BASE,
    grants: Array.from({ length: grants }, (_, position) => grant(position)),
    humanOnly: Array.from({ length: count - 1 - grants }, (_, position) => humanOnly(position)),
  });
}

/** Larger than any document that is read: past that size it is made by hand, to see how the cost grows. */
const BASE: Envelope = made(envelopeShape, {
  type: 'envelope',
  organisation: 'bench',
  version: 1,
  owner: 'risk-committee',
  reason: 'a benchmark',
  ticket: 'CAB-1',
  validFrom: '2026-11-01T00:00:00.000Z',
  validUntil: '2027-01-15T00:00:00.000Z',
  ...plainBlocks([]),
  dryRun: { marginPercent: 0, demands: [{ role: 'release-approver', count: 1 }] },
  agents: ['playbook'],
  maxGraphAgeMinutes: 60,
  severities: { warning: 2 },
  calendars: [],
  prohibited: [],
  humanOnly: [],
  grants: [],
  routes: [
    {
      id: 'R0',
      clause: 'AG-706 4.2',
      when: { environments: ['production'] },
      demands: [{ role: 'release-approver', count: 1 }],
      stepUp: false,
    },
  ],
  maySkipStaging: [],
  rollout: { canary: 5, window: 4, bakeMs: 1000, healthTimeoutMs: 5000 },
  egress: { staging: 'local-only', 'pre-production': 'local-only', production: 'local-only' },
  policies: `sha256:${'0'.repeat(64)}`,
});

/** A validated patch of so many hosts: the first grant lets it run alone. */
export const patchOf = (targets: number): Facts =>
  made(factsShape, {
    now: '2026-11-18T02:14:00.000Z',
    agent: 'playbook',
    isAgentListed: true,
    action: 'package.patch',
    environments: ['production'],
    tiers: ['non-critical'],
    targetKinds: ['host'],
    zones: ['dmz'],
    reachedZones: ['dmz'],
    dataClasses: [],
    reachedDataClasses: [],
    paths: [],
    owners: ['team-a'],
    targets,
    unknownTargets: 0,
    targetsPerTier: { 'non-critical': targets, 'production-critical': 0, 'safety-critical': 0 },
    percentOfTier: 5,
    affectedServices: 2,
    affectedTiers: ['non-critical'],
    affectedSegments: 1,
    changeSetSize: 1,
    fanOut: 2,
    sharedServices: 0,
    unhandledDependants: 0,
    missingConsumers: 0,
    cutFlows: 0,
    predictedDown: 0,
    predictedUnknown: 0,
    capacityLeftPercent: 100,
    citizens: 0,
    statutoryHours: NO_DEADLINE_HOURS,
    isGraphFresh: true,
    severity: 2,
    independentSignals: 2,
    confidencePercent: 80,
    matchesKnownBenign: false,
    stagingValidated: true,
    skipSharePercent: 0,
    stagingPolicyMet: true,
    openCalendars: [],
    rollbackKind: 'restore',
    rollbackWindowMinutes: 15,
    rollbackLosesData: false,
    drillAgeDays: 10,
    actionsLastHour: 0,
    cumulativeTargets: targets,
    classActionsLastHour: 0,
    organisationActionsLastHour: 0,
    concurrentOperations: 0,
    organisationTargets: targets,
    isBreakerOpen: false,
    isSuspended: false,
    isContracted: false,
    isBaselineLeft: false,
    overlapsOperation: false,
    hasChangeRecord: false,
    hasContingencyPlan: false,
  });
