/**
 * The graph as numbers: who needs whom in both directions, and the tier that really rules for each node (G1).
 * Built once per snapshot in time linear in its size; lookups do not depend on the size of the estate.
 */
import type { NodeId } from '../shared/brand.ts';
import { ENVIRONMENTS, type Environment } from '../people/trust-bundle.ts';
import { CARRIES, isFlow, NOWHERE, rowsOf, type Adjacency, type EdgeColumns } from './adjacency.ts';
import { columnsOf, UNKNOWN_TIER, type GraphColumns, type NodeColumns } from './columns.ts';
import { NODE_KINDS, TIERS, type GraphNode, type GraphSnapshot, type NodeKind, type Tier } from './graph.ts';
import type { NodeNames } from './names.ts';

export { eachNeighbour, passesCriticality } from './adjacency.ts';

/** A node that declared less than what contains or hard-depends on it makes it (G1): reported, and the declaration ignored. */
export interface LoweredTier {
  readonly node: NodeId;
  readonly declared: Tier | 'unknown';
  readonly effective: Tier;
}

/** What can be walked and counted; made from rows as well as from a snapshot, and as large as memory allows. */
export interface ColumnIndex {
  readonly positions: NodeNames;
  readonly nodes: NodeColumns;
  /** Edges into a node: who needs it. */
  readonly dependants: Adjacency;
  /** Edges out of a node: what it needs. Flows come first in each row, segments next. */
  readonly dependencies: Adjacency;
  /** Bit `n & 7` of byte `n >> 3`: node `n` is the beginning of a flow. */
  readonly hasFlow: Uint8Array;
  /** Effective tier of each node as an index into `TIERS`. */
  readonly tiers: Uint8Array;
  /** How many nodes share environment, kind and effective tier; the key is `populationKey`. */
  readonly population: ReadonlyMap<string, number>;
}

/** The index of a snapshot that its owner signed: only such a one decides. */
export interface GraphIndex extends ColumnIndex {
  readonly snapshot: GraphSnapshot;
  readonly lowered: readonly LoweredTier[];
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

/** Nodes of one kind, tier and environment: of these a share is taken (`percentOfTier`). */
export const populationKey = (
  { environment, kind }: { readonly environment: Environment; readonly kind: NodeKind },
  tier: Tier,
): string => `${environment} ${kind} ${tier}`;

export const environmentAt = ({ nodes }: ColumnIndex, position: number): Environment =>
  ENVIRONMENTS[nodes.environments[position] ?? 0] ?? 'production';

export const kindAt = ({ nodes }: ColumnIndex, position: number): NodeKind =>
  NODE_KINDS[nodes.kinds[position] ?? 0] ?? 'host';

/** The tier that rules for a node; one the graph does not know is safety-critical. */
export function tierOf(index: ColumnIndex, node: string): Tier {
  const position = index.positions.get(node);
  return position === undefined ? 'safety-critical' : tierAt(index, position);
}

export const tierAt = (index: Pick<ColumnIndex, 'tiers'>, position: number): Tier =>
  TIERS[index.tiers[position] ?? SAFETY_CRITICAL] ?? 'safety-critical';

export function nodeOf(index: GraphIndex, node: string): GraphNode | undefined {
  const position = index.positions.get(node);
  return position === undefined ? undefined : index.snapshot.nodes[position];
}

/** Declared tiers, raised where an end that the graph does not know hard-depends on a node: unknown is safety-critical. */
function declaredTiers({ nodes, edges }: GraphColumns): Uint8Array {
  const tiers = nodes.declared.map((tier) => (tier === UNKNOWN_TIER ? SAFETY_CRITICAL : tier));
  for (let edge = 0; edge < edges.count; edge += 1) {
    const to = edges.to[edge] ?? NOWHERE;
    if (edges.from[edge] !== NOWHERE || to === NOWHERE) continue;
    if (((edges.marks[edge] ?? 0) & CARRIES) !== 0) tiers[to] = SAFETY_CRITICAL;
  }
  return tiers;
}

/** Raises every node to the highest tier that reaches it, highest first: each node is raised at most once per tier. */
function raise(declared: Uint8Array, { offsets, nodes, marks }: Adjacency): Uint8Array {
  const tiers = declared.slice();
  for (let tier = SAFETY_CRITICAL; tier > 0; tier -= 1) {
    const queue: number[] = [];
    tiers.forEach((own, node) => own === tier && queue.push(node));
    for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
      const end = offsets[node + 1] ?? 0;
      for (let slot = offsets[node] ?? 0; slot < end; slot += 1) {
        const needed = nodes[slot] ?? 0;
        if (((marks[slot] ?? 0) & CARRIES) === 0 || (tiers[needed] ?? 0) >= tier) continue;
        tiers[needed] = tier;
        queue.push(needed);
      }
    }
  }
  return tiers;
}

function countPopulation({ environments, kinds, size }: NodeColumns, tiers: Uint8Array): ReadonlyMap<string, number> {
  const counts = new Uint32Array(ENVIRONMENTS.length * NODE_KINDS.length * TIERS.length);
  for (let node = 0; node < size; node += 1) {
    const place = ((environments[node] ?? 0) * NODE_KINDS.length + (kinds[node] ?? 0)) * TIERS.length;
    counts[place + (tiers[node] ?? 0)] = (counts[place + (tiers[node] ?? 0)] ?? 0) + 1;
  }
  const population = new Map<string, number>();
  let place = 0;
  for (const environment of ENVIRONMENTS)
    for (const kind of NODE_KINDS)
      for (const tier of TIERS) {
        const count = counts[place] ?? 0;
        if (count > 0) population.set(populationKey({ environment, kind }, tier), count);
        place += 1;
      }
  return population;
}

function flowsOf(nodes: number, edges: EdgeColumns): Uint8Array {
  const bits = new Uint8Array((nodes + 7) >> 3);
  for (let edge = 0; edge < edges.count; edge += 1) {
    const from = edges.from[edge] ?? NOWHERE;
    if (from !== NOWHERE && isFlow(edges.marks[edge] ?? 0))
      bits[from >> 3] = (bits[from >> 3] ?? 0) | (1 << (from & 7));
  }
  return bits;
}

/** Index of rows, with no object for a node or an edge. The columns become part of it and must not change afterwards. */
export function indexFromColumns(columns: GraphColumns): ColumnIndex {
  const { nodes, edges } = columns;
  const dependencies = rowsOf(nodes.size, edges, 'from');
  const tiers = raise(declaredTiers(columns), dependencies);
  return {
    positions: nodes.names,
    nodes,
    dependants: rowsOf(nodes.size, edges, 'to'),
    dependencies,
    hasFlow: flowsOf(nodes.size, edges),
    tiers,
    population: countPopulation(nodes, tiers),
  };
}

export function indexGraph(snapshot: GraphSnapshot): GraphIndex {
  const index = indexFromColumns(columnsOf(snapshot));
  return { ...index, snapshot, lowered: loweredOf(snapshot, index) };
}

const loweredOf = (snapshot: GraphSnapshot, index: ColumnIndex): readonly LoweredTier[] =>
  snapshot.nodes.flatMap((node, position): readonly LoweredTier[] => {
    const effective = tierAt(index, position);
    return effective === effectiveTier(node.tier) ? [] : [{ node: node.id, declared: node.tier, effective }];
  });
