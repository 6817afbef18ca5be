/** A folder of C2SP tlog-tiles, read tile by tile. What is in it is a claim until it leads to a signed root. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  decodeTile,
  tilePath,
  tileReader,
  tilesFor,
  type NodeAddress,
  type NodeReader,
  type Tile,
} from '@countersign/seal';

/** 256 entries of 65,535 bytes with their lengths. */
const MAX_TILE_BYTES = 16_777_472;

/** The bytes of a tile; of a partial one also those that begin a wider one. Undefined when there is none. */
export function readTileFile(folder: string, tile: Tile): Uint8Array | undefined {
  const own = join(folder, tilePath(tile));
  const full = join(folder, tilePath({ ...tile, width: 256 }));
  const file = [own, full].find((path) => existsSync(path));
  if (file === undefined || statSync(file).size > MAX_TILE_BYTES) return undefined;
  const bytes = readFileSync(file);
  return tile.level === 'entries' || file === own ? bytes : bytes.subarray(0, tile.width * 32);
}

/** Reads the nodes of a plan, in a record of this size. */
export function nodesInFolder(folder: string, plan: readonly NodeAddress[], size: number): NodeReader {
  const tiles = new Map<string, readonly Uint8Array[]>();
  for (const tile of tilesFor(plan, size)) {
    const bytes = readTileFile(folder, tile);
    const hashes = bytes === undefined ? undefined : decodeTile(tile, bytes);
    if (hashes?.ok === true) tiles.set(tilePath(tile), hashes.value);
  }
  return tileReader(size, tiles);
}
