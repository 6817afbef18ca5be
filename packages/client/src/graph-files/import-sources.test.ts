/** Files as people have them, through parser, importer and merge: what is in them is in the graph, counted exactly. */
import { join } from 'node:path';
import {
  graphSnapshotShape,
  indexGraph,
  mergeParts,
  parseId,
  parseInstant,
  readShape,
  tierOf,
  type Environment,
  type MergedGraph,
} from '@countersign/core';
import { canonicalBytes, readStrictJson } from '@countersign/seal';
import { describe, expect, test } from 'vitest';
import { Failure } from '../cli/failure.ts';
import { importSources } from './import-sources.ts';

const FIXTURES = join(import.meta.dirname, 'fixtures');
const PLAIN = { environmentNames: new Map<string, Environment>(), homeNamespace: undefined, windowMinutes: undefined };

function graphOf(...sources: readonly string[]): MergedGraph {
  const placed = sources.map((source) => {
    const [format = '', file = ''] = source.split('=');
    return `${format}=${join(FIXTURES, file)}`;
  });
  const organisation = parseId<'Organisation'>('demo');
  const takenAt = parseInstant('2026-11-18T02:00:00.000Z');
  if (organisation === undefined || takenAt === undefined) throw new Error('the test names something malformed');
  const graph = mergeParts(importSources(placed, PLAIN), {
    organisation,
    version: 1,
    takenAt,
    defaults: { environment: 'production' },
  });
  if (graph.ok) return graph.value;
  throw new Error(JSON.stringify(graph.refusal));
}

const edgesOf = ({ snapshot }: MergedGraph, kind: string): readonly string[] =>
  snapshot.edges
    .filter((edge) => edge.kind === kind)
    .map(({ from, to, isHard, isObserved, traffic, perMinute }) =>
      [from, isHard ? '>' : '~', to, isObserved === true ? 'seen' : undefined, traffic, perMinute]
        .filter((word) => word !== undefined)
        .join(' '),
    );
const findingsOf = ({ report }: MergedGraph, kind: string): readonly string[] =>
  report.findings
    .filter((finding) => finding.kind === kind)
    .map(({ at, subject, detail }) => `${at.slice(at.lastIndexOf('fixtures/') + 9)} ${subject}: ${detail}`);

describe('Online Boutique', () => {
  const graph = graphOf('kubernetes=online-boutique');

  test('G3: its twelve workloads and eleven accounts are nodes, and nothing else is', () => {
    const ids = graph.snapshot.nodes.map(({ id }) => id);
    const workloads = [
      'adservice',
      'cartservice',
      'checkoutservice',
      'currencyservice',
      'emailservice',
      'frontend',
      'loadgenerator',
      'paymentservice',
      'productcatalogservice',
      'recommendationservice',
      'redis-cart',
      'shippingservice',
    ];
    const accounts = workloads.filter((name) => name !== 'redis-cart').map((name) => `${name}.account`);
    expect(ids).toEqual([...workloads, ...accounts].toSorted());
  });

  test('G2: its seventeen dependencies are edges, each hard because no manifest says otherwise', () => {
    expect(edgesOf(graph, 'depends-on')).toEqual([
      'cartservice > redis-cart',
      'checkoutservice > cartservice',
      'checkoutservice > currencyservice',
      'checkoutservice > emailservice',
      'checkoutservice > paymentservice',
      'checkoutservice > productcatalogservice',
      'checkoutservice > shippingservice',
      'frontend > adservice',
      'frontend > cartservice',
      'frontend > checkoutservice',
      'frontend > currencyservice',
      'frontend > productcatalogservice',
      'frontend > recommendationservice',
      'frontend > shippingservice',
      'frontend > shoppingassistantservice',
      'loadgenerator > frontend',
      'recommendationservice > productcatalogservice',
    ]);
  });

  test('G2: its network policies are fifteen flows with their ports, none of them hard', () => {
    expect(edgesOf(graph, 'flows-to')).toEqual([
      'cartservice ~ redis-cart tcp/6379',
      'checkoutservice ~ cartservice tcp/7070',
      'checkoutservice ~ currencyservice tcp/7000',
      'checkoutservice ~ emailservice tcp/8080',
      'checkoutservice ~ paymentservice tcp/50051',
      'checkoutservice ~ productcatalogservice tcp/3550',
      'checkoutservice ~ shippingservice tcp/50051',
      'frontend ~ adservice tcp/9555',
      'frontend ~ cartservice tcp/7070',
      'frontend ~ checkoutservice tcp/5050',
      'frontend ~ currencyservice tcp/7000',
      'frontend ~ productcatalogservice tcp/3550',
      'frontend ~ recommendationservice tcp/8080',
      'frontend ~ shippingservice tcp/50051',
      'recommendationservice ~ productcatalogservice tcp/3550',
    ]);
    expect(edgesOf(graph, 'consumes-credential')).toHaveLength(11);
    expect(graph.snapshot.edges).toHaveLength(17 + 15 + 11);
  });

  test('G5: the load balancer makes the frontend the only entry point', () => {
    expect(graph.snapshot.nodes.filter(({ isEntryPoint }) => isEntryPoint).map(({ id }) => id)).toEqual(['frontend']);
  });

  test('G3: the assistant that the manifests name and do not hold is found dangling, with file and line', () => {
    expect(findingsOf(graph, 'dangling')).toEqual([
      'online-boutique/manifests.yaml:137 shoppingassistantservice: `depends-on` from `frontend` to `shoppingassistantservice`: no file describes `shoppingassistantservice`',
    ]);
    expect(graph.report.counts).toMatchObject({ 'unknown-tier': 23, unowned: 23, conflict: 0, ignored: 0, renamed: 0 });
  });

  test('G1: no manifest says a tier, so everything counts as safety-critical', () => {
    const index = indexGraph(graph.snapshot);
    expect(graph.snapshot.nodes.every(({ id }) => tierOf(index, id) === 'safety-critical')).toBe(true);
  });
});

test('G3: catalog and traces complete the manifests: owners, tiers and rates come together in one node', () => {
  const graph = graphOf('kubernetes=online-boutique', 'backstage=catalog.yaml', 'otel=service-graph.json');
  const nodeIn = (id: string): unknown => graph.snapshot.nodes.find((node) => node.id === id);
  expect(nodeIn('frontend')).toEqual({
    id: 'frontend',
    kind: 'service',
    tier: 'production-critical',
    environment: 'production',
    owner: 'team-web',
    isEntryPoint: true,
    paths: ['shopping'],
    labels: { app: 'frontend', replicas: '1', workload: 'deployment' },
  });
  expect(nodeIn('redis-cart')).toMatchObject({ kind: 'datastore', owner: 'team-sre', tier: 'unknown' });
  expect(edgesOf(graph, 'depends-on').filter((edge) => /seen|\d$/.test(edge))).toEqual([
    'cartservice > redis-cart 180',
    'frontend > checkoutservice 24',
    'frontend > experiment seen 1',
  ]);
  expect(edgesOf(graph, 'flows-to').filter((edge) => edge.includes('seen'))).toEqual([
    'checkoutservice ~ mail-queue seen 12',
  ]);
  expect(findingsOf(graph, 'dangling').map((text) => text.split(' ')[1])).toEqual([
    'taxservice:',
    'redis-cart:',
    'shoppingassistantservice:',
  ]);
  expect(findingsOf(graph, 'conflict')).toEqual([
    expect.stringMatching(
      /^catalog\.yaml:\d+ redis-cart: kind is `service` at .* and `datastore` here; kept `datastore`$/,
    ),
  ]);
});

test('G3: a compose file: anchors and merge keys, conditions, networks, secrets, published ports', () => {
  const graph = graphOf('compose=compose.yaml');
  expect(
    graph.snapshot.nodes.map(({ id, kind, environment, owner, isEntryPoint }) => [
      id,
      kind,
      environment,
      owner,
      isEntryPoint,
    ]),
  ).toEqual([
    ['api', 'service', 'staging', 'team-tools', undefined],
    ['back.network', 'segment', 'staging', undefined, undefined],
    ['db', 'service', 'staging', 'team-tools', undefined],
    ['db-password.secret', 'credential', 'production', undefined, undefined],
    ['front.network', 'segment', 'production', undefined, undefined],
    ['mail', 'service', 'staging', 'team-tools', undefined],
    ['web', 'service', 'staging', 'team-tools', true],
  ]);
  expect(edgesOf(graph, 'depends-on')).toEqual(['api > db', 'web > api', 'web ~ mail']);
  expect(edgesOf(graph, 'consumes-credential')).toEqual(['api > db-password.secret', 'db > db-password.secret']);
  expect(edgesOf(graph, 'member-of-segment')).toEqual([
    'api ~ back.network',
    'api ~ front.network',
    'db ~ back.network',
    'mail ~ back.network',
    'web ~ front.network',
  ]);
  expect(findingsOf(graph, 'ignored')).toEqual([
    'compose.yaml:1/services/mail/env_file mail: `env_file` is not followed',
  ]);
});

test('G3: a CycloneDX SaaSBOM: the service across the boundary, its data, and what depends on it', () => {
  const graph = graphOf('cyclonedx=saasbom.json');
  expect(graph.snapshot.nodes).toEqual([
    { id: 'hsm-01', kind: 'device', tier: 'unknown', environment: 'production', owner: 'team-crypto' },
    {
      id: 'payments.example',
      kind: 'service',
      tier: 'production-critical',
      environment: 'production',
      zone: 'external',
      owner: 'Acme Payments',
      dataClasses: ['payment', 'personal'],
      isEntryPoint: true,
      labels: { version: '2024-11' },
    },
    { id: 'shop', kind: 'service', tier: 'unknown', environment: 'production', labels: { version: '4.1' } },
    { id: 'tokens', kind: 'service', tier: 'unknown', environment: 'production' },
  ]);
  expect(graph.snapshot.edges.map(({ from, to, kind }) => `${from} ${kind} ${to}`)).toEqual([
    'payments.example depends-on hsm-01',
    'shop depends-on ledger',
    'shop depends-on payments.example',
    'tokens member-of-segment payments.example',
  ]);
  expect(findingsOf(graph, 'dangling')).toHaveLength(1);
});

test('G3: tables: quoted cells, every kind of finding with its row', () => {
  const graph = graphOf('csv=nodes.csv', 'csv=edges.csv');
  expect(graph.snapshot.nodes.map(({ id, kind, tier, zone }) => [id, kind, tier, zone])).toEqual([
    ['hist-db', 'datastore', 'production-critical', 'level-3'],
    ['office-third-floor', 'service', 'unknown', undefined],
    ['plant-net', 'segment', 'safety-critical', 'level-1'],
    ['plc-07', 'device', 'safety-critical', 'level-1'],
  ]);
  expect(graph.report.counts).toEqual({
    dangling: 1,
    'unknown-tier': 1,
    unowned: 1,
    'unknown-kind': 1,
    ignored: 1,
    renamed: 1,
    conflict: 0,
    duplicate: 1,
    'self-dependency': 1,
  });
  expect(findingsOf(graph, 'dangling')).toEqual([
    'edges.csv row 7 scanner: `depends-on` from `scanner` to `hist-db`: no file describes `scanner`',
  ]);
});

test('G3: our own JSON adds what no tool knows', () => {
  const graph = graphOf('kubernetes=online-boutique', 'json=graph.json');
  expect(graph.snapshot.nodes.find(({ id }) => id === 'shipping-api')?.capacity).toEqual({ units: 400, used: 120 });
  expect(edgesOf(graph, 'depends-on')).toContain('shipping-api ~ shippingservice');
});

test('G3: what is imported can be signed and read back strictly, byte for byte', () => {
  const { snapshot } = graphOf(
    'kubernetes=online-boutique',
    'backstage=catalog.yaml',
    'cyclonedx=saasbom.json',
    'csv=nodes.csv',
  );
  const read = readStrictJson(canonicalBytes(snapshot), { maxBytes: 1_000_000 });
  expect(read.ok && readShape(graphSnapshotShape, read.value)).toEqual({ ok: true, value: snapshot });
});

const refused = (source: string): string => {
  try {
    importSources([source], PLAIN);
  } catch (error) {
    if (error instanceof Error) return error.message;
  }
  return 'was accepted';
};

test('sources that name no format, no path or nothing that is there are refused with what to do', () => {
  expect(refused('terraform=x')).toContain('FORMAT one of backstage, kubernetes, otel, cyclonedx, compose, csv, json');
  expect(refused('kubernetes')).toContain('must be FORMAT=FILE');
  expect(refused('kubernetes=')).toContain('must be FORMAT=FILE');
  expect(refused('__proto__=x')).toContain('must be FORMAT=FILE');
  expect(refused(`csv=${join(FIXTURES, 'online-boutique')}`)).toContain('ends with .csv');
  expect(refused(`json=${join(FIXTURES, 'gone.json')}`)).toContain('ENOENT');
  expect(() => importSources([`cyclonedx=${join(FIXTURES, 'graph.json')}`], PLAIN)).toThrow(Failure);
});
