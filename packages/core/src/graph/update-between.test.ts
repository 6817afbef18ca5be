import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDigest, parseInstant, type Digest } from '../shared/brand.ts';
import { readShape } from '../shared/shape.ts';
import { aGraph, anEdge, aNode } from './graph.builder.ts';
import { EDGE_KINDS, type GraphSnapshot } from './graph.ts';
import { applyUpdate, edgeKey, graphUpdateShape } from './graph-update.ts';
import { indexGraph, tierOf } from './index-graph.ts';
import { updateBetween } from './update-between.ts';

const digest: Digest = parseDigest(`sha256:${'c'.repeat(64)}`)!;
const takenAt = parseInstant('2026-11-19T02:00:00.000Z')!;
const name = fc.nat(9).map((n) => `n${n}`);
const nodes = fc.uniqueArray(
  fc
    .tuple(name, fc.constantFrom('dc1', 'dc2'), fc.constantFrom('non-critical', 'safety-critical'))
    .map(([id, site, tier]) => aNode(id, { site, tier, labels: { os: site, role: tier } })),
  { selector: ({ id }) => id, maxLength: 9 },
);
const edges = fc.uniqueArray(
  fc
    .tuple(name, name, fc.boolean(), fc.constantFrom(...EDGE_KINDS), fc.option(fc.constantFrom('tcp/80', 'tcp/443')))
    .map(([from, to, hard, kind, traffic]) => ({
      ...anEdge(`${from} ${hard ? '>' : '~'} ${to}`, kind),
      ...(traffic !== null && { traffic }),
    })),
  { selector: edgeKey, maxLength: 20 },
);
const estate = fc.tuple(nodes, edges).map(([some, links]) => aGraph(some, links));
const later = (graph: GraphSnapshot): GraphSnapshot => ({ ...graph, version: 2, takenAt });

/** Nodes and edges whatever their order. */
const contents = ({ nodes: all, edges: links }: GraphSnapshot) => ({
  nodes: new Map(all.map((node) => [node.id, node])),
  edges: new Map(links.map((edge) => [edgeKey(edge), edge])),
});
const isHanging = (from: GraphSnapshot, to: GraphSnapshot) => {
  const left = new Set<string>(to.nodes.map(({ id }) => id));
  const gone = new Set<string>(from.nodes.map(({ id }) => id).filter((id) => !left.has(id)));
  return to.edges.some((edge) => gone.has(edge.from) || gone.has(edge.to));
};

test('G3: the update between two snapshots leads from the one to the other, unless an edge would lose its end', () => {
  let taken = 0;
  fc.assert(
    fc.property(estate, estate, (before, after) => {
      const next = later(after);
      const applied = applyUpdate({ snapshot: before, digest }, updateBetween({ snapshot: before, digest }, next));
      expect(applied.ok).toBe(!isHanging(before, next));
      taken += applied.ok ? 1 : 0;
      const result = applied.ok ? applied.value : next;
      expect(contents(result)).toEqual(contents(next));
      expect([result.version, result.takenAt]).toEqual([2, takenAt]);
    }),
    { numRuns: 400 },
  );
  expect(taken).toBeGreaterThan(50);
});

test('G1: an estate that was updated rules as one that was taken whole', () => {
  fc.assert(
    fc.property(estate, estate, (before, after) => {
      const next = later(after);
      const applied = applyUpdate({ snapshot: before, digest }, updateBetween({ snapshot: before, digest }, next));
      const [updated, whole] = [indexGraph(applied.ok ? applied.value : next), indexGraph(next)];
      for (const { id } of next.nodes) expect(tierOf(updated, id)).toBe(tierOf(whole, id));
      expect(Object.fromEntries(updated.population)).toEqual(Object.fromEntries(whole.population));
    }),
  );
});

test('G3: nothing changed is an empty update', () => {
  fc.assert(
    fc.property(estate, (graph) => {
      const { upsertNodes, removeNodes, upsertEdges, removeEdges } = updateBetween(
        { snapshot: graph, digest },
        later(structuredClone(graph)),
      );
      expect([upsertNodes, removeNodes, upsertEdges, removeEdges]).toEqual([[], [], [], []]);
    }),
  );
});

test('G3: fields written in another order are no change; a field that is gone is one', () => {
  const before = aGraph([aNode('a', { site: 'dc1', labels: { os: 'deb12', role: 'db' } })]);
  const { labels: _labels, site, ...rest } = before.nodes[0]!;
  const turned = { labels: { role: 'db', os: 'deb12' }, site: site ?? '', ...rest };
  const changes = (node: typeof turned | typeof rest) =>
    updateBetween({ snapshot: before, digest }, later(aGraph([node]))).upsertNodes;
  expect(changes(turned)).toEqual([]);
  expect(changes(rest)).toEqual([rest]);
});

test('G3: what changed and only that is said, in a form that the shape takes', () => {
  const before = aGraph([aNode('a'), aNode('b'), aNode('c')], [anEdge('a > b'), anEdge('b > c')]);
  const after = aGraph([aNode('a'), aNode('b', { site: 'dc2' }), aNode('d')], [anEdge('a > b'), anEdge('d ~ a')]);
  const update = updateBetween({ snapshot: before, digest }, later(after));
  expect(update).toMatchObject({
    base: digest,
    version: 2,
    upsertNodes: [{ id: 'b', site: 'dc2' }, { id: 'd' }],
    removeNodes: ['c'],
    upsertEdges: [{ from: 'd', to: 'a', isHard: false }],
    removeEdges: [{ from: 'b', to: 'c', kind: 'depends-on' }],
  });
  expect(readShape(graphUpdateShape, JSON.parse(JSON.stringify(update)))).toEqual({ ok: true, value: update });
});
