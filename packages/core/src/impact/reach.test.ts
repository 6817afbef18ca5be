import { expect, test } from 'vitest';
import type { TargetId } from '../shared/brand.ts';
import { aGraph, anEdge, aNode } from '../graph/graph.builder.ts';
import { indexGraph } from '../graph/index-graph.ts';
import { analyseImpact, IMPACT_LIMITS } from './impact.ts';
import { withReach, type ReachLimits } from './reach.ts';

const wide: ReachLimits = { hops: 1_000_000, caps: { dependants: 1_000_000, edges: 10_000_000 } };
const options = { ...IMPACT_LIMITS, healthKnown: () => true };
const aim = (...names: readonly string[]) => names as unknown as readonly TargetId[];

const shop = indexGraph(
  aGraph(
    [
      aNode('db', { owner: 'data', paths: ['payment'], citizens: 10, statutoryHours: 48 }),
      aNode('pay', { owner: 'money', paths: ['trading'], citizens: 900, statutoryHours: 4 }),
      aNode('stats', { owner: 'bi', paths: ['reports'], citizens: 5000, statutoryHours: 1 }),
      aNode('own', { owner: 'money' }),
      aNode('dmz', { kind: 'segment' }),
      aNode('inner', { kind: 'segment' }),
    ],
    [
      anEdge('pay > db'),
      anEdge('pay ~ db', 'flows-to'),
      anEdge('stats ~ db'),
      anEdge('own > pay'),
      anEdge('db ~ dmz', 'member-of-segment'),
      anEdge('inner ~ dmz', 'member-of-segment'),
    ],
  ),
);

test('D4: business paths come from everything that needs a target, soft dependants too', () => {
  expect(analyseImpact(shop, aim('db'), options).paths).toEqual(['payment', 'reports', 'trading']);
});

test('E1: citizens and statutory hours come from targets and from what stops with them, never from what only notices', () => {
  const { citizens, statutoryHours } = analyseImpact(shop, aim('db'), options);
  expect([citizens, statutoryHours]).toEqual([900, 4]);
  const nothing = analyseImpact(shop, aim('own'), options);
  expect([nothing.citizens, 'statutoryHours' in nothing]).toEqual([0, false]);
});

test('4.3: owners are those of the targets and of what stops with them', () => {
  expect(analyseImpact(shop, aim('db'), options).owners).toEqual(['data', 'money']);
});

test('E1: segments are those a target is in, those it is, and those it contains, each once', () => {
  expect(analyseImpact(shop, aim('db'), options).segments).toBe(1);
  expect(analyseImpact(shop, aim('dmz'), options).segments).toBe(2);
  expect(analyseImpact(shop, aim('dmz', 'inner', 'db'), options).segments).toBe(2);
  expect(analyseImpact(shop, aim('pay'), options).segments).toBe(0);
});

test('4.3: a target that two owners need is a shared service; two edges of one dependant are one need', () => {
  expect(analyseImpact(shop, aim('db'), options)).toMatchObject({ sharedServices: 1, fanOut: 2 });
  expect(analyseImpact(shop, aim('pay'), options)).toMatchObject({ sharedServices: 0, fanOut: 1 });
});

const parties = [
  { who: ['team-a', 'team-a'], shared: 0 },
  { who: ['team-a', 'team-b'], shared: 1 },
  { who: ['team-a', undefined], shared: 1 },
  { who: [undefined, undefined], shared: 1 },
  { who: [undefined], shared: 0 },
] as const;
test.each(parties)('4.3: dependants owned by $who make $shared shared service', ({ who, shared }) => {
  const nodes = who.map((owner, n) => {
    const { owner: _given, ...node } = aNode(`d${n}`);
    return owner === undefined ? node : { ...node, owner };
  });
  const graph = aGraph(
    [aNode('t'), ...nodes],
    nodes.map(({ id }) => anEdge(`${id} > t`)),
  );
  expect(analyseImpact(indexGraph(graph), aim('t'), options).sharedServices).toBe(shared);
});

test('G4: a flow among very many needs is found without looking at the needs', () => {
  const many = Array.from({ length: 20_000 }, (_, n) => aNode(`x${n}`));
  const graph = aGraph(
    [aNode('hub'), aNode('sink'), ...many],
    [...many.map(({ id }) => anEdge(`hub > ${id}`)), anEdge('hub ~ sink', 'flows-to')],
  );
  const impact = analyseImpact(indexGraph(graph), aim('hub'), { ...options, caps: { dependants: 10, edges: 5 } });
  expect([impact.dependants, impact.edgesVisited, impact.stoppedBy]).toEqual([['sink'], 3, undefined]);
});

test('G4: a target in more segments than the cap of edges ends the walk and says so', () => {
  const many = Array.from({ length: 50 }, (_, n) => aNode(`s${n}`, { kind: 'segment' }));
  const graph = aGraph(
    [aNode('host'), ...many],
    many.map(({ id }) => anEdge(`host ~ ${id}`, 'member-of-segment')),
  );
  const impact = analyseImpact(indexGraph(graph), aim('host'), { ...options, caps: { dependants: 10, edges: 7 } });
  expect([impact.segments, impact.edgesVisited, impact.stoppedBy]).toEqual([7, 7, 'edges']);
});

test('G4: a chain of 50,000 is walked to its end without recursion, and again with the same answer', () => {
  const size = 50_000;
  const nodes = Array.from({ length: size }, (_, n) => aNode(`n${n}`));
  const edges = Array.from({ length: size - 1 }, (_, n) => anEdge(`n${n + 1} > n${n}`));
  const index = indexGraph(aGraph(nodes, edges));
  const count = () => withReach(index, [0], { limits: wide, use: ({ found, hardCount }) => [found.length, hardCount] });
  expect(count()).toEqual([size - 1, size - 1]);
  expect(count()).toEqual([size - 1, size - 1]);
});

test('G4: a walk inside the use of another one disturbs neither', () => {
  const both = withReach(shop, [0], {
    limits: wide,
    use: (outer) => {
      const inner = withReach(shop, [1], { limits: wide, use: ({ found }) => [...found] });
      return { outer: [...outer.found], inner, isTarget: outer.isTarget(0), isHard: outer.isHard(1) };
    },
  });
  expect(both).toEqual({ outer: [1, 3, 2, 0], inner: [3, 0, 1, 2], isTarget: true, isHard: true });
});

test('G4: a use that throws leaves clean notes', () => {
  const broken = () =>
    withReach(shop, [0], {
      limits: wide,
      use: () => {
        throw new Error('the reader failed');
      },
    });
  expect(broken).toThrow('the reader failed');
  expect(withReach(shop, [3], { limits: wide, use: ({ found }) => found.length })).toBe(0);
});

test('4.3: no targets reach nothing', () => {
  const impact = analyseImpact(shop, [], options);
  expect([impact.dependants, impact.edgesVisited, impact.fanOut, impact.segments]).toEqual([[], 0, 0, 0]);
});
