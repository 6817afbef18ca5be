import { describe, expect, test } from 'vitest';
import { encodeBase64 } from './base64.ts';
import { CompactRange } from './compact-range.ts';
import { leafHash } from './merkle.ts';
import { edgeTiles, TileGrowth } from './tile-growth.ts';
import { tileReader } from './tile-reader.ts';
import { rootFromNodes } from './merkle-proof.ts';
import { decodeEntries, decodeTile, encodeEntries, tilePath, tilesOf, type Tile } from './tiles.ts';

const entryOf = (place: number): Uint8Array => Buffer.from(`entry ${place}`);
const LARGEST = 65_800;

/** Files of a record as it grows: full tiles once, those at the edge when somebody looks. */
function grown(size: number): { readonly growth: TileGrowth; readonly files: Map<string, Uint8Array> } {
  const growth = TileGrowth.empty();
  const files = new Map<string, Uint8Array>();
  for (let place = 0; place < size; place += 1)
    for (const { tile, bytes } of growth.append(entryOf(place))) files.set(tilePath(tile), bytes);
  return { growth, files };
}

describe('C2SP tlog-tiles, as a record grows', () => {
  test.each([0, 1, 255, 256, 257, 511, 512, 700, LARGEST])(
    'of %i entries: every tile there is, and none else',
    (size) => {
      const { growth, files } = grown(size);
      for (const { tile, bytes } of growth.edge()) files.set(tilePath(tile), bytes);
      const expected = [...tilesOf(size)];
      expect([...files.keys()].toSorted()).toEqual(expected.map(tilePath).toSorted());
      const hashes = new Map<string, readonly Uint8Array[]>();
      const entries: string[] = [];
      for (const tile of expected) {
        const bytes = files.get(tilePath(tile)) ?? new Uint8Array();
        const parts = tile.level === 'entries' ? decodeEntries(tile, bytes) : decodeTile(tile, bytes);
        if (!parts.ok) throw new Error(parts.refusal.detail);
        if (tile.level === 'entries') entries.push(...parts.value.map(String));
        else hashes.set(tilePath(tile), parts.value);
      }
      expect(entries).toEqual(Array.from({ length: size }, (_, place) => String(entryOf(place))));
      let range = CompactRange.empty;
      for (let place = 0; place < size; place += 1) ({ range } = range.append(leafHash(entryOf(place))));
      const root = rootFromNodes(tileReader(size, hashes), size);
      expect(root.ok && encodeBase64(root.value)).toBe(encodeBase64(range.root()));
      expect(encodeBase64(growth.root())).toBe(encodeBase64(range.root()));
    },
  );

  test.each([0, 1, 200, 256, 300, 511, 512, 700])(
    'goes on from the files of %i entries as if it had never ended',
    (size) => {
      const { growth } = grown(size);
      const files = new Map(growth.edge().map(({ tile, bytes }) => [tilePath(tile), bytes]));
      const opened = TileGrowth.open(size, (tile) => files.get(tilePath(tile)));
      if (!opened.ok) throw new Error(opened.refusal.detail);
      for (let place = size; place < size + 600; place += 1)
        expect(opened.value.append(entryOf(place))).toEqual(growth.append(entryOf(place)));
      expect([opened.value.size, opened.value.root(), opened.value.edge()]).toEqual([
        growth.size,
        growth.root(),
        growth.edge(),
      ]);
    },
  );

  test('does not go on from a file that is missing, cut or of other entries', () => {
    const { growth } = grown(300);
    const files = new Map(growth.edge().map(({ tile, bytes }) => [tilePath(tile), bytes]));
    const entries = Array.from({ length: 44 }, (_, place) => entryOf(place));
    for (const tile of edgeTiles(300))
      for (const bytes of [undefined, new Uint8Array(), (files.get(tilePath(tile)) ?? new Uint8Array()).subarray(1)]) {
        const read = (one: typeof tile): Uint8Array | undefined =>
          tilePath(one) === tilePath(tile) ? bytes : files.get(tilePath(one));
        expect([tilePath(tile), TileGrowth.open(300, read).ok]).toEqual([tilePath(tile), false]);
      }
    const other = (tile: Tile): Uint8Array | undefined =>
      tile.level === 'entries' ? encodeEntries(entries) : files.get(tilePath(tile));
    expect(TileGrowth.open(300, other).ok).toBe(false);
  });
});
