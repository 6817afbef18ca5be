/**
 * Of two words on the same facts the stricter counts (X1): what only the server says can restrict and nothing else.
 */
import { TIERS, type Tier } from '../graph/graph.ts';
import type { Facts } from './facts.ts';

const union = <T extends string>(a: readonly T[], b: readonly T[]): readonly T[] =>
  [...new Set([...a, ...b])].toSorted();

/** Numbers where more is worse take the larger, where less is worse the smaller; lists that restrict are joined. */
export function stricterFacts(own: Facts, told: Facts, local: readonly Tier[]): Facts {
  const drillAgeDays =
    own.drillAgeDays < 0 || told.drillAgeDays < 0 ? -1 : Math.max(own.drillAgeDays, told.drillAgeDays);
  const perTier = (tier: Tier): number =>
    Math.max(own.targetsPerTier[tier], told.targetsPerTier[tier], local.filter((one) => one === tier).length);
  return {
    ...stricterClaims(own, told),
    now: own.now,
    agent: own.agent,
    action: own.action,
    environments: union(own.environments, told.environments),
    tiers: union(union(own.tiers, told.tiers), local),
    targetKinds: union(own.targetKinds, told.targetKinds),
    zones: union(own.zones, told.zones),
    reachedZones: union(own.reachedZones, told.reachedZones),
    dataClasses: union(own.dataClasses, told.dataClasses),
    reachedDataClasses: union(own.reachedDataClasses, told.reachedDataClasses),
    paths: union(own.paths, told.paths),
    owners: union(own.owners, told.owners),
    targets: Math.max(own.targets, told.targets),
    unknownTargets: Math.max(own.unknownTargets, told.unknownTargets),
    targetsPerTier: { [TIERS[0]]: perTier(TIERS[0]), [TIERS[1]]: perTier(TIERS[1]), [TIERS[2]]: perTier(TIERS[2]) },
    percentOfTier: Math.max(own.percentOfTier, told.percentOfTier),
    affectedServices: Math.max(own.affectedServices, told.affectedServices),
    affectedTiers: union(own.affectedTiers, told.affectedTiers),
    unhandledDependants: Math.max(own.unhandledDependants, told.unhandledDependants),
    severity: Math.min(own.severity, told.severity),
    independentSignals: Math.min(own.independentSignals, told.independentSignals),
    openCalendars: own.openCalendars,
    rollbackKind: own.rollbackKind,
    rollbackWindowMinutes: Math.max(own.rollbackWindowMinutes, told.rollbackWindowMinutes),
    drillAgeDays,
    actionsLastHour: Math.max(own.actionsLastHour, told.actionsLastHour),
    cumulativeTargets: Math.max(own.cumulativeTargets, told.cumulativeTargets),
    affectedSegments: Math.max(own.affectedSegments, told.affectedSegments),
    changeSetSize: Math.max(own.changeSetSize, told.changeSetSize),
    fanOut: Math.max(own.fanOut, told.fanOut),
    sharedServices: Math.max(own.sharedServices, told.sharedServices),
    missingConsumers: Math.max(own.missingConsumers, told.missingConsumers),
    cutFlows: Math.max(own.cutFlows, told.cutFlows),
    predictedDown: Math.max(own.predictedDown, told.predictedDown),
    predictedUnknown: Math.max(own.predictedUnknown, told.predictedUnknown),
    citizens: Math.max(own.citizens, told.citizens),
    skipSharePercent: Math.max(own.skipSharePercent, told.skipSharePercent),
    classActionsLastHour: Math.max(own.classActionsLastHour, told.classActionsLastHour),
    organisationActionsLastHour: Math.max(own.organisationActionsLastHour, told.organisationActionsLastHour),
    concurrentOperations: Math.max(own.concurrentOperations, told.concurrentOperations),
    organisationTargets: Math.max(own.organisationTargets, told.organisationTargets),
    capacityLeftPercent: Math.min(own.capacityLeftPercent, told.capacityLeftPercent),
    statutoryHours: Math.min(own.statutoryHours, told.statutoryHours),
    confidencePercent: Math.min(own.confidencePercent, told.confidencePercent),
  };
}

type Claims = Pick<
  Facts,
  | 'isAgentListed'
  | 'isGraphFresh'
  | 'stagingValidated'
  | 'stagingPolicyMet'
  | 'hasChangeRecord'
  | 'hasContingencyPlan'
  | 'matchesKnownBenign'
  | 'rollbackLosesData'
  | 'isBreakerOpen'
  | 'isSuspended'
  | 'overlapsOperation'
  | 'isContracted'
  | 'isBaselineLeft'
>;

/** A claim that enables needs both words, one that restricts needs either. */
const stricterClaims = (own: Claims, told: Claims): Claims => ({
  isAgentListed: own.isAgentListed && told.isAgentListed,
  isGraphFresh: own.isGraphFresh && told.isGraphFresh,
  stagingValidated: own.stagingValidated && told.stagingValidated,
  stagingPolicyMet: own.stagingPolicyMet && told.stagingPolicyMet,
  hasChangeRecord: own.hasChangeRecord && told.hasChangeRecord,
  hasContingencyPlan: own.hasContingencyPlan && told.hasContingencyPlan,
  matchesKnownBenign: own.matchesKnownBenign || told.matchesKnownBenign,
  rollbackLosesData: own.rollbackLosesData || told.rollbackLosesData,
  isBreakerOpen: own.isBreakerOpen || told.isBreakerOpen,
  isSuspended: own.isSuspended || told.isSuspended,
  overlapsOperation: own.overlapsOperation || told.overlapsOperation,
  isContracted: own.isContracted || told.isContracted,
  isBaselineLeft: own.isBaselineLeft || told.isBaselineLeft,
});
