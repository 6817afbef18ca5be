import fc from 'fast-check';
import { expect, test } from 'vitest';
import { aGraph, anEdge, aNode } from './graph.builder.ts';
import { EDGE_KINDS, TIERS, type GraphSnapshot } from './graph.ts';
import { importGraph } from './import-graph.ts';
import { passesCriticality } from './index-graph.ts';

const estate = fc
  .record({
    nodes: fc.array(
      fc.record({
        tier: fc.constantFrom(...TIERS, 'unknown' as const),
        owner: fc.constantFrom('team-a', '', undefined),
      }),
      { minLength: 1, maxLength: 10 },
    ),
    edges: fc.array(fc.tuple(fc.nat(11), fc.nat(11), fc.boolean(), fc.constantFrom(...EDGE_KINDS)), { maxLength: 25 }),
  })
  .map(({ nodes, edges }) =>
    aGraph(
      nodes.map(({ tier, owner }, n) => {
        const { owner: _given, ...node } = aNode(`n${n}`, { tier });
        return owner === undefined ? node : { ...node, owner };
      }),
      edges.map(([from, to, hard, kind]) => anEdge(`n${from} ${hard ? '>' : '~'} n${to}`, kind)),
    ),
  );

const reportOf = (graph: GraphSnapshot) => {
  const read = importGraph(graph);
  if (!read.ok) throw new Error(read.refusal.detail);
  return read.value.report;
};

/** Who can be reached from whom by edges that pass criticality, by trying again until nothing is new. */
function naiveReach({ nodes, edges }: GraphSnapshot): ReadonlyMap<string, ReadonlySet<string>> {
  const known = new Set<string>(nodes.map(({ id }) => id));
  const reach = new Map(nodes.map(({ id }) => [id as string, new Set<string>()]));
  const passing = edges.filter(
    ({ from, to, kind, isHard }) => from !== to && known.has(from) && known.has(to) && passesCriticality(kind, isHard),
  );
  for (let round = 0; round <= nodes.length; round += 1)
    for (const { from, to } of passing) for (const node of [to, ...reach.get(to)!]) reach.get(from)!.add(node);
  return reach;
}

test('G3: cycles are exactly the groups of nodes that each reach the other', () => {
  fc.assert(
    fc.property(estate, (graph) => {
      const reach = naiveReach(graph);
      const groups = graph.nodes.map(({ id }) =>
        graph.nodes
          .map((other) => other.id)
          .filter((other) => other === id || (reach.get(id)!.has(other) && reach.get(other)!.has(id)))
          .toSorted()
          .join(' '),
      );
      const wanted = [...new Set(groups)].filter((group) => group.includes(' ')).toSorted();
      expect(
        reportOf(graph)
          .cycles.map((cycle) => cycle.join(' '))
          .toSorted(),
      ).toEqual(wanted);
    }),
    { numRuns: 400 },
  );
});

test('G3: every edge is walked, dangling or on itself; none is dropped in silence', () => {
  fc.assert(
    fc.property(estate, (graph) => {
      const read = importGraph(graph);
      if (!read.ok) throw new Error(read.refusal.detail);
      const { report, index } = read.value;
      const onItself = graph.edges.filter(
        ({ from, to }) => from === to && !report.dangling.some((edge) => edge.from === from),
      );
      const known = new Set<string>(graph.nodes.map(({ id }) => id));
      const isDangling = graph.edges.filter(({ from, to }) => !known.has(from) || !known.has(to));
      expect(report.dangling).toEqual(isDangling);
      const loops = graph.edges.filter(({ from, to }) => from === to && known.has(from));
      expect(index.dependencies.nodes.length + isDangling.length + loops.length).toBe(graph.edges.length);
      for (const { from } of onItself) expect(report.selfDependencies).toContain(from);
    }),
  );
});

test('G3: what has no owner or no known tier is named, in the order of the snapshot', () => {
  fc.assert(
    fc.property(estate, (graph) => {
      const { unowned, unknownTier } = reportOf(graph);
      expect(unowned).toEqual(graph.nodes.filter(({ owner = '' }) => owner === '').map(({ id }) => id));
      expect(unknownTier).toEqual(graph.nodes.filter(({ tier }) => tier === 'unknown').map(({ id }) => id));
    }),
  );
});
