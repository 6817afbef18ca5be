import fc from 'fast-check';
import { expect, test } from 'vitest';
import { sortByKey } from './sort-by-key.ts';

/** A permutation as ranks are: `step` has no divisor in common with `size`. */
const ranks = (size: number, step: number) => Uint32Array.from({ length: size }, (_, n) => (n * step) % size);

test.each([1, 2, 2047, 2048, 2049, 100_003])('%i positions are ordered by their keys', (size) => {
  const keys = ranks(size, 7919);
  const positions = Uint32Array.from({ length: size }, (_, n) => n);
  const sorted = sortByKey(positions, keys);
  expect(Array.from(sorted, (position) => keys[position])).toEqual(
    Array.from(keys, (key) => key).toSorted((a, b) => a - b),
  );
  expect(positions[size - 1]).toBe(size - 1);
});

test('any selection comes back whole, in order, as a copy', () => {
  const keys = ranks(5003, 17);
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(5002), { maxLength: 300 }), (some) => {
      const positions = Uint32Array.from(some);
      const sorted = sortByKey(positions, keys);
      expect([...sorted]).toEqual(some.toSorted((a, b) => (keys[a] ?? 0) - (keys[b] ?? 0)));
      expect(sorted).not.toBe(positions);
    }),
  );
});

test('equal keys keep the order they came in', () => {
  expect([...sortByKey(Uint32Array.of(3, 1, 2, 0), Uint32Array.of(1, 1, 0, 1))]).toEqual([2, 3, 1, 0]);
});

test('nothing sorts to nothing', () => {
  expect([...sortByKey(new Uint32Array(0), new Uint32Array(0))]).toEqual([]);
});
