/** Every importer, fed with anything: it never throws, and what it accepts becomes a snapshot that everybody can read. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Result } from '../../shared/result.ts';
import { readShape } from '../../shared/shape.ts';
import { graphSnapshotShape } from '../graph.ts';
import { indexGraph } from '../index-graph.ts';
import { fromBackstage } from './from-backstage.ts';
import { fromCompose } from './from-compose.ts';
import { fromCycloneDx } from './from-cyclonedx.ts';
import { fromKubernetes } from './from-kubernetes.ts';
import { fromOtelServiceGraph } from './from-otel-service-graph.ts';
import { fromCsv, fromJson } from './from-rows.ts';
import { documents, merged } from './part.builder.ts';
import { FINDING_KINDS, type ImportedPart, type Importer } from './part.ts';

const IMPORTERS: readonly (readonly [string, Importer])[] = [
  ['backstage', fromBackstage],
  ['kubernetes', fromKubernetes],
  ['otel', fromOtelServiceGraph],
  ['cyclonedx', fromCycloneDx],
  ['compose', fromCompose],
  ['csv', fromCsv],
  ['json', fromJson],
];

const RUNS = 120;
const words = fc.oneof(
  fc.constantFrom('a', 'b', 'a:80', 'http://b/', 'default', '__proto__', 'constructor', 'production', 'non-critical'),
  fc.constantFrom('component:default/a', '50%', '2', 'true', '\u{202e}evil', '\u{d800}', '', ' ', 'x'.repeat(300)),
  fc.string({ unit: 'binary', maxLength: 12 }),
);
/** Mostly names that are ids, so that graphs come out of it. */
const names = fc.oneof(fc.stringMatching(/^[a-z]{1,3}$/), fc.stringMatching(/^[a-z]{1,3}$/), words);
const leaf = fc.oneof(words, fc.integer(), fc.double(), fc.boolean(), fc.constant(null));
/** Names that importers look at, so that hostile values reach deep. */
const KEYS = [
  'kind',
  'apiVersion',
  'metadata',
  'name',
  'namespace',
  'labels',
  'annotations',
  'spec',
  'template',
  'containers',
  'env',
  'value',
  'valueFrom',
  'secretKeyRef',
  'configMapKeyRef',
  'envFrom',
  'selector',
  'matchLabels',
  'matchExpressions',
  'ingress',
  'egress',
  'from',
  'to',
  'podSelector',
  'namespaceSelector',
  'ipBlock',
  'cidr',
  'ports',
  'rules',
  'http',
  'paths',
  'backend',
  'service',
  'replicas',
  'minAvailable',
  'dependsOn',
  'consumesApis',
  'owner',
  'lifecycle',
  'relations',
  'targetRef',
  'type',
  'services',
  'networks',
  'secrets',
  'depends_on',
  'environment',
  'deploy',
  'components',
  'dependencies',
  'ref',
  'bom-ref',
  'data',
  'properties',
  'provider',
  'result',
  'metric',
  'client',
  'server',
  'values',
  'resourceMetrics',
  'nodes',
  'edges',
  'id',
  'tier',
  'capacity',
  'units',
  'items',
  '__proto__',
  'countersign.io/tier',
  'countersign.io/id',
  'countersign.io/soft',
  'isHard',
  'traffic',
  'perMinute',
  'bomFormat',
];
const { tree } = fc.letrec<{ tree: unknown }>((tie) => ({
  tree: fc.oneof(
    { depthSize: 'medium', withCrossShrink: true },
    leaf,
    fc.array(tie('tree'), { maxLength: 5 }),
    fc.array(fc.tuple(fc.oneof(fc.constantFrom(...KEYS), words), tie('tree')), { maxLength: 8 }).map(own),
  ),
}));

/** An object with exactly these own fields, `__proto__` among them. */
function own(entries: readonly (readonly [string, unknown])[]): unknown {
  return Object.fromEntries(entries);
}

/** The outside of each format, so that most of what is made gets past the first look. */
const SKELETONS: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  backstage: fc
    .tuple(fc.constantFrom('Component', 'API', 'Resource', 'System', 'Group', 'Other'), words, tree, tree)
    .map(([kind, name, metadata, spec]) => ({
      apiVersion: 'backstage.io/v1alpha1',
      kind,
      metadata: { ...asObject(metadata), name },
      spec,
    })),
  kubernetes: fc
    .tuple(
      fc.constantFrom(
        'Deployment',
        'Service',
        'Ingress',
        'NetworkPolicy',
        'PodDisruptionBudget',
        'Secret',
        'Namespace',
        'Pod',
        'ConfigMap',
      ),
      words,
      tree,
      tree,
    )
    .map(([kind, name, metadata, spec]) => ({ kind, metadata: { ...asObject(metadata), name }, spec, data: spec })),
  otel: fc
    .array(
      fc.oneof(
        tree,
        fc.record({
          metric: fc.record({ client: words, server: words, connection_type: words }, { requiredKeys: [] }),
          value: fc.oneof(tree, fc.tuple(leaf, leaf)),
        }),
      ),
      { maxLength: 6 },
    )
    .map((result) => ({ data: { result } })),
  cyclonedx: fc
    .tuple(
      fc.oneof(fc.array(tree), fc.array(fc.record({ type: words, name: names, 'bom-ref': names }), { maxLength: 4 })),
      fc.oneof(fc.array(tree), fc.array(fc.record({ name: names, 'bom-ref': names, data: tree }), { maxLength: 4 })),
      fc.oneof(fc.array(tree), fc.array(fc.record({ ref: names, dependsOn: fc.array(names) }), { maxLength: 4 })),
    )
    .map(([components, services, dependencies]) => ({ bomFormat: 'CycloneDX', components, services, dependencies })),
  compose: fc
    .tuple(fc.dictionary(words, tree), tree, tree)
    .map(([services, networks, secrets]) => ({ services, networks, secrets })),
  csv: fc.oneof(
    fc
      .tuple(fc.shuffledSubarray(['id', 'kind', 'tier', 'owner', 'from', 'to', 'hard']), fc.array(fc.array(leaf)))
      .map(([header, rows]) => [header, ...rows]),
    fc
      .array(fc.tuple(names, fc.constantFrom('host', ''), leaf, words), { maxLength: 4 })
      .map((rows) => [['id', 'kind', 'tier', 'labels'], ...rows]),
    fc
      .array(fc.tuple(names, names, words, fc.constantFrom('true', 'false', '')), { maxLength: 4 })
      .map((rows) => [['from', 'to', 'kind', 'hard'], ...rows]),
  ),
  json: fc.record({
    nodes: fc.array(fc.record({ id: names, kind: fc.constantFrom('host', 'service'), tier: leaf, owner: words }), {
      maxLength: 4,
    }),
    edges: fc.array(fc.record({ from: names, to: names, kind: words, isHard: fc.boolean() }), { maxLength: 4 }),
    more: tree,
  }),
};
const asObject = (value: unknown): object =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? value : {};

/** Whatever was accepted merges into a whole snapshot, or into reasons; never into an exception or half a graph. */
function faultsOf(parts: readonly ImportedPart[]): readonly string[] {
  const graph = merged(parts);
  if (!graph.ok) return (graph.refusal.complaints ?? []).length > 0 ? [] : ['was refused without a reason'];
  const { snapshot, report } = graph.value;
  const text = JSON.stringify(snapshot);
  const counted = Object.values(report.counts).reduce((sum, count) => sum + count, 0);
  indexGraph(snapshot);
  return [
    ...(readShape(graphSnapshotShape, snapshot).ok ? [] : ['is no snapshot']),
    ...(text.isWellFormed() && !/[\u{202e}\u{200b}]/u.test(text) ? [] : ['holds text that hides something']),
    ...(report.findings.every(({ kind }) => FINDING_KINDS.includes(kind)) ? [] : ['has a finding of no kind']),
    ...(counted === report.findings.length ? [] : ['counts its findings wrongly']),
    ...(new Set(snapshot.nodes.map(({ id }) => id)).size === snapshot.nodes.length ? [] : ['names a node twice']),
  ];
}

const faultsIn = (part: Result<ImportedPart>): readonly string[] => {
  if (part.ok) return faultsOf([part.value]);
  return (part.refusal.complaints ?? []).length > 0 ? [] : ['was refused without a reason'];
};

describe.each(IMPORTERS)('%s', (name, importer) => {
  test('G3: any value at all is imported or refused, never an exception', () => {
    fc.assert(
      fc.property(fc.array(fc.oneof(tree, fc.jsonValue()), { maxLength: 4 }), (values) => {
        expect(faultsIn(importer(documents(...values)))).toEqual([]);
      }),
      { numRuns: RUNS },
    );
  });

  test('G3: values of nearly the right form are imported or refused, and once more the same', () => {
    let imported = 0;
    fc.assert(
      fc.property(fc.array(SKELETONS[name] ?? tree, { minLength: 1, maxLength: 5 }), (values) => {
        const part = importer(documents(...values));
        expect(faultsIn(part)).toEqual([]);
        imported += part.ok && part.value.nodes.length + part.value.edges.length > 0 ? 1 : 0;
        expect(importer(documents(...values))).toEqual(part);
      }),
      { numRuns: RUNS },
    );
    // Else this would look at nothing but refusals.
    expect(imported).toBeGreaterThan(0);
  });

  test('what repeats itself or contains itself ends', () => {
    const loop: Record<string, unknown> = { kind: 'List', name: 'loop', metadata: { name: 'loop' } };
    loop['items'] = [loop, loop];
    loop['services'] = [loop];
    loop['nodes'] = [loop];
    loop['data'] = { result: [loop] };
    const part = importer(documents(loop, { ...loop, bomFormat: 'CycloneDX' }));
    expect(typeof part.ok).toBe('boolean');
  });

  test('no documents are an empty part', () => {
    const part = importer([]);
    expect(part.ok && part.value.nodes).toEqual([]);
  });
});

test('G3: parts of all formats merge into one whole graph or into reasons', () => {
  fc.assert(
    fc.property(fc.tuple(...IMPORTERS.map(([name]) => SKELETONS[name] ?? tree)), (values) => {
      const parts = IMPORTERS.flatMap(([, importer], index) => {
        const part = importer([{ at: `file${index}`, value: values[index] }]);
        return part.ok ? [part.value] : [];
      });
      expect(faultsOf(parts)).toEqual([]);
    }),
    { numRuns: RUNS },
  );
});
