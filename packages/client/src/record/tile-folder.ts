/** A folder of C2SP tlog-tiles, read tile by tile. What is in it is a claim until it leads to a signed root. */
import { existsSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import {
  decodeTile,
  readCheckpoint,
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

/** The size that the folder says its record has, at least `least`; a wrong one leads to no root that was signed. */
export function sizeInFolder(folder: string, least: number): number {
  const file = join(folder, 'checkpoint');
  const read = existsSync(file) ? readCheckpoint(noteText(readFileSync(file, 'utf8'))) : undefined;
  return read?.ok === true ? Math.max(least, read.value.size) : least;
}

/** A signed note without its signatures. */
const noteText = (note: string): string => note.slice(0, note.indexOf('\n\n') + 1);

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
