/**
 * A record that grows as C2SP tlog-tiles: keeps the tiles at its edge and hands out each tile that has become full. Pure: whoever keeps
 * the files decides when they are written.
 */
import { ok, type Result } from '@countersign/core';
import { encodeBase64 } from './base64.ts';
import { CompactRange } from './compact-range.ts';
import { no } from './hostile-text.ts';
import { leafHash } from './merkle.ts';
import { rootNodes } from './merkle-proof.ts';
import { tileReader } from './tile-reader.ts';
import { decodeEntries, decodeTile, encodeEntries, TILE_LEVELS, TILE_WIDTH, tilePath, type Tile } from './tiles.ts';

/** A tile with its bytes. */
export interface TileFile {
  readonly tile: Tile;
  readonly bytes: Uint8Array;
}

/** Tiles of a record of this size that are not full, the entries first. */
export function edgeTiles(size: number): readonly Tile[] {
  const tiles: Tile[] = [];
  for (let [level, count] = [0, size]; count > 0; [level, count] = [level + 1, Math.floor(count / TILE_WIDTH)]) {
    const width = count % TILE_WIDTH;
    if (width === 0) continue;
    const index = Math.floor(count / TILE_WIDTH);
    if (level === 0) tiles.push({ level: 'entries', index, width });
    tiles.push({ level, index, width });
  }
  return tiles;
}

export class TileGrowth {
  #range: CompactRange;
  /** Of the last bundle. */
  #entries: Uint8Array[];
  /** Of the last tile at each level. */
  readonly #levels: Uint8Array[][];

  private constructor(range: CompactRange, entries: Uint8Array[], levels: Uint8Array[][]) {
    this.#range = range;
    this.#entries = entries;
    this.#levels = levels;
  }

  static empty(): TileGrowth {
    return new TileGrowth(CompactRange.empty, [], []);
  }

  /** Goes on where files were left; `read` gives the bytes of the tiles at the edge. What they hold has to be what they hash. */
  static open(size: number, read: (tile: Tile) => Uint8Array | undefined): Result<TileGrowth> {
    const edge = edgeTiles(size);
    const levels: Uint8Array[][] = [];
    const tiles = new Map<string, readonly Uint8Array[]>();
    let entries: readonly Uint8Array[] = [];
    for (const tile of edge) {
      const bytes = read(tile);
      if (bytes === undefined) return no('malformed', `${tilePath(tile)} is missing`);
      const parts = tile.level === 'entries' ? decodeEntries(tile, bytes) : decodeTile(tile, bytes);
      if (!parts.ok) return parts;
      if (tile.level === 'entries') entries = parts.value;
      else {
        tiles.set(tilePath(tile), parts.value);
        levels[tile.level] = [...parts.value];
      }
    }
    const isTrue = entries.every((entry, place) => Buffer.compare(leafHash(entry), levels[0]?.[place] ?? entry) === 0);
    if (!isTrue) return no('malformed', 'the last entries are not what the last tile hashes');
    const node = tileReader(size, tiles);
    const peaks = rootNodes(size).map(({ level, index }) => encodeBase64(node(level, index) ?? new Uint8Array()));
    const range = CompactRange.parse({ size, peaks });
    return range.ok ? ok(new TileGrowth(range.value, [...entries], levels)) : range;
  }

  get size(): number {
    return this.#range.size;
  }
  root(): Uint8Array {
    return this.#range.root();
  }

  /** The tiles that this entry made full, the entries first. */
  append(entry: Uint8Array): readonly TileFile[] {
    const { range, nodes } = this.#range.append(leafHash(entry));
    this.#range = range;
    this.#entries.push(entry);
    const full: TileFile[] = [];
    for (const { level, index, hash } of nodes) {
      if (level % TILE_LEVELS !== 0) continue;
      const hashes = (this.#levels[level / TILE_LEVELS] ??= []);
      hashes.push(hash);
      if (hashes.length < TILE_WIDTH) continue;
      const place = { index: Math.floor(index / TILE_WIDTH), width: TILE_WIDTH };
      if (level === 0) {
        full.push({ tile: { level: 'entries', ...place }, bytes: encodeEntries(this.#entries) });
        this.#entries = [];
      }
      full.push({ tile: { level: level / TILE_LEVELS, ...place }, bytes: Buffer.concat(hashes) });
      this.#levels[level / TILE_LEVELS] = [];
    }
    return full;
  }

  /** The tiles at the edge as they are now. */
  edge(): readonly TileFile[] {
    return edgeTiles(this.size).map((tile) => ({
      tile,
      bytes: tile.level === 'entries' ? encodeEntries(this.#entries) : Buffer.concat(this.#levels[tile.level] ?? []),
    }));
  }
}
