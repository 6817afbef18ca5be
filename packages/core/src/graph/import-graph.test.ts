import { expect, test } from 'vitest';
import { aGraph, anEdge, aNode } from './graph.builder.ts';
import { importGraph } from './import-graph.ts';

const json = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

test('G3: dangling, unknown, unowned, self-dependent, lowered and cyclic are reported, and the graph is used', () => {
  const { owner: _owner, ...unowned } = aNode('lost');
  const read = importGraph(
    json(
      aGraph(
        [aNode('a'), aNode('b'), aNode('c', { tier: 'unknown' }), unowned, aNode('empty', { owner: '' })],
        [
          anEdge('a > b'),
          anEdge('b > a'),
          anEdge('a > a'),
          anEdge('c > gone'),
          anEdge('c > lost'),
          anEdge('lost ~ empty'),
        ],
      ),
    ),
  );
  expect(read.ok && read.value.report).toEqual({
    dangling: [{ from: 'c', to: 'gone', kind: 'depends-on', isHard: true }],
    unknownTier: ['c'],
    unowned: ['lost', 'empty'],
    selfDependencies: ['a'],
    cycles: [['a', 'b']],
    lowered: [{ node: 'lost', declared: 'non-critical', effective: 'safety-critical' }],
  });
});

test('G3: soft edges make no cycle, and two cycles that do not touch are two', () => {
  const nodes = ['a', 'b', 'c', 'd', 'e'].map((id) => aNode(id));
  const read = importGraph(
    aGraph(nodes, [
      anEdge('a > b'),
      anEdge('b > a'),
      anEdge('c > d'),
      anEdge('d > e'),
      anEdge('e > c'),
      anEdge('b ~ c'),
      anEdge('c ~ b'),
    ]),
  );
  expect(read.ok && read.value.report.cycles.map((cycle) => cycle.join(' ')).toSorted()).toEqual(['a b', 'c d e']);
});

test('G3: a node named twice is refused with its place', () => {
  const read = importGraph(aGraph([aNode('a'), aNode('b'), aNode('a')]));
  expect(!read.ok && read.refusal.complaints).toEqual([
    { at: '/nodes/2/id', problem: 'names a node that is already there' },
  ]);
});

test('G3: every complaint about the shape comes at once with its pointer', () => {
  const read = importGraph({
    ...aGraph([aNode('a')]),
    version: 0,
    extra: 1,
    edges: [{ from: 'a', to: '../b', kind: 'likes', isHard: 'yes' }],
  });
  expect(!read.ok && read.refusal.complaints?.map(({ at }) => at)).toEqual([
    '/extra',
    '/version',
    '/edges/0/to',
    '/edges/0/kind',
    '/edges/0/isHard',
  ]);
});
