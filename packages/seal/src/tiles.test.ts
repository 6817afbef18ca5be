import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CompactRange } from './compact-range.ts';
import { sha256 } from './digest.ts';
import { leafHash, verifyConsistency, verifyInclusion } from './merkle.ts';
import { consistencyNodes, consistencyProof, inclusionNodes, inclusionProof, rootFromNodes } from './merkle-proof.ts';
import {
  decodeEntries,
  decodeTile,
  encodeEntries,
  encodeTile,
  parseTilePath,
  tileNodes,
  tilePath,
  tilesOf,
  tileWidth,
  type Tile,
} from './tiles.ts';

const entryOf = (index: number): Uint8Array => Buffer.from(`entry ${index}`);

/** A record of this size with every perfect subtree. */
function treeOf(size: number) {
  const nodes = new Map<string, Uint8Array>();
  let range = CompactRange.empty;
  for (let index = 0; index < size; index += 1) {
    const appended = range.append(leafHash(entryOf(index)));
    for (const node of appended.nodes) nodes.set(`${node.level}/${node.index}`, node.hash);
    ({ range } = appended);
  }
  return { range, node: (level: number, index: number) => nodes.get(`${level}/${index}`) };
}

describe('C2SP tlog-tiles: paths', () => {
  test.each<[Tile, string]>([
    [{ level: 0, index: 0, width: 256 }, 'tile/0/000'],
    [{ level: 0, index: 1_234_067, width: 256 }, 'tile/0/x001/x234/067'],
    [{ level: 3, index: 1_234_067, width: 8 }, 'tile/3/x001/x234/067.p/8'],
    [{ level: 'entries', index: 999, width: 255 }, 'tile/entries/999.p/255'],
    [{ level: 'entries', index: 1000, width: 256 }, 'tile/entries/x001/000'],
    [{ level: 63, index: 12, width: 1 }, 'tile/63/012.p/1'],
  ])('%j is %s', (tile, path) => {
    expect(tilePath(tile)).toBe(path);
    expect(parseTilePath(path)).toEqual({ ok: true, value: tile });
  });

  test('every tile is read back from its own path, and from no other spelling', () => {
    fc.assert(
      fc.property(
        fc.record({
          level: fc.oneof(fc.constant('entries' as const), fc.integer({ min: 0, max: 63 })),
          index: fc.integer({ min: 0, max: 999_999_999_999 }),
          width: fc.integer({ min: 1, max: 256 }),
        }),
        (tile) => {
          const path = tilePath(tile);
          expect(parseTilePath(path)).toEqual({ ok: true, value: tile });
          for (const other of [
            `/${path}`,
            `${path}/`,
            `${path}.p/256`,
            path.replace('tile/', 'tile/0'),
            path.toUpperCase(),
          ])
            expect([other, parseTilePath(other).ok]).toEqual([other, false]);
        },
      ),
    );
  });

  test.each([
    '',
    'tile',
    'tile/0',
    'tile/0/',
    'tile/0/1',
    'tile/0/01',
    'tile/0/0000',
    'tile/00/000',
    'tile/01/000',
    'tile/64/000',
    'tile/-1/000',
    'tile/data/000',
    'tile/0/x000/000',
    'tile/0/x001/x000',
    'tile/0/001/000',
    'tile/0/000.p/0',
    'tile/0/000.p/256',
    'tile/0/000.p/08',
    'tile/0/000.p/',
    'tile/0/000.p',
    'tile/0/../000',
    'tile/0/%30%30%30',
    'tile/entries/000\n',
    `tile/0/${'x000/'.repeat(20)}000`,
  ])('refuses %j', (path) => {
    expect(parseTilePath(path)).toMatchObject({ ok: false, refusal: { code: 'malformed' } });
  });
});

const count = (size: number): readonly string[] => {
  const tiles = [...tilesOf(size)].filter(({ level }) => level !== 'entries');
  return tiles.map(({ level, index, width }) => `${level}:${index}:${width}`);
};

describe('C2SP tlog-tiles: which tiles there are', () => {
  test('a record of 70,000 is the example of the specification', () => {
    const tiles = [...tilesOf(70_000)].filter(({ level }) => level !== 'entries');
    const full = (level: number): number => tiles.filter((tile) => tile.level === level && tile.width === 256).length;
    expect([full(0), full(1), full(2)]).toEqual([273, 1, 0]);
    expect(tiles.filter(({ width }) => width < 256)).toEqual([
      { level: 0, index: 273, width: 112 },
      { level: 1, index: 1, width: 17 },
      { level: 2, index: 0, width: 1 },
    ]);
  });

  test('a record of 256 is one full tile and one partial tile of width 1; an empty one has none', () => {
    expect(count(256)).toEqual(['0:0:256', '1:0:1']);
    expect([...tilesOf(0)]).toEqual([]);
    expect(count(255)).toEqual(['0:0:255']);
  });

  test('beyond 2^30 the widths are those of the formula, and only what changed is listed', () => {
    const size = 2 ** 30 + 77;
    const changed = [...tilesOf(size, 2 ** 30)];
    expect(changed.map(tilePath)).toEqual([
      'tile/entries/x004/x194/304.p/77',
      'tile/0/x004/x194/304.p/77',
      'tile/3/000.p/64',
    ]);
    for (const { level, index, width } of changed) expect(tileWidth({ level, index }, size)).toBe(width);
    expect(tileWidth({ level: 0, index: 4_194_305 }, size)).toBe(0);
    expect(tileWidth({ level: 5, index: 0 }, size)).toBe(0);
  });
});

describe('C2SP tlog-tiles: bytes', () => {
  const SIZE = 700;
  const { range, node } = treeOf(SIZE);
  const tiles = [...tilesOf(SIZE)];
  const bytesOf = (tile: Tile): Uint8Array => {
    if (tile.level === 'entries')
      return encodeEntries(Array.from({ length: tile.width }, (_, place) => entryOf(tile.index * 256 + place)));
    const encoded = encodeTile(tile, node);
    if (!encoded.ok) throw new Error(encoded.refusal.detail);
    return encoded.value;
  };

  test('golden: digests of all tiles of 700 entries, frozen', () => {
    const digests = tiles.map(
      (tile) =>
        `${tilePath(tile)} ${Buffer.from(sha256(bytesOf(tile)))
          .toString('hex')
          .slice(0, 16)}`,
    );
    expect(digests).toMatchInlineSnapshot(`
      [
        "tile/entries/000 c378282cb2167eb2",
        "tile/entries/001 763577dddb4ea347",
        "tile/entries/002.p/188 af3d13c34d0a918f",
        "tile/0/000 b0f6ca2ff42508fa",
        "tile/0/001 5b4af7f8c276af63",
        "tile/0/002.p/188 4b11c27ce0cb4142",
        "tile/1/000.p/2 8152514257f01fd7",
      ]
    `);
    expect(Buffer.from(range.root()).toString('base64')).toMatchInlineSnapshot(
      `"xw5zSZqcGcWQ2YSUvQUOs6ZGvzjJ96OX3OWj/t47JAc="`,
    );
  });

  test('V3: from the tiles alone come the root and every proof', () => {
    const known = new Map<string, Uint8Array>();
    for (const tile of tiles.filter(({ level }) => level !== 'entries')) {
      const hashes = decodeTile(tile, bytesOf(tile));
      if (!hashes.ok) throw new Error(hashes.refusal.detail);
      for (const [place, { level, index }] of tileNodes(tile).entries())
        known.set(`${level}/${index}`, hashes.value[place] ?? new Uint8Array());
    }
    const read = (level: number, index: number): Uint8Array | undefined =>
      known.get(`${level}/${index}`) ?? fold(level, index);
    const fold = (level: number, index: number): Uint8Array | undefined => {
      if (level % 8 === 0) return undefined;
      const [left, right] = [read(level - 1, 2 * index), read(level - 1, 2 * index + 1)];
      return left === undefined || right === undefined
        ? undefined
        : sha256(Buffer.concat([Uint8Array.of(1), left, right]));
    };
    expect(rootFromNodes(read, SIZE)).toEqual({ ok: true, value: range.root() });
    for (const index of [0, 1, 255, 256, 511, 512, 699]) {
      const proof = inclusionProof(read, index, SIZE);
      const claim = { index, size: SIZE, leaf: leafHash(entryOf(index)), root: range.root() };
      expect(proof.ok && verifyInclusion({ ...claim, proof: proof.value }).ok).toBe(true);
    }
    for (const oldSize of [1, 255, 256, 257, 699]) {
      const proof = consistencyProof(read, oldSize, SIZE);
      const roots = { oldRoot: treeOf(oldSize).range.root(), newRoot: range.root() };
      expect(proof.ok && verifyConsistency({ oldSize, newSize: SIZE, ...roots, proof: proof.value }).ok).toBe(true);
    }
  });

  test('entries come back as they were, also empty ones and the longest', () => {
    const entries = [new Uint8Array(), Buffer.alloc(65_535, 7), entryOf(3)];
    const tile: Tile = { level: 'entries', index: 0, width: 3 };
    expect(decodeEntries(tile, encodeEntries(entries))).toMatchObject({
      ok: true,
      value: { length: 3, 1: { length: 65_535 } },
    });
    expect(() => encodeEntries([new Uint8Array(65_536)])).toThrow('65,535');
  });

  test('refuses a bundle or a tile of another length, at every cut', () => {
    const tile: Tile = { level: 'entries', index: 2, width: 3 };
    const bytes = encodeEntries([entryOf(1), entryOf(2), entryOf(3)]);
    for (let cut = 0; cut < bytes.length; cut += 1)
      expect([cut, decodeEntries(tile, bytes.subarray(0, cut)).ok]).toEqual([cut, false]);
    expect(decodeEntries(tile, Buffer.concat([bytes, Buffer.of(0, 0)])).ok).toBe(false);
    expect(decodeEntries({ ...tile, width: 2 }, bytes).ok).toBe(false);
    expect(decodeEntries({ ...tile, width: 4 }, bytes).ok).toBe(false);
    for (const length of [0, 1, 31, 33, 64])
      expect(decodeTile({ level: 0, index: 0, width: 1 }, new Uint8Array(length)).ok).toBe(false);
    expect(encodeTile({ level: 0, index: 9, width: 3 }, node).ok).toBe(false);
  });
});

/** A made-up tree: each perfect subtree has a hash of its own place. */
const made = (level: number, index: number): Uint8Array => sha256(Buffer.from(`${level}/${index}`));

describe('V3: size of a proof at a billion entries, counted on a tree that is not there', () => {
  const BILLION = 1_000_000_000;

  test('inclusion: at most 30 hashes, 960 bytes, of at most 4 tiles and the edge', () => {
    for (const index of [0, 1, 2 ** 29 - 1, 2 ** 29, 536_870_913, 999_999_998, 999_999_999]) {
      const proof = inclusionProof(made, index, BILLION);
      const bytes = proof.ok ? proof.value.reduce((sum, { length }) => sum + length, 0) : Number.NaN;
      expect([index, bytes <= 960]).toEqual([index, true]);
      expect(inclusionNodes(index, BILLION).length).toBeLessThanOrEqual(60);
    }
  });

  test('consistency between any two sizes: at most 31 hashes', () => {
    for (const from of [1, 2 ** 29 - 1, 2 ** 29, 2 ** 29 + 1, 999_999_999]) {
      const proof = consistencyProof(made, from, BILLION);
      expect([from, proof.ok && proof.value.length <= 31]).toEqual([from, true]);
      expect(consistencyNodes(from, BILLION).length).toBeLessThanOrEqual(90);
    }
  });
});

describe('C2SP tlog-tiles: what is wrong with a tile, and where', () => {
  const bundle: Tile = { level: 'entries', index: 2, width: 3 };
  const bytes = encodeEntries([entryOf(1), entryOf(2), new Uint8Array()]);
  const why = (cut: Uint8Array): string => {
    const read = decodeEntries(bundle, cut);
    return read.ok ? 'read' : read.refusal.detail;
  };

  test('names the entry it ends in, by its place in the record', () => {
    expect(why(bytes)).toBe('read');
    expect(why(bytes.subarray(0, bytes.length - 1))).toBe('tile/entries/002.p/3 ends in the middle of entry 514');
    expect(why(bytes.subarray(0, 12))).toBe('tile/entries/002.p/3 ends in the middle of entry 513');
    expect(why(bytes.subarray(0, 1))).toBe('tile/entries/002.p/3 ends in the middle of entry 512');
    expect(why(bytes.subarray(0, bytes.length - 2))).toBe('tile/entries/002.p/3 does not hold 3 entries');
    expect(why(Buffer.concat([bytes, Buffer.of(0)]))).toBe('tile/entries/002.p/3 does not hold 3 entries');
  });

  test('names the bytes it has and should have', () => {
    const read = decodeTile({ level: 1, index: 0, width: 2 }, new Uint8Array(63));
    expect(read.ok || read.refusal.detail).toBe('tile/1/000.p/2 has 63 bytes, 64 are expected');
  });

  test('is not made with a hash that is none', () => {
    const tile: Tile = { level: 0, index: 0, width: 2 };
    for (const length of [0, 31, 33])
      expect(encodeTile(tile, (_level, index) => new Uint8Array(index === 0 ? 32 : length)).ok).toBe(false);
  });

  test('of entries is about leaves', () => {
    expect(tileNodes({ level: 'entries', index: 1, width: 2 })).toEqual([
      { level: 0, index: 256 },
      { level: 0, index: 257 },
    ]);
  });
});
