import { graphSnapshotShape, readShape, type GraphSnapshot } from '@countersign/core';
import { expect, test } from 'vitest';
import { diffGraphs } from './diff-graphs.ts';

type Fields = Readonly<Record<string, unknown>>;

function graph(nodes: readonly Fields[], edges: readonly Fields[] = []): GraphSnapshot {
  const read = readShape(graphSnapshotShape, {
    type: 'graph-snapshot',
    organisation: 'demo',
    version: 1,
    takenAt: '2026-11-18T02:00:00.000Z',
    nodes: nodes.map((node) => ({ kind: 'service', tier: 'non-critical', environment: 'staging', ...node })),
    edges: edges.map((edge) => ({ kind: 'depends-on', isHard: true, ...edge })),
  });
  if (read.ok) return read.value;
  throw new Error(JSON.stringify(read.refusal));
}
const told = (before: GraphSnapshot, after: GraphSnapshot): readonly string[] =>
  diffGraphs(before, after).map(({ sign, subject, detail, isLowering }) =>
    `${isLowering ? '!' : ' '} ${sign} ${subject} ${detail}`.trimEnd(),
  );

test('the same graph has no changes', () => {
  const one = graph([{ id: 'a', labels: { os: 'linux' } }], [{ from: 'a', to: 'b' }]);
  expect(diffGraphs(one, one)).toEqual([]);
});

test('G3: nodes and edges that come and go; what goes is protected no longer', () => {
  expect(
    told(
      graph([{ id: 'a' }, { id: 'b' }], [{ from: 'a', to: 'b' }]),
      graph([{ id: 'b' }, { id: 'c' }], [{ from: 'c', to: 'b', kind: 'flows-to', traffic: 'tcp/1' }]),
    ),
  ).toEqual(['! - a', '  + c', '! - a depends-on b', '  + c flows-to b tcp/1']);
});

test.each([
  ['tier', 'safety-critical', 'production-critical', true],
  ['tier', 'non-critical', 'unknown', false],
  ['tier', 'unknown', 'safety-critical', true],
  ['environment', 'production', 'staging', true],
  ['environment', 'staging', 'production', false],
  ['isEntryPoint', true, false, true],
  ['isEntryPoint', true, undefined, true],
  ['isEntryPoint', undefined, true, false],
  ['minHealthy', 3, 2, true],
  ['minHealthy', 2, undefined, true],
  ['minHealthy', 2, 3, false],
  ['zone', 'level-1', 'level-3', true],
  ['zone', undefined, 'level-3', false],
  ['dataClasses', ['a', 'b'], ['a'], true],
  ['dataClasses', ['a'], ['a', 'b'], false],
  ['paths', ['payment'], undefined, true],
  ['owner', 'a', 'b', false],
  ['statutoryHours', 24, 72, true],
])('G1: %s from %j to %j lowers what is asked of people: %s', (field, was, is, isLowering) => {
  const node = (value: unknown): Fields => ({ id: 'a', ...(value !== undefined && { [field]: value }) });
  const [change] = diffGraphs(graph([node(was)]), graph([node(is)]));
  expect(change).toMatchObject({ sign: '~', subject: 'a', isLowering });
});

test('G1: an edge that becomes soft lowers the guard, and fields are told with both values', () => {
  expect(
    told(
      graph([{ id: 'a', owner: 'x' }], [{ from: 'a', to: 'b' }]),
      graph([{ id: 'a', labels: { os: 'bsd' } }], [{ from: 'a', to: 'b', isHard: false }]),
    ),
  ).toEqual([
    '  ~ a labels: nothing -> {"os":"bsd"}',
    '  ~ a owner: x -> nothing',
    '! ~ a depends-on b isHard: true -> false',
  ]);
});
