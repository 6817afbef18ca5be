import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { indexGraph, readShape, graphSnapshotShape, instantOf } from '@countersign/core';
import { digestOf } from '@countersign/seal';
import { control, openForEach, other, untrusted, world } from '../testkit/opened.builder.ts';
import { idOf, NOON_MS } from '../testkit/world.ts';
import { GraphReports } from './graph-reports.ts';

openForEach({ afterAll, afterEach, beforeAll, beforeEach }, { names: ['owning', 'looking'], prepare: untrusted });

const node = (id: string, change: object = {}) => ({
  id,
  kind: 'service',
  tier: 'non-critical',
  environment: 'production',
  ...change,
});
const hard = (from: string, to: string) => ({ from, to, kind: 'depends-on', isHard: true });
const ESTATE = {
  nodes: [
    node('shop', { tier: 'production-critical', owner: 'web' }),
    node('db', { owner: '' }),
    node('cache'),
    node('plc', { tier: 'unknown' }),
    node('a', { owner: 'web' }),
    node('b', { owner: 'web' }),
    node('b', { owner: 'late', tier: 'safety-critical' }),
  ],
  edges: [hard('shop', 'db'), hard('a', 'b'), hard('b', 'a'), hard('a', 'a'), hard('cache', 'gone')],
};
const install = async (version: number, estate: object = ESTATE): Promise<void> => {
  const trusted = await control.ask('person:kim', 'POST', '/api/v1/trust', { body: { trust: world.bundle() } });
  expect([200, 409]).toContain(trusted.statusCode);
  const graph = world.graph({ version, ...estate });
  const answer = await control.ask('person:kim', 'POST', '/api/v1/graph', { body: { graph } });
  expect(answer.statusCode).toBe(200);
};
const asked = (path: string, more: object = {}) => control.ask('person:kim', 'GET', `/api/v1/graph/${path}`, more);

describe('GET /graph/owners', () => {
  test('G3: counts by owner and the tier that rules, and names what is critical and nobody owns', async () => {
    await install(2);
    const none = { 'non-critical': 0, 'production-critical': 0, 'safety-critical': 0 };
    expect((await asked('owners')).json()).toEqual({
      version: 2,
      owners: [
        { nodes: 3, perTier: { 'non-critical': 1, 'production-critical': 1, 'safety-critical': 1 } },
        { owner: 'web', nodes: 3, perTier: { ...none, 'non-critical': 2, 'production-critical': 1 } },
        { owner: 'late', nodes: 1, perTier: { ...none, 'non-critical': 1 } },
      ],
      unownedCritical: {
        count: 2,
        first: [
          { node: 'plc', tier: 'safety-critical' },
          { node: 'db', tier: 'production-critical' },
        ],
      },
    });
  });

  test('G3: a newer graph is told at once', async () => {
    await install(2);
    await install(3, { nodes: [node('shop', { owner: 'web' })], edges: [] });
    expect((await asked('owners')).json()).toMatchObject({
      version: 3,
      owners: [{ owner: 'web', nodes: 1 }],
      unownedCritical: { count: 0, first: [] },
    });
  });
});

describe('GET /graph/report', () => {
  test('G1, G3: says what is lowered, unknown, unowned, dangling, circular and repeated', async () => {
    await install(2);
    const report = (await asked('report')).json<Record<string, unknown>>();
    expect(report).toMatchObject({ version: 2, nodes: 7, edges: 5 });
    expect(report['lowered']).toEqual({
      count: 1,
      first: [{ node: 'db', declared: 'non-critical', effective: 'production-critical' }],
    });
    expect(report['unknownTier']).toEqual({ count: 1, first: ['plc'] });
    expect(report['unowned']).toEqual({ count: 3, first: ['db', 'cache', 'plc'] });
    expect(report['dangling']).toEqual({ count: 1, first: [{ from: 'cache', to: 'gone', kind: 'depends-on' }] });
    expect(report['cycles']).toEqual({ count: 1, first: [{ count: 2, first: ['a', 'b'] }] });
    expect(report['selfDependencies']).toEqual({ count: 1, first: ['a'] });
    expect(report['repeated']).toEqual({ count: 1, first: ['b'] });
  });

  test('G3: a newer graph has a report of its own', async () => {
    await install(2);
    expect((await asked('report')).json()).toMatchObject({ version: 2 });
    await install(3, { nodes: [node('shop', { owner: 'web' })], edges: [] });
    expect((await asked('report')).json()).toMatchObject({ version: 3, nodes: 1, unowned: { count: 0, first: [] } });
  });
});

test.each(['owners', 'report'])(
  'O3: /graph/%s of an organisation without a graph is refused, whoever else has one',
  async (path) => {
    await install(2);
    const answer = await asked(path, { world: other });
    expect([answer.statusCode, answer.json<{ code: string }>().code]).toEqual([
      (await control.ask('person:kim', 'GET', '/api/v1/graph', { world: other })).statusCode,
      'no-graph',
    ]);
    expect((await control.ask(undefined, 'GET', `/api/v1/graph/${path}`)).statusCode).toBe(401);
    expect((await control.ask('source:scanner', 'GET', `/api/v1/graph/${path}`)).statusCode).toBe(403);
  },
);

const graphOf = (version: number, size: number) => {
  const nodes = Array.from({ length: size }, (_, n) => node(`n${n}`, { tier: 'unknown' }));
  const edges = nodes.map((_, n) => hard(`n${n}`, `n${(n + 1) % size}`));
  const document = {
    type: 'graph-snapshot',
    organisation: 'acme',
    version,
    takenAt: instantOf(NOON_MS),
    nodes,
    edges,
  };
  const read = readShape(graphSnapshotShape, document);
  if (!read.ok) throw new Error(read.refusal.detail);
  return { index: indexGraph(read.value), digest: digestOf(Buffer.from(String(version))) };
};
const [acme, globex] = [idOf<'Organisation'>('acme'), idOf<'Organisation'>('globex')];

describe('reports', () => {
  test('G3: the report of a version is worked out once for each organisation', () => {
    const reports = new GraphReports();
    const graph = graphOf(1, 3);
    const first = reports.of(acme, graph);
    expect(reports.of(acme, graph)).toBe(first);
    // Read again after everything was forgotten: another object, the same bytes.
    expect(reports.of(acme, { ...graphOf(1, 3), digest: graph.digest })).toBe(first);
    expect(reports.of(globex, graph)).not.toBe(first);
    expect(reports.of(acme, graphOf(2, 3))).not.toBe(first);
  });

  test('G3: an estate in which everything is wrong is counted whole and listed in part', () => {
    const report = new GraphReports().of(acme, graphOf(1, 3000));
    expect([report.unknownTier.count, report.unknownTier.first.length]).toEqual([3000, 1000]);
    expect([report.cycles.count, report.cycles.first[0]?.count, report.cycles.first[0]?.first.length]).toEqual([
      1, 3000, 100,
    ]);
    expect(JSON.stringify(report).length).toBeLessThan(100_000);
  });
});
