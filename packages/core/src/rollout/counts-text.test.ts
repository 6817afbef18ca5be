import { expect, test } from 'vitest';
import { countsText } from './counts-text.ts';

test('every count is told, zero or not, in one order and in the words of the glossary', () => {
  const counts = {
    targets: 1240,
    touched: 12,
    healthy: 10,
    broken: 1,
    reverted: 9,
    unknown: 2,
    stillDegraded: 3,
    untouched: 1228,
    actsAfterTrip: 0,
  };
  expect(countsText(counts)).toBe(
    'touched 12 of 1240, healthy 10, broken 1, rolled back 9, unknown 2, still degraded 3, untouched 1228, acts after trip 0',
  );
});
