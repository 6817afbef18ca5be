import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDigest, parseInstant, type Digest } from '../shared/brand.ts';
import { readShape } from '../shared/shape.ts';
import { aGraph, anEdge, aNode } from './graph.builder.ts';
import { EDGE_KINDS, type GraphSnapshot } from './graph.ts';
import { applyUpdate, graphUpdateShape, type GraphUpdate } from './graph-update.ts';

const digest: Digest = parseDigest(`sha256:${'a'.repeat(64)}`)!;
const other: Digest = parseDigest(`sha256:${'b'.repeat(64)}`)!;
const later = parseInstant('2026-11-19T02:00:00.000Z')!;
const snapshot = aGraph(
  [aNode('a'), aNode('b'), aNode('c')],
  [anEdge('a > b'), anEdge('b > c'), { ...anEdge('a ~ c', 'flows-to'), traffic: 'tcp/80' }],
);
const anUpdate = (change: Partial<GraphUpdate> = {}): GraphUpdate => ({
  type: 'graph-update',
  organisation: snapshot.organisation,
  base: digest,
  version: 2,
  takenAt: later,
  upsertNodes: [],
  removeNodes: [],
  upsertEdges: [],
  removeEdges: [],
  ...change,
});
const apply = (change: Partial<GraphUpdate>, to: GraphSnapshot = snapshot) =>
  applyUpdate({ snapshot: to, digest }, anUpdate(change));
const after = (change: Partial<GraphUpdate>): GraphSnapshot => {
  const applied = apply(change);
  if (!applied.ok) throw new Error(JSON.stringify(applied.refusal));
  return applied.value;
};
const nodeOf = (name: string) => aNode(name).id;

test('G3: an update without changes is the same estate at a later moment', () => {
  expect(after({})).toEqual({ ...snapshot, version: 2, takenAt: later });
});

test('G3: a replaced node takes the place of the old one whole, a new one comes last', () => {
  const { owner: _owner, ...unowned } = aNode('b', { site: 'dc2' });
  expect(after({ upsertNodes: [aNode('z'), unowned] }).nodes).toEqual([aNode('a'), unowned, aNode('c'), aNode('z')]);
});

test('G2: a replaced edge takes the place of the old one; its traffic tells it from its neighbour', () => {
  const [busy, second] = [
    { ...anEdge('a ~ c', 'flows-to'), traffic: 'tcp/80', perMinute: 9 },
    { ...anEdge('a ~ c', 'flows-to'), traffic: 'tcp/443' },
  ];
  expect(after({ upsertEdges: [second, busy, anEdge('a ~ b')] }).edges).toEqual([
    anEdge('a ~ b'),
    anEdge('b > c'),
    busy,
    second,
  ]);
});

test('G3: a node goes with the edges that are removed beside it', () => {
  const { nodes, edges } = after({
    removeNodes: [nodeOf('c')],
    removeEdges: [anEdge('b > c'), { ...anEdge('a ~ c', 'flows-to'), traffic: 'tcp/80' }].map(
      ({ isHard: _hard, ...name }) => name,
    ),
  });
  expect([nodes.map(({ id }) => id), edges]).toEqual([['a', 'b'], [anEdge('a > b')]]);
});

test('G3: the base itself is not changed', () => {
  const before = JSON.stringify(snapshot);
  after({
    upsertNodes: [aNode('a', { site: 'x' })],
    removeEdges: [{ from: nodeOf('a'), to: nodeOf('b'), kind: 'depends-on' }],
  });
  expect(JSON.stringify(snapshot)).toBe(before);
});

const refused = [
  { what: 'another base', change: { base: other }, code: 'unknown-base' },
  { what: 'another organisation', change: { organisation: 'globex' as never }, code: 'wrong-organisation' },
  { what: 'the same version', change: { version: 1 }, code: 'not-newer' },
  { what: 'an earlier moment', change: { takenAt: parseInstant('2026-11-17T02:00:00.000Z')! }, code: 'not-newer' },
] as const;
test.each(refused)('G3: an update for $what is refused as $code', ({ change, code }) => {
  const applied = apply(change);
  expect(!applied.ok && applied.refusal.code).toBe(code);
});

const wrong = [
  { what: 'a node added twice', change: { upsertNodes: [aNode('z'), aNode('z')] }, at: ['/upsertNodes/1/id'] },
  {
    what: 'a node added and removed',
    change: { upsertNodes: [aNode('z')], removeNodes: [nodeOf('z')] },
    at: ['/removeNodes/0', '/removeNodes/0'],
  },
  { what: 'a node removed that is not there', change: { removeNodes: [nodeOf('ghost')] }, at: ['/removeNodes/0'] },
  { what: 'a node removed under its edges', change: { removeNodes: [nodeOf('b')] }, at: ['/removeNodes/0'] },
  {
    what: 'a node removed while a new edge names it',
    change: { removeNodes: [nodeOf('b')], upsertEdges: [anEdge('c > b')] },
    at: ['/removeNodes/0'],
  },
  {
    what: 'an edge removed that is not there',
    change: { removeEdges: [{ from: nodeOf('a'), to: nodeOf('c'), kind: 'flows-to' as const }] },
    at: ['/removeEdges/0'],
  },
  { what: 'an edge added twice', change: { upsertEdges: [anEdge('c > a'), anEdge('c ~ a')] }, at: ['/upsertEdges/1'] },
  {
    what: 'an edge added and removed',
    change: {
      upsertEdges: [anEdge('a > b')],
      removeEdges: [{ from: nodeOf('a'), to: nodeOf('b'), kind: 'depends-on' as const }],
    },
    at: ['/removeEdges/0'],
  },
];
test.each(wrong)('G3: $what is refused with its place', ({ change, at }) => {
  const applied = apply(change);
  expect(!applied.ok && applied.refusal.complaints?.map((complaint) => complaint.at)).toEqual(at);
});

test('G3: every complaint comes at once', () => {
  const applied = apply({ removeNodes: [nodeOf('x'), nodeOf('b')], upsertNodes: [aNode('q'), aNode('q')] });
  expect(!applied.ok && applied.refusal.complaints?.map(({ at }) => at)).toEqual([
    '/upsertNodes/1/id',
    '/removeNodes/0',
    '/removeNodes/1',
  ]);
});

test('G2: an edge to something unknown may be added: it is reported and most restrictive, as in any snapshot', () => {
  expect(after({ upsertEdges: [anEdge('ghost > a')] }).edges.at(-1)).toEqual(anEdge('ghost > a'));
});

test('G3: the shape takes what was written and names everything that is wrong', () => {
  const written: unknown = JSON.parse(
    JSON.stringify(anUpdate({ upsertNodes: [aNode('z')], upsertEdges: [anEdge('z > a')] })),
  );
  expect(readShape(graphUpdateShape, written).ok).toBe(true);
  const read = readShape(graphUpdateShape, { ...anUpdate(), base: 'x', extra: 1, removeNodes: ['../a'] });
  expect(!read.ok && read.refusal.complaints?.map(({ at }) => at).toSorted()).toEqual([
    '/base',
    '/extra',
    '/removeNodes/0',
  ]);
});

const nameOf = (edge: { readonly from: string; readonly to: string; readonly kind: string }) =>
  `${edge.from}|${edge.to}|${edge.kind}`;

/** What a person would do: by name, one change after the other. */
function naive(graph: GraphSnapshot, update: GraphUpdate) {
  const nodes = new Map(graph.nodes.map((node) => [node.id as string, node]));
  const edges = new Map(graph.edges.map((edge) => [nameOf(edge), edge]));
  for (const node of update.removeNodes) nodes.delete(node);
  for (const edge of update.removeEdges) edges.delete(nameOf(edge));
  for (const node of update.upsertNodes) nodes.set(node.id, node);
  for (const edge of update.upsertEdges) edges.set(nameOf(edge), edge);
  return { nodes: [...nodes.values()], edges: [...edges.values()] };
}

const name = fc.nat(8).map((n) => `n${n}`);
const edge = fc
  .tuple(name, name, fc.boolean(), fc.constantFrom(...EDGE_KINDS))
  .map(([from, to, hard, kind]) => anEdge(`${from} ${hard ? '>' : '~'} ${to}`, kind));
const edges = fc.uniqueArray(edge, { selector: ({ from, to, kind }) => `${from} ${to} ${kind}`, maxLength: 12 });
const nodes = fc.uniqueArray(
  fc.tuple(name, fc.nat(2)).map(([id, site]) => aNode(id, { site: `s${site}` })),
  { selector: ({ id }) => id, maxLength: 8 },
);

const changes = fc.record({
  had: nodes,
  were: edges,
  come: nodes,
  link: edges,
  drop: fc.subarray([0, 1, 2, 3]),
});

test('G3: an update that is taken gives exactly what it says; one that is not gives nothing', () => {
  let taken = 0;
  fc.assert(
    fc.property(changes, ({ had, were, come, link, drop }) => {
      const base = aGraph(had, were);
      const dropped = drop
        .flatMap((n) => were[n] ?? [])
        .filter((gone) => !link.some(({ from, to }) => from === gone.from && to === gone.to));
      const removeEdges = dropped.map(({ from, to, kind }) => ({ from, to, kind }));
      const removeNodes = drop
        .flatMap((n) => had[n]?.id ?? [])
        .filter((id) => !come.some((node) => node.id === id))
        .slice(0, 1);
      const update = anUpdate({ upsertNodes: come, upsertEdges: link, removeEdges, removeNodes });
      const applied = applyUpdate({ snapshot: base, digest }, update);
      const wanted = naive(base, update);
      const isHanging = wanted.edges.some(({ from, to }) => [from, to].some((end) => removeNodes.includes(end)));
      expect(applied.ok).toBe(!isHanging);
      if (!applied.ok) return;
      taken += 1;
      expect(applied.value.nodes).toEqual(wanted.nodes);
      expect(applied.value.edges).toEqual(wanted.edges);
    }),
    { numRuns: 500 },
  );
  expect(taken).toBeGreaterThan(100);
});

test('a small update of a large estate does not look at every edge by name', () => {
  const size = 50_000;
  const many = aGraph(
    Array.from({ length: size }, (_, n) => aNode(`n${n}`)),
    Array.from({ length: size - 1 }, (_, n) => anEdge(`n${n + 1} > n${n}`)),
  );
  const applied = apply({ upsertEdges: [anEdge('n7 ~ n6')], upsertNodes: [aNode('n9', { site: 'x' })] }, many);
  expect(
    applied.ok && [applied.value.nodes.length, applied.value.edges[6]?.isHard, applied.value.nodes[9]?.site],
  ).toEqual([size, false, 'x']);
});
