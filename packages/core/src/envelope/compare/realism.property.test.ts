import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Attributes } from '../attributes.ts';
import type { Condition, Rule } from '../rule.ts';
import { aRule, isPermitted } from './compare.builder.ts';
import { compareModes } from './compare.ts';
import { cedarJsonOf } from './est.ts';

const COUNTED = [
  'targets',
  'unknownTargets',
  'nonCriticalTargets',
  'productionCriticalTargets',
  'safetyCriticalTargets',
  'cumulativeTargets',
  'organisationTargets',
  'affectedSegments',
] as const;
const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({
    op: fc.constantFrom('at-least' as const, 'at-most' as const),
    fact: fc.constantFrom(...COUNTED),
    value: fc.integer({ min: 0, max: 6 }),
  }),
  fc.record({
    op: fc.constantFrom('any-of' as const, 'only' as const),
    fact: fc.constant('tiers' as const),
    values: fc.subarray(['non-critical', 'production-critical', 'safety-critical']),
  }),
  fc.record({
    op: fc.constantFrom('any-of' as const, 'only' as const),
    fact: fc.constantFrom('zones' as const, 'reachedZones' as const),
    values: fc.subarray(['a', 'b', 'c']),
  }),
);
const rules = fc
  .array(
    fc.record({
      effect: fc.constantFrom('permit' as const, 'permit' as const, 'forbid' as const),
      conditions: fc.array(condition, { maxLength: 5 }),
    }),
    { minLength: 1, maxLength: 4 },
  )
  .map((bodies): readonly Rule[] => bodies.map((body, position) => aRule(`r${position}`, body)));

/** The invariants once more, of one whole request. */
function isPossible(attributes: Attributes): boolean {
  const { targets, tiers, zones, reachedZones, environments } = attributes;
  const perTier = [
    ['non-critical', attributes.nonCriticalTargets],
    ['production-critical', attributes.productionCriticalTargets],
    ['safety-critical', attributes.safetyCriticalTargets],
  ] as const;
  return (
    targets >= 1 &&
    COUNTED.every((fact) => attributes[fact] >= 0) &&
    targets === perTier.reduce((sum, [, count]) => sum + count, 0) &&
    perTier.every(([tier, count]) => tiers.includes(tier) === count >= 1) &&
    tiers.every((tier) => perTier.some(([name]) => name === tier)) &&
    attributes.unknownTargets <= attributes.safetyCriticalTargets &&
    targets <= attributes.cumulativeTargets &&
    targets <= attributes.organisationTargets &&
    attributes.affectedSegments <= targets &&
    zones.every((zone) => reachedZones.includes(zone)) &&
    environments.length > 0
  );
}

test('E3: an example said to be realistic keeps every invariant, and every example is a widening', () => {
  const seen = { realistic: 0, onPaper: 0 };
  fc.assert(
    fc.property(rules, rules, (before, after) => {
      const found = compareModes({ before: cedarJsonOf(before), after: cedarJsonOf(after) });
      for (const example of found.kind === 'widening' ? found.examples : []) {
        expect(isPermitted(after, example, example.mode)).toBe(true);
        expect(isPermitted(before, example, example.mode)).toBe(false);
        expect(!example.isRealistic || isPossible(example.attributes)).toBe(true);
        seen[example.isRealistic ? 'realistic' : 'onPaper'] += 1;
      }
    }),
    { numRuns: 500, seed: 706 },
  );
  expect(Math.min(seen.realistic, seen.onPaper)).toBeGreaterThan(20);
});

test('E3: of these small numbers every possible widening has a realistic example, never only one on paper', () => {
  // All requests with up to four targets, whatever the rules: so "unrealistic" is not said too soon.
  const counts = [0, 1, 2, 3];
  const requests = counts.flatMap((nonCritical) =>
    counts.flatMap((critical) =>
      [critical, critical + 1, critical + 4].map((cumulative) => ({
        nonCriticalTargets: nonCritical,
        productionCriticalTargets: critical,
        targets: nonCritical + critical,
        cumulativeTargets: Math.max(nonCritical + critical, cumulative),
        organisationTargets: 6,
        tiers: [...(nonCritical > 0 ? ['non-critical'] : []), ...(critical > 0 ? ['production-critical'] : [])],
        environments: ['production'],
      })),
    ),
  );
  let wide = 0;
  fc.assert(
    fc.property(rules, rules, (before, after) => {
      const found = compareModes({ before: cedarJsonOf(before), after: cedarJsonOf(after) });
      const examples = found.kind === 'widening' ? found.examples : [];
      const [first] = examples;
      const isReal = requests.some((change) => {
        const attributes = { ...first?.attributes, ...plain, ...change } as Attributes;
        const request = { action: 'package.patch' as const, attributes };
        return (
          isPossible(attributes) &&
          isPermitted(after, request, 'autonomous') &&
          !isPermitted(before, request, 'autonomous')
        );
      });
      if (isReal) wide += 1;
      expect(!isReal || examples.some(({ isRealistic }) => isRealistic)).toBe(true);
    }),
    { numRuns: 500, seed: 707 },
  );
  expect(wide).toBeGreaterThan(50);
});

const plain = { unknownTargets: 0, safetyCriticalTargets: 0, affectedSegments: 0, zones: [], reachedZones: [] };
