/** A large estate for the benches of impact: few things that many need, many that few need. Seeded, in typed arrays. */
import {
  indexFromColumns,
  markOf,
  NodeWriter,
  type ColumnIndex,
  type EdgeColumns,
  type NodeRow,
  type Tier,
} from '@countersign/core';
import { nodeIdOf } from './node-id.ts';
import { randomFrom, type Random } from '../measure/random.ts';

export interface Estate {
  readonly nodes: number;
  readonly edges: EdgeColumns;
  /** For peers, which do not know our marks. */
  readonly isHard: (edge: number) => boolean;
}

const HARD_SHARE = 0.7;
const HARD_MARK = markOf({ kind: 'depends-on', isHard: true });
const SOFT_MARK = markOf({ kind: 'depends-on', isHard: false });

/** Every node needs five older ones; half of them are copied from an edge that is there, so that hubs grow. */
export function scaleFree(
  nodes: number,
  { edgesANode, seed }: { readonly edgesANode: number; readonly seed: number },
): Estate {
  const random = randomFrom(seed);
  const size = (nodes - 1) * edgesANode;
  const [from, to, marks] = [new Uint32Array(size), new Uint32Array(size), new Uint8Array(size)];
  let count = 0;
  for (let node = 1; node < nodes; node += 1)
    for (let nth = 0; nth < edgesANode; nth += 1) {
      from[count] = node;
      to[count] = neededBy(node, { to, count, random });
      marks[count] = random() < HARD_SHARE ? HARD_MARK : SOFT_MARK;
      count += 1;
    }
  return { nodes, edges: { from, to, marks, count }, isHard: (edge) => marks[edge] === HARD_MARK };
}

function neededBy(
  node: number,
  { to, count, random }: { readonly to: Uint32Array; readonly count: number; readonly random: Random },
): number {
  const copied = count > 0 && random() < 0.5 ? (to[Math.floor(random() * count)] ?? 0) : node;
  return copied < node ? copied : Math.floor(random() * node);
}

const tierOf = (place: number): Tier =>
  place < 5 ? 'safety-critical' : place < 40 ? 'production-critical' : 'non-critical';

/** Attributes as an inventory has them: 500 owners, 40 zones, 3 sites, 4 business paths. */
function rowOf(node: number): NodeRow {
  return {
    id: nodeIdOf(node),
    kind: node % 4 === 0 ? 'service' : 'host',
    tier: tierOf((node * 37) % 100),
    environment: 'production',
    owner: `team-${node % 500}`,
    site: `dc${node % 3}`,
    zone: `zone-${node % 40}`,
    ...(node % 50 === 0 && { paths: [`path-${node % 4}`] }),
  };
}

export function indexOf({ nodes, edges }: Estate): ColumnIndex {
  const writer = new NodeWriter(nodes);
  for (let node = 0; node < nodes; node += 1) writer.add(rowOf(node));
  return indexFromColumns({ nodes: writer.columns(), edges });
}

/** Ordinary things, not the oldest fifth that everything stands on. */
export function pickTargets(
  nodes: number,
  { count, seed }: { readonly count: number; readonly seed: number },
): readonly number[] {
  const random = randomFrom(seed);
  const picked = new Set<number>();
  while (picked.size < count) picked.add(Math.floor(nodes * (0.2 + 0.8 * random())));
  return [...picked];
}

/** The node that most others need directly. */
export function busiest({ dependants, nodes }: ColumnIndex): number {
  let most = 0;
  const degree = (node: number): number => (dependants.offsets[node + 1] ?? 0) - (dependants.offsets[node] ?? 0);
  for (let node = 1; node < nodes.size; node += 1) if (degree(node) > degree(most)) most = node;
  return most;
}
