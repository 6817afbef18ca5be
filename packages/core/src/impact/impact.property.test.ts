import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TargetId } from '../shared/brand.ts';
import { EDGE_KINDS, NODE_KINDS, TIERS } from '../graph/graph.ts';
import { aGraph, anEdge, aNode } from '../graph/graph.builder.ts';
import { indexGraph, tierOf } from '../graph/index-graph.ts';
import { analyseImpact, IMPACT_LIMITS, type Impact, type ImpactOptions } from './impact.ts';

const estate = fc
  .record({
    nodes: fc.array(
      fc.record({
        kind: fc.constantFrom(...NODE_KINDS),
        tier: fc.constantFrom(...TIERS, 'unknown' as const),
        owner: fc.constantFrom('team-a', 'team-b', 'team-c'),
        site: fc.constantFrom('dc1', 'dc2'),
        zone: fc.constantFrom('dmz', 'lan'),
        citizens: fc.nat(5000),
        statutoryHours: fc.nat(100),
      }),
      { minLength: 1, maxLength: 16 },
    ),
    edges: fc.array(fc.tuple(fc.nat(17), fc.nat(17), fc.boolean(), fc.constantFrom(...EDGE_KINDS)), { maxLength: 50 }),
  })
  .map(({ nodes, edges }) => {
    const graph = aGraph(
      nodes.map((node, n) => aNode(`n${n}`, node)),
      edges.map(([from, to, hard, kind]) => anEdge(`n${from} ${hard ? '>' : '~'} n${to}`, kind)),
    );
    return { graph, index: indexGraph(graph) };
  });
type Estate = typeof estate extends fc.Arbitrary<infer T> ? T : never;

const aim = fc.array(
  fc.nat(18).map((n) => `n${n}`),
  { maxLength: 6 },
);
const options = (change: Partial<ImpactOptions> = {}): ImpactOptions => ({
  ...IMPACT_LIMITS,
  healthKnown: () => true,
  ...change,
});
const impactOf = ({ index }: Estate, names: readonly string[], change?: Partial<ImpactOptions>): Impact =>
  analyseImpact(index, names as unknown as readonly TargetId[], options(change));

test('4.3: targets and unknown targets together are exactly what was asked for, each once', () => {
  fc.assert(
    fc.property(estate, aim, (known, names) => {
      const { targets, unknownTargets } = impactOf(known, names);
      expect([...targets, ...unknownTargets].toSorted()).toEqual([...new Set(names)].toSorted());
      const ids = new Set<string>(known.graph.nodes.map(({ id }) => id));
      expect(targets.every((target) => ids.has(target))).toBe(true);
      expect(unknownTargets.some((target) => ids.has(target))).toBe(false);
    }),
  );
});

test('4.3: no dependant is a target, every list is sorted and holds each name once', () => {
  fc.assert(
    fc.property(estate, aim, (known, names) => {
      const impact = impactOf(known, names, { healthKnown: (node) => node < 'n4' });
      for (const list of [
        impact.dependants,
        impact.affectedServices,
        impact.watch,
        impact.unhandled,
        impact.paths,
        impact.owners,
        impact.sites,
        impact.zones,
        impact.tiers,
        impact.affectedTiers,
        impact.environments,
      ])
        expect(list).toEqual([...new Set<string>(list)].toSorted());
      expect(impact.dependants.filter((node) => names.includes(node))).toEqual([]);
    }),
  );
});

test('X4, 4.3: every dependant is either watched or unhandled, and what is unhandled is never watched', () => {
  fc.assert(
    fc.property(estate, aim, fc.subarray(['n0', 'n1', 'n2', 'n3', 'n4', 'n5']), (known, names, healthy) => {
      const impact = impactOf(known, names, { healthKnown: (node) => healthy.includes(node) });
      expect(impact.watch).toEqual(impact.dependants.filter((node) => healthy.includes(node)));
      for (const node of impact.dependants) expect(impact.watch.includes(node)).toBe(!impact.unhandled.includes(node));
      for (const node of impact.affectedServices)
        expect(healthy.includes(node) || impact.unhandled.includes(node)).toBe(true);
    }),
  );
});

test('X4: the health of each node that was reached is asked for once, and of no other', () => {
  fc.assert(
    fc.property(estate, aim, (known, names) => {
      const asked: string[] = [];
      const impact = impactOf(known, names, { healthKnown: (node) => asked.push(node) > 0 });
      expect(asked).toEqual([...new Set(asked)]);
      expect(new Set(asked)).toEqual(
        new Set([...impact.dependants, ...impact.affectedServices, ...softTargets(impact, asked)]),
      );
    }),
  );
});

/** Targets that another target needs softly are reached too and stand in no list of their own. */
const softTargets = (impact: Impact, asked: readonly string[]): readonly string[] =>
  asked.filter((node) => impact.targets.some((target) => target === node));

test('G4: a wider cap never finds less, and whoever was not stopped needs no wider one', () => {
  fc.assert(
    fc.property(estate, aim, fc.nat(20), fc.nat(20), (known, names, few, more) => {
      const capped = (edges: number) => impactOf(known, names, { caps: { dependants: 1000, edges } });
      const [narrow, wide] = [capped(few), capped(few + more)];
      expect(wide.dependants).toEqual(expect.arrayContaining([...narrow.dependants]));
      expect(wide.affectedServices).toEqual(expect.arrayContaining([...narrow.affectedServices]));
      for (const sum of ['fanOut', 'sharedServices', 'segments', 'citizens', 'edgesVisited'] as const)
        expect(wide[sum]).toBeGreaterThanOrEqual(narrow[sum]);
      expect(narrow.stoppedBy === undefined ? wide : narrow).toEqual(narrow);
    }),
  );
});

test('G4: more hops never find less, and a walk that ended by itself is the same with more', () => {
  fc.assert(
    fc.property(estate, aim, fc.nat(4), fc.nat(4), (known, names, hops, more) => {
      const [near, far] = [impactOf(known, names, { hops }), impactOf(known, names, { hops: hops + more })];
      expect(near.stoppedBy === undefined ? far : near).toEqual(near);
      expect([...far.dependants, ...far.affectedServices]).toEqual(expect.arrayContaining([...near.affectedServices]));
    }),
  );
});

test('G4: a walk that was stopped has reached a cap, and says which', () => {
  fc.assert(
    fc.property(estate, aim, fc.nat(6), fc.nat(15), (known, names, dependants, edges) => {
      const impact = impactOf(known, names, { caps: { dependants, edges } });
      const found = new Set([...impact.dependants, ...impact.unhandled, ...impact.watch]);
      expect(impact.edgesVisited).toBeLessThanOrEqual(edges);
      expect(found.size).toBeLessThanOrEqual(dependants);
      expect(impact.stoppedBy === 'edges' ? impact.edgesVisited : edges).toBe(edges);
      expect(impact.stoppedBy === undefined ? impactOf(known, names) : impact).toEqual(impact);
    }),
  );
});

test('4.3: another target never makes an act look smaller, in any sum or list', () => {
  fc.assert(
    fc.property(
      estate,
      aim,
      fc.nat(18).map((n) => `n${n}`),
      (known, names, another) => {
        const wide = { healthKnown: () => false, caps: { dependants: 1000, edges: 100_000 } };
        const [before, after] = [impactOf(known, names, wide), impactOf(known, [...names, another], wide)];
        for (const sum of ['fanOut', 'sharedServices', 'segments', 'citizens'] as const)
          expect(after[sum]).toBeGreaterThanOrEqual(before[sum]);
        for (const list of ['paths', 'owners', 'affectedServices', 'unhandled', 'tiers', 'sites', 'zones'] as const)
          expect(after[list]).toEqual(expect.arrayContaining([...before[list]]));
        expect(after.statutoryHours ?? Infinity).toBeLessThanOrEqual(before.statutoryHours ?? Infinity);
      },
    ),
  );
});

test('E1: per tier each known target is counted once, and the share is of all there are of its kind', () => {
  fc.assert(
    fc.property(estate, aim, (known, names) => {
      const impact = impactOf(known, names);
      const perTier = TIERS.map((tier) => impact.targets.filter((node) => tierOf(known.index, node) === tier).length);
      expect(TIERS.map((tier) => impact.targetsPerTier[tier])).toEqual(perTier);
      const nodes = known.graph.nodes.map((node) => ({ ...node, ruling: tierOf(known.index, node.id) }));
      const group = ({ environment, kind, ruling }: (typeof nodes)[number]) => `${environment} ${kind} ${ruling}`;
      const shares = [...Map.groupBy(nodes, group).values()].map((all) => {
        const hit = all.filter(({ id }) => impact.targets.includes(id)).length;
        return Math.ceil((hit * 100) / all.length);
      });
      expect(impact.percentOfTier).toBe(Math.max(0, ...shares));
    }),
  );
});

test('G1: the order in which edges stand in the snapshot changes nothing that is not capped', () => {
  fc.assert(
    fc.property(estate, aim, (known, names) => {
      const turned = indexGraph({ ...known.graph, edges: known.graph.edges.toReversed() });
      expect(impactOf({ ...known, index: turned }, names)).toEqual(impactOf(known, names));
    }),
  );
});
