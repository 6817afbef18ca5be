/** One small estate in every format at once: the whole snapshot and the whole report, frozen. */
import { expect, test } from 'vitest';
import { indexGraph } from '../index-graph.ts';
import { fromBackstage } from './from-backstage.ts';
import { fromCompose } from './from-compose.ts';
import { fromCycloneDx } from './from-cyclonedx.ts';
import { fromKubernetes } from './from-kubernetes.ts';
import { fromOtelServiceGraph } from './from-otel-service-graph.ts';
import { fromCsv, fromJson } from './from-rows.ts';
import { edgesOf, findingsOf, mergedGraph, partOf } from './part.builder.ts';
import type { ImportedPart } from './part.ts';

const kubernetes = [
  {
    kind: 'Namespace',
    metadata: { name: 'shop', labels: { env: 'production' }, annotations: { 'countersign.io/owner': 'team-platform' } },
  },
  {
    kind: 'Deployment',
    metadata: { name: 'web', namespace: 'shop', labels: { team: 'team-web' } },
    spec: {
      replicas: 3,
      template: {
        metadata: { labels: { app: 'web' } },
        spec: {
          containers: [
            {
              env: [
                { name: 'LEDGER_ADDR', value: 'ledger:8443' },
                { name: 'ADS_URL', value: 'https://ads.example' },
              ],
              envFrom: [{ secretRef: { name: 'session' } }],
            },
          ],
        },
      },
    },
  },
  {
    kind: 'StatefulSet',
    metadata: { name: 'ledger', namespace: 'shop', annotations: { 'countersign.io/kind': 'datastore' } },
    spec: { replicas: 3, template: { metadata: { labels: { app: 'ledger' } }, spec: { containers: [] } } },
  },
  {
    kind: 'Service',
    metadata: { name: 'web', namespace: 'shop' },
    spec: { type: 'LoadBalancer', selector: { app: 'web' } },
  },
  { kind: 'Service', metadata: { name: 'ledger', namespace: 'shop' }, spec: { selector: { app: 'ledger' } } },
  {
    kind: 'PodDisruptionBudget',
    metadata: { name: 'ledger', namespace: 'shop' },
    spec: { minAvailable: '50%', selector: { matchLabels: { app: 'ledger' } } },
  },
  { kind: 'HorizontalPodAutoscaler', metadata: { name: 'web', namespace: 'shop' } },
];
const backstage = [
  {
    apiVersion: 'backstage.io/v1alpha1',
    kind: 'Component',
    metadata: {
      name: 'web',
      annotations: { 'countersign.io/tier': 'non-critical', 'countersign.io/soft': 'ads.example' },
    },
    spec: { type: 'website', lifecycle: 'production', owner: 'team-shop', dependsOn: ['component:ads.example'] },
  },
  {
    apiVersion: 'backstage.io/v1alpha1',
    kind: 'Resource',
    metadata: { name: 'ledger', annotations: { 'countersign.io/tier': 'safety-critical' } },
    spec: { type: 'database', lifecycle: 'experimental', owner: 'team-money' },
  },
];
const traces = {
  data: [
    { parent: 'web', child: 'ledger', callCount: 6000 },
    { parent: 'report job', child: 'ledger', callCount: 60 },
  ],
};
const bom = {
  bomFormat: 'CycloneDX',
  services: [
    {
      name: 'ads.example',
      provider: { name: 'Ads Ltd' },
      'x-trust-boundary': true,
      data: [{ flow: 'outbound', classification: 'personal' }],
      properties: [{ name: 'countersign.io/tier', value: 'non-critical' }],
    },
  ],
};
const compose = {
  services: {
    'label-printer': {
      labels: { 'countersign.io/environment': 'staging' },
      depends_on: { ledger: { required: false } },
    },
  },
};
const nodes = [
  ['id', 'kind', 'tier', 'environment', 'owner', 'cidr'],
  ['dmz', 'segment', 'production-critical', 'production', 'team-net', '10.1.0.0/16'],
];
const edges = [
  ['from', 'to', 'kind', 'hard'],
  ['web', 'dmz', 'member-of-segment', 'false'],
  ['web', 'dmz', 'member-of-segment', 'false'],
];
const extra = { nodes: [{ id: 'ledger', kind: 'datastore', capacity: { units: 400, used: 120 } }], edges: [] };

const parts = (): readonly ImportedPart[] => [
  partOf(
    fromKubernetes(
      kubernetes.map((value, index) => ({ at: `k8s.yaml:${index}`, value })),
      { homeNamespace: 'shop' },
    ),
  ),
  partOf(fromBackstage(backstage.map((value, index) => ({ at: `catalog.yaml:${index}`, value })))),
  partOf(fromOtelServiceGraph([{ at: 'calls.json', value: traces }], { windowMinutes: 60 })),
  partOf(fromCycloneDx([{ at: 'bom.json', value: bom }])),
  partOf(fromCompose([{ at: 'compose.yaml', value: compose }])),
  partOf(
    fromCsv([
      { at: 'nodes.csv', value: nodes },
      { at: 'edges.csv', value: edges },
    ]),
  ),
  partOf(fromJson([{ at: 'extra.json', value: extra }])),
];

test('G3: seven formats make one snapshot, every field from whoever knows it', () => {
  expect(mergedGraph(parts()).snapshot.nodes).toEqual([
    {
      id: 'ads.example',
      kind: 'service',
      tier: 'non-critical',
      environment: 'production',
      owner: 'Ads Ltd',
      dataClasses: ['personal'],
      isEntryPoint: true,
    },
    {
      id: 'dmz',
      kind: 'segment',
      tier: 'production-critical',
      environment: 'production',
      cidr: '10.1.0.0/16',
      owner: 'team-net',
    },
    { id: 'label-printer', kind: 'service', tier: 'unknown', environment: 'staging' },
    {
      id: 'ledger',
      kind: 'datastore',
      tier: 'safety-critical',
      environment: 'production',
      owner: 'team-money',
      labels: { app: 'ledger', replicas: '3', workload: 'statefulset' },
      capacity: { units: 400, used: 120 },
      minHealthy: 2,
    },
    { id: 'report-job', kind: 'service', tier: 'unknown', environment: 'production' },
    {
      id: 'shop.namespace',
      kind: 'group',
      tier: 'unknown',
      environment: 'production',
      owner: 'team-platform',
    },
    {
      id: 'web',
      kind: 'service',
      tier: 'non-critical',
      environment: 'production',
      owner: 'team-web',
      labels: { app: 'web', replicas: '3', workload: 'deployment' },
      isEntryPoint: true,
    },
  ]);
});

test('G2: edges of all formats, declared before seen, soft only where somebody said so', () => {
  expect(edgesOf(mergedGraph(parts()).snapshot)).toEqual([
    'label-printer ~ ledger depends-on',
    'ledger ~ shop.namespace member-of-segment',
    'report-job > ledger depends-on seen 1',
    'web > ledger depends-on 100',
    'web > session.secret consumes-credential',
    'web ~ ads.example depends-on',
    'web ~ dmz member-of-segment',
    'web ~ shop.namespace member-of-segment',
  ]);
});

test('G3: the whole report, in the order in which it is read', () => {
  expect(findingsOf(mergedGraph(parts()).report)).toEqual([
    'dangling k8s.yaml:1 session.secret: `consumes-credential` from `web` to `session.secret`: no file describes `session.secret`',
    'unknown-tier calls.json/1 report-job: no file says its tier; it counts as safety-critical',
    'unknown-tier compose.yaml/services/label-printer label-printer: no file says its tier; it counts as safety-critical',
    'unknown-tier k8s.yaml:0 shop.namespace: no file says its tier; it counts as safety-critical',
    'unowned calls.json/1 report-job: no file says who owns it',
    'unowned compose.yaml/services/label-printer label-printer: no file says who owns it',
    'unknown-kind calls.json/1 report-job: was only seen, no file describes it; read as a service',
    'unknown-kind k8s.yaml:6 web: `HorizontalPodAutoscaler` is not read',
    'ignored catalog.yaml:1 ledger: lifecycle `experimental` is not known to mean an environment',
    'renamed calls.json/1 report job: is `report-job` in the graph',
    'conflict catalog.yaml:0 web: owner is `team-web` at k8s.yaml:1 and `team-shop` here; kept `team-web`',
    'duplicate edges.csv row 3 web: `member-of-segment` to `dmz` is already at edges.csv row 2',
  ]);
});

test('G1: what the catalog calls non-critical counts as what needs it: the declared tier is ignored', () => {
  expect(indexGraph(mergedGraph(parts()).snapshot).lowered).toEqual([]);
  const raised = mergedGraph([
    ...parts(),
    partOf(
      fromJson([
        {
          at: 'more.json',
          value: {
            nodes: [{ id: 'till', kind: 'device', tier: 'safety-critical', owner: 'team-shop' }],
            edges: [{ from: 'till', to: 'web', kind: 'depends-on', isHard: true }],
          },
        },
      ]),
    ),
  ]);
  expect(indexGraph(raised.snapshot).lowered).toEqual([
    { node: 'dmz', declared: 'production-critical', effective: 'safety-critical' },
    { node: 'web', declared: 'non-critical', effective: 'safety-critical' },
  ]);
});

test('G3: the order of the files changes neither nodes, edges nor what is known to be missing', () => {
  const [there, back] = [mergedGraph(parts()), mergedGraph(parts().toReversed())];
  const withoutOwners = (graph: typeof there): unknown =>
    graph.snapshot.nodes.map(({ owner: _owner, ...node }) => node);
  expect(withoutOwners(back)).toEqual(withoutOwners(there));
  expect(back.snapshot.edges).toEqual(there.snapshot.edges);
  const missing = ({ report }: typeof there): readonly string[] =>
    report.findings
      .filter(({ kind }) => kind === 'dangling' || kind === 'unknown-tier')
      .map(({ subject }) => subject)
      .toSorted();
  expect(missing(back)).toEqual(missing(there));
});
