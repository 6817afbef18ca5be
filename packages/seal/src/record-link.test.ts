import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeBase64 } from './base64.ts';
import { CompactRange } from './compact-range.ts';
import { readShape } from '@countersign/core';
import { consistencyProof } from './merkle-proof.ts';
import { leafHash } from './merkle.ts';
import { checkLinked, MAX_RECORD_LINKS, recordLinksShape, type RecordLink, type TreeHead } from './record-link.ts';

const MOST = 70;
/** Heads of one record at every size, and the nodes that prove how it grew. */
function recordOf(mark: string): {
  readonly heads: readonly TreeHead[];
  readonly link: (from: number, to: number) => RecordLink;
} {
  const nodes = new Map<string, Uint8Array>();
  const heads: TreeHead[] = [{ size: 0, root: encodeBase64(CompactRange.empty.root()) }];
  let range = CompactRange.empty;
  for (let seq = 0; seq < MOST; seq += 1) {
    const appended = range.append(leafHash(Buffer.from(`${mark}${seq}`)));
    for (const { level, index, hash } of appended.nodes) nodes.set(`${level}/${index}`, hash);
    ({ range } = appended);
    heads.push({ size: range.size, root: encodeBase64(range.root()) });
  }
  const link = (from: number, to: number): RecordLink => {
    const hashes = consistencyProof((level, index) => nodes.get(`${level}/${index}`), from, to);
    if (!hashes.ok) throw new Error(hashes.refusal.detail);
    return { from, hashes: hashes.value.map(encodeBase64) };
  };
  return { heads, link };
}

const honest = recordOf('entry ');
const forked = recordOf('other ');
const headAt = (of: typeof honest, size: number): TreeHead => of.heads[size]!;
const codeOf = (older: TreeHead, newer: TreeHead, links: readonly RecordLink[]): string => {
  const linked = checkLinked(older, newer, links);
  return linked.ok ? 'linked' : linked.refusal.code;
};
/** Two sizes, the smaller first. */
const sizes = fc
  .uniqueArray(fc.integer({ min: 1, max: MOST }), { minLength: 2, maxLength: 2 })
  .map((pair) => pair.toSorted((a, b) => a - b) as [number, number]);

describe('V3: from one record to a later one', () => {
  test('between any two sizes the record is the beginning of itself, and of no other', () => {
    fc.assert(
      fc.property(sizes, ([from, to]) => {
        const [older, newer] = [headAt(honest, from), headAt(honest, to)];
        expect(codeOf(older, newer, [honest.link(from, to)])).toBe('linked');
        expect(codeOf(headAt(forked, from), newer, [honest.link(from, to)])).toBe('record-forked');
        expect(codeOf(older, headAt(forked, to), [honest.link(from, to)])).toBe('record-forked');
        expect(codeOf(older, headAt(forked, to), [forked.link(from, to)])).toBe('record-forked');
      }),
    );
  });

  test('a link of another size, or to another one, shows nothing', () => {
    fc.assert(
      fc.property(sizes, fc.integer({ min: 1, max: MOST }), ([from, to], other) => {
        fc.pre(other !== from && other !== to && other > from);
        const [older, newer] = [headAt(honest, from), headAt(honest, to)];
        expect(codeOf(older, newer, [honest.link(from, other)])).not.toBe('linked');
        fc.pre(other < to);
        expect(codeOf(older, newer, [honest.link(other, to)])).toBe('record-unlinked');
        expect(codeOf(older, newer, [{ ...honest.link(other, to), from }])).toBe('record-forked');
      }),
    );
  });

  test('a flipped bit, a hash too many, one too few, or two of them exchanged: none is a link', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), fc.nat({ max: 255 }), ([from, to], place, bit) => {
        const [older, newer] = [headAt(honest, from), headAt(honest, to)];
        const { hashes } = honest.link(from, to);
        const at = place % Math.max(hashes.length, 1);
        const flipped = hashes.map((hash, index) => (index === at ? flip(hash, bit) : hash));
        const wrong = [
          ...(hashes.length === 0 ? [] : [flipped, hashes.slice(0, -1)]),
          [...hashes, headAt(honest, to).root],
          ...(hashes.length < 2 || hashes[0] === hashes.at(-1) ? [] : [hashes.toReversed()]),
        ];
        for (const one of wrong) expect(codeOf(older, newer, [{ from, hashes: one }])).toBe('record-forked');
      }),
    );
  });

  test('the same record needs no link, and without one every other is refused', () => {
    for (const size of [1, 2, MOST]) expect(codeOf(headAt(honest, size), headAt(honest, size), [])).toBe('linked');
    expect(codeOf(headAt(honest, 3), headAt(honest, 4), [])).toBe('record-unlinked');
    expect(codeOf(headAt(honest, 4), headAt(forked, 4), [])).toBe('record-unlinked');
    expect(codeOf(headAt(honest, 4), headAt(honest, 3), [])).toBe('record-unlinked');
  });

  test('a proof stays short however far it reaches: at most two hashes a level', () => {
    for (let from = 1; from < MOST; from += 1)
      expect(honest.link(from, MOST).hashes.length).toBeLessThanOrEqual(2 * Math.ceil(Math.log2(MOST)));
  });

  test('hashes that are no base64 are refused before they are hashed', () => {
    const root = 'A'.repeat(43);
    expect(codeOf(headAt(honest, 3), headAt(honest, 5), [{ from: 3, hashes: [`${root}!`] }])).toBe('malformed');
    expect(codeOf({ size: 3, root: `${root}!` }, headAt(honest, 5), [honest.link(3, 5)])).toBe('malformed');
  });
});

const flip = (hash: string, bit: number): string => {
  const bytes = Buffer.from(hash, 'base64');
  bytes.writeUInt8(bytes.readUInt8(bit >> 3) ^ (1 << (bit & 7)), bit >> 3);
  return encodeBase64(bytes);
};

describe('V3: links as they come', () => {
  const link = honest.link(3, 8);
  test.each<[string, unknown, boolean]>([
    ['as many as there may be', Array.from({ length: MAX_RECORD_LINKS }, () => link), true],
    ['none', [], true],
    ['one too many', Array.from({ length: MAX_RECORD_LINKS + 1 }, () => link), false],
    ['from nothing', [{ ...link, from: 0 }], false],
    ['from a size that no number holds', [{ ...link, from: Number.MAX_SAFE_INTEGER + 1 }], false],
    ['with a hash that is too short', [{ ...link, hashes: ['AAAA'] }], false],
    [
      'with more hashes than a tree has levels',
      [{ ...link, hashes: Array.from({ length: 65 }, () => headAt(honest, 1).root) }],
      false,
    ],
    ['with a field nobody knows', [{ ...link, to: 8 }], false],
    ['that are no list', { 0: link }, false],
  ])('%s', (_what, links, isRead) => {
    expect(readShape(recordLinksShape, links).ok).toBe(isRead);
  });
});

describe('V3: no record is another because it says so', () => {
  test('the root of one size is not that of another', () => {
    const { root } = headAt(honest, 5);
    expect(codeOf({ size: 4, root }, { size: 5, root }, [])).toBe('record-unlinked');
    expect(codeOf({ size: 5, root }, { size: 4, root }, [])).toBe('record-unlinked');
    expect(codeOf({ size: 4, root }, { size: 5, root }, [honest.link(4, 5)])).toBe('record-forked');
  });

  test('a newer root that is not base64 is refused as such', () => {
    expect(codeOf(headAt(honest, 3), { size: 5, root: `${'A'.repeat(43)}!` }, [honest.link(3, 5)])).toBe('malformed');
  });
});
