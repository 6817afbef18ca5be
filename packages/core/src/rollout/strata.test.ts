import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { CapsuleTarget } from '../capsule/capsule.ts';
import { plannedCohorts } from '../capsule/cohorts.ts';
import { idOf } from '../capsule/example-capsule.test.ts';
import { TIERS, type Tier } from '../graph/graph.ts';
import { orderTargets } from './strata.ts';

const one = (name: string, stratum: string, tier: Tier = 'non-critical'): CapsuleTarget => ({
  id: idOf(name),
  stratum,
  tier,
});
const many = (prefix: string, count: number, stratum: string, tier?: Tier): readonly CapsuleTarget[] =>
  Array.from({ length: count }, (_, n) => one(`${prefix}-${String(n).padStart(4, '0')}`, stratum, tier));

test('design 1.3: the canary covers distinct configurations first', () => {
  const targets = [...many('a', 50, 'A'), ...many('b', 3, 'B'), ...many('c', 20, 'C')];
  const order = orderTargets(targets, { canary: 3, window: 10 });
  expect(order).toMatchObject({ canaryStrata: 3, strataTotal: 3, uncovered: [] });
  expect(order.ordered.slice(0, 3).map(({ stratum }) => stratum)).toEqual(['B', 'C', 'A']);
});

test('design 1.3: with too few places the most critical strata are covered first, then the rarest', () => {
  const targets = [
    ...many('a', 50, 'A'),
    ...many('b', 3, 'B'),
    ...many('c', 20, 'C', 'production-critical'),
    one('d', 'D'),
  ];
  const order = orderTargets(targets, { canary: 2, window: 10 });
  expect(order.ordered.slice(0, 2).map(({ stratum }) => stratum)).toEqual(['D', 'C']);
  expect(order).toMatchObject({ canaryStrata: 2, strataTotal: 4, uncovered: ['B', 'A'] });
});

test('X4: inside the canary the least critical target goes first, and it stands for its stratum', () => {
  const targets = [one('x', 'A', 'safety-critical'), one('y', 'A', 'production-critical'), one('z', 'B')];
  const order = orderTargets(targets, { canary: 2, window: 10 });
  expect(order.ordered.map(({ id }) => id)).toEqual(['z', 'y', 'x']);
});

test('a place left over in the canary is a second target of the foremost stratum', () => {
  const order = orderTargets([...many('a', 5, 'A'), ...many('b', 2, 'B')], { canary: 3, window: 10 });
  expect(order.ordered.slice(0, 3).map(({ id }) => id)).toEqual(['b-0000', 'a-0000', 'b-0001']);
});

test('a target that a signal names represents its stratum among equals', () => {
  const affectedPriority = new Set([many('a', 5, 'A')[3]!.id]);
  const order = orderTargets(many('a', 5, 'A'), { canary: 1, window: 10, affectedPriority });
  expect(order.ordered[0]?.id).toBe('a-0003');
});

test('design 1.3: each later cohort leads with an uncovered configuration while there is one', () => {
  const strata = Array.from({ length: 18 }, (_, n) => `S${String(n).padStart(2, '0')}`);
  const targets = strata.flatMap((name, n) => many(name, 5 + n, name));
  const rule = { canary: 10, window: 10 };
  const { ordered, uncovered, canaryStrata, strataTotal } = orderTargets(targets, rule);
  expect([canaryStrata, strataTotal]).toEqual([10, 18]);
  const ends = plannedCohorts(targets.length, rule);
  const leaders = uncovered.map((_, index) => ordered[ends[index]!]!.stratum);
  expect(leaders).toEqual(uncovered);
});

test('no target, no order', () => {
  expect(orderTargets([], { canary: 5, window: 5 })).toEqual({
    ordered: [],
    canaryStrata: 0,
    strataTotal: 0,
    uncovered: [],
  });
});

const targetLists = fc.uniqueArray(
  fc.record({
    n: fc.integer({ min: 0, max: 300 }),
    stratum: fc.constantFrom('A', 'B', 'C', 'D', 'E', ''),
    tier: fc.constantFrom(...TIERS),
  }),
  { selector: ({ n }) => n, maxLength: 60 },
);

test('design 1.3: the order holds every target once, does not depend on the input order, and covers what it says', () => {
  const rules = fc.record({ canary: fc.integer({ min: 1, max: 12 }), window: fc.integer({ min: 1, max: 12 }) });
  fc.assert(
    fc.property(targetLists, rules, (list, rule) => {
      const targets = list.map(({ n, stratum, tier }) => one(`t${n}`, stratum, tier));
      const order = orderTargets(targets, rule);
      expect(orderTargets(targets.toReversed(), rule)).toEqual(order);
      expect(new Set(order.ordered)).toEqual(new Set(targets));
      expect(order.ordered).toHaveLength(targets.length);
      const canary = new Set(order.ordered.slice(0, rule.canary).map(({ stratum }) => stratum));
      expect(canary.size).toBe(order.canaryStrata);
      expect(canary.size).toBe(Math.min(rule.canary, order.strataTotal));
      expect(order.uncovered.some((name) => canary.has(name))).toBe(false);
      expect(order.uncovered.length + canary.size).toBe(order.strataTotal);
    }),
  );
});
