import { beforeAll, expect, test } from 'vitest';
import type { GraphEdge, GraphNode } from '../../graph/graph.ts';
import { anEdge, aNode } from '../../graph/graph.builder.ts';
import { indexGraph, type GraphIndex } from '../../graph/index-graph.ts';
import type { Step } from '../../proposal/step.ts';
import type { ActionFindingKind, ActionImpact } from './action-impact.ts';
import { analyse, anAct, indexOf, plantEstate } from './estate.builder.ts';

let plant: GraphIndex;
beforeAll(() => {
  plant = indexGraph(plantEstate());
});

type Firewall = Extract<Step, { adapter: 'firewall' }>;
const rule = (change: Partial<Firewall> = {}): Firewall => ({
  adapter: 'firewall',
  operation: 'block',
  from: '10.4.0.0/16',
  to: '10.8.0.0/16',
  ...change,
});
const firewall = (index: GraphIndex, change: Partial<Firewall> = {}, targets: readonly string[] = []): ActionImpact =>
  analyse(index, anAct('firewall.rule', [rule(change)], { targets }));
const said = ({ findings }: ActionImpact, kind: ActionFindingKind): readonly string[] =>
  findings.filter((finding) => finding.kind === kind).map(({ text }) => text);
const healths = ({ prediction }: ActionImpact): Readonly<Record<string, string>> =>
  Object.fromEntries(prediction.dependants.map(({ node, health }) => [node, health]));
const flow = (text: string, change: Partial<GraphEdge> = {}): GraphEdge => ({ ...anEdge(text, 'flows-to'), ...change });

const unreadable = [
  { from: 'nonsense', to: '10.8.0.0/16', missing: 'addresses of `nonsense`, which is no block of addresses' },
  { from: '10.4.0.0/33', to: '10.8.0.0/16', missing: 'addresses of `10.4.0.0/33`, which is no block of addresses' },
  { from: '10.99.0.0/16', to: '10.8.0.0/16', missing: 'what is in 10.99.0.0/16' },
  { from: '10.4.0.0/16', to: '2001:db8::/32', missing: 'what is in 2001:db8:0:0:0:0:0:0/32' },
] as const;
test.each(unreadable)('D1: a rule from $from to $to misses: $missing', ({ from, to, missing }) => {
  for (const operation of ['block', 'allow'] as const)
    expect(firewall(plant, { from, to, operation }).missing).toEqual([missing]);
});

/** Two hosts on either side, one flow; addresses and traffic as each case says. */
const twoHosts = (edge: Partial<GraphEdge>, change: { a?: Partial<GraphNode>; b?: Partial<GraphNode> } = {}) =>
  indexOf(
    [
      aNode('a', { addresses: ['10.4.0.1'], ...change.a }),
      aNode('b', { addresses: ['10.8.0.1'], ...change.b }),
      aNode('a2', { addresses: ['10.4.0.2'] }),
    ],
    [flow('a ~ b', edge), flow('a ~ a2')],
  );

const filters = [
  { filter: undefined, traffic: 'tcp/445', cut: 1 },
  { filter: undefined, traffic: undefined, cut: 1 },
  { filter: 'tcp/445', traffic: 'tcp/445', cut: 1 },
  { filter: 'tcp/445', traffic: 'TCP/445', cut: 1 },
  { filter: 'tcp/445', traffic: 'tcp/0445', cut: 1 },
  { filter: 'tcp/445', traffic: 'tcp/502', cut: 0 },
  { filter: 'tcp/445', traffic: 'udp/445', cut: 0 },
  { filter: 'tcp', traffic: 'tcp/502', cut: 1 },
  { filter: 'tcp', traffic: 'udp/502', cut: 0 },
  { filter: 'tcp/445', traffic: 'tcp', cut: 1 },
  { filter: 'tcp/445', traffic: undefined, cut: 1 },
  { filter: 'tcp/445', traffic: 'smb', cut: 1 },
  { filter: 'tcp/445', traffic: 'tcp/high', cut: 1 },
  { filter: 'tcp/445', traffic: 'tcp/1/2', cut: 1 },
] as const;
test.each(filters)('scenario C: a rule for $filter cuts traffic $traffic: $cut', ({ filter, traffic, cut }) => {
  const index = twoHosts(traffic === undefined ? {} : { traffic });
  for (const [from, to] of [
    ['10.4.0.0/16', '10.8.0.0/16'],
    ['10.8.0.0/16', '10.4.0.0/16'],
  ] as const) {
    const impact = firewall(index, { from, to, ...(filter !== undefined && { traffic: filter }) });
    expect(impact.cutFlows).toHaveLength(cut);
    expect(impact.dataEffects).toBe(cut === 1 ? 'unknown' : 'none');
  }
});

test('G4: traffic inside one side is not cut', () => {
  expect(firewall(twoHosts({})).prediction.flows).toEqual([
    { from: 'a', to: 'a2', after: 'open' },
    { from: 'a', to: 'b', after: 'cut' },
  ]);
});

test('G4: a soft flow weakens its ends, a hard one stops them, and those who need them with it', () => {
  expect(healths(firewall(twoHosts({})))).toMatchObject({ a: 'degraded', b: 'degraded' });
  expect(healths(firewall(twoHosts({ isHard: true })))).toMatchObject({ a: 'down', b: 'down' });
});

test('X6: messages of a cut flow are what the flow says becomes of them', () => {
  for (const delivery of ['kept', 'replayed-once', 'lost'] as const)
    expect(firewall(twoHosts({}, { b: { labels: { delivery } } })).dataEffects).toBe(delivery);
  expect(firewall(twoHosts({}, { b: { labels: { delivery: 'surely fine' } } })).dataEffects).toBe('unknown');
});

test('D1: an end of a flow that nobody can place is missing, and its health unknown', () => {
  for (const change of [
    { b: { addresses: [] } },
    { b: { addresses: ['not.an.address'] } },
    { b: { addresses: ['10.12.0.1', 'x'] } },
  ]) {
    const index = indexOf(
      [...['a', 'c'].map((id, n) => aNode(id, { addresses: [`10.${4 + 4 * n}.0.1`] })), aNode('b', change.b)],
      [flow('a ~ b'), flow('b ~ ghost')],
    );
    const impact = firewall(index);
    expect(impact.missing).toEqual([
      'addresses of b, at the other end of flows of all traffic between 10.4.0.0/16 and 10.8.0.0/16',
    ]);
    expect(healths(impact)).toMatchObject({ b: 'unknown' });
    expect(impact.affectedNodes).toContain('b');
  }
});

test('D1: an end that the graph does not know at all is missing too', () => {
  const index = indexOf(
    ['a', 'c'].map((id, n) => aNode(id, { addresses: [`10.${4 + 4 * n}.0.1`] })),
    [flow('ghost ~ a')],
  );
  expect(firewall(index).missing).toHaveLength(1);
});

test('4.3: what a node needs across the boundary travels too, whether or not anybody drew the flow', () => {
  const index = indexOf(
    [
      aNode('db', { kind: 'datastore', addresses: ['10.8.0.5'] }),
      aNode('app', { kind: 'service', addresses: ['10.4.0.5'] }),
      aNode('report', { kind: 'service', addresses: ['10.4.0.6'] }),
      aNode('shop', { kind: 'service' }),
    ],
    [anEdge('app > db'), anEdge('report ~ db'), anEdge('shop > app')],
  );
  expect(healths(firewall(index))).toEqual({ app: 'down', report: 'degraded', shop: 'down' });
  expect(healths(firewall(index, { traffic: 'tcp/5432' }))).toEqual({
    app: 'unknown',
    report: 'unknown',
    shop: 'unknown',
  });
  expect(said(firewall(index), 'flows-cut')).toEqual([
    'app, report need something on the other side: all traffic between 10.4.0.0/16 and 10.8.0.0/16 stops',
  ]);
});

test('G1: nodes are where their segment is, or the hosts they stand on', () => {
  const index = indexOf(
    [
      aNode('seg-a', { kind: 'segment', cidr: '10.4.0.0/16' }),
      aNode('seg-b', { kind: 'segment', cidr: '10.8.0.0/16' }),
      aNode('inner', { kind: 'segment' }),
      aNode('host', { kind: 'host' }),
      aNode('svc', { kind: 'service' }),
      aNode('far', { kind: 'host' }),
    ],
    [
      anEdge('inner ~ seg-a', 'member-of-segment'),
      anEdge('host ~ inner', 'member-of-segment'),
      anEdge('svc > host'),
      anEdge('far ~ seg-b', 'member-of-segment'),
      flow('svc ~ far'),
    ],
  );
  const impact = firewall(index);
  expect(impact.cutFlows).toEqual([{ from: 'svc', to: 'far' }]);
  expect(impact.affectedNodes).toEqual(['far', 'host', 'inner', 'seg-a', 'seg-b', 'svc']);
  expect(impact.affectedSegments).toEqual(['inner', 'seg-a', 'seg-b']);
});

test('G1: in a segment that is only partly blocked those who say where they are, are there; the others may be', () => {
  const index = indexOf(
    [
      aNode('seg', { kind: 'segment', cidr: '10.4.0.0/16' }),
      aNode('in', { addresses: ['10.4.1.1'] }),
      aNode('out', { addresses: ['10.4.200.1'] }),
      aNode('mute', {}),
      aNode('far', { addresses: ['10.8.0.1'] }),
    ],
    ['in', 'out', 'mute'].flatMap((id) => [anEdge(`${id} ~ seg`, 'member-of-segment'), flow(`${id} ~ far`)]),
  );
  const cut = (from: string): readonly string[] => firewall(index, { from }).cutFlows.map((one) => one.from);
  expect(cut('10.4.1.0/24')).toEqual(['in', 'mute']);
  expect(cut('10.4.0.0/16')).toEqual(['in', 'mute', 'out']);
});

test('G4: a flow drawn from its users alone runs between all of them', () => {
  const index = indexOf(
    [
      aNode('a', { addresses: ['10.4.0.1'] }),
      aNode('b', { addresses: ['10.8.0.1'] }),
      aNode('c', { addresses: ['10.12.0.1'] }),
      aNode('bus', { kind: 'flow' }),
    ],
    [flow('a ~ bus'), flow('b ~ bus'), flow('c ~ bus')],
  );
  const impact = firewall(index);
  expect(impact.cutFlows).toEqual([
    { from: 'a', to: 'bus' },
    { from: 'b', to: 'bus' },
  ]);
});

const oneFlow = (change: Partial<GraphNode>, leg: Partial<GraphEdge>) =>
  indexOf(
    [
      aNode('a', { addresses: ['10.4.0.1'] }),
      aNode('b', { addresses: ['10.8.0.1'] }),
      aNode('bus', { kind: 'flow', ...change }),
    ],
    [flow('a ~ bus', leg), flow('bus ~ b')],
  );
const legsCut = (index: GraphIndex): number => firewall(index, { traffic: 'tcp/445' }).cutFlows.length;
test('G4: legs of one flow carry the same traffic, from any of them or from the label', () => {
  expect(legsCut(oneFlow({}, { traffic: 'tcp/445' }))).toBe(2);
  expect(legsCut(oneFlow({}, { traffic: 'tcp/502' }))).toBe(0);
  expect(legsCut(oneFlow({ labels: { traffic: 'tcp/502' } }, {}))).toBe(0);
  expect(legsCut(oneFlow({}, {}))).toBe(2);
});

test('scenario C: a controller that loses its peer directly is named with it, whichever way the flow is drawn', () => {
  const devices = [
    aNode('hmi-1', { addresses: ['10.4.0.1'], labels: { role: 'HMI' } }),
    aNode('pump', { kind: 'device', addresses: ['10.8.0.1'] }),
    aNode('valve', { kind: 'device', addresses: ['10.8.0.2'] }),
  ];
  const impact = firewall(indexOf(devices, [flow('hmi-1 ~ pump'), flow('valve ~ hmi-1')]));
  expect(said(impact, 'control-cut')).toEqual(['2 controllers lose their supervisor hmi-1: pump, valve']);
  expect(healths(impact)).toMatchObject({ pump: 'down', valve: 'down', 'hmi-1': 'degraded' });
});

const controls = [
  { node: { zone: 'purdue-1' }, isControl: true },
  { node: { zone: 'Purdue 3.5' }, isControl: true },
  { node: { zone: 'L2' }, isControl: true },
  { node: { zone: '0' }, isControl: true },
  { node: { zone: 'ot' }, isControl: true },
  { node: { zone: 'purdue-4' }, isControl: false },
  { node: { zone: 'dmz' }, isControl: false },
  { node: { zone: 'robot' }, isControl: false },
  { node: { labels: { role: 'PLC' } }, isControl: true },
  { node: { labels: { role: 'historian' } }, isControl: true },
  { node: { labels: { role: 'web' } }, isControl: false },
  { node: { kind: 'device' }, isControl: true },
] as const;
test.each(controls)('AG-706 4.7: $node in a touched block is control: $isControl', ({ node, isControl }) => {
  const index = twoHosts({}, { b: node });
  expect(said(firewall(index), 'control-inside')).toHaveLength(isControl ? 1 : 0);
});

test('G5: an allowed way names what opens and the entry points it opens to', () => {
  const impact = firewall(plant, { operation: 'allow', to: '10.8.0.0/30', traffic: 'tcp/22' }, ['plant-net']);
  expect(said(impact, 'exposure')[0]).toMatch(/^entry points files gain tcp\/22 to /);
  expect(impact).toMatchObject({ cutFlows: [], dataEffects: 'none', missing: [] });
  expect(impact.prediction.downCount).toBe(0);
  const open = firewall(plant, { operation: 'allow', from: '0.0.0.0/0', to: '10.12.0.0/16' });
  expect(said(open, 'exposure')).toEqual([
    'every address and entry points files gain all traffic to 1 node in 10.12.0.0/16: mail',
  ]);
  const inner = firewall(plant, { operation: 'allow', from: '10.12.0.0/16', to: '10.4.2.2/32' });
  expect(said(inner, 'exposure')[0]).toMatch(/^10\.12\.0\.0\/16 gains all traffic to /);
});

test('D4: a large hub is judged without looking at all pairs of its users', () => {
  const users = Array.from({ length: 3000 }, (_, n) =>
    aNode(`u${n}`, { addresses: [`10.${n % 2 === 0 ? 4 : 8}.${Math.floor(n / 250)}.${(n % 250) + 1}`] }),
  );
  const index = indexOf(
    [...users, aNode('bus', { kind: 'flow' })],
    users.map(({ id }) => flow(`${id} ~ bus`)),
  );
  expect(firewall(index).cutFlows).toHaveLength(3000);
});
