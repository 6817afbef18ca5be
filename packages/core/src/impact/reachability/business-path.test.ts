import { expect, test } from 'vitest';
import { aGraph, anEdge, aNode } from '../../graph/graph.builder.ts';
import { indexGraph } from '../../graph/index-graph.ts';
import { businessPaths } from './business-path.ts';

const nodes = [aNode('checkout', { paths: ['payment'] }), aNode('ledger'), aNode('db'), aNode('blog'), aNode('cdn')];
const pathOf = businessPaths(
  indexGraph(aGraph(nodes, [anEdge('checkout > ledger'), anEdge('ledger ~ db'), anEdge('blog > cdn')])),
);

test('E1: what a service on a path needs is on that path too, with the service that makes it so', () => {
  const because = { service: 'checkout', paths: ['payment'] };
  expect(pathOf('checkout')).toEqual(because);
  expect(pathOf('ledger')).toEqual(because);
  expect(pathOf('db')).toEqual(because);
});

test('what needs it is not, nor what is unknown', () => {
  expect(pathOf('blog')).toBeUndefined();
  expect(pathOf('cdn')).toBeUndefined();
  expect(pathOf('ghost')).toBeUndefined();
});

test('a cycle ends, and a node keeps its own paths', () => {
  const two = [aNode('a', { paths: ['trading'] }), aNode('b', { paths: ['payment'] })];
  const of = businessPaths(indexGraph(aGraph(two, [anEdge('a > b'), anEdge('b > a')])));
  expect([of('a')?.paths, of('b')?.paths]).toEqual([['trading'], ['payment']]);
});
