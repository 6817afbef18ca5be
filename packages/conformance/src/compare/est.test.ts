import { policyToJson } from '@cedar-policy/cedar-wasm/nodejs';
import { expect, test } from 'vitest';
import { ACTION_TYPES, cedarJsonOf, rulesOf, toCedar, toEst, type Rule } from '@countersign/core';
import { FOUR_HUNDRED_RULES, largeEnvelopeJson, readEnvelope } from './large-envelope.ts';
import { randomFrom } from '../bench/measure/random.ts';
import { randomRequest } from './random-request.ts';
import { realCedar } from './real-cedar.ts';

/** Keys sorted all the way down, so that two values are the same bytes when they are equal. */
const sorted = (value: unknown): unknown => {
  if (Array.isArray(value)) return value.map(sorted);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .toSorted(([one], [other]) => (one < other ? -1 : 1))
      .map(([key, inner]) => [key, sorted(inner)]),
  );
};

function cedarsOwn(rule: Rule): unknown {
  const answer = policyToJson(toCedar([rule]).policies[rule.id] ?? '');
  if (answer.type === 'failure') throw new Error(JSON.stringify(answer.errors));
  return sorted(answer.json);
}

const rules = rulesOf(readEnvelope(largeEnvelopeJson(FOUR_HUNDRED_RULES, 706)));
const rule = (change: Partial<Rule>): Rule => ({
  id: 'R1',
  clause: 'AG-706 4.1',
  effect: 'forbid',
  modes: ['autonomous', 'approved'],
  actions: 'every',
  conditions: [],
  ...change,
});

test('E1: the JSON form of every rule of a large envelope is byte for byte what Cedar gives for its text', () => {
  for (const one of rules) expect(JSON.stringify(toEst(one))).toBe(JSON.stringify(cedarsOwn(one)));
  expect(rules.length).toBeGreaterThanOrEqual(400);
});

test.each<readonly [string, Partial<Rule>]>([
  ['no action', { actions: [] }],
  ['one action', { actions: ['package.patch'] }],
  ['every action by name', { actions: ACTION_TYPES }],
  [
    'every kind of condition',
    {
      conditions: [
        { op: 'is', fact: 'isGraphFresh', value: false },
        { op: 'is', fact: 'isGraphFresh', value: true },
        { op: 'at-least', fact: 'severity', value: -1 },
        { op: 'at-most', fact: 'targets', value: 9_007_199_254_740_991 },
        { op: 'any-of', fact: 'zones', values: ['a', 'b', 'a'] },
        { op: 'any-of', fact: 'zones', values: [] },
        { op: 'only', fact: 'tiers', values: ['non-critical'] },
        { op: 'only', fact: 'tiers', values: [] },
        { op: 'one-of', fact: 'rollbackKind', values: ['none'] },
        { op: 'one-of', fact: 'rollbackKind', values: [] },
      ],
    },
  ],
  [
    'text that tries to break out',
    {
      id: 'a/b',
      clause: '"); permit(principal, action, resource);\n\\u{41}',
      conditions: [{ op: 'any-of', fact: 'zones', values: ['a"\\\n${}\u2028é😀"]) || true', '\u0000', '*'] }],
    },
  ],
])('E1: the JSON form is what Cedar gives for its text: %s', (_, change) => {
  expect(toEst(rule(change))).toEqual(cedarsOwn(rule(change)));
  expect(JSON.stringify(toEst(rule(change)))).toBe(JSON.stringify(cedarsOwn(rule(change))));
});

test('E1: Cedar decides from our JSON form as it does from the text', () => {
  const some = rules.filter((_, position) => position % 8 === 0);
  const { staticPolicies } = cedarJsonOf(some);
  const fromText = realCedar(some, { slot: 'text' });
  const fromJson = realCedar(some, { slot: 'json', policies: structuredClone(staticPolicies) as never });
  const random = randomFrom(706);
  let allowed = 0;
  for (let request = 0; request < 500; request += 1) {
    const asked = randomRequest(random, some);
    const answer = fromText(asked);
    expect(fromJson(asked)).toEqual(answer);
    if (answer.isAllowed) allowed += 1;
  }
  expect(allowed).toBeGreaterThan(20);
});

test('E3: the same rules in another order are the same bytes', () => {
  expect(JSON.stringify(cedarJsonOf(rules.toReversed()))).toBe(JSON.stringify(cedarJsonOf(rules)));
});
