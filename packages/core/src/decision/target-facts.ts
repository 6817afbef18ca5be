/** What is touched and what that disturbs (G4, AG-706 4.3): from the graph its owner signed and the meaning of the act's steps. */
import type { NodeId } from '../shared/brand.ts';
import type { Column } from '../graph/column.ts';
import type { Tier } from '../graph/graph.ts';
import { kindAt, nodeOf, type GraphIndex } from '../graph/index-graph.ts';
import type { ActionImpact } from '../impact/actions/action-impact.ts';
import type { Impact } from '../impact/impact.ts';
import { sorted, type FactInputs } from './fact-inputs.ts';
import { NO_DEADLINE_HOURS, type Facts } from './facts.ts';

type TargetFacts = Pick<
  Facts,
  | 'environments'
  | 'tiers'
  | 'targetKinds'
  | 'zones'
  | 'dataClasses'
  | 'owners'
  | 'targets'
  | 'unknownTargets'
  | 'targetsPerTier'
  | 'percentOfTier'
  | 'changeSetSize'
>;

export function targetFacts({ proposal, graph }: FactInputs, impact: Impact): TargetFacts {
  const unknown = impact.unknownTargets.length;
  return {
    // The agent's word can add an environment, never take one away; what nobody knows may be in production.
    environments: sorted([
      ...impact.environments,
      proposal.environment,
      ...(unknown > 0 ? ['production' as const] : []),
    ]),
    tiers: unknown > 0 ? sorted<Tier>([...impact.tiers, 'safety-critical']) : impact.tiers,
    targetKinds: graph === undefined ? [] : kindsOf(graph, impact.targets),
    zones: impact.zones,
    dataClasses: impact.dataClasses,
    owners: impact.owners,
    targets: impact.targets.length + unknown,
    unknownTargets: unknown,
    targetsPerTier: {
      ...impact.targetsPerTier,
      'safety-critical': impact.targetsPerTier['safety-critical'] + unknown,
    },
    percentOfTier: unknown > 0 ? 100 : impact.percentOfTier,
    changeSetSize: proposal.change.steps.length,
  };
}

function kindsOf(graph: GraphIndex, targets: readonly NodeId[]): readonly string[] {
  const kinds = new Set<string>();
  for (const target of targets) {
    const position = graph.positions.get(target);
    if (position !== undefined) kinds.add(kindAt(graph, position));
  }
  return sorted(kinds);
}

type ReachFacts = Pick<
  Facts,
  | 'reachedZones'
  | 'reachedDataClasses'
  | 'paths'
  | 'affectedServices'
  | 'affectedTiers'
  | 'affectedSegments'
  | 'fanOut'
  | 'sharedServices'
  | 'unhandledDependants'
  | 'missingConsumers'
  | 'cutFlows'
  | 'predictedDown'
  | 'predictedUnknown'
  | 'capacityLeftPercent'
  | 'citizens'
  | 'statutoryHours'
>;

/** What the walk found and what the act itself means are added up; of two words on one thing the worse counts. */
export function reachFacts(graph: GraphIndex | undefined, impact: Impact, act: ActionImpact | undefined): ReachFacts {
  const touched = act?.affectedNodes ?? [];
  const reached = graph === undefined ? [] : positionsOf(graph, [impact.targets, impact.dependants, touched]);
  const zones = graph === undefined ? [] : valuesAt(graph.nodes.zones, reached);
  const classes = graph === undefined ? [] : valuesAt(graph.nodes.dataClasses, reached).flat();
  const stopping = statutoryOf(graph, act);
  return {
    reachedZones: sorted([...impact.zones, ...zones, ...(act?.extraZones ?? [])]),
    reachedDataClasses: sorted([...impact.dataClasses, ...classes]),
    paths: sorted([...impact.paths, ...(act?.extraPaths ?? [])]),
    affectedServices: impact.affectedServices.length,
    affectedTiers: sorted([...impact.affectedTiers, ...(act?.extraTiers ?? [])]),
    affectedSegments: Math.max(impact.segments, act?.affectedSegments.length ?? 0),
    fanOut: impact.fanOut,
    sharedServices: impact.sharedServices,
    // A walk that was stopped did not see everything: at least one dependant is not vouched for.
    unhandledDependants: impact.unhandled.length + (impact.stoppedBy === undefined ? 0 : 1),
    missingConsumers: act?.missingConsumers.length ?? 0,
    cutFlows: act?.cutFlows.length ?? 0,
    predictedDown: act?.prediction.downCount ?? 0,
    predictedUnknown: act?.prediction.unknownCount ?? 0,
    capacityLeftPercent: act?.prediction.capacityLeftPercent ?? 100,
    citizens: Math.max(impact.citizens, stopping.citizens),
    statutoryHours: Math.min(impact.statutoryHours ?? NO_DEADLINE_HOURS, stopping.hours),
  };
}

/** Duties of what the act itself touches beyond the walk. */
function statutoryOf(
  graph: GraphIndex | undefined,
  act: ActionImpact | undefined,
): { readonly citizens: number; readonly hours: number } {
  const found = { citizens: 0, hours: NO_DEADLINE_HOURS };
  if (graph === undefined || act === undefined) return found;
  for (const name of act.affectedNodes) {
    const node = nodeOf(graph, name);
    found.citizens = Math.max(found.citizens, node?.citizens ?? 0);
    found.hours = Math.min(found.hours, node?.statutoryHours ?? NO_DEADLINE_HOURS);
  }
  return found;
}

function positionsOf(graph: GraphIndex, lists: readonly (readonly NodeId[])[]): readonly number[] {
  const positions: number[] = [];
  for (const list of lists)
    for (const name of list) {
      const position = graph.positions.get(name);
      if (position !== undefined) positions.push(position);
    }
  return positions;
}

/** Each value of the column that these nodes have, once. */
function valuesAt<T>({ codes, values }: Column<T>, positions: readonly number[]): readonly T[] {
  if (values.length === 0) return [];
  const isThere = new Uint8Array(values.length + 1);
  for (const position of positions) isThere[codes[position] ?? 0] = 1;
  return values.filter((_, place) => isThere[place + 1] === 1);
}
