/** Traffic and dependencies across a boundary (scenario C): which flows run between two sets of nodes, and who is at their ends. */
import type { NodeId } from '../shared/brand.ts';
import type { EdgeKind } from '../graph/graph.ts';
import { eachNeighbour, nodeOf, type GraphIndex } from '../graph/index-graph.ts';
import { isGround, isPlaced, placesOf } from './places.ts';
import { LABELS, labelOf, nodeAt, type Flow, type Wiring } from './wiring.ts';

/** Whether traffic between the two ends crosses; asked for both directions. */
export interface Boundary {
  /** Positions on this side. */
  readonly one: ReadonlySet<number>;
  /** Whether a node is on the other side; undefined: one that the graph does not know. */
  readonly isOther: (position: number | undefined) => boolean;
  /** Protocol and port that the boundary stops, like `tcp/445` or `tcp`; absent: everything. */
  readonly traffic?: string;
}

export interface Crossings {
  /** Edges of traffic that are cut, each once. */
  readonly flows: readonly Flow[];
  /** Nodes that need a node on the other side without a flow that says what runs between them. */
  readonly dependants: readonly { readonly node: NodeId; readonly needs: NodeId; readonly isHard: boolean }[];
  /** Ends nobody can place of flows whose other end is at the boundary, sorted. */
  readonly unplaced: readonly NodeId[];
}

/** A filter without a port stops every port of its protocol; traffic nobody described may be anything. */
export function stops(filter: string | undefined, traffic: string | undefined): boolean {
  if (filter === undefined || traffic === undefined) return true;
  const [own = '', port] = filter.toLowerCase().split('/');
  const [protocol = '', its, ...more] = traffic.toLowerCase().split('/');
  // Words like `modbus` name no protocol a filter knows: they may be what it stops.
  if (!KNOWN_PROTOCOLS.has(protocol) || more.length > 0) return true;
  if (own !== protocol) return false;
  return port === undefined || its === undefined || !/^\d+$/.test(its) || Number(port) === Number(its);
}
const KNOWN_PROTOCOLS: ReadonlySet<string> = new Set(['tcp', 'udp', 'icmp', 'sctp']);

export function crossingsOf(index: GraphIndex, wiring: Wiring, boundary: Boundary): Crossings {
  const search: Search = { index, wiring, boundary, cut: new Set(), unplaced: new Set(), seenHubs: new Set() };
  for (const position of boundary.one) {
    const id = nodeAt(index, position)?.id;
    for (const flow of id === undefined ? [] : (wiring.flowsAt.get(id) ?? [])) consider(search, flow);
  }
  return {
    flows: [...search.cut],
    dependants: dependantsAcross(index, boundary),
    unplaced: [...search.unplaced].toSorted(),
  };
}

interface Search {
  readonly index: GraphIndex;
  readonly wiring: Wiring;
  readonly boundary: Boundary;
  readonly cut: Set<Flow>;
  readonly unplaced: Set<NodeId>;
  readonly seenHubs: Set<NodeId>;
}

function consider(search: Search, flow: Flow): void {
  const hub = [flow.from, flow.to].find((end) => nodeOf(search.index, end)?.kind === 'flow');
  if (hub === undefined) {
    if (stops(search.boundary.traffic, flow.traffic)) cross(search, { begins: [flow], ends: [flow] });
    return;
  }
  if (search.seenHubs.has(hub)) return;
  search.seenHubs.add(hub);
  const legs = search.wiring.flowsAt.get(hub) ?? [];
  // Legs of one flow carry the same traffic: what one of them says holds for those that say nothing.
  const said =
    legs.find(({ traffic }) => traffic !== undefined)?.traffic ?? labelOf(nodeOf(search.index, hub), LABELS.traffic);
  const stopped = legs.filter(({ traffic }) => stops(search.boundary.traffic, traffic ?? said));
  const begins = stopped.filter(({ to }) => to === hub);
  const ends = stopped.filter(({ from }) => from === hub);
  // A flow drawn from its users alone, or to them alone, runs between all of them.
  if (begins.length === 0 || ends.length === 0) cross(search, { begins: stopped, ends: stopped, hub });
  else cross(search, { begins, ends, hub });
}

/** Marks legs of which a beginning is on one side and an end on the other, either way round. */
function cross(
  { index, boundary, cut, unplaced }: Search,
  { begins, ends, hub }: { readonly begins: readonly Flow[]; readonly ends: readonly Flow[]; readonly hub?: NodeId },
): void {
  const endOf = (leg: Flow, side: 'from' | 'to'): NodeId =>
    hub === undefined ? leg[side] : leg.from === hub ? leg.to : leg.from;
  const sides = (legs: readonly Flow[], side: 'from' | 'to'): readonly Leg[] =>
    legs.map((leg) => {
      const id = endOf(leg, side);
      const position = index.positions.get(id);
      const isHere = position !== undefined && boundary.one.has(position);
      const isThere = boundary.isOther(position);
      return {
        leg,
        id,
        isHere,
        isThere,
        isLost: !isHere && !isThere && (position === undefined || !isPlaced(index, position)),
      };
    });
  const from = sides(begins, 'from');
  const to = sides(ends, 'to');
  const judge = (own: Leg, others: readonly Leg[]): void => {
    const isCut =
      (own.isHere && meets(own, others, ({ isThere }) => isThere)) ||
      (own.isThere && meets(own, others, ({ isHere }) => isHere));
    if (isCut) cut.add(own.leg);
    if (own.isLost && others.some(({ isHere, isThere }) => isHere || isThere)) unplaced.add(own.id);
  };
  const [someFrom, someTo] = [representatives(from), representatives(to)];
  for (const leg of from) judge(leg, someTo);
  for (const leg of to) judge(leg, someFrom);
}

interface Leg {
  readonly leg: Flow;
  readonly id: NodeId;
  readonly isHere: boolean;
  readonly isThere: boolean;
  /** Nobody can say on which side it is. */
  readonly isLost: boolean;
}

const meets = (own: Leg, others: readonly Leg[], test: (other: Leg) => boolean): boolean =>
  others.some((other) => other.id !== own.id && test(other));

/** Two different nodes of every kind of leg answer every question that all of them would: large hubs stay cheap. */
function representatives(legs: readonly Leg[]): readonly Leg[] {
  const kept = new Map<string, Leg[]>();
  for (const leg of legs) {
    const key = `${leg.isHere} ${leg.isThere}`;
    const some = kept.get(key) ?? [];
    if (some.length < 2 && some.every(({ id }) => id !== leg.id)) some.push(leg);
    kept.set(key, some);
  }
  return [...kept.values()].flat();
}

/** What a node needs travels too, whether or not anybody drew the flow. */
const TRAVELS: ReadonlySet<EdgeKind> = new Set(['depends-on', 'consumes-credential']);

/** A node that does not say where it is, is where its hosts are: what it stands on is no traffic. */
const isFooting = (index: GraphIndex, node: number, needs: number): boolean =>
  isGround(nodeAt(index, needs)) && !placesOf(index).own.has(node);

function dependantsAcross(index: GraphIndex, { one, isOther }: Boundary): Crossings['dependants'] {
  const found = new Map<string, Crossings['dependants'][number]>();
  const add = (node: number, needs: number, isHard: boolean): void => {
    const [from, to] = [nodeAt(index, node)?.id, nodeAt(index, needs)?.id];
    if (from === undefined || to === undefined || isFooting(index, node, needs)) return;
    const key = `${from} ${to}`;
    found.set(key, { node: from, needs: to, isHard: isHard || (found.get(key)?.isHard ?? false) });
  };
  for (const position of one) {
    eachNeighbour(index.dependencies, position, (other, kind, isHard) => {
      if (TRAVELS.has(kind) && other !== position && isOther(other)) add(position, other, isHard);
    });
    eachNeighbour(index.dependants, position, (other, kind, isHard) => {
      if (TRAVELS.has(kind) && other !== position && isOther(other)) add(other, position, isHard);
    });
  }
  return [...found.keys()].toSorted().flatMap((key) => found.get(key) ?? []);
}
