import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FLAGS, INTEGERS, SETS } from '../envelope/attributes.ts';
import { holds, type Condition, type Rule } from '../envelope/rule.ts';
import { attributesOf } from './evaluate.ts';
import { anyFacts } from './facts.arbitrary.builder.ts';
import { indexRules, matchingRules } from './rule-index.ts';

const WORDS = ['dmz', 'scada', 'production', 'staging', 'non-critical', 'safety-critical', 'host', 'night'];

const anyCondition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ op: fc.constant('is' as const), fact: fc.constantFrom(...FLAGS), value: fc.boolean() }),
  fc.record({
    op: fc.constantFrom('at-least' as const, 'at-most' as const),
    fact: fc.constantFrom(...INTEGERS),
    value: fc.integer({ min: -1, max: 20 }),
  }),
  fc.record({
    op: fc.constantFrom('any-of' as const, 'only' as const),
    fact: fc.constantFrom(...SETS),
    values: fc.subarray(WORDS),
  }),
  fc.record({
    op: fc.constant('one-of' as const),
    fact: fc.constant('rollbackKind' as const),
    values: fc.subarray(['restore', 'none']),
  }),
);
const anyRules: fc.Arbitrary<readonly Rule[]> = fc
  .array(fc.array(anyCondition, { maxLength: 4 }), { maxLength: 40 })
  .map((all) =>
    all.map((conditions, place) => ({
      id: `R${place}`,
      clause: 'c',
      effect: 'permit' as const,
      modes: ['autonomous' as const],
      actions: 'every' as const,
      conditions,
    })),
  );

test('D1: the index finds exactly the rules whose conditions all hold, each once', () => {
  const seen = { matched: 0, all: 0 };
  fc.assert(
    fc.property(anyRules, anyFacts, (rules, facts) => {
      const attributes = attributesOf(facts);
      const slow = rules.filter(({ conditions }) => conditions.every((condition) => holds(condition, attributes)));
      const fast = matchingRules(indexRules(rules), attributes);
      seen.matched += slow.length;
      seen.all += rules.length;
      expect(fast.map(({ id }) => id).toSorted()).toEqual(slow.map(({ id }) => id).toSorted());
    }),
    { numRuns: 500 },
  );
  expect(seen.matched).toBeGreaterThan(500);
  expect(seen.matched).toBeLessThan(seen.all);
});

test('D1: distant rules are not looked at: ten thousand of other zones cost what ten cost', () => {
  let looks = 0;
  const counted = (count: number): number => {
    looks = 0;
    const rules = Array.from({ length: count }, (_, place): Rule => ({
      id: `R${place}`,
      clause: 'c',
      effect: 'forbid',
      modes: ['autonomous'],
      actions: 'every',
      conditions: [
        { op: 'is', fact: 'isAgentListed', value: true },
        { op: 'any-of', fact: 'zones', values: [`zone-${place}`] },
      ],
    }));
    const index = indexRules(rules);
    const attributes = attributesOf(fc.sample(anyFacts, { seed: 1, numRuns: 1 })[0]!);
    const watched = new Proxy([...rules], {
      get: (target, key) => {
        if (typeof key === 'string' && /^\d+$/.test(key)) looks += 1;
        return Reflect.get(target, key) as unknown;
      },
    });
    matchingRules({ ...index, rules: watched }, { ...attributes, zones: ['zone-3', 'zone-7'] });
    return looks;
  };
  expect([counted(10), counted(10_000)]).toEqual([2, 2]);
});
