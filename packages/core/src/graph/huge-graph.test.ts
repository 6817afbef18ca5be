/** Shapes that are cheap to send and dear to walk: each must be indexed and asked in time linear in its size. */
import { expect, test } from 'vitest';
import type { NodeId } from '../shared/brand.ts';
import { markOf } from './adjacency.ts';
import { NodeWriter } from './columns.ts';
import { aGraph, anEdge, aNode } from './graph.builder.ts';
import { importGraph } from './import-graph.ts';
import { indexFromColumns, indexGraph, tierAt, tierOf } from './index-graph.ts';

const SIZE = 60_000;
const names = Array.from({ length: SIZE }, (_, n) => `n${n}`);
const nodes = names.map((name, n) => aNode(name, n === 0 ? { tier: 'safety-critical' } : {}));

test('G1: one ring of 60,000 is one cycle, and criticality goes all around', () => {
  const ring = aGraph(
    nodes,
    names.map((name, n) => anEdge(`${name} > ${names[(n + 1) % SIZE]}`)),
  );
  const read = importGraph(ring);
  expect(read.ok && [read.value.report.cycles.length, read.value.report.cycles[0]?.length]).toEqual([1, SIZE]);
  expect(read.ok && read.value.report.lowered.length).toBe(SIZE - 1);
});

test('G1: 60,000 that all need one thing raise it once', () => {
  const star = aGraph(
    nodes,
    names.slice(1).map((name) => anEdge(`${name} > n0`)),
  );
  const { index, report } = (() => {
    const read = importGraph(star);
    if (!read.ok) throw new Error(read.refusal.detail);
    return read.value;
  })();
  expect([tierOf(index, 'n0'), tierOf(index, 'n1'), report.lowered, report.cycles]).toEqual([
    'safety-critical',
    'non-critical',
    [],
    [],
  ]);
});

test('G3: 60,000 dependencies on themselves and as many edges to nowhere are reported and not walked', () => {
  const odd = aGraph(
    nodes,
    names.flatMap((name) => [anEdge(`${name} > ${name}`), anEdge(`${name} > ghost-${name}`)]),
  );
  const read = importGraph(odd);
  expect(read.ok && [read.value.report.selfDependencies.length, read.value.report.dangling.length]).toEqual([
    SIZE,
    SIZE,
  ]);
  expect(read.ok && [read.value.index.dependants.nodes.length, read.value.report.cycles]).toEqual([0, []]);
});

test('G2: the same edge 60,000 times is 60,000 edges and one dependant', () => {
  const index = indexGraph(
    aGraph(
      nodes.slice(0, 2),
      names.map(() => anEdge('n0 > n1')),
    ),
  );
  expect(index.dependants.nodes.length).toBe(SIZE);
  expect(new Set(index.dependants.nodes)).toEqual(new Set([0]));
  expect(tierOf(index, 'n1')).toBe('safety-critical');
});

test('G1: a million nodes and two million edges are indexed from columns without an object for each', () => {
  const size = 1_000_000;
  const writer = new NodeWriter(size);
  for (let node = 0; node < size; node += 1)
    writer.add({
      id: `h${node}` as NodeId,
      kind: 'host',
      tier: node === 0 ? 'safety-critical' : 'non-critical',
      environment: 'production',
      owner: `team-${node % 300}`,
    });
  const [from, to] = [new Uint32Array(2 * size), new Uint32Array(2 * size)];
  const marks = new Uint8Array(2 * size).fill(markOf({ kind: 'depends-on', isHard: true }));
  // Each needs the next one and the one seven before it: cycles everywhere, and one way from the first to the last.
  for (let node = 0; node < size; node += 1) {
    from.set([node, node], 2 * node);
    to.set([(node + 1) % size, (node + size - 7) % size], 2 * node);
  }
  const index = indexFromColumns({ nodes: writer.columns(), edges: { from, to, marks, count: 2 * size } });
  expect([tierAt(index, size - 1), index.positions.get('h999999'), index.nodes.owners.values.length]).toEqual([
    'safety-critical',
    999_999,
    300,
  ]);
  expect(index.dependants.nodes.byteLength + index.dependants.marks.byteLength).toBe(2 * size * 5);
}, 30_000);
