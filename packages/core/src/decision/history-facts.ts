/** What happened lately (D5, D7, E6): rates, sums over time, what still runs, and what was taken away since. */
import { msOf } from '../shared/brand.ts';
import type { Tier } from '../graph/graph.ts';
import { tierOf, type GraphIndex } from '../graph/index-graph.ts';
import {
  actionsLastHour,
  CUMULATIVE_WINDOW_MS,
  cumulativeImpact,
  cumulativeTargets,
  HOUR_MS,
  overlaps,
  overlapsOf,
  type OperationRecord,
} from '../impact/cumulative.ts';
import type { Impact } from '../impact/impact.ts';
import type { FactInputs } from './fact-inputs.ts';
import type { Facts } from './facts.ts';

type HistoryFacts = Pick<
  Facts,
  | 'actionsLastHour'
  | 'cumulativeTargets'
  | 'classActionsLastHour'
  | 'organisationActionsLastHour'
  | 'concurrentOperations'
  | 'organisationTargets'
  | 'skipSharePercent'
  | 'isBreakerOpen'
  | 'isSuspended'
  | 'isContracted'
  | 'isBaselineLeft'
  | 'overlapsOperation'
>;

export function historyFacts(inputs: FactInputs, impact: Impact, tiers: readonly Tier[]): HistoryFacts {
  const { proposal, now, graph, limits } = inputs;
  const { id, agent, targets, change, timing } = proposal;
  const asked = { proposal: id, agent, action: change.action, targets, now, mayNotOverlap: timing.mayNotOverlap };
  const others = inputs.operations.filter((operation) => operation.proposal !== id);
  const within = (windowMs: number): readonly OperationRecord[] =>
    others.filter(({ startedAt, isOngoing }) => isOngoing || msOf(now) - msOf(startedAt) < windowMs);
  const lately = within(HOUR_MS);
  const window = within(CUMULATIVE_WINDOW_MS);
  const options = graph === undefined ? undefined : { index: graph, ...(limits !== undefined && { limits }) };
  return {
    actionsLastHour: actionsLastHour(others, asked),
    cumulativeTargets: cumulativeTargets(window, asked, CUMULATIVE_WINDOW_MS),
    classActionsLastHour: lately.filter((operation) => touchesClass(graph, operation, tiers)).length,
    organisationActionsLastHour: lately.length,
    concurrentOperations: others.filter(({ isOngoing }) => isOngoing).length,
    organisationTargets: distinctTargets(targets, window),
    skipSharePercent: skipSharePercent(inputs),
    isBreakerOpen: inputs.isBreakerOpen,
    isSuspended: inputs.isSuspended,
    isContracted: (inputs.contractions ?? []).some(
      ({ action, tier }) => action === change.action && (tier === undefined || tiers.includes(tier)),
    ),
    isBaselineLeft: inputs.isBaselineLeft ?? false,
    overlapsOperation:
      options === undefined
        ? overlaps(others, { ...asked, nearby: new Set<string>(impact.dependants) })
        : overlapsOf(others, asked, options).length > 0,
  };
}

/**
 * What many small operations add up to (D5): the services that stop with all of them together, and hosts beneath one service whoever
 * touched them. Without another operation inside the window there is nothing to add and no walk.
 */
export function cumulativeFacts(
  { proposal, operations, graph, now, limits }: FactInputs,
  impact: Impact,
): Partial<Pick<Facts, 'affectedServices' | 'cumulativeTargets'>> {
  const { id, agent, targets, change } = proposal;
  const others = operations.filter(
    (operation) =>
      operation.proposal !== id &&
      (operation.isOngoing || msOf(now) - msOf(operation.startedAt) < CUMULATIVE_WINDOW_MS),
  );
  if (graph === undefined || others.length === 0) return {};
  const asked = { proposal: id, agent, action: change.action, targets, now };
  const options = { windowMs: CUMULATIVE_WINDOW_MS, index: graph, ...(limits !== undefined && { limits }) };
  const sum = cumulativeImpact(others, asked, options);
  return {
    affectedServices: Math.max(impact.affectedServices.length, sum.services),
    cumulativeTargets: Math.max(sum.targets, sum.targetsOfOneService),
  };
}

/** A class of targets is a tier; without a graph every operation counts. */
function touchesClass(graph: GraphIndex | undefined, { targets }: OperationRecord, tiers: readonly Tier[]): boolean {
  return graph === undefined || targets.some((target) => tiers.includes(tierOf(graph, target)));
}

function distinctTargets(own: readonly string[], operations: readonly OperationRecord[]): number {
  const touched = new Set<string>(own);
  for (const { targets } of operations) for (const target of targets) touched.add(target);
  return touched.size;
}

/** Rounded up: a share just above the limit is above it. */
function skipSharePercent({ skips = [], proposal }: FactInputs): number {
  const own = skips.filter(({ action }) => action === proposal.change.action);
  const [acts, skipped] = [sum(own.map((tally) => tally.acts)), sum(own.map((tally) => tally.skipped))];
  return acts === 0 ? 0 : Math.ceil((skipped * 100) / acts);
}

const sum = (counts: readonly number[]): number => counts.reduce((total, count) => total + count, 0);
