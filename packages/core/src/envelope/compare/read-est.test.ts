import { describe, expect, test } from 'vitest';
import type { Attributes } from '../attributes.ts';
import { aRule, someAttributes } from './compare.builder.ts';
import { cedarJsonOf, type CedarJson, type Est } from './est.ts';
import { satisfied } from './matching.ts';
import { readEst } from './read-est.ts';

const fact = (attr: string): Est => ({ '.': { attr, left: { Var: 'context' } } });
const value = (Value: string | number | boolean): Est => ({ Value });
const set = (...values: readonly string[]): Est => ({ Set: values.map(value) });
const op = (operator: string, left: Est, right: Est): Est => ({ [operator]: { left, right } });
const not = (arg: Est): Est => ({ '!': { arg } });

/** As text, since an object with this field is taken for a promise. */
const when = (condition: Est, yes: Est, otherwise: Est): Est =>
  JSON.parse(
    `{"if-then-else":{"if":${JSON.stringify(condition)},"then":${JSON.stringify(yes)},"else":${JSON.stringify(otherwise)}}}`,
  ) as Est;

const policy = (body: Est, change: Readonly<Record<string, unknown>> = {}): unknown => ({
  effect: 'permit',
  principal: { op: 'All' },
  action: { op: 'All' },
  resource: { op: 'All' },
  conditions: [{ kind: 'when', body }],
  ...change,
});
const json = (one: unknown): CedarJson => ({ staticPolicies: { G: one } }) as unknown as CedarJson;

function isMatched(one: unknown, attributes: Partial<Attributes> = {}, action = 'package.patch'): boolean {
  const read = readEst(json(one));
  if (!read.ok) throw new Error(JSON.stringify(read.refusal));
  const asked = {
    mode: 'autonomous',
    action: action as 'package.patch',
    attributes: someAttributes(attributes),
  } as const;
  return satisfied(read.value, asked).permits.length === 1;
}
const complaintsOf = (one: unknown): readonly string[] => {
  const read = readEst(json(one));
  return read.ok ? [] : (read.refusal.complaints ?? []).map(({ problem }) => problem);
};
const unsupportedIn = (one: unknown): number => {
  const read = readEst(json(one));
  return read.ok ? read.value.unsupported.length : -1;
};

describe('E3: comparisons mean what Cedar means by them', () => {
  const targets = fact('targets');
  test.each<readonly [string, Est, readonly number[]]>([
    ['<', op('<', targets, value(2)), [0, 1]],
    ['<=', op('<=', targets, value(2)), [0, 1, 2]],
    ['>', op('>', targets, value(2)), [3, 4]],
    ['>=', op('>=', targets, value(2)), [2, 3, 4]],
    ['==', op('==', targets, value(2)), [2]],
    ['!=', op('!=', targets, value(2)), [0, 1, 3, 4]],
    ['mirrored <', op('<', value(2), targets), [3, 4]],
    ['mirrored <=', op('<=', value(2), targets), [2, 3, 4]],
    ['mirrored >', op('>', value(2), targets), [0, 1]],
    ['mirrored >=', op('>=', value(2), targets), [0, 1, 2]],
    ['not <', not(op('<', targets, value(2))), [2, 3, 4]],
    ['not ==', not(op('==', targets, value(2))), [0, 1, 3, 4]],
    ['not !=', not(op('!=', targets, value(2))), [2]],
    ['and', op('&&', op('>', targets, value(0)), op('<', targets, value(3))), [1, 2]],
    ['or', op('||', op('<', targets, value(1)), op('>', targets, value(3))), [0, 4]],
    ['not and', not(op('&&', op('>', targets, value(0)), op('<', targets, value(3)))), [0, 3, 4]],
    ['not not', not(not(op('==', targets, value(3)))), [3]],
    ['true', value(true), [0, 1, 2, 3, 4]],
    ['false', value(false), []],
    ['if', when(op('>', targets, value(1)), op('<', targets, value(4)), op('==', targets, value(0))), [0, 2, 3]],
  ])('%s', (_, body, expected) => {
    expect([0, 1, 2, 3, 4].filter((count) => isMatched(policy(body), { targets: count }))).toEqual(expected);
    expect(unsupportedIn(policy(body))).toBe(0);
  });

  test('unless is the opposite of when', () => {
    const body = op('>', targets, value(2));
    const unless = policy(body, { conditions: [{ kind: 'unless', body }] });
    expect([1, 2, 3].filter((count) => isMatched(unless, { targets: count }))).toEqual([1, 2]);
  });

  test('flags and words', () => {
    expect(isMatched(policy(fact('isSuspended')), { isSuspended: true })).toBe(true);
    expect(isMatched(policy(op('==', fact('isSuspended'), value(false))), { isSuspended: true })).toBe(false);
    expect(isMatched(policy(op('!=', fact('rollbackKind'), value('none'))), { rollbackKind: 'none' })).toBe(false);
    expect(isMatched(policy(op('==', value('none'), fact('rollbackKind'))), { rollbackKind: 'none' })).toBe(true);
    expect(isMatched(policy(op('contains', set('none', 'x'), fact('rollbackKind'))), { rollbackKind: 'x' })).toBe(true);
  });

  test.each<readonly [string, Est, readonly string[]]>([
    ['contains', op('contains', fact('zones'), value('a')), ['a', 'ab']],
    ['containsAny', op('containsAny', fact('zones'), set('a', 'b')), ['a', 'b', 'ab', 'bc']],
    ['mirrored containsAny', op('containsAny', set('a', 'b'), fact('zones')), ['a', 'b', 'ab', 'bc']],
    ['containsAll', op('containsAll', fact('zones'), set('a', 'b')), ['ab']],
    ['inside', op('containsAll', set('a', 'b'), fact('zones')), ['', 'a', 'b', 'ab']],
    ['isEmpty', { isEmpty: { arg: fact('zones') } }, ['']],
    ['not isEmpty', not({ isEmpty: { arg: fact('zones') } }), ['a', 'b', 'c', 'ab', 'bc']],
    ['not inside', not(op('containsAll', set('a', 'b'), fact('zones'))), ['c', 'bc']],
    ['not containsAll', not(op('containsAll', fact('zones'), set('a', 'b'))), ['', 'a', 'b', 'c', 'bc']],
  ])('sets: %s', (_, body, expected) => {
    const all = ['', 'a', 'b', 'c', 'ab', 'bc'];
    expect(all.filter((zones) => isMatched(policy(body), { zones: [...zones] }))).toEqual(expected);
    expect(unsupportedIn(policy(body))).toBe(0);
  });

  test('actions by scope', () => {
    const one = { type: 'Action', id: 'package.patch' };
    const scopes = [
      { op: '==', entity: one },
      { op: 'in', entity: one },
      { op: 'in', entities: [one] },
    ];
    for (const action of scopes) {
      expect(isMatched(policy(value(true), { action }))).toBe(true);
      expect(isMatched(policy(value(true), { action }), {}, 'host.isolate')).toBe(false);
    }
  });
});

const either = (position: number): Est =>
  op('||', op('==', fact('targets'), value(position)), op('==', fact('citizens'), value(position)));

describe('E3: what is not understood is one free question', () => {
  test.each<readonly [string, unknown]>([
    ['like', policy({ like: { left: fact('rollbackKind'), pattern: ['Wildcard'] } })],
    ['an unknown fact', policy(fact('nosuch'))],
    ['has', policy({ has: { left: { Var: 'context' }, attr: 'zones' } })],
    ['two facts', policy(op('<', fact('targets'), fact('citizens')))],
    ['a fact of the wrong kind', policy(op('==', fact('targets'), value('many')))],
    ['a nested fact', policy({ '.': { attr: 'zones', left: fact('targets') } })],
    ['a principal by name', policy(value(true), { principal: { op: '==', entity: { type: 'Agent', id: 'a' } } })],
    ['another type', policy(value(true), { resource: { op: 'is', entity_type: 'Host' } })],
    ['an action group', policy(value(true), { action: { op: 'in', entity: { type: 'Group', id: 'a' } } })],
    ['a name of every object', policy(fact('constructor'))],
  ])('%s', (_, one) => {
    expect(unsupportedIn(one)).toBe(1);
  });

  test('too many alternatives are one question, not many', () => {
    const body = Array.from({ length: 8 }, (_, position) => either(position)).reduce((all, one) => op('&&', all, one));
    expect(unsupportedIn(policy(body))).toBe(1);
  });
});

describe('E3: hostile input is refused', () => {
  test('integers beyond 2^53-1', () => {
    expect(complaintsOf(policy(op('<', fact('targets'), value(2 ** 53))))).toEqual([
      'compares with a number that is not a safe integer',
    ]);
    expect(complaintsOf(policy(op('<', fact('targets'), value(1.5))))).toHaveLength(1);
  });

  test('nesting that would exhaust the stack', () => {
    let body: Est = value(true);
    for (let depth = 0; depth < 100_000; depth += 1) body = not(body);
    expect(complaintsOf(policy(body))).toEqual(['is nested too deeply']);
  });

  test('arithmetic, no effect, a strange condition, no policy at all', () => {
    expect(complaintsOf(policy(op('<', op('+', fact('targets'), value(1)), value(2))))).toHaveLength(1);
    expect(complaintsOf(policy(value(true), { effect: 'allow' }))).toEqual(['has no effect']);
    expect(complaintsOf(policy(value(true), { conditions: [{ kind: 'while', body: value(true) }] }))).toHaveLength(1);
    expect(complaintsOf(null)).toEqual(['has no effect']);
    expect(complaintsOf('permit(principal, action, resource);')).toEqual(['has no effect']);
  });

  test('every complaint at once, with the policy it is about', () => {
    const bad = policy(value(true), { effect: 'allow' });
    const read = readEst({ staticPolicies: { one: bad, two: bad } } as unknown as CedarJson);
    expect(!read.ok && read.refusal.complaints?.map(({ at }) => at)).toEqual(['/one', '/two']);
  });
});

test('E2: the start of a permit is remembered, read or not', () => {
  const dated = aRule('G', { conditions: [{ op: 'at-least', fact: 'nowMs', value: 42 }] });
  for (const ignoreValidity of [true, false]) {
    const read = readEst(cedarJsonOf([dated]), { ignoreValidity });
    expect(read.ok && read.value.validFromMs).toEqual([42]);
    expect(read.ok && read.value.policies[0]?.alternatives[0]?.cube).toHaveLength(ignoreValidity ? 0 : 1);
  }
});
