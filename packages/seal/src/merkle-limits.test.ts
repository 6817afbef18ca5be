/** Where proofs end: sizes that are no counts, depths that lie, nodes that are missing, and the largest tree there is. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { encodeBase64 } from './base64.ts';
import { CompactRange } from './compact-range.ts';
import {
  consistencyNodes,
  consistencyProof,
  inclusionNodes,
  inclusionProof,
  rootFromNodes,
  rootNodes,
  type NodeAddress,
  type NodeReader,
} from './merkle-proof.ts';
import { leafHash, verifyConsistency, verifyInclusion } from './merkle.ts';

const MAX = 40;
const nodes = new Map<string, Uint8Array>();
const ranges: CompactRange[] = [CompactRange.empty];
for (let seq = 0; seq < MAX; seq += 1) {
  const appended = ranges[seq]!.append(leafHash(Buffer.from(`${seq}`)));
  for (const { level, index, hash } of appended.nodes) nodes.set(`${level}/${index}`, hash);
  ranges.push(appended.range);
}
const get: NodeReader = (level, index) => nodes.get(`${level}/${index}`);
const rootAt = (size: number): Uint8Array => ranges[size]!.root();
const consistency = (oldSize: number, newSize: number): readonly Uint8Array[] => {
  const proof = consistencyProof(get, oldSize, newSize);
  if (!proof.ok) throw new Error(proof.refusal.detail);
  return proof.value;
};
const NO_COUNTS = [Number.NaN, -1, 0.5, 1.5, 2 ** 53, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY];

describe('RFC 9162: sizes that are no counts', () => {
  test.each(NO_COUNTS)('%d is neither an index nor a size, of a proof or of a plan', (count) => {
    const roots = { oldRoot: rootAt(3), newRoot: rootAt(8), proof: consistency(3, 8) };
    const leaf = leafHash(Buffer.from('0'));
    const codes = [
      verifyConsistency({ ...roots, oldSize: count, newSize: 8 }),
      verifyConsistency({ ...roots, oldSize: 3, newSize: count }),
      verifyInclusion({ index: count, size: 8, leaf, proof: [], root: rootAt(8) }),
      verifyInclusion({ index: 0, size: count, leaf, proof: [], root: rootAt(8) }),
      inclusionProof(get, count, 8),
      inclusionProof(get, 0, count),
      consistencyProof(get, count, 8),
      consistencyProof(get, 3, count),
      rootFromNodes(get, count),
    ].map((result) => (result.ok ? 'accepted' : result.refusal.code));
    expect(codes).toEqual(codes.map(() => 'bad-proof'));
    expect([
      inclusionNodes(count, 8),
      inclusionNodes(0, count),
      consistencyNodes(count, 8),
      consistencyNodes(3, count),
    ]).toEqual([[], [], [], []]);
  });
});

const depth = (size: number): number => Math.ceil(Math.log2(size));
describe('RFC 9162: a depth that lies', () => {
  test('a proof that leads to both roots does not stand for a deeper or flatter tree', () => {
    for (let newSize = 2; newSize <= MAX; newSize += 1)
      for (let oldSize = 1; oldSize < newSize; oldSize += 1)
        for (const claimed of [2 * newSize, 4 * newSize, 2 ** 40, 2 ** depth(newSize) / 2]) {
          if (claimed < oldSize || depth(claimed) === depth(newSize)) continue;
          const roots = { oldRoot: rootAt(oldSize), newRoot: rootAt(newSize) };
          const verified = verifyConsistency({
            ...roots,
            oldSize,
            newSize: claimed,
            proof: consistency(oldSize, newSize),
          });
          expect([oldSize, newSize, claimed, verified.ok]).toEqual([oldSize, newSize, claimed, false]);
        }
  });

  test('nor does a proof of inclusion', () => {
    for (let size = 2; size <= MAX; size += 1)
      for (let index = 0; index < size; index += 1) {
        const proof = inclusionProof(get, index, size);
        const claim = {
          index,
          leaf: leafHash(Buffer.from(`${index}`)),
          root: rootAt(size),
          proof: proof.ok ? proof.value : [],
        };
        // The first leaf goes all the way; the last one may have less of it.
        const isDeeper = verifyInclusion({ ...claim, size: 2 * size }).ok;
        expect([index, index === 0 && isDeeper]).toEqual([index, false]);
        expect(verifyInclusion({ ...claim, size }).ok).toBe(true);
      }
  });
});

describe('V3: nodes that are missing', () => {
  const places = fc.tuple(fc.integer({ min: 1, max: MAX }), fc.integer({ min: 1, max: MAX }), fc.nat());
  test('without any one node of its plan a proof is refused, and never made of less', () => {
    fc.assert(
      fc.property(places, ([a, b, which]) => {
        const [older, newer] = a < b ? [a, b] : [b, a];
        const attempts: readonly (readonly [readonly NodeAddress[], (read: NodeReader) => { readonly ok: boolean }])[] =
          [
            [inclusionNodes(older - 1, newer), (read) => inclusionProof(read, older - 1, newer)],
            [consistencyNodes(older, newer), (read) => consistencyProof(read, older, newer)],
            [rootNodes(newer), (read) => rootFromNodes(read, newer)],
          ];
        for (const [plan, make] of attempts) {
          const gone = plan[which % Math.max(plan.length, 1)];
          const read: NodeReader = (level, index) =>
            gone !== undefined && gone.level === level && gone.index === index ? undefined : get(level, index);
          expect(make(read).ok).toBe(gone === undefined);
        }
      }),
    );
  });
});

const peaks = (count: number): readonly string[] =>
  Array.from({ length: count }, (_, place) => encodeBase64(leafHash(Buffer.from(`${place}`))));
describe('V3: the state of a log', () => {
  test('is read at the largest size there is, which grows no more', () => {
    const largest = CompactRange.parse({ size: Number.MAX_SAFE_INTEGER, peaks: peaks(53) });
    expect(largest.ok && largest.value.size).toBe(Number.MAX_SAFE_INTEGER);
    expect(() => largest.ok && largest.value.append(leafHash(new Uint8Array()))).toThrow(RangeError);
    const last = CompactRange.parse({ size: Number.MAX_SAFE_INTEGER - 1, peaks: peaks(52) });
    expect(last.ok && last.value.append(leafHash(new Uint8Array())).range.size).toBe(Number.MAX_SAFE_INTEGER);
  });

  test.each([
    ['a peak of 33 bytes', encodeBase64(new Uint8Array(33))],
    ['a peak of 31 bytes', encodeBase64(new Uint8Array(31))],
    ['a peak in the other alphabet', `${'_'.repeat(43)}=`],
    ['a peak that is not base64', '*'.repeat(44)],
    ['a peak with bits behind its end', `${'A'.repeat(42)}B=`],
    ['a peak with a blank', ` ${'A'.repeat(42)}=`],
    ['a peak of 45 characters', `${'A'.repeat(44)}=`],
  ])('with %s is malformed', (_what, peak) => {
    for (const state of [
      { size: 1, peaks: [peak] },
      { size: 3, peaks: [peaks(1)[0], peak] },
      { size: 3, peaks: [peak, peaks(1)[0]] },
      { size: 1, peaks: [peaks(1)[0], peak] },
    ])
      expect(CompactRange.parse(state)).toMatchObject({ ok: false, refusal: { code: 'malformed' } });
  });
});
