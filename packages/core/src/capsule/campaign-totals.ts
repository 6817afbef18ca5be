/** The blast radius of a campaign, always counted from its capsules; what a manifest says of it is only compared (C4). */
import { TIERS } from '../graph/graph.ts';
import type { Demand } from '../people/person.ts';
import type { Capsule } from './capsule.ts';
import { placedMembers, type CampaignManifest, type CampaignTotals, type TierCounts } from './campaign.ts';

const NO_TARGETS: TierCounts = { 'non-critical': 0, 'production-critical': 0, 'safety-critical': 0 };

export const targetsOf = (counts: TierCounts): number => TIERS.reduce((sum, tier) => sum + counts[tier], 0);

export const tierCountsOf = ({ targets }: Pick<Capsule, 'targets'>): TierCounts =>
  targets.reduce((counts, { tier }) => ({ ...counts, [tier]: counts[tier] + 1 }), NO_TARGETS);

const added = (a: TierCounts, b: TierCounts): TierCounts => ({
  'non-critical': a['non-critical'] + b['non-critical'],
  'production-critical': a['production-critical'] + b['production-critical'],
  'safety-critical': a['safety-critical'] + b['safety-critical'],
});

export function campaignTotals(manifest: Pick<CampaignManifest, 'stages'>): CampaignTotals {
  const members = placedMembers(manifest).map(({ member }) => member);
  const byTier = members.reduce((counts, { targets }) => added(counts, targets), NO_TARGETS);
  return {
    targets: targetsOf(byTier),
    byTier,
    enclaves: new Set(members.map(({ enclave }) => enclave)).size,
    // Two enclaves may each have a runner of the same name.
    runners: new Set(members.map(({ enclave, runner }) => `${enclave}/${runner}`)).size,
  };
}

/** For each role the most that any capsule demands: the sources can only add to each other. */
export function mergedDemands(sources: readonly (readonly Demand[])[]): readonly Demand[] {
  const most = new Map<Demand['role'], number>();
  for (const { role, count } of sources.flat()) most.set(role, Math.max(most.get(role) ?? 0, count));
  return [...most].map(([role, count]) => ({ role, count })).toSorted((a, b) => (a.role < b.role ? -1 : 1));
}
