import { expect, test } from 'vitest';
import { NOWHERE } from './adjacency.ts';
import { valueAt } from './column.ts';
import { columnsOf, EdgeWriter, NodeWriter, UNKNOWN_TIER } from './columns.ts';
import { aGraph, anEdge, aNode } from './graph.builder.ts';
import { NODE_KINDS, TIERS } from './graph.ts';
import { environmentAt, indexFromColumns, indexGraph, kindAt, tierAt } from './index-graph.ts';

const rich = aNode('rich', {
  kind: 'service',
  tier: 'unknown',
  environment: 'staging',
  owner: 'money',
  site: 'dc1',
  zone: 'dmz',
  dataClasses: ['pci'],
  paths: ['payment'],
  citizens: 10_000_000_000,
  statutoryHours: 0,
});

test('G1: every column holds what the node says', () => {
  const { nodes } = columnsOf(aGraph([aNode('plain'), rich]));
  expect(nodes.size).toBe(2);
  expect([nodes.names.get('rich'), NODE_KINDS[nodes.kinds[1]!], nodes.declared[1]]).toEqual([
    1,
    'service',
    UNKNOWN_TIER,
  ]);
  const { owners, sites, zones, dataClasses, paths, citizens, statutoryHours } = nodes;
  expect([owners, sites, zones].map((column) => valueAt(column, 1))).toEqual(['money', 'dc1', 'dmz']);
  expect([dataClasses, paths].map((column) => valueAt(column, 1))).toEqual([['pci'], ['payment']]);
  expect([citizens, statutoryHours].map((column) => valueAt(column, 1))).toEqual([10_000_000_000, 0]);
  expect([sites, zones].map((column) => valueAt(column, 0))).toEqual([undefined, undefined]);
  expect(TIERS[nodes.declared[0]!]).toBe('non-critical');
});

test('G1: an owner without a name is no owner', () => {
  expect(valueAt(columnsOf(aGraph([aNode('a', { owner: '' })])).nodes.owners, 0)).toBeUndefined();
});

test('G2: an end that the graph does not know is nowhere', () => {
  const { edges } = columnsOf(aGraph([aNode('a')], [anEdge('ghost > a'), anEdge('a > ghost'), anEdge('a > a')]));
  expect([...edges.from, ...edges.to]).toEqual([NOWHERE, 0, 0, 0, NOWHERE, 0]);
  expect(edges.count).toBe(3);
});

test('an index of rows knows environment, kind, tier and population as the index of the snapshot does', () => {
  const graph = aGraph([aNode('a', { tier: 'safety-critical' }), rich, aNode('b')], [anEdge('a > b')]);
  const writer = new NodeWriter(3);
  for (const node of graph.nodes) writer.add(node);
  const nodes = writer.columns();
  const edges = new EdgeWriter(nodes.names, 1);
  for (const edge of graph.edges) edges.add(edge);
  const [rows, signed] = [indexFromColumns({ nodes, edges: edges.columns() }), indexGraph(graph)];
  expect([0, 1, 2].map((n) => [kindAt(rows, n), environmentAt(rows, n), tierAt(rows, n)])).toEqual([
    ['host', 'production', 'safety-critical'],
    ['service', 'staging', 'safety-critical'],
    ['host', 'production', 'safety-critical'],
  ]);
  expect(rows.population).toEqual(signed.population);
  expect(rows.tiers).toEqual(signed.tiers);
});

test('an empty graph has an index', () => {
  const index = indexGraph(aGraph([]));
  expect([index.nodes.size, index.population.size, index.lowered]).toEqual([0, 0, []]);
});
