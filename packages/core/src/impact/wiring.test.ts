import { expect, test } from 'vitest';
import type { NodeId } from '../shared/brand.ts';
import { aGraph, anEdge, aNode } from '../graph/graph.builder.ts';
import { indexGraph } from '../graph/index-graph.ts';
import { labelOf, neighbours, nodeAt, wiringOf, wordsOf } from './wiring.ts';

const id = (text: string): NodeId => text as NodeId;

const index = indexGraph(
  aGraph(
    [
      aNode('a', { labels: { 'lib.openssl': '3.0.11', flags: 'beta,new-cart beta', role: 'web' } }),
      aNode('b', { labels: { 'lib.openssl': '3.0.11', 'lib.zlib': '1.3' } }),
      aNode('c', { labels: { 'lib.openssl': '3.0.14', flags: 'beta' } }),
      aNode('key', { kind: 'credential' }),
    ],
    [
      anEdge('a > key', 'consumes-credential'),
      { ...anEdge('a > key', 'consumes-credential'), isObserved: true },
      { ...anEdge('b > key', 'consumes-credential'), isObserved: true },
      { ...anEdge('b > key', 'consumes-credential'), isObserved: false },
      { ...anEdge('ghost > key', 'consumes-credential'), isObserved: true },
      anEdge('c > key', 'consumes-credential'),
      { ...anEdge('a ~ b', 'flows-to'), traffic: 'tcp/80', perMinute: 5 },
      anEdge('b ~ ghost', 'flows-to'),
      anEdge('c ~ c', 'flows-to'),
      anEdge('a > b'),
      anEdge('a > b'),
    ],
  ),
);

test('scenario B: users are declared, observed, or both; one the graph does not know is kept', () => {
  expect(wiringOf(index).usersOf.get(id('key'))).toEqual([
    { node: 'a', isDeclared: true, isObserved: true },
    { node: 'b', isDeclared: true, isObserved: true },
    { node: 'c', isDeclared: true, isObserved: false },
    { node: 'ghost', isDeclared: false, isObserved: true },
  ]);
  expect(wiringOf(index).usersOf.get(id('a'))).toBeUndefined();
});

test('G2: flows are found at both ends, each once, with their traffic', () => {
  const { flowsAt } = wiringOf(index);
  expect(flowsAt.get(id('a'))).toMatchObject([{ from: 'a', to: 'b', traffic: 'tcp/80', perMinute: 5 }]);
  expect(flowsAt.get(id('b'))).toHaveLength(2);
  expect(flowsAt.get(id('ghost'))).toHaveLength(1);
  expect(flowsAt.get(id('c'))).toHaveLength(1);
  expect(flowsAt.get(id('key'))).toBeUndefined();
});

test('G4: libraries and flags are found by what the labels say', () => {
  const { withLibrary, readersOf } = wiringOf(index);
  expect(Object.fromEntries(withLibrary)).toEqual({
    'lib.openssl=3.0.11': ['a', 'b'],
    'lib.zlib=1.3': ['b'],
    'lib.openssl=3.0.14': ['c'],
  });
  expect(Object.fromEntries(readersOf)).toEqual({ beta: ['a', 'c'], 'new-cart': ['a'] });
});

test('G3: what is found is made once per snapshot', () => {
  expect(wiringOf(index)).toBe(wiringOf(index));
  expect(wiringOf(indexGraph(index.snapshot))).not.toBe(wiringOf(index));
});

test('G1: a label is what its node says, and never what every object has', () => {
  const node = aNode('x', { labels: { role: 'web' } });
  expect([
    labelOf(node, 'role'),
    labelOf(node, 'constructor'),
    labelOf(node, 'other'),
    labelOf(undefined, 'role'),
  ]).toEqual(['web', undefined, undefined, undefined]);
});

const words = [
  [undefined, []],
  ['', []],
  [' , ', []],
  ['one', ['one']],
  ['one,two', ['one', 'two']],
  ['one, two\tthree', ['one', 'two', 'three']],
] as const;
test.each(words)('G1: the label %j names %j', (label, expected) => {
  expect(wordsOf(label)).toEqual(expected);
});

test('G2: neighbours are of one kind and one way, each once', () => {
  const at = (name: string): number => index.positions.get(name) ?? -1;
  const namesOf = (positions: readonly number[]): readonly (string | undefined)[] =>
    positions.map((position) => nodeAt(index, position)?.id);
  expect(namesOf(neighbours(index, at('a'), { kind: 'depends-on', way: 'down' }))).toEqual(['b']);
  expect(namesOf(neighbours(index, at('b'), { kind: 'depends-on', way: 'up' }))).toEqual(['a']);
  expect(namesOf(neighbours(index, at('b'), { kind: 'depends-on', way: 'down' }))).toEqual([]);
  expect(namesOf(neighbours(index, at('key'), { kind: 'consumes-credential', way: 'up' }))).toEqual(['a', 'b', 'c']);
});
