/** Who is next to whom, as compressed sparse rows: 5 bytes an edge and direction, 4 bytes a node. */
import { EDGE_KINDS, type EdgeKind, type GraphEdge } from './graph.ts';

/** The lowest three bits of a mark are the place in `EDGE_KINDS`; these are the others. */
const KIND = 0x07;
export const HARD = 0x08;
/** Seen in traffic or logins, not only declared. */
export const OBSERVED = 0x10;
/** Criticality passes along it, and an outage comes back. */
export const CARRIES = 0x20;
/** On every edge. */
export const EDGE = 0x40;

/** Edges by the positions of their ends, `NOWHERE` for an end that is no node. Only the first `count` are there. */
export interface EdgeColumns {
  readonly from: Uint32Array;
  readonly to: Uint32Array;
  /** See `markOf`. */
  readonly marks: Uint8Array;
  readonly count: number;
}

/** No graph has as many nodes. */
export const NOWHERE = 0xff_ff_ff_ff;

/** Neighbours of node `n` are the slots `offsets[n]` to `offsets[n + 1]` of the other two lists. */
export interface Adjacency {
  readonly offsets: Uint32Array;
  readonly nodes: Uint32Array;
  readonly marks: Uint8Array;
}

export const kindOfMark = (mark: number): EdgeKind => EDGE_KINDS[mark & KIND] ?? 'depends-on';

/** Containment, shared credentials and hard dependencies pass criticality on and outages back; soft edges do not (G1). */
export const passesCriticality = (kind: EdgeKind, isHard: boolean): boolean =>
  isHard || kind === 'member-of-segment' || kind === 'consumes-credential';

/** Everything a walk asks of an edge in one byte: kind, hard, observed, and whether criticality passes. */
export const markOf = ({ kind, isHard, isObserved = false }: Omit<GraphEdge, 'from' | 'to'>): number =>
  EDGE_KINDS.indexOf(kind) |
  EDGE |
  (isHard ? HARD : 0) |
  (isObserved ? OBSERVED : 0) |
  (passesCriticality(kind, isHard) ? CARRIES : 0);

/** Calls `visit` for the edges of `position` in this direction until it answers `stop`; the cost is the number of calls. */
export function eachNeighbour(
  { offsets, nodes, marks }: Adjacency,
  position: number,
  visit: (neighbour: number, kind: EdgeKind, isHard: boolean, isObserved: boolean) => unknown,
): void {
  const end = offsets[position + 1] ?? 0;
  for (let slot = offsets[position] ?? 0; slot < end; slot += 1) {
    const mark = marks[slot] ?? 0;
    const answer = visit(nodes[slot] ?? 0, kindOfMark(mark), (mark & HARD) !== 0, (mark & OBSERVED) !== 0);
    if (answer === 'stop') return;
  }
}

const FLOW = EDGE_KINDS.indexOf('flows-to');
const MEMBER = EDGE_KINDS.indexOf('member-of-segment');
export const isFlow = (mark: number): boolean => (mark & KIND) === FLOW;
export const isMembership = (mark: number): boolean => (mark & KIND) === MEMBER;

/**
 * Of what a node needs, flows come first and segments next: whoever asks only for those stops where they end, however much
 * else the node needs. Within a kind the order is the one of the snapshot.
 */
const TURNS: readonly ((mark: number) => boolean)[] = [
  isFlow,
  isMembership,
  (mark) => !isFlow(mark) && !isMembership(mark),
];
const ALL_AT_ONCE: readonly ((mark: number) => boolean)[] = [() => true];

/** Counting sort of the edges by one end. Edges to nowhere and from a node to itself cannot be walked and are left out. */
export function rowsOf(nodes: number, edges: EdgeColumns, by: 'from' | 'to'): Adjacency {
  const [key, other] = by === 'from' ? [edges.from, edges.to] : [edges.to, edges.from];
  const offsets = new Uint32Array(nodes + 1);
  let count = 0;
  for (let edge = 0; edge < edges.count; edge += 1) {
    const node = key[edge] ?? NOWHERE;
    if (!isWalkable(node, other[edge])) continue;
    offsets[node + 1] = (offsets[node + 1] ?? 0) + 1;
    count += 1;
  }
  for (let node = 0; node < nodes; node += 1) offsets[node + 1] = (offsets[node + 1] ?? 0) + (offsets[node] ?? 0);
  const next = offsets.slice();
  const rows = { offsets, nodes: new Uint32Array(count), marks: new Uint8Array(count) };
  for (const isTurnOf of by === 'from' ? TURNS : ALL_AT_ONCE)
    for (let edge = 0; edge < edges.count; edge += 1) {
      const node = key[edge] ?? NOWHERE;
      const mark = edges.marks[edge] ?? 0;
      if (!isTurnOf(mark) || !isWalkable(node, other[edge])) continue;
      const slot = next[node] ?? 0;
      next[node] = slot + 1;
      rows.nodes[slot] = other[edge] ?? 0;
      rows.marks[slot] = mark;
    }
  return rows;
}

const isWalkable = (node: number, other: number | undefined): boolean =>
  node !== NOWHERE && other !== NOWHERE && other !== node;
