import { describe, expect, test } from 'vitest';
import { ACTION_TYPES } from '../../proposal/change.ts';
import { FLAGS, INTEGERS, SETS, WORDS } from '../attributes.ts';
import type { Cube, Literal } from './literal.ts';
import { classesOf, oppositeTest, OTHER, partitionOf, testOf, type Partition, type Test } from './partition.ts';

const valuesOf = ({ variables, positionOf }: Partition, fact: string): readonly unknown[] => {
  const variable = variables[positionOf.get(fact) ?? -1];
  return variable?.kind === 'choice' ? variable.values : [];
};
const itemsOf = ({ itemsOf: items }: Partition, fact: string): readonly unknown[] => [
  ...(items.get(fact)?.keys() ?? []),
];

describe('E3: the finite view leaves no request out', () => {
  const empty = partitionOf([]);
  test('every fact has a variable even when no rule speaks of it', () => {
    for (const fact of [...INTEGERS, ...FLAGS, ...WORDS, 'action'])
      expect([fact, empty.positionOf.has(fact)]).toEqual([fact, true]);
    for (const fact of SETS) expect([fact, empty.itemsOf.has(fact)]).toEqual([fact, true]);
  });
  test('every action is a value; there is no other', () => {
    expect(valuesOf(empty, 'action')).toEqual(ACTION_TYPES);
  });
  test('a word may be any other, a set may hold anything else', () => {
    expect(valuesOf(empty, 'rollbackKind').at(-1)).toBe(OTHER);
    for (const fact of SETS) expect(itemsOf(empty, fact).at(-1)).toBe(OTHER);
  });
  test('closed sets are there by name, mentioned or not', () => {
    expect(itemsOf(empty, 'environments')).toEqual(['pre-production', 'production', 'staging', OTHER]);
    expect(itemsOf(empty, 'tiers')).toEqual(['non-critical', 'production-critical', 'safety-critical', OTHER]);
  });
  test('what the targets hold, everything reached holds: both are asked about the same items', () => {
    const both = partitionOf([
      [{ kind: 'some', fact: 'zones', values: ['a'] }],
      [{ kind: 'within', fact: 'reachedZones', values: ['b'] }],
      [{ kind: 'some', fact: 'dataClasses', values: ['phi'] }],
    ]);
    expect(itemsOf(both, 'zones')).toEqual(['a', 'b', OTHER]);
    expect(itemsOf(both, 'reachedZones')).toEqual(['a', 'b', OTHER]);
    expect(itemsOf(both, 'reachedDataClasses')).toEqual(['phi', OTHER]);
    expect(itemsOf(both, 'owners')).toEqual([OTHER]);
  });
  test('a question nobody here can read is a variable of its own, once', () => {
    const free: Cube = [{ kind: 'is', fact: 'free:x', value: true }];
    const partition = partitionOf([free, free]);
    expect(partition.variables.filter(({ fact }) => fact === 'free:x')).toHaveLength(1);
    expect(partition.variables).toHaveLength(empty.variables.length + 1);
  });
  test('positions are the ones of the variables', () => {
    for (const [fact, position] of empty.positionOf) expect(empty.variables[position]?.fact).toBe(fact);
    for (const [fact, items] of empty.itemsOf)
      for (const [item, position] of items) expect(empty.variables[position]).toEqual({ kind: 'item', fact, item });
  });
});

describe('E3: literals as tests', () => {
  const partition = partitionOf([[{ kind: 'some', fact: 'owners', values: ['a', 'b'] }]]);
  const at = (fact: string): number => partition.positionOf.get(fact) ?? -1;
  const item = (name: string | typeof OTHER): number => partition.itemsOf.get('owners')?.get(name) ?? -1;
  test.each<[string, Literal, Test]>([
    ['from', { kind: 'from', fact: 'targets', value: 3 }, { kind: 'from', variable: at('targets'), value: 3 }],
    ['below', { kind: 'below', fact: 'targets', value: 3 }, { kind: 'below', variable: at('targets'), value: 3 }],
    [
      'yes',
      { kind: 'is', fact: 'isGraphFresh', value: true },
      { kind: 'from', variable: at('isGraphFresh'), value: 1 },
    ],
    [
      'no',
      { kind: 'is', fact: 'isGraphFresh', value: false },
      { kind: 'below', variable: at('isGraphFresh'), value: 1 },
    ],
    ['some', { kind: 'some', fact: 'owners', values: ['a'] }, { kind: 'some', variables: [item('a')] }],
    ['none', { kind: 'none', fact: 'owners', values: ['a', 'b'] }, { kind: 'none', variables: [item('a'), item('b')] }],
    [
      'beyond',
      { kind: 'beyond', fact: 'owners', values: ['a'] },
      { kind: 'some', variables: [item('b'), item(OTHER)] },
    ],
    ['within', { kind: 'within', fact: 'owners', values: ['a', 'b'] }, { kind: 'none', variables: [item(OTHER)] }],
    ['some of nothing', { kind: 'some', fact: 'owners', values: [] }, { kind: 'some', variables: [] }],
  ])('%s', (_what, literal, expected) => {
    expect(testOf(partition, literal)).toEqual(expected);
  });
  test('among passes the listed values and never the other; outside passes the rest and the other', () => {
    const values = valuesOf(partition, 'rollbackKind');
    const among = testOf(partition, { kind: 'among', fact: 'rollbackKind', values: ['none'] });
    const outside = testOf(partition, { kind: 'outside', fact: 'rollbackKind', values: ['none'] });
    expect(among.kind === 'among' && among.passes).toEqual(values.map((value) => value === 'none'));
    expect(outside.kind === 'among' && outside.passes).toEqual(values.map((value) => value !== 'none'));
    expect(oppositeTest(among)).toEqual(outside);
  });
  test('the opposite of a test is the test of the opposite', () => {
    for (const kind of ['from', 'below'] as const)
      expect(oppositeTest(oppositeTest({ kind, variable: 1, value: 2 }))).toEqual({ kind, variable: 1, value: 2 });
    expect(oppositeTest({ kind: 'some', variables: [1] })).toEqual({ kind: 'none', variables: [1] });
    expect(oppositeTest({ kind: 'none', variables: [1] })).toEqual({ kind: 'some', variables: [1] });
  });
});

const cutAt = (...bounds: readonly number[]): Cube => bounds.map((value) => ({ kind: 'from', fact: 'targets', value }));

describe('E3: how many classes of requests a proof looked at', () => {
  const empty = partitionOf([]);
  test('every bound of an integer, once, adds one class of it', () => {
    const plain = classesOf(empty, []);
    expect(classesOf(empty, [cutAt(5)])).toBe(2n * plain);
    expect(classesOf(empty, [cutAt(5), cutAt(5), [{ kind: 'below', fact: 'targets', value: 5 }]])).toBe(2n * plain);
    expect(classesOf(empty, [cutAt(5, 6, 7)])).toBe(4n * plain);
  });
  test('an item or a free question doubles them; the number is exact beyond 2^53', () => {
    const plain = classesOf(empty, []);
    const named: readonly Cube[] = [[{ kind: 'some', fact: 'owners', values: ['a'] }]];
    expect(classesOf(partitionOf(named), named)).toBe(2n * plain);
    const many = Array.from({ length: 80 }, (_, n): Cube => [{ kind: 'is', fact: `free:${n}`, value: true }]);
    expect(classesOf(partitionOf(many), many)).toBe(plain << 80n);
  });
});
