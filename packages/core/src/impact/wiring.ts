/**
 * What the walk over dependencies does not need and the meaning of single acts does: flows with their traffic, users of
 * credentials declared and observed, labels that say what runs on what. Made once per snapshot, in time linear in its size.
 */
import type { NodeId } from '../shared/brand.ts';
import type { GraphEdge, GraphNode } from '../graph/graph.ts';
import { eachNeighbour, type GraphIndex } from '../graph/index-graph.ts';

/** One edge of traffic. An end that the graph does not know is kept: it is still somebody's traffic. */
export type Flow = Pick<GraphEdge, 'from' | 'to' | 'isHard' | 'traffic' | 'perMinute'>;

/** Who uses a credential or logs in with an account; declared by its owner, seen in logins, or both. */
export interface User {
  readonly node: NodeId;
  readonly isDeclared: boolean;
  readonly isObserved: boolean;
}

export interface Wiring {
  /** Flows that begin or end at a node, in the order of the snapshot. */
  readonly flowsAt: ReadonlyMap<NodeId, readonly Flow[]>;
  /** By credential or account; users sorted, each once. */
  readonly usersOf: ReadonlyMap<NodeId, readonly User[]>;
  /** Nodes by `lib.NAME=VERSION`, as their labels say it. */
  readonly withLibrary: ReadonlyMap<string, readonly NodeId[]>;
  /** Nodes by flag they read, from the label `flags`. */
  readonly readersOf: ReadonlyMap<string, readonly NodeId[]>;
}

/** Labels that carry a meaning here; names in one label are parted by commas or spaces. */
export const LABELS = {
  /** plc, scada, hmi, rtu...; `admin`, `person` or `service` on an account. */
  role: 'role',
  /** What starts a process again when it ends: `systemd`, `kubelet`...; `none`: nothing. `supervisor.NAME` for one process. */
  supervisor: 'supervisor',
  /** Paths a node needs, files or folders. */
  files: 'files',
  flags: 'flags',
  /** Accounts that may administer a resource. */
  admins: 'admins',
  /** What becomes of messages while a flow is cut, in the words of a rollback plan. */
  delivery: 'delivery',
  /** Protocol and port of a flow node. */
  traffic: 'traffic',
} as const;
export const LIBRARY = 'lib.';

const wirings = new WeakMap<GraphIndex, Wiring>();

export function wiringOf(index: GraphIndex): Wiring {
  const known = wirings.get(index);
  if (known !== undefined) return known;
  const made = wire(index);
  wirings.set(index, made);
  return made;
}

export const nodeAt = (index: GraphIndex, position: number): GraphNode | undefined => index.snapshot.nodes[position];

export const labelOf = (node: GraphNode | undefined, name: string): string | undefined =>
  node?.labels !== undefined && Object.hasOwn(node.labels, name) ? node.labels[name] : undefined;

export const wordsOf = (label: string | undefined): readonly string[] =>
  (label ?? '').split(/[\s,]+/).filter((word) => word !== '');

/** Neighbours of one kind of edge: `up` are those that need the node, `down` those it needs. Sorted, each once. */
export function neighbours(
  index: GraphIndex,
  position: number,
  { kind, way }: { readonly kind: GraphEdge['kind']; readonly way: 'up' | 'down' },
): readonly number[] {
  const found = new Set<number>();
  eachNeighbour(way === 'up' ? index.dependants : index.dependencies, position, (other, its) => {
    if (its === kind) found.add(other);
  });
  return [...found].toSorted((a, b) => a - b);
}

function push<K, V>(lists: Map<K, V[]>, key: K, value: V): void {
  const list = lists.get(key);
  if (list === undefined) lists.set(key, [value]);
  else list.push(value);
}

function wire({ snapshot }: GraphIndex): Wiring {
  const flowsAt = new Map<NodeId, Flow[]>();
  const users = new Map<NodeId, Map<NodeId, User>>();
  for (const edge of snapshot.edges) {
    if (edge.kind === 'flows-to') {
      push(flowsAt, edge.from, edge);
      if (edge.to !== edge.from) push(flowsAt, edge.to, edge);
    } else if (edge.kind === 'consumes-credential') addUser(users, edge);
  }
  const withLibrary = new Map<string, NodeId[]>();
  const readersOf = new Map<string, NodeId[]>();
  for (const node of snapshot.nodes) {
    for (const [name, version] of Object.entries(node.labels ?? {}))
      if (name.startsWith(LIBRARY)) push(withLibrary, `${name}=${version}`, node.id);
    for (const flag of new Set(wordsOf(labelOf(node, LABELS.flags)))) push(readersOf, flag, node.id);
  }
  const byNode = (one: User, other: User): number => (one.node < other.node ? -1 : 1);
  const usersOf = new Map([...users].map(([node, found]) => [node, [...found.values()].toSorted(byNode)]));
  return { flowsAt, usersOf, withLibrary, readersOf };
}

/** An edge without a mark was declared; the same user may be declared by one edge and seen by another. */
function addUser(users: Map<NodeId, Map<NodeId, User>>, { from, to, isObserved = false }: GraphEdge): void {
  const ofOne = users.get(to) ?? new Map<NodeId, User>();
  const before = ofOne.get(from);
  ofOne.set(from, {
    node: from,
    isDeclared: (before?.isDeclared ?? false) || !isObserved,
    isObserved: (before?.isObserved ?? false) || isObserved,
  });
  users.set(to, ofOne);
}
