import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CompactRange } from './compact-range.ts';
import { emptyRoot, leafHash } from './merkle.ts';

const leaf = (index: number): Uint8Array => leafHash(Buffer.from(`entry ${index}`));
function grown(size: number): CompactRange {
  let range = CompactRange.empty;
  for (let index = 0; index < size; index += 1) range = range.append(leaf(index)).range;
  return range;
}

test('the empty range has the empty root', () => {
  expect(CompactRange.empty.root()).toEqual(emptyRoot());
  expect(CompactRange.empty.toJSON()).toEqual({ size: 0, peaks: [] });
});

test('a stored range goes on exactly where it was', () => {
  fc.assert(
    fc.property(fc.nat({ max: 40 }), fc.integer({ min: 1, max: 20 }), (before, after) => {
      const stored: unknown = JSON.parse(JSON.stringify(grown(before)));
      const loaded = CompactRange.parse(stored);
      if (!loaded.ok) throw new Error(loaded.refusal.detail);
      let range = loaded.value;
      for (let index = before; index < before + after; index += 1) range = range.append(leaf(index)).range;
      expect(range.root()).toEqual(grown(before + after).root());
      expect(range.size).toBe(before + after);
    }),
    { numRuns: 50 },
  );
});

test('an append changes nothing that exists: a batch that is rolled back leaves no trace', () => {
  const range = grown(5);
  const root = range.root();
  range.append(leaf(99));
  expect(range.root()).toEqual(root);
  expect(range.size).toBe(5);
});

test('an append names every subtree it completes, the leaf first', () => {
  const nodes = grown(7).append(leaf(7)).nodes;
  expect(nodes.map(({ level, index }) => [level, index])).toEqual([
    [0, 7],
    [1, 3],
    [2, 1],
    [3, 0],
  ]);
  expect(nodes.at(-1)?.hash).toEqual(grown(8).root());
});

test('n leaves complete fewer than 2n subtrees', () => {
  let [range, count] = [CompactRange.empty, 0];
  for (let index = 0; index < 64; index += 1) {
    const appended = range.append(leaf(index));
    [range, count] = [appended.range, count + appended.nodes.length];
  }
  expect(count).toBe(127);
});

test('a leaf that is not a hash is a defect', () => {
  expect(() => CompactRange.empty.append(new Uint8Array(31))).toThrow(RangeError);
});

describe('refused states', () => {
  const peak = Buffer.from(leaf(0)).toString('base64');
  test.each([
    ['nothing', null],
    ['a missing peak', { size: 3, peaks: [peak] }],
    ['a peak too many', { size: 2, peaks: [peak, peak] }],
    ['a short peak', { size: 1, peaks: ['AA=='] }],
    ['a peak that is not base64', { size: 1, peaks: ['*'.repeat(44)] }],
    ['a peak with a second spelling', { size: 1, peaks: [`${'A'.repeat(42)}B=`] }],
    ['a negative size', { size: -1, peaks: [] }],
    ['an unsafe size', { size: 2 ** 53, peaks: [peak] }],
    ['an unknown field', { size: 1, peaks: [peak], root: peak }],
  ])('%s', (_name, state) => {
    expect(CompactRange.parse(state).ok).toBe(false);
  });

  test('a size beyond 32 bits is read', () => {
    expect(CompactRange.parse({ size: 2 ** 40 + 1, peaks: [peak, peak] }).ok).toBe(true);
  });
});
