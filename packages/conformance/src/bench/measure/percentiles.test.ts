import fc from 'fast-check';
import { expect, test } from 'vitest';
import { median, percentile, spreadOf } from './percentiles.ts';

// Milliseconds, bytes and counts: never below zero, and -0 (which sorts as 0 yet is told apart from it) is no measurement.
const measurement = fc.double({ min: 0, max: 1e15, noNaN: true }).map((value) => Math.abs(value));
const samples = fc.array(measurement, { minLength: 1, maxLength: 50 });

test('a percentile is the nearest rank, so it is always a value that was measured', () => {
  const sample = [50, 15, 40, 20, 35];
  expect([0, 0.05, 0.3, 0.4, 0.5, 1].map((part) => percentile(sample, part))).toEqual([15, 15, 20, 20, 35, 50]);
  fc.assert(
    fc.property(samples, fc.double({ min: 0, max: 1, noNaN: true }), (all, part) =>
      all.includes(percentile(all, part)),
    ),
  );
});

test('the median of an even number of values lies between the two in the middle', () => {
  expect(median([4, 1, 3, 2])).toBe(2.5);
  expect(median([3, 1, 2])).toBe(2);
  expect(median([7])).toBe(7);
});

test('the order of the measurements does not matter, and the sample stays as it was', () => {
  fc.assert(
    fc.property(samples, (all) => {
      const copy = [...all];
      expect(spreadOf(all.toReversed())).toEqual(spreadOf(all));
      expect(all).toEqual(copy);
    }),
  );
});

test('the spread rises from the least to the tail', () => {
  fc.assert(
    fc.property(samples, (all) => {
      const { min, p10, p50, p99 } = spreadOf(all);
      expect([min, p10, p50, p99]).toEqual([min, p10, p50, p99].toSorted((left, right) => left - right));
    }),
  );
});

test('nothing measured has no percentile, not a good one', () => {
  expect(() => percentile([], 0.5)).toThrow('at least one');
  expect(() => median([])).toThrow('at least one');
  expect(() => median([Number.NaN])).toThrow('at least one');
});
