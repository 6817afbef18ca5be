/** Reads a graph from JSON and says what is wrong with the estate it describes (G3): nothing is silently repaired. */
import type { NodeId } from '../shared/brand.ts';
import { refuse, type Complaint, type Result } from '../shared/result.ts';
import { readShape } from '../shared/shape.ts';
import { graphSnapshotShape, type GraphEdge, type GraphSnapshot } from './graph.ts';
import { CARRIES, eachNeighbour, passesCriticality } from './adjacency.ts';
import { indexGraph, type GraphIndex, type LoweredTier } from './index-graph.ts';

/** Findings, not refusals: the graph is used, each of them is shown to its owner, and unknown stays most restrictive. */
export interface GraphReport {
  readonly dangling: readonly GraphEdge[];
  readonly unknownTier: readonly NodeId[];
  readonly unowned: readonly NodeId[];
  readonly selfDependencies: readonly NodeId[];
  /** Groups of nodes that hard-depend on each other, each sorted. */
  readonly cycles: readonly (readonly NodeId[])[];
  readonly lowered: readonly LoweredTier[];
}

export interface ImportedGraph {
  readonly snapshot: GraphSnapshot;
  readonly index: GraphIndex;
  readonly report: GraphReport;
}

function duplicates(snapshot: GraphSnapshot): readonly Complaint[] {
  const seen = new Set<string>();
  return snapshot.nodes.flatMap((node, position) => {
    if (seen.has(node.id)) return [{ at: `/nodes/${position}/id`, problem: 'names a node that is already there' }];
    seen.add(node.id);
    return [];
  });
}

export function importGraph(value: unknown): Result<ImportedGraph> {
  const read = readShape(graphSnapshotShape, value);
  if (!read.ok) return read;
  const complaints = duplicates(read.value);
  if (complaints.length > 0) return refuse('malformed', 'the graph names a node twice', { clause: 'G1', complaints });
  const index = indexGraph(read.value);
  return { ok: true, value: { snapshot: read.value, index, report: graphReport(index) } };
}

/** What its owner has to look at. Nothing in it is a refusal: the graph is used, and what is unknown stays most restrictive (G3). */
export function graphReport(index: GraphIndex): GraphReport {
  const { snapshot, positions, lowered } = index;
  return {
    dangling: snapshot.edges.filter(({ from, to }) => !positions.has(from) || !positions.has(to)),
    unknownTier: snapshot.nodes.filter(({ tier }) => tier === 'unknown').map(({ id }) => id),
    unowned: snapshot.nodes.filter(({ owner }) => owner === undefined || owner === '').map(({ id }) => id),
    selfDependencies: [
      ...new Set(snapshot.edges.filter(({ from, to }) => from === to).map(({ from }) => from)),
    ].toSorted(),
    cycles: cyclesOf(index),
    lowered,
  };
}

/** Nodes each reached from the other by edges that pass criticality on. Two walks without recursion: hostile depth is harmless. */
function cyclesOf(index: GraphIndex): readonly (readonly NodeId[])[] {
  const group = new Int32Array(index.snapshot.nodes.length).fill(-1);
  const groups: NodeId[][] = [];
  for (const start of finishOrder(index).toReversed()) {
    if (group[start] !== -1) continue;
    const members: NodeId[] = [];
    const queue = [start];
    group[start] = groups.length;
    for (let node = queue.pop(); node !== undefined; node = queue.pop()) {
      const found = index.snapshot.nodes[node];
      if (found !== undefined) members.push(found.id);
      eachNeighbour(index.dependants, node, (other, kind, isHard) => {
        if (!passesCriticality(kind, isHard) || group[other] !== -1) return;
        group[other] = groups.length;
        queue.push(other);
      });
    }
    groups.push(members.toSorted());
  }
  return groups.filter((members) => members.length > 1);
}

/** Nodes in the order in which a depth-first walk leaves them (Kosaraju's first pass). */
function finishOrder(index: GraphIndex): readonly number[] {
  const { offsets, nodes, marks } = index.dependencies;
  const size = index.snapshot.nodes.length;
  const isSeen = new Uint8Array(size);
  const slots = offsets.slice(0, size);
  const order: number[] = [];
  for (let root = 0; root < size; root += 1) {
    if (isSeen[root] === 1) continue;
    isSeen[root] = 1;
    const path = [root];
    for (let node = path.at(-1); node !== undefined; node = path.at(-1)) {
      const slot = slots[node] ?? 0;
      if (slot >= (offsets[node + 1] ?? 0)) {
        order.push(node);
        path.pop();
        continue;
      }
      slots[node] = slot + 1;
      const next = nodes[slot] ?? 0;
      if (((marks[slot] ?? 0) & CARRIES) === 0 || isSeen[next] === 1) continue;
      isSeen[next] = 1;
      path.push(next);
    }
  }
  return order;
}
