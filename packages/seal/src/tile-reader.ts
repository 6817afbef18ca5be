/** Nodes of the tree out of tiles: what a tile leaves out between its levels is hashed again. */
import { ok, type Result } from '@countersign/core';
import { nodeHash } from './merkle.ts';
import {
  consistencyNodes,
  consistencyProof,
  rootFromNodes,
  rootNodes,
  type NodeAddress,
  type NodeReader,
} from './merkle-proof.ts';
import { verifyConsistency } from './merkle.ts';
import { TILE_LEVELS, TILE_WIDTH, tilePath, tileWidth, type Tile } from './tiles.ts';

/** Tiles of a record of this size that hold what these nodes are made of. */
export function tilesFor(plan: readonly NodeAddress[], size: number): readonly Tile[] {
  const tiles = new Map<string, Tile>();
  for (const { level, index } of plan) {
    const tileLevel = Math.floor(level / TILE_LEVELS);
    const first = index * 2 ** (level - tileLevel * TILE_LEVELS);
    const place = { level: tileLevel, index: Math.floor(first / TILE_WIDTH) };
    const tile: Tile = { ...place, width: tileWidth(place, size) };
    if (tile.width > 0) tiles.set(tilePath(tile), tile);
  }
  return [...tiles.values()];
}

/** Reads nodes out of decoded tiles of hashes, by the path of each. */
export const tileReader = (size: number, tiles: ReadonlyMap<string, readonly Uint8Array[]>): NodeReader =>
  betweenTiles((level, index) => {
    const place = { level: level / TILE_LEVELS, index: Math.floor(index / TILE_WIDTH) };
    const hashes = tiles.get(tilePath({ ...place, width: tileWidth(place, size) }));
    return hashes?.[index % TILE_WIDTH];
  });

/** `stored` knows every eighth level; each node between is hashed once. */
export function betweenTiles(stored: NodeReader): NodeReader {
  const hashed = new Map<string, Uint8Array>();
  const read: NodeReader = (level, index) => {
    if (level % TILE_LEVELS === 0) return stored(level, index);
    const key = `${level}/${index}`;
    const known = hashed.get(key);
    if (known !== undefined) return known;
    const [left, right] = [read(level - 1, 2 * index), read(level - 1, 2 * index + 1)];
    if (left === undefined || right === undefined) return undefined;
    const hash = nodeHash(left, right);
    hashed.set(key, hash);
    return hash;
  };
  return read;
}

/** Nodes that `rootWithin` reads. */
export const rootWithinNodes = (older: number, newer: number): readonly NodeAddress[] => [
  ...rootNodes(older),
  ...consistencyNodes(older, newer),
];

/** The root that the tree of `newer` had when it was `older` entries long, proved against the newer root. */
export function rootWithin(
  node: NodeReader,
  older: number,
  newer: { readonly size: number; readonly root: Uint8Array },
): Result<Uint8Array> {
  const then = rootFromNodes(node, older);
  if (!then.ok) return then;
  const proof = consistencyProof(node, older, newer.size);
  if (!proof.ok) return proof;
  const claim = { oldSize: older, newSize: newer.size, oldRoot: then.value, newRoot: newer.root, proof: proof.value };
  const verified = verifyConsistency(claim);
  return verified.ok ? ok(then.value) : verified;
}
