/**
 * Where an attacker who begins at a declared entry point can get to (G5). Traffic goes along `flows-to`, from a service to what it
 * depends on, between the replicas of one thing, and between the members of a segment. "Unreachable" is said only when the walk was
 * complete on a fresh graph; everything else is unknown, and unknown counts as reachable.
 */
import { EDGE_KINDS, type EdgeKind } from '../../graph/graph.ts';
import { eachNeighbour, type GraphIndex } from '../../graph/index-graph.ts';

/** One step of a path; `via` is the edge that leads here, absent at the entry point. */
export interface ReachStep {
  readonly node: string;
  readonly via?: EdgeKind;
}

export const UNKNOWN_REACH = [
  /** There is no snapshot. */
  'no-graph',
  /** The snapshot is older than the envelope allows. */
  'graph-stale',
  /** The graph names no entry point: nobody said where an attacker begins. */
  'no-entry-points',
  'unknown-node',
  /** The walk was stopped before it had seen everything. */
  'walk-capped',
  /** Something the graph does not know sends traffic here, or to what leads here. */
  'dangling-edge',
] as const;
export type UnknownReach = (typeof UNKNOWN_REACH)[number];

export type Reach =
  | {
      readonly state: 'reachable';
      /** From the entry point to the node; of a long one the first and the last steps. */
      readonly path: readonly ReachStep[];
      readonly hops: number;
    }
  | {
      readonly state: 'unreachable';
      /** What was looked at to say so. */
      readonly entryPoints: number;
      readonly reachedNodes: number;
    }
  | { readonly state: 'unknown'; readonly why: UnknownReach };

/** A complete walk of one snapshot, made once and asked for every finding. */
export interface ReachMap {
  readonly of: (node: string) => Reach;
  /** The same question on a graph that has become too old since. */
  readonly isComplete: boolean;
}

export interface ReachOptions {
  /** Whether the snapshot is within the age the envelope allows. */
  readonly isGraphFresh: boolean;
  /** Most edges the walk looks at before it stops. */
  readonly maxEdges?: number;
}

/** Twice the edges of the largest graph that is read: each edge is seen from both ends at most once. */
const MAX_REACH_EDGES = 4_000_000;

/** Edges along which traffic goes from `from` to `to`, and those along which it goes both ways. */
const FORWARD: ReadonlySet<EdgeKind> = new Set<EdgeKind>(['flows-to', 'depends-on']);
const BOTH_WAYS: ReadonlySet<EdgeKind> = new Set<EdgeKind>(['member-of-segment', 'replica-of']);

const NOT_SEEN = -1;
const ENTRY = -2;

interface Walk {
  /** By node: the node before it, `ENTRY`, or `NOT_SEEN`. */
  readonly before: Int32Array;
  /** By node: the edge that leads there, as an index into `EDGE_KINDS`. */
  readonly via: Uint8Array;
  readonly hops: Uint32Array;
  readonly reached: number;
  readonly isCapped: boolean;
}

/** Walks from all entry points at once, breadth first, so that each path shown is a shortest one. Time linear in the graph. */
export function reachFromEntries(index: GraphIndex | undefined, options: ReachOptions): ReachMap {
  if (index === undefined) return unknownEverywhere('no-graph');
  if (!options.isGraphFresh) return unknownEverywhere('graph-stale');
  const entries = index.snapshot.nodes.flatMap((node, position) => (node.isEntryPoint === true ? [position] : []));
  if (entries.length === 0) return unknownEverywhere('no-entry-points');
  const maxEdges = options.maxEdges ?? MAX_REACH_EDGES;
  const walked = walk(index, entries, maxEdges);
  const doubtful = walk(index, danglingEnds(index), maxEdges);
  const isComplete = !walked.isCapped && !doubtful.isCapped;
  return {
    isComplete,
    of: (name) => {
      const node = index.positions.get(name);
      if (node === undefined) return { state: 'unknown', why: 'unknown-node' };
      if (walked.before[node] !== NOT_SEEN) return reached(index, walked, node);
      if (!isComplete) return { state: 'unknown', why: 'walk-capped' };
      if (doubtful.before[node] !== NOT_SEEN) return { state: 'unknown', why: 'dangling-edge' };
      return { state: 'unreachable', entryPoints: entries.length, reachedNodes: walked.reached };
    },
  };
}

const unknownEverywhere = (why: UnknownReach): ReachMap => ({
  isComplete: false,
  of: () => ({ state: 'unknown', why }),
});

/** Nodes into which traffic may come from something that the graph does not know. */
function danglingEnds({ snapshot, positions }: GraphIndex): readonly number[] {
  const ends = new Set<number>();
  for (const { from, to, kind } of snapshot.edges) {
    const [source, sink] = [positions.get(from), positions.get(to)];
    if (source === undefined && sink !== undefined && (FORWARD.has(kind) || BOTH_WAYS.has(kind))) ends.add(sink);
    if (sink === undefined && source !== undefined && BOTH_WAYS.has(kind)) ends.add(source);
  }
  return [...ends];
}

function walk(index: GraphIndex, starts: readonly number[], maxEdges: number): Walk {
  const size = index.snapshot.nodes.length;
  const before = new Int32Array(size).fill(NOT_SEEN);
  const via = new Uint8Array(size);
  const hops = new Uint32Array(size);
  const queue = new Uint32Array(size);
  let [tail, edges] = [0, 0];
  const meet = (node: number, from: number, kind: EdgeKind): void => {
    if (before[node] !== NOT_SEEN) return;
    before[node] = from;
    via[node] = EDGE_KINDS.indexOf(kind);
    hops[node] = from === ENTRY ? 0 : (hops[from] ?? 0) + 1;
    queue[tail] = node;
    tail += 1;
  };
  for (const start of starts) meet(start, ENTRY, 'flows-to');
  for (let head = 0; head < tail; head += 1) {
    if (edges > maxEdges) break;
    const node = queue[head] ?? 0;
    const follow = (carries: (kind: EdgeKind) => boolean) => (neighbour: number, kind: EdgeKind) => {
      edges += 1;
      if (carries(kind)) meet(neighbour, node, kind);
      return edges > maxEdges ? 'stop' : undefined;
    };
    eachNeighbour(
      index.dependencies,
      node,
      follow((kind) => FORWARD.has(kind) || BOTH_WAYS.has(kind)),
    );
    eachNeighbour(
      index.dependants,
      node,
      follow((kind) => BOTH_WAYS.has(kind)),
    );
  }
  return { before, via, hops, reached: tail, isCapped: edges > maxEdges };
}

/** Longer paths are shown by both their ends. */
const MAX_SHOWN = 32;

function reached(index: GraphIndex, { before, via, hops }: Walk, node: number): Reach {
  const path: ReachStep[] = [];
  for (let at = node; at >= 0; at = before[at] ?? ENTRY) {
    const kind = EDGE_KINDS[via[at] ?? 0] ?? 'flows-to';
    const name = index.snapshot.nodes[at]?.id ?? '';
    path.push(before[at] === ENTRY ? { node: name } : { node: name, via: kind });
  }
  const steps = path.toReversed();
  const half = MAX_SHOWN / 2;
  const shown = steps.length > MAX_SHOWN ? [...steps.slice(0, half), ...steps.slice(-half)] : steps;
  return { state: 'reachable', path: shown, hops: hops[node] ?? 0 };
}
