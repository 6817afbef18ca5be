import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TargetId } from '../shared/brand.ts';
import { aGraph, anEdge, aNode } from '../graph/graph.builder.ts';
import { indexGraph } from '../graph/index-graph.ts';
import { analyseImpact, highestTierOf, IMPACT_LIMITS, strataOf, stratumOf, type ImpactOptions } from './impact.ts';

const targets = (...names: readonly string[]): readonly TargetId[] => names as readonly TargetId[];
const options = (change: Partial<ImpactOptions> = {}): ImpactOptions => ({
  ...IMPACT_LIMITS,
  healthKnown: () => true,
  ...change,
});
const service = (id: string, change: object = {}) => aNode(id, { kind: 'service', ...change });

const estate = indexGraph(
  aGraph(
    [
      aNode('h1', { site: 'dc1', zone: 'dmz', dataClasses: ['pci'], labels: { os: 'deb12', openssl: '3.0.11' } }),
      aNode('h2', { site: 'dc2' }),
      aNode('h3'),
      service('pay', { tier: 'production-critical' }),
      service('shop'),
      service('report'),
      aNode('mail', { kind: 'flow' }),
    ],
    [
      anEdge('pay > h1'),
      anEdge('shop > pay'),
      anEdge('report ~ h1'),
      anEdge('h2 ~ mail', 'flows-to'),
      anEdge('h3 > h2'),
    ],
  ),
);

test('G4, 4.3: everything that needs a target is named; hard ones stop with it', () => {
  const impact = analyseImpact(estate, targets('h1'), options());
  expect(impact).toMatchObject({
    targets: ['h1'],
    unknownTargets: [],
    tiers: ['production-critical'],
    environments: ['production'],
    sites: ['dc1'],
    zones: ['dmz'],
    dataClasses: ['pci'],
    dependants: ['pay', 'report', 'shop'],
    affectedServices: ['pay', 'shop'],
    affectedTiers: ['non-critical', 'production-critical'],
    watch: ['pay', 'report', 'shop'],
    unhandled: [],
  });
  expect(impact.stoppedBy).toBeUndefined();
});

test('4.3: a dependant that is made a target is still counted as affected and unhandled, and no longer as a dependant', () => {
  const impact = analyseImpact(estate, targets('h1', 'pay'), options({ healthKnown: () => false }));
  expect(impact).toMatchObject({
    dependants: ['report', 'shop'],
    affectedServices: ['pay', 'shop'],
    unhandled: ['pay', 'report', 'shop'],
  });
});

test('G4: a flow is followed from both of its ends', () => {
  expect(analyseImpact(estate, targets('h2'), options()).dependants).toEqual(['h3', 'mail']);
  expect(analyseImpact(estate, targets('mail'), options()).dependants).toEqual(['h2', 'h3']);
});

test('4.3: a dependant whose health nobody can read is unhandled and not watched', () => {
  const impact = analyseImpact(estate, targets('h1'), options({ healthKnown: (node) => node !== 'shop' }));
  expect([impact.watch, impact.unhandled]).toEqual([['pay', 'report'], ['shop']]);
});

test('4.7: unknown targets are kept apart, named once, and make the act safety-critical', () => {
  const impact = analyseImpact(estate, targets('h1', 'ghost', 'h1', 'ghost'), options());
  expect([impact.targets, impact.unknownTargets, highestTierOf(impact)]).toEqual([
    ['h1'],
    ['ghost'],
    'safety-critical',
  ]);
  expect(highestTierOf(analyseImpact(estate, targets('h3'), options()))).toBe('non-critical');
  expect(highestTierOf(analyseImpact(estate, [], options()))).toBe('safety-critical');
});

test('4.5: the share of a tier is taken of its own kind, tier and environment, rounded up', () => {
  const hosts = Array.from({ length: 7 }, (_, n) => aNode(`x${n}`));
  const index = indexGraph(aGraph([...hosts, service('s'), aNode('st', { environment: 'staging' })]));
  expect(analyseImpact(index, targets('x0'), options()).percentOfTier).toBe(15);
  expect(analyseImpact(index, targets('x0', 'st'), options()).percentOfTier).toBe(100);
});

const chain = indexGraph(
  aGraph(
    ['h', 'a', 'b', 'c'].map((id) => aNode(id)),
    [anEdge('a > h'), anEdge('b > a'), anEdge('c > b')],
  ),
);
const stops = [
  { what: 'enough hops', change: { hops: 3 }, seen: ['a', 'b', 'c'], stoppedBy: undefined },
  { what: 'too few hops', change: { hops: 2 }, seen: ['a', 'b'], stoppedBy: 'hops' },
  {
    what: 'a cap of dependants',
    change: { caps: { dependants: 1, edges: 100 } },
    seen: ['a'],
    stoppedBy: 'dependants',
  },
  { what: 'a cap of edges', change: { caps: { dependants: 100, edges: 1 } }, seen: ['a'], stoppedBy: 'edges' },
] as const;
test.each(stops)('G4: with $what the walk says what stopped it: $stoppedBy', ({ change, seen, stoppedBy }) => {
  const impact = analyseImpact(chain, targets('h'), options(change));
  expect(impact.dependants).toEqual(seen);
  expect(impact.stoppedBy).toBe(stoppedBy);
});

test('G4: the walk looks at no more edges than its cap, however large the graph', () => {
  const spokes = Array.from({ length: 5000 }, (_, n) => aNode(`s${n}`));
  const star = indexGraph(
    aGraph(
      [aNode('hub'), ...spokes],
      spokes.map(({ id }) => anEdge(`${id} > hub`)),
    ),
  );
  const impact = analyseImpact(star, targets('hub'), options({ caps: { dependants: 10, edges: 100 } }));
  expect([impact.edgesVisited, impact.dependants.length, impact.stoppedBy]).toEqual([100, 10, 'dependants']);
});

test('4.3: another target never makes an act look smaller', () => {
  const names = ['h1', 'h2', 'h3', 'pay', 'shop', 'report', 'mail', 'ghost'];
  fc.assert(
    fc.property(fc.subarray(names), fc.constantFrom(...names), (some, more) => {
      const before = analyseImpact(estate, targets(...some), options({ healthKnown: () => false }));
      const after = analyseImpact(estate, targets(...some, more), options({ healthKnown: () => false }));
      const touched = new Set<string>([...after.dependants, ...after.targets]);
      for (const node of before.dependants) expect(touched.has(node)).toBe(true);
      for (const field of ['affectedServices', 'affectedTiers', 'unhandled', 'tiers'] as const)
        expect(after[field]).toEqual(expect.arrayContaining([...before[field]]));
    }),
  );
});

test('4.9: a stratum is the sorted labels and the site; equal strata have equal text', () => {
  expect(stratumOf(estate, 'h1')).toBe('openssl=3.0.11 os=deb12 site=dc1');
  expect(strataOf(estate, targets('h2', 'ghost'))).toEqual([
    { target: 'h2', stratum: 'site=dc2' },
    { target: 'ghost', stratum: 'unknown' },
  ]);
});

const long = (last: string) =>
  aNode(`n${last}`, {
    labels: Object.fromEntries(Array.from({ length: 9 }, (_, n) => [`k${n}`, `${'v'.repeat(100)}${last}`])),
  });

test('4.9: hostile labels cannot imitate another stratum, and long ones stay different within 300 characters', () => {
  const index = indexGraph(aGraph([aNode('evil', { labels: { os: 'deb12 site=dc1\n' } }), long('1'), long('2')]));
  expect(stratumOf(index, 'evil')).toBe('os=deb12_site_dc1_');
  expect(stratumOf(index, 'n1')).toHaveLength(300);
  expect(stratumOf(index, 'n1')).not.toBe(stratumOf(index, 'n2'));
});
