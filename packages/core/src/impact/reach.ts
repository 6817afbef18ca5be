/**
 * The walk from targets to everything that needs them, on numbers alone (G4). Nothing is allocated per node: one byte of notes
 * for each node of the estate is kept with its index and wiped by what was touched, so the cost is the edges looked at.
 */
import { CARRIES, EDGE, isFlow, isMembership, type Adjacency } from '../graph/adjacency.ts';
import { kindAt, type ColumnIndex } from '../graph/index-graph.ts';

export interface ReachLimits {
  /** How far from the targets the walk goes. */
  readonly hops: number;
  /** Most dependants and most edges the walk looks at before it stops. */
  readonly caps: { readonly dependants: number; readonly edges: number };
}

export interface Reach {
  /**
   * Positions of what needs a target, targets that need another one among them; the first `hardCount` are reached by edges
   * alone that carry an outage. Valid only until the use of the walk ends.
   */
  readonly found: Uint32Array;
  readonly hardCount: number;
  readonly isTarget: (position: number) => boolean;
  /** Reached by edges alone that carry an outage. */
  readonly isHard: (position: number) => boolean;
  readonly edgesVisited: number;
  /** Absent: the walk saw everything. */
  readonly stoppedBy?: 'hops' | 'dependants' | 'edges';
  readonly around: Around;
}

/** What is directly around the targets, as far as the walk looked. */
interface Around {
  /** Distinct segments that are targets, that a target is a member of, or that a target segment contains. */
  readonly segments: number;
  /** Targets that at least two parties need directly: different owners, and whoever has none is a party of its own. */
  readonly sharedServices: number;
  /** Largest number of distinct direct dependants of one target. */
  readonly fanOut: number;
}

const SEEN = 1;
const FOUND = 2;
const HARD = 4;
const TARGET = 8;
const NEAR = 16;
const SEGMENT = 32;

/** Positions in the order they were met; grows to what a walk needed, at most to the estate, and stays for the next one. */
class Positions {
  list: Uint32Array = new Uint32Array(0);
  length = 0;
  readonly #most: number;

  constructor(most: number) {
    this.#most = most;
  }

  reserve(more: number): void {
    const needed = Math.min(this.length + more, this.#most);
    if (needed <= this.list.length) return;
    const larger = new Uint32Array(Math.min(Math.max(needed, this.list.length * 2, 1024), this.#most));
    larger.set(this.list);
    this.list = larger;
  }
}

class Scratch {
  readonly notes: Uint8Array;
  readonly queue: Positions;
  readonly found: Positions;
  readonly segments: Positions;

  constructor(size: number) {
    this.notes = new Uint8Array(size);
    this.queue = new Positions(size);
    this.found = new Positions(size);
    this.segments = new Positions(size);
  }
}

const idle = new WeakMap<ColumnIndex, Scratch>();

/** Walks, lets `use` read what was found, and wipes the notes. A walk inside a walk gets notes of its own. */
export function withReach<T>(
  index: ColumnIndex,
  targets: readonly number[],
  { limits, use }: { readonly limits: ReachLimits; readonly use: (reach: Reach) => T },
): T {
  const scratch = idle.get(index) ?? new Scratch(index.nodes.size);
  idle.delete(index);
  const walk = new Walk(index, scratch, limits);
  walk.run(targets);
  try {
    return use(walk.reach());
  } finally {
    walk.wipe(targets);
    idle.set(index, scratch);
  }
}

class Walk {
  readonly #index: ColumnIndex;
  readonly #scratch: Scratch;
  readonly #hops: number;
  readonly #maxEdges: number;
  readonly #maxFound: number;
  #edges = 0;
  #hardCount = 0;
  #sharedServices = 0;
  #fanOut = 0;
  #stoppedBy: Reach['stoppedBy'];

  constructor(index: ColumnIndex, scratch: Scratch, { hops, caps }: ReachLimits) {
    this.#index = index;
    this.#scratch = scratch;
    this.#hops = hops;
    this.#maxEdges = Math.max(0, Math.ceil(caps.edges));
    this.#maxFound = Math.max(0, Math.ceil(caps.dependants));
  }

  /** Two passes, hard edges first: a node that both reach is hard. */
  run(targets: readonly number[]): void {
    const { notes } = this.#scratch;
    for (const target of targets) notes[target] = (notes[target] ?? 0) | TARGET;
    for (const onlyHard of [true, false]) {
      if (this.#stoppedBy === undefined && targets.length > 0) this.#pass(targets, onlyHard);
      this.#forget();
    }
  }

  reach(): Reach {
    const { notes, found, segments } = this.#scratch;
    const stoppedBy = this.#stoppedBy;
    return {
      found: found.list.subarray(0, found.length),
      hardCount: this.#hardCount,
      isTarget: (position) => ((notes[position] ?? 0) & TARGET) !== 0,
      isHard: (position) => ((notes[position] ?? 0) & HARD) !== 0,
      edgesVisited: this.#edges,
      ...(stoppedBy !== undefined && { stoppedBy }),
      around: { segments: segments.length, sharedServices: this.#sharedServices, fanOut: this.#fanOut },
    };
  }

  wipe(targets: readonly number[]): void {
    const { notes, found, segments } = this.#scratch;
    for (const target of targets) notes[target] = 0;
    for (const { list, length } of [found, segments])
      for (let place = 0; place < length; place += 1) notes[list[place] ?? 0] = 0;
    found.length = 0;
    segments.length = 0;
  }

  /** Each level is a hop. Targets are not walked from again when another one needs them. */
  #pass(targets: readonly number[], onlyHard: boolean): void {
    const { queue } = this.#scratch;
    const follow = onlyHard ? CARRIES : EDGE;
    for (const target of targets) {
      const seenTo = this.#expand(target, follow);
      if (onlyHard) this.#lookAround(target, seenTo);
      if (this.#stoppedBy !== undefined) break;
    }
    let begin = 0;
    for (let hop = 0; begin < queue.length; hop += 1) {
      const end = queue.length;
      if (hop >= this.#hops && this.#goesOn(begin)) this.#stoppedBy = 'hops';
      else this.#keep(begin, onlyHard);
      if (this.#stoppedBy === undefined) this.#expandLevel({ begin, end, follow });
      begin = end;
    }
  }

  #goesOn(begin: number): boolean {
    const { queue, notes } = this.#scratch;
    return queue.list.subarray(begin, queue.length).some((node) => ((notes[node] ?? 0) & TARGET) === 0);
  }

  /**
   * The one loop that matters: as `#expand` for every node of a level, with what it reads at hand. Nodes with flows and those
   * at the cap of edges take the long way.
   */
  #expandLevel({
    begin,
    end,
    follow,
  }: {
    readonly begin: number;
    readonly end: number;
    readonly follow: number;
  }): void {
    const { queue, notes } = this.#scratch;
    const { offsets, nodes, marks } = this.#index.dependants;
    const { hasFlow } = this.#index;
    for (let place = begin; place < end && this.#stoppedBy === undefined; place += 1) {
      const node = queue.list[place] ?? 0;
      if (((notes[node] ?? 0) & TARGET) !== 0) continue;
      const from = offsets[node] ?? 0;
      const to = offsets[node + 1] ?? 0;
      const isPlain = ((hasFlow[node >> 3] ?? 0) & (1 << (node & 7))) === 0;
      if (!isPlain || this.#edges + to - from > this.#maxEdges) {
        this.#expand(node, follow);
        continue;
      }
      if (from === to) continue;
      this.#edges += to - from;
      queue.reserve(to - from);
      const { list } = queue;
      let { length } = queue;
      for (let slot = from; slot < to; slot += 1) {
        const other = nodes[slot] ?? 0;
        const note = notes[other] ?? 0;
        if ((note & SEEN) !== 0 || ((marks[slot] ?? 0) & follow) === 0) continue;
        notes[other] = note | SEEN;
        list[length] = other;
        length += 1;
      }
      queue.length = length;
    }
  }

  /** Flows are followed both ways: cutting a flow at either end is felt at the other. Returns where its dependants were left. */
  #expand(node: number, follow: number): number {
    const { dependants, hasFlow } = this.#index;
    const seenTo = this.#look(dependants, node, dependants.offsets[node + 1] ?? 0, follow);
    if (((hasFlow[node >> 3] ?? 0) & (1 << (node & 7))) !== 0 && this.#stoppedBy === undefined)
      this.#expandFlows(node, follow);
    return seenTo;
  }

  #expandFlows(node: number, follow: number): void {
    const { dependencies } = this.#index;
    const from = dependencies.offsets[node] ?? 0;
    const end = dependencies.offsets[node + 1] ?? 0;
    let to = from;
    while (to < end && to - from <= this.#maxEdges && isFlow(dependencies.marks[to] ?? 0)) to += 1;
    this.#look(dependencies, node, to, follow);
  }

  /** Looks at the edges of a node up to slot `to`, as far as the cap allows, and queues what was not seen before. */
  #look({ offsets, nodes, marks }: Adjacency, node: number, to: number, follow: number): number {
    const { queue, notes } = this.#scratch;
    const from = offsets[node] ?? 0;
    const end = Math.min(to, from + this.#maxEdges - this.#edges);
    if (end < to) this.#stoppedBy = 'edges';
    this.#edges += end - from;
    queue.reserve(end - from);
    const { list } = queue;
    let { length } = queue;
    for (let slot = from; slot < end; slot += 1) {
      const other = nodes[slot] ?? 0;
      const note = notes[other] ?? 0;
      if ((note & SEEN) !== 0 || ((marks[slot] ?? 0) & follow) === 0) continue;
      notes[other] = note | SEEN;
      list[length] = other;
      length += 1;
    }
    queue.length = length;
    return end;
  }

  #keep(begin: number, onlyHard: boolean): void {
    const { queue, notes, found } = this.#scratch;
    found.reserve(Math.min(queue.length - begin, this.#maxFound));
    for (let place = begin; place < queue.length; place += 1) {
      const node = queue.list[place] ?? 0;
      const note = notes[node] ?? 0;
      if ((note & FOUND) !== 0) continue;
      if (found.length >= this.#maxFound) {
        this.#stoppedBy = 'dependants';
        return;
      }
      notes[node] = note | FOUND | (onlyHard ? HARD : 0);
      found.list[found.length] = node;
      found.length += 1;
      if (onlyHard) this.#hardCount += 1;
    }
  }

  /** Between passes: who was seen, not who was found. */
  #forget(): void {
    const { queue, notes } = this.#scratch;
    for (let place = 0; place < queue.length; place += 1) {
      const node = queue.list[place] ?? 0;
      notes[node] = (notes[node] ?? 0) & ~SEEN;
    }
    queue.length = 0;
  }

  /** The edges of one target that were looked at just now, once more: how many need it, for how many parties, and where it is. */
  #lookAround(target: number, to: number): void {
    const { dependants, nodes } = this.#index;
    const { notes } = this.#scratch;
    const from = dependants.offsets[target] ?? 0;
    const isSegment = kindAt(this.#index, target) === 'segment';
    if (isSegment) this.#addSegment(target);
    let near = 0;
    let owner = -1;
    let isShared = false;
    for (let slot = from; slot < to; slot += 1) {
      const other = dependants.nodes[slot] ?? 0;
      if (isSegment && isMembership(dependants.marks[slot] ?? 0) && kindAt(this.#index, other) === 'segment')
        this.#addSegment(other);
      if (((notes[other] ?? 0) & NEAR) !== 0) continue;
      notes[other] = (notes[other] ?? 0) | NEAR;
      near += 1;
      const party = nodes.owners.codes[other] ?? 0;
      isShared ||= owner !== -1 && (party === 0 || party !== owner);
      owner = party;
    }
    for (let slot = from; slot < to; slot += 1) {
      const other = dependants.nodes[slot] ?? 0;
      notes[other] = (notes[other] ?? 0) & ~NEAR;
    }
    this.#fanOut = Math.max(this.#fanOut, near);
    if (isShared) this.#sharedServices += 1;
    this.#addSegmentsOf(target);
  }

  /** Segments stand behind the flows in what a node needs; these edges count too. */
  #addSegmentsOf(target: number): void {
    const { offsets, nodes, marks } = this.#index.dependencies;
    const end = offsets[target + 1] ?? 0;
    let slot = offsets[target] ?? 0;
    while (slot < end && slot - (offsets[target] ?? 0) <= this.#maxEdges && isFlow(marks[slot] ?? 0)) slot += 1;
    for (; slot < end && isMembership(marks[slot] ?? 0) && this.#stoppedBy === undefined; slot += 1) {
      if (this.#edges >= this.#maxEdges) {
        this.#stoppedBy = 'edges';
        return;
      }
      this.#edges += 1;
      this.#addSegment(nodes[slot] ?? 0);
    }
  }

  #addSegment(node: number): void {
    const { notes, segments } = this.#scratch;
    if (((notes[node] ?? 0) & SEGMENT) !== 0) return;
    notes[node] = (notes[node] ?? 0) | SEGMENT;
    segments.reserve(1);
    segments.list[segments.length] = node;
    segments.length += 1;
  }
}
