/** Where nodes are on the network (G1, scenario C): their addresses, else their segments, else the hosts they stand on. */
import type { NodeId } from '../shared/brand.ts';
import type { GraphNode } from '../graph/graph.ts';
import type { GraphIndex } from '../graph/index-graph.ts';
import { contains, overlaps, parseBlock, type Block } from './cidr.ts';
import { neighbours, nodeAt } from './wiring.ts';

export interface Places {
  /** Own blocks by position, of nodes that declare any that can be read. */
  readonly own: ReadonlyMap<number, readonly Block[]>;
  /** Nodes of which at least one address cannot be read: they may be anywhere. */
  readonly unreadable: ReadonlySet<number>;
}

const known = new WeakMap<GraphIndex, Places>();

export function placesOf(index: GraphIndex): Places {
  const before = known.get(index);
  if (before !== undefined) return before;
  const own = new Map<number, readonly Block[]>();
  const unreadable = new Set<number>();
  index.snapshot.nodes.forEach((node, position) => {
    const texts = blocksTextOf(node);
    if (texts.length === 0) return;
    const blocks = texts.flatMap((text) => parseBlock(text) ?? []);
    if (blocks.length > 0) own.set(position, blocks);
    if (blocks.length < texts.length) unreadable.add(position);
  });
  const places = { own, unreadable };
  known.set(index, places);
  return places;
}

const blocksTextOf = ({ addresses, cidr }: GraphNode): readonly string[] => [
  ...(addresses ?? []),
  ...(cidr === undefined ? [] : [cidr]),
];

/** Kinds that others stand on: what runs on them is where they are. */
export const isGround = (node: GraphNode | undefined): boolean => node?.kind === 'host' || node?.kind === 'device';

/**
 * Positions of everything that is in the block or may be: by own address, as a member of a segment that meets it, or standing
 * on a host in it. A segment that is partly inside counts, and so do its members that do not say where in it they are.
 */
export function insideOf(index: GraphIndex, block: Block): ReadonlySet<number> {
  const places = placesOf(index);
  const inside = new Set<number>();
  for (const [position, blocks] of places.own) if (blocks.some((own) => overlaps(own, block))) inside.add(position);
  return withContents(index, inside, block);
}

/**
 * With members of segments and what stands on hosts. A member of a segment that is wholly in the block is in it whatever its
 * addresses say; otherwise a node that says itself where it is, is there. Without a block every segment counts as a whole.
 */
export function withContents(index: GraphIndex, some: ReadonlySet<number>, block?: Block): ReadonlySet<number> {
  const { own } = placesOf(index);
  const inside = new Set(some);
  const queue = [...some];
  const isWhole = (segment: number): boolean =>
    block === undefined || (own.get(segment)?.every((part) => contains(block, part)) ?? false);
  const enter = (other: number): void => {
    if (inside.has(other)) return;
    inside.add(other);
    queue.push(other);
  };
  for (let position = queue.pop(); position !== undefined; position = queue.pop()) {
    const takesAll = isWhole(position);
    for (const member of neighbours(index, position, { kind: 'member-of-segment', way: 'up' }))
      if (takesAll || !own.has(member)) enter(member);
    if (!isGround(nodeAt(index, position))) continue;
    for (const guest of neighbours(index, position, { kind: 'depends-on', way: 'up' }))
      if (!own.has(guest)) enter(guest);
  }
  return inside;
}

/** Whether anything says where a node is; one nobody can place may be on either side of every boundary. */
export function isPlaced(index: GraphIndex, start: number): boolean {
  const { own, unreadable } = placesOf(index);
  if (unreadable.has(start)) return false;
  const seen = new Set([start]);
  const queue = [start];
  for (let position = queue.pop(); position !== undefined; position = queue.pop()) {
    if (own.has(position)) return true;
    const grounds = neighbours(index, position, { kind: 'depends-on', way: 'down' }).filter((other) =>
      isGround(nodeAt(index, other)),
    );
    for (const other of [...neighbours(index, position, { kind: 'member-of-segment', way: 'down' }), ...grounds])
      if (!seen.has(other)) {
        seen.add(other);
        queue.push(other);
      }
  }
  return false;
}

export const idsOf = (index: GraphIndex, positions: Iterable<number>): readonly NodeId[] =>
  [...new Set([...positions].flatMap((position) => nodeAt(index, position)?.id ?? []))].toSorted();
