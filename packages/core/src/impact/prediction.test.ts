import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { NodeId } from '../shared/brand.ts';
import { HEALTHS, predictionError, worseHealth, type Health } from './prediction.ts';

const id = (text: string): NodeId => text as NodeId;
const foreseen = (...pairs: readonly (readonly [string, Health])[]) => ({
  dependants: pairs.map(([node, health]) => ({ node: id(node), health, because: 'a test says so' })),
});
const seen = (...pairs: readonly (readonly [string, Health])[]) =>
  pairs.map(([node, health]) => ({ node: id(node), health }));

test('D4: predicted against seen: right, too hopeful, too careful, never foreseen', () => {
  const prediction = foreseen(['a', 'degraded'], ['b', 'unaffected'], ['c', 'down'], ['d', 'unknown']);
  const looks = seen(
    ['c', 'unaffected'],
    ['b', 'down'],
    ['a', 'degraded'],
    ['d', 'degraded'],
    ['x', 'down'],
    ['y', 'unaffected'],
  );
  expect(predictionError(prediction, looks)).toEqual({
    compared: 3,
    wrong: [
      { node: 'b', predicted: 'unaffected', seen: 'down', isWorse: true },
      { node: 'c', predicted: 'down', seen: 'unaffected', isWorse: false },
    ],
    unforeseen: ['d', 'x'],
  });
});

test('X4: no data is no look, and the worst look counts', () => {
  const prediction = foreseen(['a', 'unaffected'], ['b', 'degraded']);
  expect(predictionError(prediction, seen(['a', 'unknown']))).toEqual({ compared: 0, wrong: [], unforeseen: [] });
  expect(predictionError(prediction, seen(['b', 'down'], ['b', 'unaffected'], ['b', 'unknown'])).wrong).toEqual([
    { node: 'b', predicted: 'degraded', seen: 'down', isWorse: true },
  ]);
  expect(predictionError(prediction, [])).toEqual({ compared: 0, wrong: [], unforeseen: [] });
});

test('D4: of two healths the worse is the same whichever comes first', () => {
  const health = fc.constantFrom(...HEALTHS);
  fc.assert(
    fc.property(health, health, health, (a, b, c) => {
      expect(worseHealth(a, b)).toBe(worseHealth(b, a));
      expect(worseHealth(a, worseHealth(b, c))).toBe(worseHealth(worseHealth(a, b), c));
      expect(worseHealth(a, 'unaffected')).toBe(a);
    }),
  );
});

test('E6: a prediction held against itself has no error', () => {
  const pairs = fc.uniqueArray(fc.tuple(fc.constantFrom('a', 'b', 'c', 'd'), fc.constantFrom(...HEALTHS)), {
    selector: ([node]) => node,
  });
  fc.assert(
    fc.property(pairs, (some) => {
      const error = predictionError(foreseen(...some), seen(...some));
      expect([error.wrong, error.unforeseen]).toEqual([[], []]);
      expect(error.compared).toBe(some.filter(([, health]) => health !== 'unknown').length);
    }),
  );
});
