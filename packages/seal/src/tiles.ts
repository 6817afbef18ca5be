/**
 * C2SP tlog-tiles (https://c2sp.org/tlog-tiles): the record as a finite set of files, 256 hashes or entries each, from which anybody
 * computes every proof without asking. A tile at level L holds the roots of full tiles at level L-1.
 */
import { ok, type Result } from '@countersign/core';
import { no } from './hostile-text.ts';
import { HASH_BYTES } from './merkle.ts';
import type { NodeAddress, NodeReader } from './merkle-proof.ts';

export const TILE_WIDTH = 256;
/** Levels of the tree from one tile to the one above it. */
export const TILE_LEVELS = 8;
const MAX_LEVEL = 63;
const MAX_ENTRY_BYTES = 65_535;
const LENGTH_BYTES = 2;

export interface Tile {
  /** `entries`: the leaves themselves. */
  readonly level: number | 'entries';
  readonly index: number;
  /** 256, or fewer for the last tile of a level: partial. */
  readonly width: number;
}

/** `tile/0/x001/x234/067.p/8`. */
export function tilePath({ level, index, width }: Tile): string {
  const digits = String(index);
  const whole = digits.padStart(Math.ceil(digits.length / 3) * 3, '0');
  const groups = whole.match(/\d{3}/g) ?? [];
  const name = groups.map((group, place) => (place < groups.length - 1 ? `x${group}` : group)).join('/');
  return `tile/${level}/${name}${width === TILE_WIDTH ? '' : `.p/${width}`}`;
}

const PATH = /^tile\/(entries|0|[1-9]\d?)\/((?:x\d{3}\/){0,4}\d{3})(?:\.p\/([1-9]\d{0,2}))?$/;

/** Only the one spelling that `tilePath` writes is read. */
export function parseTilePath(path: string): Result<Tile> {
  const [, levelText = '', name = '', widthText] = path.length > 64 ? [] : (PATH.exec(path) ?? []);
  const level = levelText === 'entries' ? 'entries' : Number(levelText);
  const tile: Tile = {
    level,
    index: Number(name.replaceAll(/[x/]/g, '')),
    width: widthText === undefined ? TILE_WIDTH : Number(widthText),
  };
  const isTile =
    levelText !== '' &&
    (level === 'entries' || level <= MAX_LEVEL) &&
    Number.isSafeInteger(tile.index) &&
    (widthText === undefined || tile.width < TILE_WIDTH) &&
    tilePath(tile) === path;
  return isTile ? ok(tile) : no('malformed', 'this is not the path of a tile');
}

const levelOf = ({ level }: Tile): number => (level === 'entries' ? 0 : level);

/** How many hashes a level has in a record of this size: perfect subtrees of 256^level leaves. */
const countAt = (level: number, size: number): number => Math.floor(size / TILE_WIDTH ** level);

/** How wide this tile is in a record of this size; 0: it is not there. */
export function tileWidth(tile: Pick<Tile, 'level' | 'index'>, size: number): number {
  const rest = countAt(tile.level === 'entries' ? 0 : tile.level, size) - tile.index * TILE_WIDTH;
  return Math.max(0, Math.min(TILE_WIDTH, rest));
}

/** Every tile of a record of this size that holds anything at or after leaf `from`; the level below before the one above. */
export function* tilesOf(size: number, from: number = 0): Generator<Tile> {
  const levels: (number | 'entries')[] = ['entries'];
  for (let level = 0; level <= MAX_LEVEL && countAt(level, size) > 0; level += 1) levels.push(level);
  for (const level of levels) {
    const number = level === 'entries' ? 0 : level;
    const last = Math.ceil(countAt(number, size) / TILE_WIDTH);
    const first = Math.floor(countAt(number, from) / TILE_WIDTH);
    for (let index = first; index < last; index += 1) yield { level, index, width: tileWidth({ level, index }, size) };
  }
}

/** Perfect subtrees whose roots this tile is. */
export const tileNodes = (tile: Tile): readonly NodeAddress[] =>
  Array.from({ length: tile.width }, (_, place) => ({
    level: levelOf(tile) * TILE_LEVELS,
    index: tile.index * TILE_WIDTH + place,
  }));

/** The bytes of a tile of hashes. */
export function encodeTile(tile: Tile, node: NodeReader): Result<Uint8Array> {
  const hashes = tileNodes(tile).flatMap(({ level, index }) => node(level, index) ?? []);
  const areHashes = hashes.every(({ length }) => length === HASH_BYTES);
  return hashes.length === tile.width && areHashes
    ? ok(Buffer.concat(hashes))
    : no('bad-proof', 'a node of the tree is not known');
}

export function decodeTile(tile: Tile, bytes: Uint8Array): Result<readonly Uint8Array[]> {
  if (bytes.length !== tile.width * HASH_BYTES)
    return no('malformed', `${tilePath(tile)} has ${bytes.length} bytes, ${tile.width * HASH_BYTES} are expected`);
  return ok(
    Array.from({ length: tile.width }, (_, place) => bytes.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES)),
  );
}

/** An entry bundle: each entry behind its length in two bytes, big-endian. */
export function encodeEntries(entries: readonly Uint8Array[]): Uint8Array {
  const bytes = Buffer.allocUnsafe(entries.reduce((sum, { length }) => sum + LENGTH_BYTES + length, 0));
  let at = 0;
  for (const entry of entries) {
    if (entry.length > MAX_ENTRY_BYTES) throw new RangeError('an entry of the record is longer than 65,535 bytes');
    bytes.writeUInt16BE(entry.length, at);
    bytes.set(entry, at + LENGTH_BYTES);
    at += LENGTH_BYTES + entry.length;
  }
  return bytes;
}

export function decodeEntries(tile: Tile, bytes: Uint8Array): Result<readonly Uint8Array[]> {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  const entries: Uint8Array[] = [];
  let at = 0;
  while (at < view.length && entries.length < tile.width) {
    const end = at + LENGTH_BYTES <= view.length ? at + LENGTH_BYTES + view.readUInt16BE(at) : view.length + 1;
    if (end > view.length)
      return no(
        'malformed',
        `${tilePath(tile)} ends in the middle of entry ${tile.index * TILE_WIDTH + entries.length}`,
      );
    entries.push(bytes.subarray(at + LENGTH_BYTES, end));
    at = end;
  }
  if (entries.length !== tile.width || at !== view.length)
    return no('malformed', `${tilePath(tile)} does not hold ${tile.width} entries`);
  return ok(entries);
}
