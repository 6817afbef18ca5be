/** Facts that the envelope of `envelope.builder.ts` lets run alone; each test changes one thing. */
import { TIERS, type Tier } from '../graph/graph.ts';
import type { Floor } from '../people/trust-bundle.ts';
import { anId, NOW } from '../envelope/envelope.builder.ts';
import { evaluateAttributes, compileEnvelope, type CompiledEnvelope } from './evaluate.ts';
import { NO_DEADLINE_HOURS, type Facts } from './facts.ts';
import type { Oracle } from './oracle.ts';
import type { Envelope } from '../envelope/envelope.ts';

export const someFacts = (change: Partial<Facts> = {}): Facts => ({
  now: NOW,
  agent: anId('playbook'),
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
  owners: [],
  affectedSegments: 0,
  changeSetSize: 1,
  fanOut: 1,
  sharedServices: 0,
  missingConsumers: 0,
  cutFlows: 0,
  predictedDown: 0,
  predictedUnknown: 0,
  capacityLeftPercent: 100,
  citizens: 0,
  statutoryHours: NO_DEADLINE_HOURS,
  confidencePercent: 80,
  skipSharePercent: 0,
  stagingPolicyMet: true,
  classActionsLastHour: 0,
  organisationActionsLastHour: 0,
  concurrentOperations: 0,
  organisationTargets: 10,
  isContracted: false,
  isBaselineLeft: false,
  hasChangeRecord: false,
  hasContingencyPlan: false,
  targets: 10,
  unknownTargets: 0,
  targetsPerTier: { 'non-critical': 10, 'production-critical': 0, 'safety-critical': 0 },
  percentOfTier: 5,
  affectedServices: 2,
  affectedTiers: ['non-critical'],
  unhandledDependants: 0,
  isGraphFresh: true,
  severity: 3,
  independentSignals: 2,
  matchesKnownBenign: false,
  stagingValidated: true,
  openCalendars: ['night'],
  rollbackKind: 'restore',
  rollbackWindowMinutes: 15,
  rollbackLosesData: false,
  drillAgeDays: 10,
  actionsLastHour: 0,
  cumulativeTargets: 10,
  isBreakerOpen: false,
  isSuspended: false,
  overlapsOperation: false,
  ...change,
});

/** Facts with so many targets of each tier, tiers and totals following. */
export function someTargets(perTier: Partial<Record<Tier, number>>, change: Partial<Facts> = {}): Facts {
  const targetsPerTier = { 'non-critical': 0, 'production-critical': 0, 'safety-critical': 0, ...perTier };
  const targets = TIERS.reduce((sum, tier) => sum + targetsPerTier[tier], 0);
  const tiers = TIERS.filter((tier) => targetsPerTier[tier] > 0).toSorted();
  return someFacts({
    targetsPerTier,
    targets,
    tiers,
    cumulativeTargets: targets,
    organisationTargets: targets,
    ...change,
  });
}

export const aFloor = (change: Partial<Floor> = {}): Floor => ({
  quorums: [{ environment: 'production', demands: [{ role: anId('release-approver'), count: 1 }] }],
  humanOnlyActions: [],
  autonomousTargets: 50,
  ...change,
});

/** A second engine that reads the same compiled rules: for tests of what is done with agreeing answers. */
export function agreeingOracle(envelope: Envelope): Oracle {
  const compiled: CompiledEnvelope = compileEnvelope(envelope);
  return ({ action, attributes, mode }) => {
    const { isAllowed, determining } = evaluateAttributes(compiled, { action, attributes, mode });
    return { kind: 'answer', isAllowed, determining: determining.toReversed(), engine: 'twin 1' };
  };
}
