import { beforeAll, expect, test } from 'vitest';
import type { GraphEdge } from '../../graph/graph.ts';
import { anEdge, aNode } from '../../graph/graph.builder.ts';
import { indexGraph, type GraphIndex } from '../../graph/index-graph.ts';
import type { ActionFindingKind, ActionImpact } from './action-impact.ts';
import { analyse, anAct, anId, indexOf, plantEstate, PLCS } from './estate.builder.ts';

let plant: GraphIndex;
beforeAll(() => {
  plant = indexGraph(plantEstate());
});

const isolate = (index: GraphIndex, node: string, action: 'host.isolate' | 'network.isolate' = 'network.isolate') =>
  analyse(
    index,
    anAct(action, [{ adapter: 'network', operation: 'isolate', node: anId<'Node'>(node) }], { targets: [node] }),
  );
const said = ({ findings }: ActionImpact, kind: ActionFindingKind): readonly string[] =>
  findings.filter((finding) => finding.kind === kind).map(({ text }) => text);
const healths = ({ prediction }: ActionImpact): Readonly<Record<string, string>> =>
  Object.fromEntries(prediction.dependants.map(({ node, health }) => [node, health]));
const flow = (text: string, change: Partial<GraphEdge> = {}): GraphEdge => ({ ...anEdge(text, 'flows-to'), ...change });

test('scenario C: isolating the plant segment cuts everything across its border and names the PLCs inside', () => {
  const impact = isolate(plant, 'plant-net');
  expect(said(impact, 'isolated')).toEqual([`14 nodes out of reach: backup, plant-net, ${PLCS.join(', ')}`]);
  expect(said(impact, 'control-cut')).toEqual([
    `12 PLCs behind flow modbus lose their supervisor scada-1: ${PLCS.join(', ')}`,
  ]);
  expect(impact.cutFlows).toHaveLength(14);
  expect(healths(impact)).toMatchObject({ plant: 'down', backup: 'down', 'plc-01': 'down', files: 'degraded' });
  expect(impact).toMatchObject({
    affectedSegments: ['plant-net'],
    missing: [],
    dataEffects: 'unknown',
    isReversible: true,
  });
});

test('4.3: isolating a host stops those who need it and cuts its flows; itself it is what was meant', () => {
  const impact = isolate(plant, 'files', 'host.isolate');
  expect(healths(impact)).toEqual({ backup: 'degraded', hr: 'down', mail: 'degraded' });
  expect(impact.cutFlows.map(({ from, to }) => `${from} ${to}`)).toEqual(['backup files', 'files mail']);
  expect(said(impact, 'isolated')).toEqual(['1 node out of reach: files']);
});

test('4.3: a replica stands in for an isolated host', () => {
  const index = indexOf(
    [aNode('h1'), aNode('h2'), aNode('web', { kind: 'service', minHealthy: 1 })],
    [anEdge('web > h1'), anEdge('web > h2')],
  );
  expect(healths(isolate(index, 'h1', 'host.isolate'))).toEqual({ web: 'degraded' });
});

test('G4: a group is all that is in it', () => {
  const index = indexOf(
    [aNode('g', { kind: 'group' }), aNode('h1'), aNode('h2'), aNode('svc', { kind: 'service' })],
    [anEdge('h1 ~ g', 'member-of-segment'), anEdge('h2 ~ g', 'member-of-segment'), anEdge('svc > h2')],
  );
  expect(said(isolate(index, 'g'), 'isolated')).toEqual(['3 nodes out of reach: g, h1, h2']);
  expect(healths(isolate(index, 'g'))).toMatchObject({ svc: 'down' });
});

test('G4: a flow to a node outside the graph is across the border of an isolated one', () => {
  const index = indexOf([aNode('h')], [flow('h ~ internet')]);
  const impact = isolate(index, 'h', 'host.isolate');
  expect([impact.cutFlows, impact.missing]).toEqual([[{ from: 'h', to: 'internet' }], []]);
});

test('D1: isolating what nobody knows, or a segment whose addresses cannot be read, misses a fact', () => {
  expect(isolate(plant, 'ghost').missing).toEqual(['ghost in the graph']);
  const index = indexOf([aNode('s', { kind: 'segment', cidr: 'ten dot four' })]);
  expect(isolate(index, 's').missing).toEqual(['addresses of s']);
});

test('4.3: a service on two hosts, one of them isolated, is weaker; its own flows are cut all the same', () => {
  const index = indexOf(
    [aNode('h1'), aNode('h2'), aNode('web', { kind: 'service', minHealthy: 1 }), aNode('bank')],
    [anEdge('web > h1'), anEdge('web > h2'), flow('web ~ bank')],
  );
  const impact = isolate(index, 'h1', 'host.isolate');
  expect(impact.cutFlows).toEqual([{ from: 'web', to: 'bank' }]);
  expect(healths(impact)).toEqual({ bank: 'degraded', web: 'degraded' });
});

test('G1: members by address are inside a segment, whether or not anybody drew the membership', () => {
  const index = indexOf([
    aNode('s', { kind: 'segment', cidr: '10.4.0.0/16' }),
    aNode('inner', { kind: 'segment', cidr: '10.4.7.0/24' }),
    aNode('h', { addresses: ['10.4.9.9'] }),
    aNode('far', { addresses: ['10.8.9.9'] }),
  ]);
  const impact = isolate(index, 's');
  expect(said(impact, 'isolated')).toEqual(['3 nodes out of reach: h, inner, s']);
  expect(impact.affectedSegments).toEqual(['inner', 's']);
});
