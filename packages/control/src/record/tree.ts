/**
 * The tree as it is stored: the hashes of tiles, every eighth level, several in one row as they were written together. A row never
 * crosses the end of a tile, so whoever looks for a hash knows where its row can begin.
 */
import type { OrganisationId, Result } from '@countersign/core';
import {
  betweenTiles,
  CompactRange,
  encodeBase64,
  HASH_BYTES,
  rootNodes,
  TILE_LEVELS,
  TILE_WIDTH,
  type MerkleNode,
  type NodeAddress,
  type NodeReader,
} from '@countersign/seal';
import { sql } from 'kysely';
import type { Store } from '../store/schema.ts';

/** Neighbours at one level of one tile. */
export interface TileRun {
  readonly level: number;
  /** Of the first one. */
  readonly index: number;
  readonly hashes: Uint8Array[];
}
interface Span {
  readonly level: number;
  readonly from: number;
  to: number;
}

const keyOf = (level: number, index: number): string => `${level}/${index}`;

/** What a store keeps of nodes that were completed one after the other. */
export function tileRuns(nodes: readonly MerkleNode[]): readonly TileRun[] {
  const runs: TileRun[] = [];
  const last = new Map<number, TileRun>();
  for (const { level, index, hash } of nodes) {
    if (level % TILE_LEVELS !== 0) continue;
    const run = last.get(level);
    if (run !== undefined && index % TILE_WIDTH !== 0) {
      run.hashes.push(hash);
      continue;
    }
    const begun: TileRun = { level, index, hashes: [hash] };
    last.set(level, begun);
    runs.push(begun);
  }
  return runs;
}

/** Stored hashes that these nodes are made of, each with its tile from the beginning: a run that holds one may begin there. */
function spansOf(plan: readonly NodeAddress[]): readonly Span[] {
  const spans = new Map<string, Span>();
  for (const { level, index } of plan) {
    const above = level % TILE_LEVELS;
    const first = index * 2 ** above;
    const to = first + 2 ** above;
    const from = first - (first % TILE_WIDTH);
    const key = keyOf(level - above, from);
    const span = spans.get(key);
    if (span === undefined) spans.set(key, { level: level - above, from, to });
    else span.to = Math.max(span.to, to);
  }
  return [...spans.values()];
}

/** One query for all nodes of a plan. */
export async function readNodes(
  store: Store,
  organisation: OrganisationId,
  plan: readonly NodeAddress[],
): Promise<NodeReader> {
  if (plan.length === 0) return () => undefined;
  const spans = spansOf(plan);
  const found = await sql<{ level: number; index: number; hashes: Buffer }>`
    select node.level, node.index, node.hashes
    from unnest(
      ${spans.map(({ level }) => level)}::int[],
      ${spans.map(({ from }) => from)}::bigint[],
      ${spans.map(({ to }) => to)}::bigint[]) as wanted (level, first, below)
    join tree_node node on node.organisation = ${organisation} and node.level = wanted.level
      and node.index >= wanted.first and node.index < wanted.below`.execute(store);
  const nodes = new Map<string, Uint8Array>();
  for (const { level, index, hashes } of found.rows)
    for (let place = 0; (place + 1) * HASH_BYTES <= hashes.length; place += 1)
      nodes.set(
        keyOf(level, index + place),
        Uint8Array.from(hashes.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES)),
      );
  return betweenTiles((level, index) => nodes.get(keyOf(level, index)));
}

/** The growing edge of the tree at a size. */
export async function readRange(
  store: Store,
  organisation: OrganisationId,
  size: number,
): Promise<Result<CompactRange>> {
  const plan = rootNodes(size);
  const node = await readNodes(store, organisation, plan);
  const peaks = plan.map(({ level, index }) => encodeBase64(node(level, index) ?? new Uint8Array()));
  return CompactRange.parse({ size, peaks });
}
