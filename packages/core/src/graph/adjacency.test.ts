import fc from 'fast-check';
import { expect, test } from 'vitest';
import { CARRIES, eachNeighbour, HARD, kindOfMark, markOf, OBSERVED, passesCriticality, rowsOf } from './adjacency.ts';
import { columnsOf } from './columns.ts';
import { EDGE_KINDS } from './graph.ts';
import { aGraph, anEdge, aNode } from './graph.builder.ts';

const edgeOf = fc.record({ kind: fc.constantFrom(...EDGE_KINDS), isHard: fc.boolean(), isObserved: fc.boolean() });

test('G2: a mark says kind, hard, observed and whether criticality passes', () => {
  fc.assert(
    fc.property(edgeOf, (edge) => {
      const mark = markOf(edge);
      expect(mark).toBeLessThan(256);
      expect(kindOfMark(mark)).toBe(edge.kind);
      expect((mark & HARD) !== 0).toBe(edge.isHard);
      expect((mark & OBSERVED) !== 0).toBe(edge.isObserved);
      expect((mark & CARRIES) !== 0).toBe(passesCriticality(edge.kind, edge.isHard));
    }),
  );
});

test('G2: an edge that does not say how it is known was declared', () => {
  expect(markOf({ kind: 'depends-on', isHard: false }) & OBSERVED).toBe(0);
});

const graphs = fc.array(fc.tuple(fc.nat(9), fc.nat(9), edgeOf), { maxLength: 40 }).map((edges) =>
  aGraph(
    Array.from({ length: 8 }, (_, n) => aNode(`n${n}`)),
    edges.map(([from, to, edge]) => ({ ...anEdge(`n${from} > n${to}`), ...edge })),
  ),
);

/** Edges of the rows as text, seen from this end. */
function edgesOf(graph: ReturnType<typeof aGraph>, by: 'from' | 'to'): readonly string[] {
  const found: string[] = [];
  const rows = rowsOf(graph.nodes.length, columnsOf(graph).edges, by);
  for (const node of graph.nodes.keys())
    eachNeighbour(rows, node, (other, ...rest) => {
      const [from, to] = by === 'from' ? [node, other] : [other, node];
      found.push([`n${from} n${to}`, ...rest].join(' '));
    });
  return found.toSorted();
}

test('G2: rows hold every edge between two known nodes from both ends, and no other', () => {
  fc.assert(
    fc.property(graphs, (graph) => {
      const wanted = graph.edges
        .filter(({ from, to }) => from !== to && [from, to].every((end) => Number(end.slice(1)) < 8))
        .map((edge) => `${edge.from} ${edge.to} ${edge.kind} ${edge.isHard} ${edge.isObserved}`)
        .toSorted();
      expect(edgesOf(graph, 'from')).toEqual(wanted);
      expect(edgesOf(graph, 'to')).toEqual(wanted);
    }),
  );
});

test('G4: of what a node needs flows come first and segments next, whatever the order of the snapshot', () => {
  const nodes = ['a', 'b', 'c', 'd', 'e'].map((id) => aNode(id));
  const graph = aGraph(nodes, [
    anEdge('a > b'),
    anEdge('a ~ c', 'member-of-segment'),
    anEdge('a > d', 'replica-of'),
    anEdge('a ~ e', 'flows-to'),
  ]);
  const kinds: string[] = [];
  eachNeighbour(rowsOf(5, columnsOf(graph).edges, 'from'), 0, (_, kind) => kinds.push(kind));
  expect(kinds).toEqual(['flows-to', 'member-of-segment', 'depends-on', 'replica-of']);
});

test('a visitor that says stop is not called again', () => {
  const graph = aGraph([aNode('a'), aNode('b'), aNode('c')], [anEdge('a > b'), anEdge('a > c')]);
  let calls = 0;
  eachNeighbour(rowsOf(3, columnsOf(graph).edges, 'from'), 0, () => {
    calls += 1;
    return 'stop';
  });
  expect(calls).toBe(1);
});
