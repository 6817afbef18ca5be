import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CompactRange } from './compact-range.ts';
import { consistencyNodes, inclusionNodes, rootNodes, type NodeAddress, type NodeReader } from './merkle-proof.ts';
import { leafHash } from './merkle.ts';
import { betweenTiles, rootWithin, rootWithinNodes, tileReader, tilesFor } from './tile-reader.ts';
import { tileNodes, tilePath, tilesOf } from './tiles.ts';

/** Two full tiles of the second level and a bit of the third. */
const MOST = 66_000;
const nodes = new Map<string, Uint8Array>();
const ranges: CompactRange[] = [CompactRange.empty];
for (let seq = 0; seq < MOST; seq += 1) {
  const appended = ranges[seq]!.append(leafHash(Buffer.from(`entry ${seq}`)));
  for (const { level, index, hash } of appended.nodes) nodes.set(`${level}/${index}`, hash);
  ranges.push(appended.range);
}
const node: NodeReader = (level, index) => nodes.get(`${level}/${index}`);
const rootAt = (size: number): Uint8Array => ranges[size]!.root();

/** The tiles of a plan as files hold them. */
const held = (plan: readonly NodeAddress[], size: number): Map<string, readonly Uint8Array[]> =>
  new Map(
    tilesFor(plan, size).map((tile) => [
      tilePath(tile),
      tileNodes(tile).map(({ level, index }) => node(level, index)!),
    ]),
  );
const size = fc.oneof(
  fc.integer({ min: 1, max: MOST }),
  fc.constantFrom(1, 255, 256, 257, 65_535, 65_536, 65_537, MOST),
);
const plan = fc.tuple(size, size, fc.constantFrom('root', 'inclusion', 'consistency')).map(([a, b, kind]) => {
  const [older, newer] = a < b ? [a, b] : [b, a];
  const of = {
    root: rootNodes(newer),
    inclusion: inclusionNodes(older - 1, newer),
    consistency: consistencyNodes(older, newer),
  };
  return { size: newer, nodes: of[kind] };
});

describe('V3: which tiles a plan asks for', () => {
  test('are tiles there are, and from them comes every node of it', () => {
    fc.assert(
      fc.property(plan, (one) => {
        const all = new Set([...tilesOf(one.size)].map(tilePath));
        const tiles = held(one.nodes, one.size);
        const read = tileReader(one.size, tiles);
        expect([...tiles.keys()].filter((path) => !all.has(path))).toEqual([]);
        for (const { level, index } of one.nodes) expect(read(level, index)).toEqual(node(level, index));
      }),
      { numRuns: 40 },
    );
  });

  test('are no more than it needs: without any one of them a node is not known', () => {
    fc.assert(
      fc.property(plan, fc.nat(), (one, place) => {
        const tiles = held(one.nodes, one.size);
        fc.pre(tiles.size > 0);
        tiles.delete([...tiles.keys()][place % tiles.size]!);
        const read = tileReader(one.size, tiles);
        expect(one.nodes.some(({ level, index }) => read(level, index) === undefined)).toBe(true);
      }),
      { numRuns: 40 },
    );
  });

  test('are none for nothing, and none for what a record of this size does not have', () => {
    expect(tilesFor([], 300)).toEqual([]);
    expect(tilesFor([{ level: 0, index: 300 }], 300).map(tilePath)).toEqual(['tile/0/001.p/44']);
    expect(tilesFor([{ level: 0, index: 512 }], 300)).toEqual([]);
    expect(tilesFor([{ level: 16, index: 0 }], 300)).toEqual([]);
  });

  test('name each tile once, with its width in a record of this size', () => {
    expect(
      tilesFor(
        [
          { level: 0, index: 0 },
          { level: 7, index: 1 },
          { level: 8, index: 1 },
        ],
        600,
      ).map(tilePath),
    ).toEqual(['tile/0/000', 'tile/1/000.p/2']);
  });
});

describe('V3: nodes between tiles', () => {
  test('are hashed once each, and are not known when a hash below is not', () => {
    let reads = 0;
    const stored: NodeReader = (level, index) => {
      reads += 1;
      return index === 5 ? undefined : node(level, index);
    };
    const read = betweenTiles(stored);
    expect(read(4, 1)).toEqual(node(4, 1));
    expect(reads).toBe(16);
    expect(read(3, 2)).toEqual(node(3, 2));
    expect(read(4, 1)).toEqual(node(4, 1));
    expect(reads).toBe(16);
    // Leaf 5 is a right child; its sibling alone makes no node.
    expect([read(1, 2), read(2, 1), read(3, 0), read(1, 3)]).toEqual([undefined, undefined, undefined, node(1, 3)]);
  });
});

describe('V3: the root a record had when it was shorter', () => {
  const newest = { size: MOST, root: rootAt(MOST) };
  test('is proved against the newer one, from the tiles of the plan alone', () => {
    fc.assert(
      fc.property(size, (older) => {
        const read = tileReader(MOST, held(rootWithinNodes(older, MOST), MOST));
        expect(rootWithin(read, older, newest)).toEqual({ ok: true, value: rootAt(older) });
      }),
      { numRuns: 40 },
    );
  });

  test('is refused for a newer root that is another, a newer size that is none, and nothing at all', () => {
    const codeOf = (older: number, newer: typeof newest, read = node): string => {
      const found = rootWithin(read, older, newer);
      return found.ok ? 'proved' : found.refusal.code;
    };
    expect(codeOf(700, { ...newest, root: rootAt(MOST - 1) })).toBe('bad-proof');
    expect(codeOf(700, { ...newest, size: 300 })).toBe('bad-proof');
    expect(codeOf(700, { size: 700, root: rootAt(699) })).toBe('bad-proof');
    expect(codeOf(0, newest)).toBe('bad-proof');
    expect(codeOf(-1, newest)).toBe('bad-proof');
    expect(codeOf(700, newest, () => undefined)).toBe('bad-proof');
    expect(codeOf(700, newest, (level, index) => (index === 0 ? node(level, 1) : node(level, index)))).toBe(
      'bad-proof',
    );
  });
});
