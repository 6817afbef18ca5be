import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { someAttributes } from './compare.builder.ts';
import { cubesOf, keyOf, opposite, type Formula, type Literal } from './literal.ts';
import { satisfied } from './matching.ts';
import type { ReadPolicies } from './read-est.ts';

const values = fc.subarray(['a', 'b', 'c']);
const literal: fc.Arbitrary<Literal> = fc.oneof(
  fc.record({
    kind: fc.constantFrom('from' as const, 'below' as const),
    fact: fc.constantFrom('targets', 'fanOut'),
    value: fc.integer({ min: 0, max: 3 }),
  }),
  fc.record({ kind: fc.constant('is' as const), fact: fc.constant('isGraphFresh'), value: fc.boolean() }),
  fc.record({ kind: fc.constantFrom('among' as const, 'outside' as const), fact: fc.constant('rollbackKind'), values }),
  fc.record({
    kind: fc.constantFrom('some' as const, 'none' as const, 'beyond' as const, 'within' as const),
    fact: fc.constantFrom('zones', 'owners'),
    values,
  }),
);
const request = fc
  .record({
    targets: fc.integer({ min: 0, max: 3 }),
    fanOut: fc.integer({ min: 0, max: 3 }),
    isGraphFresh: fc.boolean(),
    rollbackKind: fc.constantFrom('a', 'b', 'z'),
    zones: fc.subarray(['a', 'b', 'z']),
    owners: fc.subarray(['a', 'b', 'z']),
  })
  .map(someAttributes);
const holds = (all: readonly Literal[], attributes: ReturnType<typeof someAttributes>): boolean => {
  const policies: ReadPolicies = {
    policies: [{ id: 'X', effect: 'permit', alternatives: [{ modes: ['autonomous'], cube: all, key: 'x' }] }],
    unsupported: [],
    validFromMs: [],
  };
  return satisfied(policies, { mode: 'autonomous', action: 'package.patch', attributes }).permits.length === 1;
};

const someZones = (...items: readonly string[]): string => keyOf({ kind: 'some', fact: 'zones', values: items });

describe('E3: a question and its opposite', () => {
  test('property: exactly one of the two is answered yes, of every request', () => {
    fc.assert(
      fc.property(literal, request, (one, attributes) => {
        expect(holds([one], attributes)).toBe(!holds([opposite(one)], attributes));
      }),
      { numRuns: 500, seed: 706 },
    );
  });
  test('property: the opposite of the opposite is the question', () => {
    fc.assert(
      fc.property(literal, (one) => {
        expect(opposite(opposite(one))).toEqual(one);
      }),
    );
  });
  test('property: equal keys mean equal answers; another question has another key', () => {
    fc.assert(
      fc.property(literal, literal, request, (one, other, attributes) => {
        expect(keyOf(one) !== keyOf(other) || holds([one], attributes) === holds([other], attributes)).toBe(true);
        expect(keyOf(one)).not.toBe(keyOf(opposite(one)));
      }),
      { numRuns: 500, seed: 706 },
    );
  });
  test('the order of values and their repetition do not count; the fact and the kind do', () => {
    expect(someZones('b', 'a', 'b')).toBe(someZones('a', 'b'));
    expect(someZones('a,b')).not.toBe(someZones('a', 'b'));
    expect(someZones('a')).not.toBe(keyOf({ kind: 'some', fact: 'owners', values: ['a'] }));
    expect(someZones('a')).not.toBe(keyOf({ kind: 'within', fact: 'zones', values: ['a'] }));
  });
});

const formula: fc.Arbitrary<Formula> = fc.letrec<{ formula: Formula }>((tie) => ({
  formula: fc.oneof(
    { maxDepth: 3 },
    fc.boolean().map((value): Formula => ({ kind: 'constant', value })),
    literal.map((one): Formula => ({ kind: 'literal', literal: one })),
    fc
      .tuple(fc.constantFrom('all' as const, 'any' as const), fc.array(tie('formula'), { maxLength: 3 }))
      .map(([kind, parts]): Formula => ({ kind, parts })),
  ),
})).formula;
const isTrue = (one: Formula, attributes: ReturnType<typeof someAttributes>): boolean => {
  switch (one.kind) {
    case 'constant':
      return one.value;
    case 'literal':
      return holds([one.literal], attributes);
    case 'all':
      return one.parts.every((part) => isTrue(part, attributes));
    case 'any':
      return one.parts.some((part) => isTrue(part, attributes));
  }
};

const anyOf = (count: number): Formula => ({
  kind: 'any',
  parts: Array.from({ length: count }, (_, value) => ({
    kind: 'literal',
    literal: { kind: 'from', fact: 'targets', value },
  })),
});

describe('E3: alternatives of a formula', () => {
  test('property: one of them holds exactly when the formula does', () => {
    let written = 0;
    fc.assert(
      fc.property(formula, request, (one, attributes) => {
        const cubes = cubesOf(one);
        if (cubes === undefined) return;
        written += 1;
        expect(cubes.some((cube) => holds(cube, attributes))).toBe(isTrue(one, attributes));
      }),
      { numRuns: 500, seed: 706 },
    );
    expect(written).toBeGreaterThan(400);
  });
  test('64 alternatives are written out, 65 are too many, however they come about', () => {
    expect(cubesOf(anyOf(64))).toHaveLength(64);
    expect(cubesOf(anyOf(65))).toBeUndefined();
    expect(cubesOf({ kind: 'all', parts: [anyOf(8), anyOf(8)] })).toHaveLength(64);
    expect(cubesOf({ kind: 'all', parts: [anyOf(8), anyOf(9)] })).toBeUndefined();
    expect(cubesOf({ kind: 'any', parts: [anyOf(65), anyOf(1)] })).toBeUndefined();
  });
  test('too many alternatives stay too many even where a part is never true', () => {
    const never: Formula = { kind: 'constant', value: false };
    expect(cubesOf({ kind: 'all', parts: [anyOf(65), never] })).toBeUndefined();
    expect(cubesOf({ kind: 'all', parts: [never, anyOf(64)] })).toEqual([]);
  });
  test('all of nothing is yes, any of nothing is no', () => {
    expect(cubesOf({ kind: 'all', parts: [] })).toEqual([[]]);
    expect(cubesOf({ kind: 'any', parts: [] })).toEqual([]);
  });
});
