import fc from 'fast-check';
import { expect, test } from 'vitest';
import { medianWithInterval } from './bootstrap.ts';
import { inRandomOrder, randomFrom } from './random.ts';

test('the interval holds the median and stays within what was measured', () => {
  const sample = fc.array(fc.integer({ min: 1, max: 1000 }), { minLength: 1, maxLength: 30 });
  fc.assert(
    fc.property(sample, fc.integer({ min: 1, max: 9999 }), (ratios, seed) => {
      const { median, lo95, hi95 } = medianWithInterval(ratios, seed);
      expect(lo95).toBeLessThanOrEqual(median);
      expect(hi95).toBeGreaterThanOrEqual(median);
      expect(lo95).toBeGreaterThanOrEqual(Math.min(...ratios));
      expect(hi95).toBeLessThanOrEqual(Math.max(...ratios));
    }),
    { numRuns: 20 },
  );
});

test('the same seed gives the same interval', () => {
  const ratios = [4, 5, 6, 5, 7, 4, 9, 5];
  expect(medianWithInterval(ratios, 706)).toEqual(medianWithInterval(ratios, 706));
});

test('rounds that agree give a narrow interval, one wild round does not widen it to itself', () => {
  const { median, lo95, hi95 } = medianWithInterval([...Array.from({ length: 19 }, () => 5), 500], 1);
  expect([median, lo95, hi95]).toEqual([5, 5, 5]);
});

test('rounds that disagree give a wide interval', () => {
  const { lo95, hi95 } = medianWithInterval([1, 2, 3, 10, 11, 12], 1);
  expect(lo95).toBeLessThan(4);
  expect(hi95).toBeGreaterThan(9);
});

function draw(seed: number): readonly number[] {
  const random = randomFrom(seed);
  return Array.from({ length: 1000 }, random);
}

test('drawn numbers lie from 0 up to 1 and repeat with their seed', () => {
  expect(draw(706)).toEqual(draw(706));
  expect(draw(706)).not.toEqual(draw(707));
  expect(draw(0).every((value) => value >= 0 && value < 1)).toBe(true);
  expect(new Set(draw(706)).size).toBeGreaterThan(990);
});

test('a random order keeps every item and leads with each of them', () => {
  const random = randomFrom(706);
  const orders = Array.from({ length: 50 }, () => inRandomOrder(['ours', 'peer'], random));
  expect(new Set(orders.map(([first]) => first))).toEqual(new Set(['ours', 'peer']));
  expect(orders.every((order) => new Set(order).size === 2)).toBe(true);
});
