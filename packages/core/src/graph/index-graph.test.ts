import fc from 'fast-check';
import { expect, test } from 'vitest';
import { TIERS } from './graph.ts';
import { aGraph, anEdge, aNode } from './graph.builder.ts';
import { eachNeighbour, effectiveTier, highestTier, indexGraph, nodeOf, tierOf } from './index-graph.ts';

const neighbours = (graph: ReturnType<typeof indexGraph>, node: string, side: 'dependants' | 'dependencies') => {
  const found: string[] = [];
  eachNeighbour(graph[side], graph.positions.get(node)!, (other, kind, isHard) =>
    found.push(`${graph.snapshot.nodes[other]!.id} ${kind} ${isHard ? 'hard' : 'soft'}`),
  );
  return found.toSorted();
};

test('G2: edges are found from both ends with kind and hardness', () => {
  const index = indexGraph(
    aGraph([aNode('web'), aNode('db'), aNode('key')], [anEdge('web > db'), anEdge('web ~ key', 'consumes-credential')]),
  );
  expect(neighbours(index, 'web', 'dependencies')).toEqual(['db depends-on hard', 'key consumes-credential soft']);
  expect(neighbours(index, 'db', 'dependants')).toEqual(['web depends-on hard']);
  expect(neighbours(index, 'db', 'dependencies')).toEqual([]);
  expect(nodeOf(index, 'web')?.id).toBe('web');
  expect(nodeOf(index, 'nobody')).toBeUndefined();
});

test('G1, 4.7: an unknown tier and a node the graph does not know are safety-critical', () => {
  const index = indexGraph(aGraph([aNode('a', { tier: 'unknown' })]));
  expect(effectiveTier('unknown')).toBe('safety-critical');
  expect(tierOf(index, 'a')).toBe('safety-critical');
  expect(tierOf(index, 'nobody')).toBe('safety-critical');
  expect(highestTier([])).toBe('non-critical');
  expect(highestTier(['non-critical', 'production-critical'])).toBe('production-critical');
});

const raising = [
  { how: 'a hard dependency', edge: anEdge('top > low'), raised: true },
  { how: 'a soft dependency', edge: anEdge('top ~ low'), raised: false },
  { how: 'membership in a segment', edge: anEdge('top ~ low', 'member-of-segment'), raised: true },
  { how: 'a shared credential', edge: anEdge('top ~ low', 'consumes-credential'), raised: true },
  { how: 'a soft flow', edge: anEdge('top ~ low', 'flows-to'), raised: false },
  { how: 'a deployer', edge: anEdge('top ~ low', 'deployed-by'), raised: false },
  { how: 'a replica', edge: anEdge('top ~ low', 'replica-of'), raised: false },
] as const;
test.each(raising)('G1: criticality through $how raises: $raised', ({ edge, raised }) => {
  const index = indexGraph(aGraph([aNode('top', { tier: 'safety-critical' }), aNode('low')], [edge]));
  expect(tierOf(index, 'low')).toBe(raised ? 'safety-critical' : 'non-critical');
  expect(index.lowered).toEqual(
    raised ? [{ node: 'low', declared: 'non-critical', effective: 'safety-critical' }] : [],
  );
});

test('G1: criticality passes through chains and cycles, and never downwards to what depends on it', () => {
  const nodes = [aNode('plant', { tier: 'safety-critical' }), aNode('b'), aNode('c'), aNode('above')];
  const index = indexGraph(aGraph(nodes, [anEdge('plant > b'), anEdge('b > c'), anEdge('c > b'), anEdge('above > b')]));
  expect([...index.tiers].map((tier) => TIERS[tier])).toEqual([
    'safety-critical',
    'safety-critical',
    'safety-critical',
    'non-critical',
  ]);
});

test('G1: what an unknown thing hard-depends on is safety-critical', () => {
  const index = indexGraph(aGraph([aNode('a'), aNode('b')], [anEdge('ghost > a'), anEdge('ghost ~ b')]));
  expect([tierOf(index, 'a'), tierOf(index, 'b')]).toEqual(['safety-critical', 'non-critical']);
});

const randomGraph = fc
  .record({
    tiers: fc.array(fc.constantFrom(...TIERS, 'unknown' as const), { minLength: 1, maxLength: 12 }),
    edges: fc.array(fc.tuple(fc.nat(12), fc.nat(12), fc.boolean()), { maxLength: 30 }),
  })
  .map(({ tiers, edges }) =>
    aGraph(
      tiers.map((tier, n) => aNode(`n${n}`, { tier })),
      edges.map(([from, to, hard]) => anEdge(`n${from} ${hard ? '>' : '~'} n${to}`)),
    ),
  );

test('G1: no node is below its own declaration or below what hard-depends on it', () => {
  fc.assert(
    fc.property(randomGraph, (snapshot) => {
      const index = indexGraph(snapshot);
      const rank = (node: string) => TIERS.indexOf(tierOf(index, node));
      for (const node of snapshot.nodes)
        expect(rank(node.id)).toBeGreaterThanOrEqual(TIERS.indexOf(effectiveTier(node.tier)));
      const passing = snapshot.edges.filter(({ to, isHard }) => isHard && index.positions.has(to));
      for (const { from, to } of passing) expect(rank(to)).toBeGreaterThanOrEqual(rank(from));
    }),
  );
});

test('G1: raising is the smallest that satisfies the rule: every raised node is reached by a reason', () => {
  fc.assert(
    fc.property(randomGraph, (snapshot) => {
      const index = indexGraph(snapshot);
      for (const { node, effective } of index.lowered)
        expect(
          snapshot.edges.some(({ from, to, isHard }) => isHard && to === node && tierOf(index, from) === effective),
        ).toBe(true);
    }),
  );
});

test('a graph of 100,000 nodes in one chain is indexed without recursion', () => {
  const size = 100_000;
  const nodes = Array.from({ length: size }, (_, n) => aNode(`n${n}`, n === 0 ? { tier: 'safety-critical' } : {}));
  const edges = Array.from({ length: size - 1 }, (_, n) => anEdge(`n${n} > n${n + 1}`));
  const index = indexGraph(aGraph(nodes, edges));
  expect(tierOf(index, `n${size - 1}`)).toBe('safety-critical');
  expect(index.lowered.length).toBe(size - 1);
});
