/** Demands of several sources only add up (L7): no source takes people away from another. */
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anId } from '../envelope/envelope.builder.ts';
import { mergeDemands } from './demands.ts';
import type { Demand } from './person.ts';

const demand = fc.record({
  role: fc.constantFrom('a', 'b', 'c').map((name) => anId<'Role'>(name)),
  count: fc.integer({ min: 1, max: 9 }),
});

const most = (all: readonly Demand[], role: string): number =>
  Math.max(...all.flatMap((each) => (each.role === role ? [each.count] : [])));

test('property: for each role the highest count, each role once and in order, whatever the order of the sources', () => {
  fc.assert(
    fc.property(fc.array(demand), fc.array(demand), (one, other) => {
      const merged = mergeDemands([...one, ...other]);
      expect(merged).toEqual(mergeDemands([...other, ...one]));
      expect(merged).toEqual(mergeDemands(merged));
      expect(merged.map(({ role }) => role)).toEqual(
        [...new Set([...one, ...other].map(({ role }) => role))].toSorted(),
      );
      for (const { role, count } of merged) expect(count).toBe(most([...one, ...other], role));
    }),
  );
});

test('of nothing nobody is owed', () => {
  expect(mergeDemands([])).toEqual([]);
});
