/** Blast radius over time (D5): many small operations count as the large one they add up to. */
import type { AgentId, Instant, NodeId, ProposalId, TargetId } from '../shared/brand.ts';
import { msOf, parseId } from '../shared/brand.ts';
import type { Tier } from '../graph/graph.ts';
import { eachNeighbour, tierOf, type GraphIndex } from '../graph/index-graph.ts';
import type { ActionType } from '../proposal/change.ts';
import { analyseImpact, IMPACT_LIMITS, type ImpactOptions } from './impact.ts';
import { idsOf } from './places.ts';
import { neighbours, nodeAt } from './wiring.ts';

/** An operation that was let go, as the record has it. */
export interface OperationRecord {
  /** What is asked for of the same proposal is the same operation. Absent: it is another one, whatever is asked for. */
  readonly proposal?: ProposalId;
  readonly agent: AgentId;
  readonly action: ActionType;
  readonly targets: readonly TargetId[];
  readonly startedAt: Instant;
  readonly isOngoing: boolean;
}

export const HOUR_MS = 3_600_000;
/** Sliding window over which targets add up. */
export const CUMULATIVE_WINDOW_MS: number = 24 * HOUR_MS;

export interface AskedOperation {
  readonly proposal: ProposalId;
  readonly agent: AgentId;
  readonly action: ActionType;
  readonly targets: readonly TargetId[];
  readonly now: Instant;
}

/** An operation dated in the future is inside the window: a wrong clock must not hide it. */
const isWithin = (operation: OperationRecord, now: Instant, windowMs: number): boolean =>
  operation.isOngoing || msOf(now) - msOf(operation.startedAt) < windowMs;

/** Different targets touched by this agent or this action inside the window, those asked for now included. */
export function cumulativeTargets(
  operations: readonly OperationRecord[],
  asked: AskedOperation,
  windowMs: number,
): number {
  const touched = new Set<string>(asked.targets);
  for (const operation of operations)
    if (
      (operation.agent === asked.agent || operation.action === asked.action) &&
      isWithin(operation, asked.now, windowMs)
    )
      for (const target of operation.targets) touched.add(target);
  return touched.size;
}

/** Operations of this agent or this action in the last hour, the one asked for not included. */
export const actionsLastHour = (operations: readonly OperationRecord[], asked: AskedOperation): number =>
  operations.filter(
    (operation) =>
      operation.proposal !== asked.proposal &&
      (operation.agent === asked.agent || operation.action === asked.action) &&
      isWithin(operation, asked.now, HOUR_MS),
  ).length;

/** Whether something that still runs touches the same targets, a dependant of them, or an action that must not overlap. */
export function overlaps(
  operations: readonly OperationRecord[],
  asked: AskedOperation & {
    readonly mayNotOverlap: readonly ActionType[];
    readonly nearby: ReadonlySet<string>;
  },
): boolean {
  const own = new Set<string>(asked.targets);
  return operations.some(
    (operation) =>
      operation.isOngoing &&
      operation.proposal !== asked.proposal &&
      (asked.mayNotOverlap.includes(operation.action) ||
        operation.targets.some((target) => own.has(target) || asked.nearby.has(target))),
  );
}

/** Sums over the sliding window with what is asked for now included, and rates without it (D5, AG-706 4.5). */
export interface CumulativeImpact {
  /** Different targets touched by this agent or by this action. */
  readonly targets: number;
  /** Of `targets`; unknown ones are safety-critical. */
  readonly perTier: Readonly<Record<Tier, number>>;
  /** What stops with `targets`, each once however many operations stand on it; at least one more when the walk was stopped. */
  readonly services: number;
  /** Segments that `targets` lie in or are. */
  readonly segments: number;
  /** Different targets by agent, by action, on tiers that are asked for, and of everybody. */
  readonly agentTargets: number;
  readonly actionTargets: number;
  readonly classTargets: number;
  readonly organisationTargets: number;
  /** Of one service that is asked to bear more: most different targets beneath it that anybody touched. */
  readonly targetsOfOneService: number;
  /** Other operations in flight. */
  readonly concurrent: number;
  /** Other operations of the last hour, those in flight among them. */
  readonly actionsLastHour: {
    readonly agent: number;
    readonly action: number;
    /** With a target of a tier that is asked for. */
    readonly targetClass: number;
    readonly organisation: number;
  };
}

export interface CumulativeOptions {
  readonly windowMs: number;
  readonly index: GraphIndex;
  readonly limits?: Pick<ImpactOptions, 'hops' | 'caps'>;
}

export function cumulativeImpact(
  operations: readonly OperationRecord[],
  asked: AskedOperation,
  { windowMs, index, limits = IMPACT_LIMITS }: CumulativeOptions,
): CumulativeImpact {
  const inWindow = operations.filter((operation) => isWithin(operation, asked.now, windowMs));
  const others = operations.filter(({ proposal }) => proposal !== asked.proposal);
  const lastHour = others.filter((operation) => isWithin(operation, asked.now, HOUR_MS));
  const isAgent = ({ agent }: OperationRecord): boolean => agent === asked.agent;
  const isAction = ({ action }: OperationRecord): boolean => action === asked.action;
  const tiers = new Set(asked.targets.map((target) => tierOf(index, target)));
  const isOfClass = (target: TargetId): boolean => tiers.has(tierOf(index, target));
  const union = (some: readonly OperationRecord[]): readonly TargetId[] => [
    ...new Set([...asked.targets, ...some.flatMap(({ targets }) => targets)]),
  ];
  const own = union(inWindow.filter((operation) => isAgent(operation) || isAction(operation)));
  const everybody = union(inWindow);
  const walk = analyseImpact(index, own, { ...limits, healthKnown: () => false });
  return {
    targets: own.length,
    perTier: countTiers(index, own),
    services: walk.affectedServices.length + (walk.stoppedBy === undefined ? 0 : 1),
    segments: segmentsOf(index, own),
    agentTargets: union(inWindow.filter(isAgent)).length,
    actionTargets: union(inWindow.filter(isAction)).length,
    classTargets: everybody.filter(isOfClass).length,
    organisationTargets: everybody.length,
    targetsOfOneService: mostBeneathOne(index, asked.targets, everybody),
    concurrent: others.filter(({ isOngoing }) => isOngoing).length,
    actionsLastHour: {
      agent: lastHour.filter(isAgent).length,
      action: lastHour.filter(isAction).length,
      targetClass: lastHour.filter(({ targets }) => targets.some(isOfClass)).length,
      organisation: lastHour.length,
    },
  };
}

function countTiers(index: GraphIndex, targets: readonly TargetId[]): Record<Tier, number> {
  const counts = { 'non-critical': 0, 'production-critical': 0, 'safety-critical': 0 };
  for (const target of targets) counts[tierOf(index, target)] += 1;
  return counts;
}

const positionsOf = (index: GraphIndex, targets: readonly TargetId[]): readonly number[] =>
  targets.flatMap((target) => index.positions.get(target) ?? []);

const segmentsOf = (index: GraphIndex, targets: readonly TargetId[]): number =>
  new Set(
    positionsOf(index, targets).flatMap((position) => [
      ...(nodeAt(index, position)?.kind === 'segment' ? [position] : []),
      ...neighbours(index, position, { kind: 'member-of-segment', way: 'down' }),
    ]),
  ).size;

/** Separate operations on different hosts of one service add up to an outage that none of them is. */
function mostBeneathOne(index: GraphIndex, asked: readonly TargetId[], everybody: readonly TargetId[]): number {
  const beneath = new Map<number, number>();
  for (const position of positionsOf(index, everybody))
    for (const service of bearersOf(index, position)) beneath.set(service, (beneath.get(service) ?? 0) + 1);
  const bearing = new Set(positionsOf(index, asked).flatMap((position) => [...bearersOf(index, position)]));
  return [...bearing].reduce((most, service) => Math.max(most, beneath.get(service) ?? 0), 0);
}

/** Nodes that stand directly on one. */
function bearersOf(index: GraphIndex, position: number): ReadonlySet<number> {
  const bearers = new Set<number>();
  eachNeighbour(index.dependants, position, (other, kind) => {
    if (kind === 'depends-on' || kind === 'replica-of') bearers.add(other);
  });
  eachNeighbour(index.dependencies, position, (other, kind) => {
    if (kind === 'replica-of') bearers.add(other);
  });
  return bearers;
}

/** Why two operations must not run at the same time. */
export interface Overlap {
  /** As the record of the operation names it. */
  readonly proposal?: ProposalId;
  readonly by: 'action' | 'target' | 'dependant' | 'shared-dependant' | 'shared-dependency' | 'unknown';
  /** Sorted; empty where the kind of action alone forbids it, or where a walk was stopped. */
  readonly nodes: readonly NodeId[];
}

/**
 * Operations in flight that meet the one asked for (D5): in a target, in what needs one, in a service that would stop with
 * both, in something both need directly. One whose reach was not seen to its end overlaps.
 */
export function overlapsOf(
  operations: readonly OperationRecord[],
  asked: AskedOperation & { readonly mayNotOverlap: readonly ActionType[] },
  { index, limits = IMPACT_LIMITS }: Omit<CumulativeOptions, 'windowMs'>,
): readonly Overlap[] {
  const inFlight = operations.filter(({ isOngoing, proposal }) => isOngoing && proposal !== asked.proposal);
  if (inFlight.length === 0) return [];
  const own = reachOf(index, asked.targets, limits);
  return inFlight.flatMap(({ proposal, action, targets }): readonly Overlap[] => {
    const other = reachOf(index, targets, limits);
    const of = proposal === undefined ? {} : { proposal };
    const meets: readonly (readonly [Overlap['by'], readonly NodeId[]])[] = [
      ['target', shared(own.targets, other.targets)],
      ['dependant', [...shared(own.targets, other.dependants), ...shared(own.dependants, other.targets)]],
      ['shared-dependant', shared(own.stopping, other.stopping)],
      ['shared-dependency', shared(own.needs, other.needs)],
    ];
    return [
      ...(asked.mayNotOverlap.includes(action) ? [{ ...of, by: 'action' as const, nodes: [] }] : []),
      ...meets.flatMap(([by, nodes]) =>
        nodes.length === 0 ? [] : [{ ...of, by, nodes: [...new Set(nodes)].toSorted() }],
      ),
      ...(own.isStopped || other.isStopped ? [{ ...of, by: 'unknown' as const, nodes: [] }] : []),
    ];
  });
}

interface OperationReach {
  readonly targets: ReadonlySet<NodeId>;
  readonly dependants: ReadonlySet<NodeId>;
  /** Of the dependants those that stop with a target. */
  readonly stopping: ReadonlySet<NodeId>;
  /** What a target cannot be without, one step away. */
  readonly needs: ReadonlySet<NodeId>;
  readonly isStopped: boolean;
}

function reachOf(
  index: GraphIndex,
  targets: readonly TargetId[],
  limits: Pick<ImpactOptions, 'hops' | 'caps'>,
): OperationReach {
  const walk = analyseImpact(index, targets, { ...limits, healthKnown: () => false });
  const needs = new Set<number>();
  for (const position of positionsOf(index, targets))
    eachNeighbour(index.dependencies, position, (other, kind, isHard) => {
      if ((kind === 'depends-on' && isHard) || kind === 'consumes-credential') needs.add(other);
    });
  return {
    // Names of targets the graph does not know are compared too.
    targets: new Set([...walk.targets, ...unknownOf(walk.unknownTargets)]),
    dependants: new Set(walk.dependants),
    stopping: new Set(walk.affectedServices),
    needs: new Set(idsOf(index, needs)),
    isStopped: walk.stoppedBy !== undefined,
  };
}

const unknownOf = (targets: readonly TargetId[]): readonly NodeId[] =>
  targets.flatMap((target) => parseId<'Node'>(target) ?? []);

const shared = (one: ReadonlySet<NodeId>, other: ReadonlySet<NodeId>): readonly NodeId[] =>
  [...one].filter((node) => other.has(node));
