import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { TargetId } from '../shared/brand.ts';
import { EDGE_KINDS, NODE_KINDS, type GraphSnapshot } from '../graph/graph.ts';
import { aGraph, anEdge, aNode } from '../graph/graph.builder.ts';
import { indexFromColumns, indexGraph } from '../graph/index-graph.ts';
import { columnsOf } from '../graph/columns.ts';
import { analyseImpact, type ImpactOptions } from './impact.ts';

/** The rule of the walk over plain objects: slow, without a byte shared with the real one. */
function naive(graph: GraphSnapshot, targets: readonly string[], { hops, caps }: Omit<ImpactOptions, 'healthKnown'>) {
  const known = new Set<string>(graph.nodes.map(({ id }) => id));
  const walkable = graph.edges.filter(({ from, to }) => known.has(from) && known.has(to) && from !== to);
  const carries = (edge: (typeof walkable)[number]) =>
    edge.isHard || edge.kind === 'consumes-credential' || edge.kind === 'member-of-segment';
  const start = [...new Set(targets)].filter((target) => known.has(target));
  const segments = new Set<string>();
  const found = new Map<string, boolean>();
  const near = new Map<string, Set<string>>();
  let edges = 0;
  let stoppedBy: string | undefined;
  const isSegment = (id: string) => graph.nodes.find((node) => node.id === id)!.kind === 'segment';
  for (const onlyHard of [true, false]) {
    const seen = new Set<string>();
    let level: readonly string[] = start;
    for (let hop = 0; level.length > 0 && stoppedBy === undefined; hop += 1) {
      const next: string[] = [];
      const look = (edge: (typeof walkable)[number], other: string) => {
        if (stoppedBy !== undefined) return false;
        if (edges >= caps.edges) {
          stoppedBy = 'edges';
          return false;
        }
        edges += 1;
        if (!seen.has(other) && (!onlyHard || carries(edge))) {
          seen.add(other);
          next.push(other);
        }
        return true;
      };
      for (const node of level) {
        const isSurveyed = onlyHard && hop === 0;
        if (isSurveyed && isSegment(node)) segments.add(node);
        for (const edge of walkable.filter(({ to }) => to === node)) {
          if (!look(edge, edge.from) || !isSurveyed) continue;
          near.set(node, (near.get(node) ?? new Set()).add(edge.from));
          if (isSegment(node) && edge.kind === 'member-of-segment' && isSegment(edge.from)) segments.add(edge.from);
        }
        for (const edge of walkable.filter(({ from, kind }) => from === node && kind === 'flows-to'))
          look(edge, edge.to);
        if (isSurveyed)
          for (const edge of walkable.filter(({ from, kind }) => from === node && kind === 'member-of-segment')) {
            if (stoppedBy === undefined && edges >= caps.edges) stoppedBy = 'edges';
            if (stoppedBy !== undefined) break;
            edges += 1;
            segments.add(edge.to);
          }
        if (stoppedBy !== undefined) break;
      }
      level = next.filter((node) => !start.includes(node));
      if (hop >= hops && level.length > 0) stoppedBy = 'hops';
      else
        for (const node of next) {
          if (found.has(node)) continue;
          if (found.size >= caps.dependants) {
            stoppedBy = 'dependants';
            break;
          }
          found.set(node, onlyHard);
        }
    }
  }
  return { found, start, edges, stoppedBy, segments, near };
}

const owners = ['team-a', 'team-b', undefined];
const paths = [undefined, ['payment'], ['trading', 'payment'], ['care']];
const estate = fc
  .record({
    nodes: fc.array(
      fc.record({ kind: fc.constantFrom(...NODE_KINDS), owner: fc.nat(2), path: fc.nat(3), citizens: fc.nat(3) }),
      { minLength: 1, maxLength: 12 },
    ),
    // One place beyond the nodes: some edges end nowhere.
    edges: fc.array(fc.tuple(fc.nat(12), fc.nat(12), fc.boolean(), fc.constantFrom(...EDGE_KINDS)), { maxLength: 40 }),
  })
  .map(({ nodes, edges }) =>
    aGraph(
      nodes.map(({ kind, owner, path, citizens }, n) => {
        const { owner: _given, ...node } = aNode(`n${(n * 7) % 12}`, { kind });
        return {
          ...node,
          ...(owners[owner] !== undefined && { owner: owners[owner] }),
          ...(paths[path] !== undefined && { paths: paths[path] }),
          ...(citizens > 0 && { citizens: citizens * 1000, statutoryHours: citizens }),
        };
      }),
      edges.map(([from, to, hard, kind]) => anEdge(`n${from} ${hard ? '>' : '~'} n${to}`, kind)),
    ),
  );
const limits = fc.record({
  hops: fc.constantFrom(0, 1, 2, 32),
  caps: fc.record({ dependants: fc.constantFrom(0, 1, 2, 5, 1000), edges: fc.constantFrom(0, 1, 3, 8, 20, 1000) }),
});
const aim = fc.array(
  fc.nat(13).map((n) => `n${n}`),
  { maxLength: 6 },
);
const byName = (names: Iterable<string>) => [...new Set(names)].toSorted();

test('G4: the walk finds what the rule says on any graph, with flows, cycles, loops, dangling edges and every cap', () => {
  fc.assert(
    fc.property(estate, aim, limits, (graph, targets, caps) => {
      const impact = analyseImpact(indexGraph(graph), targets as unknown as TargetId[], {
        ...caps,
        healthKnown: () => true,
      });
      const { found, start, edges, stoppedBy, segments } = naive(graph, targets, caps);
      const hard = [...found].filter(([, isHard]) => isHard).map(([node]) => node);
      expect(impact.targets).toEqual(start);
      expect(impact.affectedServices).toEqual(byName(hard));
      expect(impact.dependants).toEqual(byName([...found.keys()].filter((node) => !start.includes(node))));
      expect(impact.edgesVisited).toBe(edges);
      expect(impact.edgesVisited).toBeLessThanOrEqual(caps.caps.edges);
      expect(impact.stoppedBy).toBe(stoppedBy);
      expect(impact.segments).toBe(segments.size);
    }),
    { numRuns: 600 },
  );
});

test('G4, D4: sums over what was found are those of the nodes themselves', () => {
  fc.assert(
    fc.property(estate, aim, limits, (graph, targets, caps) => {
      const impact = analyseImpact(indexGraph(graph), targets as unknown as TargetId[], {
        ...caps,
        healthKnown: () => true,
      });
      const { found, start, near } = naive(graph, targets, caps);
      const node = (id: string) => graph.nodes.find((one) => one.id === id)!;
      const stopping = [...start, ...[...found].filter(([, isHard]) => isHard).map(([id]) => id)].map(node);
      const all = [...start, ...found.keys()].map(node);
      expect(impact.paths).toEqual(byName(all.flatMap((one) => one.paths ?? [])));
      expect(impact.owners).toEqual(byName(stopping.flatMap(({ owner }) => owner ?? [])));
      expect(impact.citizens).toBe(Math.max(0, ...stopping.map(({ citizens }) => citizens ?? 0)));
      const hours = stopping.flatMap(({ statutoryHours }) => statutoryHours ?? []);
      expect(impact.statutoryHours).toBe(hours.length === 0 ? undefined : Math.min(...hours));
      expect(impact.fanOut).toBe(Math.max(0, ...[...near.values()].map(({ size }) => size)));
      const isShared = (some: ReadonlySet<string>) => {
        const parties = [...some].map((id) => node(id).owner ?? `nobody for ${id}`);
        return new Set(parties).size > 1;
      };
      expect(impact.sharedServices).toBe([...near.values()].filter(isShared).length);
    }),
    { numRuns: 400 },
  );
});

test('G4: one analysis leaves nothing behind for the next one', () => {
  fc.assert(
    fc.property(estate, fc.array(fc.tuple(aim, limits), { minLength: 2, maxLength: 6 }), (graph, questions) => {
      const shared = indexGraph(graph);
      for (const [targets, caps] of questions) {
        const options = { ...caps, healthKnown: () => true };
        const aims = targets as unknown as TargetId[];
        expect(analyseImpact(shared, aims, options)).toEqual(analyseImpact(indexGraph(graph), aims, options));
      }
    }),
  );
});

test('G4: an index of columns answers as the index of the snapshot does', () => {
  fc.assert(
    fc.property(estate, aim, limits, (graph, targets, caps) => {
      const options = { ...caps, healthKnown: (node: string) => node < 'n5' };
      const aims = targets as unknown as TargetId[];
      expect(analyseImpact(indexFromColumns(columnsOf(graph)), aims, options)).toEqual(
        analyseImpact(indexGraph(graph), aims, options),
      );
    }),
  );
});
