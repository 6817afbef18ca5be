/**
 * The graph as numbers: who needs whom in both directions, and the tier that really rules for each node (G1).
 * Built once per snapshot in time linear in its size; lookups do not depend on the size of the estate.
 */
import type { NodeId } from '../shared/brand.ts';
import { EDGE_KINDS, TIERS, type EdgeKind, type GraphNode, type GraphSnapshot, type Tier } from './graph.ts';

/** Neighbours of node `n` are the slots `offsets[n]` to `offsets[n + 1]` of the other lists (compressed sparse rows). */
export interface Adjacency {
  readonly offsets: Uint32Array;
  readonly nodes: Uint32Array;
  /** Index into `EDGE_KINDS`. */
  readonly kinds: Uint8Array;
  readonly hard: Uint8Array;
}

/** A node that declared less than what contains or hard-depends on it makes it (G1): reported, and the declaration ignored. */
export interface LoweredTier {
  readonly node: NodeId;
  readonly declared: Tier | 'unknown';
  readonly effective: Tier;
}

export interface GraphIndex {
  readonly snapshot: GraphSnapshot;
  readonly positions: ReadonlyMap<string, number>;
  /** Edges into a node: who needs it. */
  readonly dependants: Adjacency;
  /** Edges out of a node: what it needs. */
  readonly dependencies: Adjacency;
  /** Effective tier of each node as an index into `TIERS`. */
  readonly tiers: Uint8Array;
  readonly lowered: readonly LoweredTier[];
  /** How many nodes share environment, kind and effective tier; the key is `populationKey`. */
  readonly population: ReadonlyMap<string, number>;
}

const SAFETY_CRITICAL = TIERS.length - 1;

/** Unknown is the most restrictive (G1). */
export const effectiveTier = (declared: Tier | 'unknown'): Tier =>
  declared === 'unknown' ? 'safety-critical' : declared;

export const highestTier = (tiers: readonly Tier[]): Tier =>
  tiers.includes('safety-critical')
    ? 'safety-critical'
    : tiers.includes('production-critical')
      ? 'production-critical'
      : 'non-critical';

export const populationKey = (node: GraphNode, tier: Tier): string => `${node.environment} ${node.kind} ${tier}`;

/** The tier that rules for a node; one the graph does not know is safety-critical. */
export function tierOf(index: GraphIndex, node: string): Tier {
  const position = index.positions.get(node);
  return position === undefined ? 'safety-critical' : tierAt(index, position);
}

export const tierAt = (index: GraphIndex, position: number): Tier =>
  TIERS[index.tiers[position] ?? SAFETY_CRITICAL] ?? 'safety-critical';

export function nodeOf(index: GraphIndex, node: string): GraphNode | undefined {
  const position = index.positions.get(node);
  return position === undefined ? undefined : index.snapshot.nodes[position];
}

/** Calls `visit` for the edges of `position` in this direction until it answers `stop`; the cost is the number of calls. */
export function eachNeighbour(
  adjacency: Adjacency,
  position: number,
  visit: (neighbour: number, kind: EdgeKind, isHard: boolean) => unknown,
): void {
  const end = adjacency.offsets[position + 1] ?? 0;
  for (let slot = adjacency.offsets[position] ?? 0; slot < end; slot += 1) {
    const kind = EDGE_KINDS[adjacency.kinds[slot] ?? 0] ?? 'depends-on';
    if (visit(adjacency.nodes[slot] ?? 0, kind, adjacency.hard[slot] === 1) === 'stop') return;
  }
}

/** Containment, shared credentials and hard dependencies pass criticality on; soft edges do not (G1). */
export const passesCriticality = (kind: EdgeKind, isHard: boolean): boolean =>
  isHard || kind === 'member-of-segment' || kind === 'consumes-credential';

interface Edges {
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  readonly kinds: Uint8Array;
  readonly hard: Uint8Array;
  readonly count: number;
}

/** Edges with both ends known, as numbers. Dangling ones are reported at import and cannot be walked. */
function readEdges(snapshot: GraphSnapshot, positions: ReadonlyMap<string, number>): Edges {
  const size = snapshot.edges.length;
  const edges = {
    from: new Uint32Array(size),
    to: new Uint32Array(size),
    kinds: new Uint8Array(size),
    hard: new Uint8Array(size),
  };
  let count = 0;
  for (const edge of snapshot.edges) {
    const [from, to] = [positions.get(edge.from), positions.get(edge.to)];
    if (from === undefined || to === undefined || from === to) continue;
    edges.from[count] = from;
    edges.to[count] = to;
    edges.kinds[count] = EDGE_KINDS.indexOf(edge.kind);
    edges.hard[count] = edge.isHard ? 1 : 0;
    count += 1;
  }
  return { ...edges, count };
}

/** Counting sort of the edges by one end. */
function rows(nodes: number, edges: Edges, by: 'from' | 'to'): Adjacency {
  const [key, other] = by === 'from' ? [edges.from, edges.to] : [edges.to, edges.from];
  const offsets = new Uint32Array(nodes + 1);
  for (let edge = 0; edge < edges.count; edge += 1)
    offsets[(key[edge] ?? 0) + 1] = (offsets[(key[edge] ?? 0) + 1] ?? 0) + 1;
  for (let node = 0; node < nodes; node += 1) offsets[node + 1] = (offsets[node + 1] ?? 0) + (offsets[node] ?? 0);
  const next = offsets.slice();
  const lists = {
    nodes: new Uint32Array(edges.count),
    kinds: new Uint8Array(edges.count),
    hard: new Uint8Array(edges.count),
  };
  for (let edge = 0; edge < edges.count; edge += 1) {
    const node = key[edge] ?? 0;
    const slot = next[node] ?? 0;
    next[node] = slot + 1;
    lists.nodes[slot] = other[edge] ?? 0;
    lists.kinds[slot] = edges.kinds[edge] ?? 0;
    lists.hard[slot] = edges.hard[edge] ?? 0;
  }
  return { offsets, ...lists };
}

/** Declared tiers, raised where an end that the graph does not know hard-depends on a node: unknown is safety-critical. */
function declaredTiers(snapshot: GraphSnapshot, positions: ReadonlyMap<string, number>): Uint8Array {
  const tiers = Uint8Array.from(snapshot.nodes, (node) => TIERS.indexOf(effectiveTier(node.tier)));
  for (const edge of snapshot.edges) {
    const to = positions.get(edge.to);
    if (to !== undefined && !positions.has(edge.from) && passesCriticality(edge.kind, edge.isHard))
      tiers[to] = SAFETY_CRITICAL;
  }
  return tiers;
}

/** Raises every node to the highest tier that reaches it, highest first: each node is raised at most once per tier. */
function raise(declared: Uint8Array, dependencies: Adjacency): Uint8Array {
  const tiers = declared.slice();
  for (let tier = SAFETY_CRITICAL; tier > 0; tier -= 1) {
    const queue: number[] = [];
    tiers.forEach((own, node) => own === tier && queue.push(node));
    for (let node = queue.pop(); node !== undefined; node = queue.pop())
      eachNeighbour(dependencies, node, (needed, kind, isHard) => {
        if (!passesCriticality(kind, isHard) || (tiers[needed] ?? 0) >= tier) return;
        tiers[needed] = tier;
        queue.push(needed);
      });
  }
  return tiers;
}

function countPopulation(snapshot: GraphSnapshot, tiers: Uint8Array): ReadonlyMap<string, number> {
  const population = new Map<string, number>();
  snapshot.nodes.forEach((node, position) => {
    const key = populationKey(node, TIERS[tiers[position] ?? SAFETY_CRITICAL] ?? 'safety-critical');
    population.set(key, (population.get(key) ?? 0) + 1);
  });
  return population;
}

export function indexGraph(snapshot: GraphSnapshot): GraphIndex {
  // A node named twice keeps its first place; import refuses such a graph before it gets here.
  const positions = new Map<string, number>();
  snapshot.nodes.forEach((node, position) => positions.has(node.id) || positions.set(node.id, position));
  const edges = readEdges(snapshot, positions);
  const dependencies = rows(snapshot.nodes.length, edges, 'from');
  const tiers = raise(declaredTiers(snapshot, positions), dependencies);
  const lowered = snapshot.nodes.flatMap((node, position): LoweredTier[] => {
    const effective = TIERS[tiers[position] ?? SAFETY_CRITICAL] ?? 'safety-critical';
    return effective === effectiveTier(node.tier) ? [] : [{ node: node.id, declared: node.tier, effective }];
  });
  const dependants = rows(snapshot.nodes.length, edges, 'to');
  return {
    snapshot,
    positions,
    dependants,
    dependencies,
    tiers,
    lowered,
    population: countPopulation(snapshot, tiers),
  };
}
