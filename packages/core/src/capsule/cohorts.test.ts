import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nextCohortSize, plannedCohorts } from './cohorts.ts';

test('X4: the verified healthy count doubles until a cohort is as large as the window', () => {
  expect(plannedCohorts(40, { canary: 1, window: 10 })).toEqual([1, 2, 4, 8, 16, 26, 36, 40]);
  expect(plannedCohorts(1240, { canary: 10, window: 10 })).toHaveLength(124);
});

test('one target is one cohort, none is none', () => {
  expect(plannedCohorts(1, { canary: 10, window: 10 })).toEqual([1]);
  expect(plannedCohorts(0, { canary: 1, window: 1 })).toEqual([]);
});

test('X5: after a resume without a healthy target the next cohort is one target', () => {
  expect(nextCohortSize(0, { canary: 5, window: 10 })).toBe(1);
});

test('X4: cohorts cover every target once, never exceed the window after the canary, and the canary comes first', () => {
  const positive = fc.integer({ min: 1, max: 50 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 2000 }), positive, positive, (targets, canary, window) => {
      const ends = plannedCohorts(targets, { canary, window });
      expect(ends[0]).toBe(Math.min(canary, targets));
      expect(ends.at(-1)).toBe(targets);
      ends.slice(1).forEach((end, index) => {
        const before = ends[index]!;
        expect(end - before).toBeGreaterThan(0);
        expect(end - before).toBeLessThanOrEqual(Math.min(window, before));
      });
    }),
  );
});
