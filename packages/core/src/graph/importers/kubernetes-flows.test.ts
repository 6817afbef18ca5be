import { expect, test } from 'vitest';
import { fromKubernetes } from './from-kubernetes.ts';
import { documents, edgesOf, findingsOf, partOf } from './part.builder.ts';
import type { ImportedPart } from './part.ts';

const pod = (name: string, namespace?: string, labels: Readonly<Record<string, string>> = {}): unknown => ({
  kind: 'Deployment',
  metadata: { name, namespace },
  spec: { template: { metadata: { labels: { app: name, ...labels } }, spec: { containers: [] } } },
});
const select = (app: string): unknown => ({ matchLabels: { app } });
const policy = (spec: unknown, namespace?: string): unknown => ({
  kind: 'NetworkPolicy',
  metadata: { name: 'rule', namespace },
  spec,
});
const read = (...values: readonly unknown[]): ImportedPart => partOf(fromKubernetes(documents(...values)));
const flowsOf = (part: ImportedPart): readonly string[] => edgesOf(part).filter((edge) => edge.includes('flows-to'));

test('G2: a policy lets its sources send to what it selects, port by port; a permission is never hard', () => {
  const part = read(
    pod('web'),
    pod('api'),
    pod('db'),
    policy({
      podSelector: select('db'),
      ingress: [
        {
          from: [{ podSelector: select('web') }, { podSelector: select('api') }],
          ports: [
            { port: 5432, protocol: 'TCP' },
            { port: 53, protocol: 'UDP' },
          ],
        },
      ],
    }),
  );
  expect(flowsOf(part)).toEqual([
    'api ~ db flows-to tcp/5432',
    'api ~ db flows-to udp/53',
    'web ~ db flows-to tcp/5432',
    'web ~ db flows-to udp/53',
  ]);
  expect(findingsOf(part)).toEqual([]);
});

test('G2: egress is drawn in its own direction, port ranges and named ports as they are written', () => {
  const part = read(
    pod('web'),
    pod('db'),
    policy({
      podSelector: select('web'),
      egress: [{ to: [{ podSelector: select('db') }], ports: [{ port: 3000, endPort: 3010 }, { port: 'grpc' }, {}] }],
    }),
  );
  expect(flowsOf(part)).toEqual([
    'web ~ db flows-to tcp/3000-3010',
    'web ~ db flows-to tcp/any',
    'web ~ db flows-to tcp/grpc',
  ]);
});

test('G2: without ports one flow stands for any traffic, and two policies that say the same are one flow', () => {
  const rule = policy({ podSelector: select('db'), ingress: [{ from: [{ podSelector: select('web') }] }] });
  expect(flowsOf(read(pod('web'), pod('db'), rule, rule))).toEqual(['web ~ db flows-to']);
});

test('G2: an empty selector means all of the namespace, but nothing sends to itself', () => {
  const part = read(
    pod('a'),
    pod('b'),
    pod('c', 'other'),
    policy({ podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] }),
  );
  expect(flowsOf(part)).toEqual(['a ~ b flows-to', 'b ~ a flows-to']);
});

test('G2: peers of other namespaces are found by the labels of the namespace, its name among them', () => {
  const namespace = { kind: 'Namespace', metadata: { name: 'ops', labels: { trusted: 'yes' } } };
  const from = (namespaceSelector: unknown, podSelector?: unknown): unknown =>
    policy({ podSelector: select('db'), ingress: [{ from: [{ namespaceSelector, podSelector }] }] });
  const pods = [namespace, pod('db'), pod('monitor', 'ops'), pod('shell', 'ops'), pod('web', 'shop')];
  expect(flowsOf(read(...pods, from({ matchLabels: { trusted: 'yes' } }, select('monitor'))))).toEqual([
    'ops.monitor ~ db flows-to',
  ]);
  expect(flowsOf(read(...pods, from({ matchLabels: { 'kubernetes.io/metadata.name': 'shop' } })))).toEqual([
    'shop.web ~ db flows-to',
  ]);
  expect(flowsOf(read(...pods, from({})))).toEqual([
    'ops.monitor ~ db flows-to',
    'ops.shell ~ db flows-to',
    'shop.web ~ db flows-to',
  ]);
});

test.each([
  [{ key: 'tier', operator: 'In', values: ['gold', 'silver'] }, ['a', 'b']],
  [{ key: 'tier', operator: 'NotIn', values: ['gold'] }, ['b', 'c']],
  [{ key: 'tier', operator: 'Exists' }, ['a', 'b']],
  [{ key: 'tier', operator: 'DoesNotExist' }, ['c']],
  [{ key: 'tier', operator: 'Gt', values: ['1'] }, []],
  ['nonsense', []],
])('G2: the expression %j selects %j', (expression, selected) => {
  const part = read(
    pod('target'),
    pod('a', undefined, { tier: 'gold', side: 'x' }),
    pod('b', undefined, { tier: 'silver', side: 'x' }),
    pod('c', undefined, { side: 'x' }),
    policy({
      podSelector: select('target'),
      ingress: [{ from: [{ podSelector: { matchLabels: { side: 'x' }, matchExpressions: [expression] } }] }],
    }),
  );
  expect(flowsOf(part)).toEqual(selected.map((name) => `${name} ~ target flows-to`));
});

const block = (cidr: string, except?: readonly string[]): unknown => ({ ipBlock: { cidr, except } });

test('G2: networks become segments of their own, once each, and exceptions are said to be left out', () => {
  const part = read(
    pod('db'),
    policy({
      podSelector: select('db'),
      ingress: [{ from: [block('10.20.0.0/16', ['10.20.9.0/24']), block('fd00:1::/32'), block('everything')] }],
      egress: [{ to: [block('10.20.0.0/16')], ports: [{ port: 53, protocol: 'UDP' }] }],
    }),
  );
  expect(part.nodes.filter(({ kind }) => kind === 'segment')).toEqual([
    { id: 'net-10.20.0.0-16', at: 'file:2', kind: 'segment', cidr: '10.20.0.0/16' },
    { id: 'net-fd00-1---32', at: 'file:2', kind: 'segment', cidr: 'fd00:1::/32' },
  ]);
  expect(flowsOf(part)).toEqual([
    'db ~ net-10.20.0.0-16 flows-to udp/53',
    'net-10.20.0.0-16 ~ db flows-to',
    'net-fd00-1---32 ~ db flows-to',
  ]);
  expect(findingsOf(part)).toEqual([
    'ignored file:2 rule: exceptions from `10.20.0.0/16` are left out: the flow is drawn too wide',
    'ignored file:2 rule: `everything` is no network',
  ]);
});

test('G3: policies that select nothing, peers that are nobody, and rules for everybody are said', () => {
  const part = read(
    pod('db'),
    policy({ podSelector: select('gone'), ingress: [] }),
    policy({ podSelector: select('db'), ingress: [{ from: [{ podSelector: select('gone') }] }, {}], egress: [{}] }),
    policy({ podSelector: {}, policyTypes: ['Ingress', 'Egress'] }),
  );
  expect(flowsOf(part)).toEqual([]);
  expect(findingsOf(part)).toEqual([
    'dangling file:2 rule: the network policy selects no workload',
    'dangling file:3 rule: a peer of the network policy selects no workload',
    'ignored file:3 rule: allows all traffic from anywhere; no flow is drawn',
    'ignored file:3 rule: allows all traffic to anywhere; no flow is drawn',
  ]);
});

test('more flows than a graph can hold end the import instead of the machine', () => {
  const pods = Array.from({ length: 1100 }, (_unused, index) => pod(`p${index}`));
  const all = policy({ podSelector: {}, ingress: [{ from: [{ podSelector: {} }] }] });
  const result = fromKubernetes(documents(...pods, all));
  expect(!result.ok && result.refusal.complaints?.[0]).toEqual({ at: '', problem: 'has more than 1000000 edges' });
});
