import { describe, expect, test } from 'vitest';
import { parseId } from '../../shared/brand.ts';
import { readShape } from '../../shared/shape.ts';
import { graphSnapshotShape } from '../graph.ts';
import { fromJson } from './from-rows.ts';
import { fromOtelServiceGraph } from './from-otel-service-graph.ts';
import { mergeParts } from './merge-parts.ts';
import { complaintsOf, documents, edgesOf, findingsOf, merged, mergedGraph, partOf } from './part.builder.ts';
import type { ImportedPart, SourceDocument } from './part.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Everything an owner can say, so that a test leaves out only what it is about. */
const node = (id: string, change: Fields = {}): Fields => ({
  id,
  kind: 'service',
  tier: 'non-critical',
  environment: 'staging',
  owner: 'team-a',
  ...change,
});
const edge = (from: string, to: string, change: Fields = {}): Fields => ({ from, to, kind: 'depends-on', ...change });

const at = (name: string, nodes: readonly unknown[], edges: readonly unknown[] = []): ImportedPart => {
  const document: SourceDocument = { at: name, value: { nodes, edges } };
  return partOf(fromJson([document]));
};
const calls = (...pairs: readonly (readonly [string, string, number?])[]): ImportedPart =>
  partOf(
    fromOtelServiceGraph(
      [{ at: 'traces', value: { data: pairs.map(([parent, child, callCount]) => ({ parent, child, callCount })) } }],
      { windowMinutes: 10 },
    ),
  );

describe('one snapshot', () => {
  test('G3: nodes and edges are sorted, whatever the order of the files', () => {
    const one = at('one', [node('b'), node('a')], [edge('b', 'a', { isHard: true })]);
    const other = at('other', [node('c')], [edge('a', 'c', { isHard: false })]);
    const graph = mergedGraph([one, other]);
    expect(graph.snapshot).toEqual({
      type: 'graph-snapshot',
      organisation: 'acme',
      version: 1,
      takenAt: '2026-11-18T02:00:00.000Z',
      nodes: [node('a'), node('b'), node('c')],
      edges: [edge('a', 'c', { isHard: false }), edge('b', 'a', { isHard: true })],
    });
    expect(mergedGraph([other, one])).toEqual(graph);
    expect(graph.report.findings).toEqual([]);
    expect(Object.values(graph.report.counts).every((count) => count === 0)).toBe(true);
  });

  test('G3: what comes out is a snapshot as everybody else reads it', () => {
    const { snapshot } = mergedGraph([at('one', [node('a', { labels: { os: 'linux' }, addresses: ['10.0.0.1'] })])]);
    expect(readShape(graphSnapshotShape, JSON.parse(JSON.stringify(snapshot)))).toEqual({ ok: true, value: snapshot });
  });

  test('G3: no files make an empty graph, and a version that is none is refused', () => {
    expect(mergedGraph([]).snapshot.nodes).toEqual([]);
    const organisation = parseId<'Organisation'>('acme');
    const { takenAt } = mergedGraph([]).snapshot;
    const result = mergeParts([], { organisation: organisation!, version: 0, takenAt });
    expect(complaintsOf(result)).toEqual(['/version must be an integer from 1 to 1000000000']);
  });
});

describe('what nobody says', () => {
  test('G1: a tier nobody says is unknown; an owner nobody says is reported; a kind nobody says is reported', () => {
    const graph = mergedGraph([calls(['web', 'cart', 100])]);
    expect(graph.snapshot.nodes).toEqual([
      { id: 'cart', kind: 'service', tier: 'unknown', environment: 'production' },
      { id: 'web', kind: 'service', tier: 'unknown', environment: 'production' },
    ]);
    expect(findingsOf(graph.report)).toEqual([
      'unknown-tier traces/0 cart: no file says its tier; it counts as safety-critical',
      'unknown-tier traces/0 web: no file says its tier; it counts as safety-critical',
      'unowned traces/0 cart: no file says who owns it',
      'unowned traces/0 web: no file says who owns it',
      'unknown-kind traces/0 cart: was only seen, no file describes it; read as a service',
      'unknown-kind traces/0 web: was only seen, no file describes it; read as a service',
    ]);
    expect(graph.report.counts).toMatchObject({ 'unknown-tier': 2, unowned: 2, 'unknown-kind': 2, dangling: 0 });
  });

  test('G1: a tier that could not be read is reported once, by whoever read it', () => {
    const graph = mergedGraph([at('one', [node('a', { tier: 'platinum' })])]);
    expect(graph.snapshot.nodes[0]?.tier).toBe('unknown');
    expect(findingsOf(graph.report)).toEqual([
      'unknown-tier one/nodes/0 a: `platinum` is not a tier; it counts as safety-critical',
    ]);
  });

  test('G1: an environment nobody says is refused with every place, unless it is said for the whole import', () => {
    const { environment: _said, ...silent } = node('a');
    const part = at('one', [silent, node('b'), { ...silent, id: 'c' }]);
    expect(complaintsOf(mergeParts([part], { ...mergedGraph([]).snapshot }))).toEqual([
      'one/nodes/0 the environment of `a` is not said; say it in the file or for the whole import',
      'one/nodes/2 the environment of `c` is not said; say it in the file or for the whole import',
    ]);
    const { snapshot } = mergedGraph([part], 'pre-production');
    expect(snapshot.nodes.map(({ environment }) => environment)).toEqual([
      'pre-production',
      'staging',
      'pre-production',
    ]);
  });

  test('G3: an edge to or from something no file describes stays, and is reported for each such end', () => {
    const part = at('one', [node('a')], [edge('a', 'gone', { isHard: true }), edge('lost', 'gone', { isHard: true })]);
    const graph = mergedGraph([part]);
    expect(edgesOf(graph.snapshot)).toEqual(['a > gone depends-on', 'lost > gone depends-on']);
    expect(findingsOf(graph.report)).toEqual([
      'dangling one/edges/0 gone: `depends-on` from `a` to `gone`: no file describes `gone`',
      'dangling one/edges/1 gone: `depends-on` from `lost` to `gone`: no file describes `gone`',
      'dangling one/edges/1 lost: `depends-on` from `lost` to `gone`: no file describes `lost`',
    ]);
  });

  test('G3: what dangles in one file and is described in another does not dangle', () => {
    const graph = mergedGraph([at('one', [node('a')], [edge('a', 'b')]), at('two', [node('b')])]);
    expect(graph.report.findings).toEqual([]);
  });
});

const flow = (traffic: string, perMinute: number): Fields =>
  edge('a', 'b', { kind: 'flows-to', isHard: false, traffic, perMinute });

describe('edges of several files', () => {
  const nodes = [node('a'), node('b')];

  test('G1: an edge whose strength nobody says is hard', () => {
    expect(edgesOf(mergedGraph([at('one', nodes, [edge('a', 'b')])]).snapshot)).toEqual(['a > b depends-on']);
  });

  test('G1: silence does not overrule the owner: soft stays soft where the other file says nothing', () => {
    const graph = mergedGraph([at('one', nodes, [edge('a', 'b', { isHard: false })]), calls(['a', 'b', 50])]);
    expect(edgesOf(graph.snapshot)).toEqual(['a ~ b depends-on 5']);
    expect(graph.report.findings).toEqual([]);
  });

  test('G1: hard in one file and soft in the other is hard, and reported', () => {
    const graph = mergedGraph([
      at('one', nodes, [edge('a', 'b', { isHard: false })]),
      at('two', [], [edge('a', 'b', { isHard: true })]),
    ]);
    expect(edgesOf(graph.snapshot)).toEqual(['a > b depends-on']);
    expect(findingsOf(graph.report)).toEqual([
      'conflict two/edges/0 a: `depends-on` to `b` is hard in one file and soft in the other, one/edges/0; kept hard',
    ]);
  });

  test('G2: seen and declared is declared, with the rate that was seen; only seen stays seen', () => {
    const graph = mergedGraph([at('one', nodes, [edge('a', 'b')]), calls(['a', 'b', 1200], ['b', 'a', 7])]);
    expect(edgesOf(graph.snapshot)).toEqual(['a > b depends-on 120', 'b > a depends-on seen 1']);
  });

  test('G2: of two rates the larger stays, and flows of different traffic are different edges', () => {
    const graph = mergedGraph([
      at('one', nodes, [flow('tcp/1', 5), flow('tcp/2', 6)]),
      at('two', [], [flow('tcp/1', 9), flow('tcp/2', 1)]),
    ]);
    expect(edgesOf(graph.snapshot)).toEqual(['a ~ b flows-to tcp/1 9', 'a ~ b flows-to tcp/2 6']);
  });
});

const both = (one: Fields, other: Fields): ReturnType<typeof merged> =>
  merged([at('one', [node('a', one)]), at('two', [node('a', other)])]);

const classes = (from: number): readonly string[] => Array.from({ length: 20 }, (_one, index) => `c${from + index}`);

describe('nodes of several files', () => {
  test.each([
    ['tier', 'non-critical', 'production-critical', 'production-critical'],
    ['tier', 'safety-critical', 'production-critical', 'safety-critical'],
    ['tier', 'unknown', 'safety-critical', 'unknown'],
    ['environment', 'staging', 'production', 'production'],
    ['environment', 'pre-production', 'staging', 'pre-production'],
    ['isEntryPoint', false, true, true],
    ['minHealthy', 2, 3, 3],
    ['citizens', 10, 2, 10],
    ['statutoryHours', 72, 24, 24],
    ['kind', 'service', 'datastore', 'datastore'],
    ['kind', 'device', 'host', 'device'],
    ['owner', 'team-a', 'team-b', 'team-a'],
    ['site', 'north', 'south', 'north'],
  ])(
    'G1: of two values of %s, %j and %j, %j stays, in either order where one is stricter, and it is reported',
    (name, one, other, kept) => {
      const result = both({ [name]: one }, { [name]: other });
      expect(result.ok && result.value.snapshot.nodes[0]).toMatchObject({ [name]: kept });
      expect(result.ok && findingsOf(result.value.report).filter((text) => text.startsWith('conflict'))).toEqual([
        `conflict two/nodes/0 a: ${name} is \`${one}\` at one/nodes/0 and \`${other}\` here; kept \`${kept}\``,
      ]);
      if (name === 'owner' || name === 'site') return;
      const turned = both({ [name]: other }, { [name]: one });
      expect(turned.ok && turned.value.snapshot.nodes[0]).toMatchObject({ [name]: kept });
    },
  );

  test('D4: of two capacities the one with less to spare stays', () => {
    const result = both({ capacity: { units: 100, used: 10 } }, { capacity: { units: 500, used: 480 } });
    expect(result.ok && result.value.snapshot.nodes[0]?.capacity).toEqual({ units: 500, used: 480 });
  });

  test.each([
    ['zone', 'level-1', 'level-3'],
    ['cidr', '10.0.0.0/8', '10.1.0.0/16'],
    ['kind', 'service', 'credential'],
    ['kind', 'segment', 'datastore'],
  ])('G1: two values of %s, %s and %s, have no order: the import is refused with both places', (name, one, other) => {
    expect(complaintsOf(both({ [name]: one }, { [name]: other }))).toEqual([
      `two/nodes/0 of \`a\` the ${name} is \`${one}\` at one/nodes/0 and \`${other}\` here; say which is true`,
    ]);
  });

  test('G1: data classes, paths and addresses of all files hold together', () => {
    const result = both(
      { dataClasses: ['payment'], paths: ['shopping'], addresses: ['10.0.0.2'] },
      { dataClasses: ['personal', 'payment'], addresses: ['10.0.0.1'] },
    );
    expect(result.ok && result.value.snapshot.nodes[0]).toMatchObject({
      dataClasses: ['payment', 'personal'],
      paths: ['shopping'],
      addresses: ['10.0.0.1', '10.0.0.2'],
    });
    expect(result.ok && result.value.report.findings).toEqual([]);
  });

  test('G1: more data classes than a node can hold are refused: one that is left out could open what people keep closed', () => {
    expect(complaintsOf(both({ dataClasses: classes(0) }, { dataClasses: classes(20) }))).toEqual([
      'two/nodes/0 `a` has more than 32 dataClasses in all files together',
    ]);
  });

  test('labels of all files hold; of two values, and of too many labels, the first file wins and it is reported', () => {
    const many = Object.fromEntries(Array.from({ length: 31 }, (_one, index) => [`l${index}`, 'x']));
    const result = both({ labels: { ...many, os: 'linux' } }, { labels: { os: 'bsd', extra: '1', l0: 'x' } });
    expect(result.ok && Object.keys(result.value.snapshot.nodes[0]?.labels ?? {})).toHaveLength(32);
    expect(result.ok && findingsOf(result.value.report)).toEqual([
      'conflict two/nodes/0 a: label `extra` is `1` here; kept `none, there are too many`',
      'conflict two/nodes/0 a: label `os` is `bsd` here; kept `linux`',
    ]);
  });

  test('G1: what one file says stays when the other is silent, in either order', () => {
    const seen = calls(['a', 'b']);
    for (const parts of [
      [at('one', [node('a'), node('b')]), seen],
      [seen, at('one', [node('a'), node('b')])],
    ]) {
      const graph = mergedGraph(parts);
      expect(graph.snapshot.nodes).toEqual([node('a'), node('b')]);
      expect(graph.report.findings).toEqual([]);
    }
  });

  test('three files agree step by step', () => {
    const parts = ['non-critical', 'safety-critical', 'production-critical'].map((tier, index) =>
      at(`f${index}`, [node('a', { tier })]),
    );
    const graph = mergedGraph(parts);
    expect(graph.snapshot.nodes[0]?.tier).toBe('safety-critical');
    expect(graph.report.counts.conflict).toBe(2);
  });
});

const untiered = (name: string): ImportedPart =>
  at(name, [{ id: name.replace(':', '-'), kind: 'host', environment: 'staging', owner: 'o' }]);

test('G3: findings come in the order of their kinds, then of their lines as people count', () => {
  const { report } = mergedGraph(['f:10', 'f:9', 'f:100', 'e:200'].map(untiered));
  expect(report.findings.map((finding) => finding.at)).toEqual([
    'e:200/nodes/0',
    'f:9/nodes/0',
    'f:10/nodes/0',
    'f:100/nodes/0',
  ]);
});

describe('names that are no ids', () => {
  test('G3: a name that must change is reported, and edges follow it in every file', () => {
    const graph = mergedGraph([
      at('one', [node('cart api')], [edge('web', 'cart api')]),
      at('two', [node('web')], [edge('web', 'cart api')]),
    ]);
    expect(graph.snapshot.nodes.map(({ id }) => id)).toEqual(['cart-api', 'web']);
    expect(findingsOf(graph.report)).toEqual([
      'renamed one/nodes/0 cart api: is `cart-api` in the graph',
      'renamed two/edges/0 cart api: is `cart-api` in the graph',
    ]);
  });

  test.each([
    ['a node', at('two', [node('cart-api')])],
    ['an edge', at('two', [], [edge('cart-api', 'web')])],
    ['another such name', at('two', [node('cart/api')])],
  ])('G3: a changed name that meets %s of another file is refused, never merged', (_what, other) => {
    const one = at('one', [node('cart api'), node('web')]);
    for (const parts of [
      [one, other],
      [other, one],
    ]) {
      const complaints = complaintsOf(merged(parts));
      expect(complaints.length).toBeGreaterThan(0);
      expect(complaints.join()).toContain('would both be `cart-api`');
    }
  });

  test('refusals name what is wrong, at most two hundred times', () => {
    const { environment: _said, ...silent } = node('x');
    const part = at(
      'one',
      Array.from({ length: 500 }, (_one, index) => ({ ...silent, id: `n${index}` })),
    );
    const result = mergeParts([part], { ...mergedGraph([]).snapshot });
    expect(complaintsOf(result)).toHaveLength(200);
  });

  test('documents are placed by their files', () => {
    expect(documents(1, 2).map((document) => document.at)).toEqual(['file:1', 'file:2']);
  });
});
