/**
 * What becomes of everybody else while an act runs (D4, AG-706 4.3): health spreads along the graph from the nodes an act
 * touches, held up by quorums and replicas. Each node can only get worse, a bounded number of times: cycles end.
 */
import type { NodeId } from '../shared/brand.ts';
import type { EdgeKind } from '../graph/graph.ts';
import { eachNeighbour, type GraphIndex } from '../graph/index-graph.ts';
import { worseHealth, type Health } from './prediction.ts';
import { besetBy, quorumOf, type Quorum } from './quorum.ts';
import { nodeAt } from './wiring.ts';

/** What an act does to a node by itself. */
export interface Seed {
  readonly health: Exclude<Health, 'unaffected'>;
  readonly because: string;
  /** What it leaves of the node's capacity, in per cent rounded down. */
  readonly capacityLeftPercent?: number;
  /** The rollout reaches it in its turn: of all such nodes at most `atOnce` are touched at the same time (X4). */
  readonly isInTurn?: boolean;
  /** This is what the act is for; it counts as harm only to those who need the node. */
  readonly isMeant?: boolean;
}

interface Felt {
  readonly health: Health;
  /** In per cent of the whole, rounded down; absent: nobody declared one. */
  readonly capacityLeftPercent?: number;
  readonly because: string;
}

export interface Foreseen extends Felt {
  /** The seed in turn that alone takes it down; absent: it counts as down all the time. */
  readonly cause?: number;
  /** Without what the act means to do to the node itself. */
  readonly felt: Felt;
}

export interface ForeseeOptions {
  /** Most nodes touched at the same time: the window of the rollout. */
  readonly atOnce: number;
  readonly maxEdges: number;
}

export interface Outlook {
  /** Nodes worse than unaffected. */
  readonly nodes: ReadonlyMap<NodeId, Foreseen>;
  /** The walk was stopped by its cap: what it did not see is not safe. */
  readonly isStopped: boolean;
}

interface Walk extends ForeseeOptions {
  readonly index: GraphIndex;
  readonly seeds: ReadonlyMap<number, Seed>;
  readonly states: Map<number, Foreseen>;
  readonly quorums: Map<number, Quorum | undefined>;
  edgesVisited: number;
}

/** Seeds of nodes the graph does not know are kept as they are: nothing can be said of who needs them. */
export function foresee(index: GraphIndex, seeds: ReadonlyMap<NodeId, Seed>, options: ForeseeOptions): Outlook {
  const nodes = new Map<NodeId, Foreseen>();
  const known = new Map<number, Seed>();
  for (const [node, seed] of seeds) {
    const position = index.positions.get(node);
    if (position !== undefined) known.set(position, seed);
    else nodes.set(node, alone(seed));
  }
  const walk: Walk = { ...options, index, seeds: known, states: new Map(), quorums: new Map(), edgesVisited: 0 };
  let dirty = new Set(known.keys());
  while (dirty.size > 0 && walk.edgesVisited <= walk.maxEdges) dirty = settle(walk, dirty);
  for (const [position, state] of walk.states) {
    const id = nodeAt(index, position)?.id;
    if (id !== undefined && state.health !== 'unaffected') nodes.set(id, state);
  }
  return { nodes, isStopped: dirty.size > 0 };
}

const alone = ({ health, because, isMeant = false }: Seed): Foreseen => ({
  health,
  because,
  felt: isMeant ? { health: 'unaffected', because: '' } : { health, because },
});

/** Judges every dirty node once; those that changed make their neighbours dirty. */
function settle(walk: Walk, dirty: ReadonlySet<number>): Set<number> {
  const next = new Set<number>();
  for (const node of dirty) {
    if (walk.edgesVisited > walk.maxEdges) return new Set([...next, ...dirty]);
    const before = walk.states.get(node);
    const after = judge(walk, node);
    const health = worseHealth(before?.health ?? 'unaffected', after.health);
    walk.states.set(node, { ...after, health });
    // A change of cause makes a quorum above it count anew; it goes from one cause to all the time and never back.
    if (health === (before?.health ?? 'unaffected') && before?.cause === after.cause) continue;
    eachNeighbour(walk.index.dependants, node, (other) => void next.add(other));
    // Flows are felt at both ends; the name of a replica set feels its replicas.
    eachNeighbour(walk.index.dependencies, node, (other, kind) => {
      if (kind === 'flows-to' || kind === 'replica-of') next.add(other);
    });
  }
  return next;
}

/** What a node feels when one it is tied to is `health`; undefined: nothing. */
function passedOn(kind: EdgeKind, isHard: boolean, health: Health): Exclude<Health, 'unaffected'> | undefined {
  if (health === 'unaffected' || kind === 'deployed-by') return undefined;
  // Replicas stand in for each other: what they are for outlives one of them.
  if (kind === 'replica-of') return health === 'degraded' ? undefined : 'degraded';
  if (isHard || kind === 'consumes-credential' || kind === 'member-of-segment') return health;
  // Across a soft edge an outage is felt and a weakness is not.
  return health === 'degraded' ? undefined : 'degraded';
}

interface Feeling {
  health: Health;
  because: string;
  /** Seeds in turn behind `down`; `always`: more than one, or none in turn. */
  cause: number | 'always' | undefined;
}

function feel(feeling: Feeling, health: Health, { because, cause }: Pick<Foreseen, 'because' | 'cause'>): void {
  if (worseHealth(feeling.health, health) === health && feeling.health !== health) {
    feeling.health = health;
    feeling.because = because;
  }
  if (health !== 'down') return;
  const own = cause ?? 'always';
  feeling.cause = feeling.cause === undefined || feeling.cause === own ? own : 'always';
}

function judge(walk: Walk, node: number): Foreseen {
  const quorum = quorumAt(walk, node);
  const feeling: Feeling = { health: 'unaffected', because: '', cause: undefined };
  const isMember = (other: number): boolean => quorum?.members.has(other) ?? false;
  const listen = (other: number, kind: EdgeKind, isHard: boolean): void => {
    walk.edgesVisited += 1;
    const state = walk.states.get(other);
    if (state === undefined || isMember(other)) return;
    const health = passedOn(kind, isHard, state.health);
    if (health === undefined) return;
    const verb = isHard || health === state.health ? 'needs' : 'uses';
    feel(feeling, health, {
      because: `${verb} ${nodeAt(walk.index, other)?.id ?? ''}, which is ${state.health}`,
      ...(state.cause !== undefined && { cause: state.cause }),
    });
  };
  // What is done to the node itself is the better reason where a neighbour would give the same health.
  const seed = walk.seeds.get(node);
  if (seed !== undefined && seed.isMeant !== true && seed.isInTurn !== true) feel(feeling, seed.health, seed);
  eachNeighbour(walk.index.dependencies, node, listen);
  eachNeighbour(walk.index.dependants, node, (other, kind, isHard) => {
    if (kind === 'flows-to') listen(other, kind, isHard);
  });
  const felt = withNothingLeft({ health: feeling.health, because: feeling.because });
  if (seed !== undefined)
    feel(feeling, seed.health, { because: seed.because, ...(seed.isInTurn === true && { cause: node }) });
  const state = quorum === undefined ? settled(feeling, felt) : held(walk, { node, quorum, feeling, felt });
  return seed?.capacityLeftPercent === undefined ? state : shrunk(state, seed.capacityLeftPercent);
}

/** The act itself takes capacity away, whatever the neighbours leave. */
function shrunk(state: Foreseen, percent: number): Foreseen {
  const less = <T extends Felt>(own: T): T => ({
    ...own,
    capacityLeftPercent: Math.min(own.capacityLeftPercent ?? 100, percent),
  });
  return less({ ...state, felt: less(state.felt) });
}

/** What is down carries nothing. */
const withNothingLeft = <T extends Felt>(state: T): T =>
  state.health === 'down' ? { ...state, capacityLeftPercent: 0 } : state;

const settled = ({ health, because, cause }: Feeling, felt: Felt): Foreseen =>
  withNothingLeft({ health, because, felt, ...(typeof cause === 'number' && { cause }) });

function quorumAt(walk: Walk, node: number): Quorum | undefined {
  if (walk.quorums.has(node)) return walk.quorums.get(node);
  const quorum = quorumOf(walk.index, node);
  walk.quorums.set(node, quorum);
  return quorum;
}

/** A node that others stand in for: it is as well as those that are left can make it. */
function held(
  walk: Walk,
  { node, quorum, feeling, felt }: { node: number; quorum: Quorum; feeling: Feeling; felt: Felt },
): Foreseen {
  walk.edgesVisited += quorum.members.size;
  const stateOf = (member: number): Pick<Foreseen, 'health' | 'cause'> | undefined => {
    if (member !== node) return walk.states.get(member);
    return { health: feeling.health, ...(typeof feeling.cause === 'number' && { cause: feeling.cause }) };
  };
  const left = besetBy(quorum, { stateOf, atOnce: walk.atOnce });
  const rest = withNothingLeft<Felt>(left);
  if (quorum.members.has(node)) return { ...rest, felt: rest };
  const worse = <T extends Felt>(own: T): T | Felt =>
    worseHealth(rest.health, own.health) === own.health && rest.health !== own.health
      ? withNothingLeft({ ...own, capacityLeftPercent: left.capacityLeftPercent })
      : rest;
  return { ...worse(settled(feeling, felt)), felt: worse(felt) };
}
