/** Ids of nodes as numbers and back: a list of ids and a table of places, a fifth of what a `Map` of them would hold. */
import type { NodeId } from '../shared/brand.ts';
import { sortByKey } from './sort-by-key.ts';

/** Looks like a `ReadonlyMap` from id to position where callers need it to. */
export interface NodeNames {
  readonly size: number;
  readonly has: (id: string) => boolean;
  /** Position of the first node of this name. */
  readonly get: (id: string) => number | undefined;
  readonly at: (position: number) => NodeId | undefined;
  /** The positions in the order of the text of their ids. */
  readonly ordered: (positions: Uint32Array) => Uint32Array;
}

/** Below this many names comparing texts is cheaper than ranking every node of the estate once. */
const FEW = 256;

/** Names chosen to collide would make every place a long search; past this a `Map`, whose hash is secret, takes over. */
const MAX_PROBES = 128;

/** FNV-1a over UTF-16 units. */
function hashOf(text: string): number {
  let hash = 0x81_1c_9d_c5;
  for (let unit = 0; unit < text.length; unit += 1) hash = Math.imul(hash ^ text.charCodeAt(unit), 0x01_00_01_93);
  return (hash ^ (hash >>> 15)) >>> 0;
}

const byText = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

type Places = Pick<NodeNames, 'size' | 'get'>;

/** Open addressing at most two thirds full: a slot holds a position plus one, zero is free. */
function placesOf(ids: readonly NodeId[]): Places {
  let slots = 8;
  while (slots * 2 < ids.length * 3) slots *= 2;
  const table = new Uint32Array(slots);
  const mask = slots - 1;
  const find = (id: string): number => {
    let slot = hashOf(id) & mask;
    for (let taken = table[slot] ?? 0; taken !== 0 && ids[taken - 1] !== id; taken = table[slot] ?? 0)
      slot = (slot + 1) & mask;
    return slot;
  };
  let size = 0;
  for (let position = 0; position < ids.length; position += 1) {
    const id = ids[position] ?? '';
    const slot = find(id);
    // A node named twice keeps its first place; import refuses such a graph before it gets here.
    if (table[slot] !== 0) continue;
    if (((slot - hashOf(id)) & mask) > MAX_PROBES) return mappedPlaces(ids);
    table[slot] = position + 1;
    size += 1;
  }
  return {
    size,
    get(id) {
      const taken = table[find(id)] ?? 0;
      return taken === 0 ? undefined : taken - 1;
    },
  };
}

function mappedPlaces(ids: readonly NodeId[]): Places {
  const places = new Map<string, number>();
  ids.forEach((id, position) => places.has(id) || places.set(id, position));
  return { size: places.size, get: (id) => places.get(id) };
}

const isAscending = (ids: readonly NodeId[]): boolean =>
  ids.every((id, position) => position === 0 || (ids[position - 1] ?? id) <= id);

/** Place of each position in the order of the ids. */
function ranksOf(ids: readonly NodeId[]): Uint32Array {
  const order = Array.from(ids.keys()).toSorted((a, b) => byText(ids[a] ?? '', ids[b] ?? ''));
  const ranks = new Uint32Array(ids.length);
  order.forEach((position, rank) => (ranks[position] = rank));
  return ranks;
}

/** `ids` is kept, not copied: nothing may change it afterwards. */
export function namesOf(ids: readonly NodeId[]): NodeNames {
  const { size, get } = placesOf(ids);
  let ranks: Uint32Array | undefined;
  const isSorted = isAscending(ids);
  return {
    size,
    get,
    has: (id) => get(id) !== undefined,
    at: (position) => ids[position],
    ordered(positions) {
      if (isSorted) return positions.toSorted();
      if (positions.length < FEW) return positions.toSorted((a, b) => byText(ids[a] ?? '', ids[b] ?? ''));
      ranks ??= ranksOf(ids);
      return sortByKey(positions, ranks);
    },
  };
}
