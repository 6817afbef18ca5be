import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ENVIRONMENTS } from '../people/trust-bundle.ts';
import { aGraph, anEdge, aNode } from './graph.builder.ts';
import { columnsOf } from './columns.ts';
import { EDGE_KINDS, NODE_KINDS, TIERS, type GraphSnapshot, type Tier } from './graph.ts';
import {
  eachNeighbour,
  effectiveTier,
  environmentAt,
  indexFromColumns,
  indexGraph,
  kindAt,
  nodeOf,
  passesCriticality,
  populationKey,
  tierAt,
  tierOf,
} from './index-graph.ts';

const estate = fc
  .record({
    nodes: fc.array(
      fc.record({
        kind: fc.constantFrom(...NODE_KINDS),
        tier: fc.constantFrom(...TIERS, 'unknown' as const),
        environment: fc.constantFrom(...ENVIRONMENTS),
      }),
      { minLength: 1, maxLength: 14 },
    ),
    // Two places beyond the nodes: edges that dangle at either end.
    edges: fc.array(fc.tuple(fc.nat(15), fc.nat(15), fc.boolean(), fc.constantFrom(...EDGE_KINDS)), { maxLength: 45 }),
  })
  .map(({ nodes, edges }) =>
    aGraph(
      nodes.map((node, n) => aNode(`n${n}`, node)),
      edges.map(([from, to, hard, kind]) => anEdge(`n${from} ${hard ? '>' : '~'} n${to}`, kind)),
    ),
  );

/** Raises one node at a time until nothing changes any more. */
function naiveTiers({ nodes, edges }: GraphSnapshot): ReadonlyMap<string, Tier> {
  const tiers = new Map<string, Tier>(nodes.map(({ id, tier }) => [id, effectiveTier(tier)]));
  const rank = (node: string): number => TIERS.indexOf(tiers.get(node) ?? 'safety-critical');
  let isChanged = true;
  while (isChanged) {
    isChanged = false;
    for (const { from, to, kind, isHard } of edges) {
      if (!tiers.has(to) || !passesCriticality(kind, isHard) || rank(from) <= rank(to)) continue;
      tiers.set(to, TIERS[rank(from)]!);
      isChanged = true;
    }
  }
  return tiers;
}

test('G1: the tier of every node is the one that the rule gives, through chains, cycles, loops and dangling edges', () => {
  fc.assert(
    fc.property(estate, (graph) => {
      const index = indexGraph(graph);
      for (const [node, tier] of naiveTiers(graph)) expect(tierOf(index, node)).toBe(tier);
    }),
    { numRuns: 500 },
  );
});

test('G1: exactly the nodes that declared less than what rules for them are reported', () => {
  fc.assert(
    fc.property(estate, (graph) => {
      const tiers = naiveTiers(graph);
      const wanted = graph.nodes
        .filter(({ id, tier }) => tiers.get(id) !== effectiveTier(tier))
        .map(({ id, tier }) => ({ node: id, declared: tier, effective: tiers.get(id) }));
      expect(indexGraph(graph).lowered).toEqual(wanted);
    }),
  );
});

test('G1: the order of nodes and edges in the snapshot changes no tier', () => {
  fc.assert(
    fc.property(estate, (graph) => {
      const turned = { ...graph, nodes: graph.nodes.toReversed(), edges: graph.edges.toReversed() };
      const [one, two] = [indexGraph(graph), indexGraph(turned)];
      for (const { id } of graph.nodes) expect(tierOf(two, id)).toBe(tierOf(one, id));
      expect(Object.fromEntries(two.population)).toEqual(Object.fromEntries(one.population));
    }),
  );
});

test('4.5: the population of each environment, kind and tier is counted over the tiers that rule', () => {
  fc.assert(
    fc.property(estate, (graph) => {
      const tiers = naiveTiers(graph);
      const wanted = new Map<string, number>();
      for (const node of graph.nodes) {
        const key = populationKey(node, tiers.get(node.id)!);
        wanted.set(key, (wanted.get(key) ?? 0) + 1);
      }
      const { population } = indexGraph(graph);
      expect(Object.fromEntries(population)).toEqual(Object.fromEntries(wanted));
      expect([...population.values()].reduce((sum, count) => sum + count, 0)).toBe(graph.nodes.length);
    }),
  );
});

test('G1: what an index of columns says of a node is what the signed snapshot says', () => {
  fc.assert(
    fc.property(estate, (graph) => {
      const [rows, signed] = [indexFromColumns(columnsOf(graph)), indexGraph(graph)];
      graph.nodes.forEach((node, position) => {
        expect(rows.positions.get(node.id)).toBe(position);
        expect(rows.positions.at(position)).toBe(node.id);
        expect(kindAt(rows, position)).toBe(node.kind);
        expect(environmentAt(rows, position)).toBe(node.environment);
        expect(tierAt(rows, position)).toBe(tierAt(signed, position));
        expect(nodeOf(signed, node.id)).toBe(node);
      });
    }),
  );
});

test('G2: whoever is my dependant has me as a dependency, with the same kind, hardness and number of edges', () => {
  fc.assert(
    fc.property(estate, (graph) => {
      const index = indexGraph(graph);
      const forth: string[] = [];
      const back: string[] = [];
      for (const node of graph.nodes.keys()) {
        eachNeighbour(index.dependencies, node, (other, ...edge) => forth.push(`${node} ${other} ${edge.join(' ')}`));
        eachNeighbour(index.dependants, node, (other, ...edge) => back.push(`${other} ${node} ${edge.join(' ')}`));
      }
      expect(back.toSorted()).toEqual(forth.toSorted());
    }),
  );
});

test('G4: a node is marked as the beginning of a flow exactly when it has one that can be walked or dangles', () => {
  fc.assert(
    fc.property(estate, (graph) => {
      const { hasFlow } = indexGraph(graph);
      graph.nodes.forEach(({ id }, position) => {
        const isMarked = ((hasFlow[position >> 3] ?? 0) & (1 << (position & 7))) !== 0;
        expect(isMarked).toBe(graph.edges.some(({ from, kind }) => from === id && kind === 'flows-to'));
      });
    }),
  );
});
