import {
  analyseImpact,
  columnsOf,
  graphSnapshotShape,
  IMPACT_LIMITS,
  indexFromColumns,
  indexGraph,
  instantOf,
  readShape,
  type GraphSnapshot,
  type TargetId,
} from '@countersign/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { sql } from 'kysely';
import { migrate, openStore } from '../store/open-store.ts';
import { provision } from '../store/provision.ts';
import type { Store } from '../store/schema.ts';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { idOf, NOON_MS } from '../testkit/world.ts';
import { loadColumns } from './load-columns.ts';
import { ownership } from './ownership.ts';
import { storeGraphRows } from './store-graph-rows.ts';

const [acme, globex] = [idOf<'Organisation'>('acme'), idOf<'Organisation'>('globex')];
let database: TestDatabase;
let store: Store;
beforeAll(async () => {
  database = await openTestDatabase();
  store = openStore(database.url, 4);
  await migrate(store);
  for (const organisation of [acme, globex])
    await provision(store, { organisation, principals: [], sources: [], now: instantOf(NOON_MS) });
});
afterAll(async () => {
  await store.destroy();
  await database.drop();
});

function snapshot(change: Partial<Record<keyof GraphSnapshot, unknown>> = {}): GraphSnapshot {
  const read = readShape(graphSnapshotShape, {
    type: 'graph-snapshot',
    organisation: 'acme',
    version: 1,
    takenAt: instantOf(NOON_MS),
    nodes: [
      { id: 'plc', kind: 'device', tier: 'safety-critical', environment: 'production', owner: 'plant', zone: 'L1' },
      { id: 'db', kind: 'service', tier: 'non-critical', environment: 'production', owner: '', site: 'dc1' },
      {
        id: 'pay',
        kind: 'service',
        tier: 'unknown',
        environment: 'staging',
        owner: "o'brien \\ {x}",
        dataClasses: ['pci', 'b"c'],
        paths: ['payment'],
        citizens: 9_000_000_000,
        statutoryHours: 4,
      },
    ],
    edges: [
      { from: 'plc', to: 'db', kind: 'depends-on', isHard: true, isObserved: true },
      { from: 'pay', to: 'db', kind: 'flows-to', isHard: false },
      { from: 'ghost', to: 'pay', kind: 'depends-on', isHard: true },
      { from: 'pay', to: 'pay', kind: 'depends-on', isHard: true },
    ],
    ...change,
  });
  if (!read.ok) throw new Error(JSON.stringify(read.refusal));
  return read.value;
}

async function install(graph: GraphSnapshot): Promise<void> {
  await store.transaction().execute(async (db) => {
    const { organisation, version, takenAt } = graph;
    await db
      .insertInto('graph_version')
      .values({ organisation, version, digest: `sha256:${'0'.repeat(64)}`, dsse: '{}', taken_at: takenAt })
      .execute();
    await storeGraphRows(db, graph);
  });
}

const aim = (...names: readonly string[]): readonly TargetId[] => names.map((name) => idOf<'Target'>(name));
const options = { ...IMPACT_LIMITS, healthKnown: (): boolean => true };

test('G1, G4: what is read back from the rows is the index of the signed snapshot, hostile text included', async () => {
  const graph = snapshot();
  await install(graph);
  const loaded = await loadColumns(store, { organisation: acme, version: 1 });
  const { positions: _names, nodes, ...index } = indexFromColumns(columnsOf(graph));
  const { names: _nodeNames, ...columns } = nodes;
  expect(loaded).toMatchObject({ ...index, nodes: columns });
  for (const target of ['plc', 'db', 'pay', 'ghost'])
    expect(analyseImpact(loaded ?? indexGraph(snapshot({ nodes: [] })), aim(target), options)).toEqual(
      analyseImpact(indexGraph(graph), aim(target), options),
    );
});

test('G3: who owns what is counted by the tier that rules; what nobody owns comes first', async () => {
  expect(await ownership(store, acme)).toEqual([
    { nodes: 1, perTier: { 'non-critical': 0, 'production-critical': 0, 'safety-critical': 1 } },
    {
      owner: "o'brien \\ {x}",
      nodes: 1,
      perTier: { 'non-critical': 0, 'production-critical': 0, 'safety-critical': 1 },
    },
    { owner: 'plant', nodes: 1, perTier: { 'non-critical': 0, 'production-critical': 0, 'safety-critical': 1 } },
  ]);
});

test('O3: another organisation has no rows of this one, and installing its graph leaves these alone', async () => {
  expect(await loadColumns(store, { organisation: globex, version: 1 })).toBeUndefined();
  expect(await ownership(store, globex)).toEqual([]);
  await install(snapshot({ organisation: 'globex', version: 7, edges: [] }));
  expect((await loadColumns(store, { organisation: globex, version: 7 }))?.nodes.size).toBe(3);
  expect((await loadColumns(store, { organisation: acme, version: 1 }))?.nodes.size).toBe(3);
});

test('G3: a newer version replaces the rows, and one that fails leaves the old ones', async () => {
  const failing = store.transaction().execute(async (db) => {
    await storeGraphRows(db, snapshot({ version: 99 }));
  });
  await expect(failing).rejects.toThrow(/foreign key/);
  expect((await loadColumns(store, { organisation: acme, version: 1 }))?.nodes.size).toBe(3);
  await install(snapshot({ version: 2, nodes: snapshot().nodes.slice(0, 2) }));
  expect(await loadColumns(store, { organisation: acme, version: 1 })).toBeUndefined();
  expect((await loadColumns(store, { organisation: acme, version: 2 }))?.nodes.size).toBe(2);
});

test('G1: a node that stands in the snapshot twice is stored as it stands, and its first place rules as in the index', async () => {
  const [first] = snapshot().nodes;
  const twice = snapshot({ version: 4, nodes: [...snapshot().nodes, { ...first, zone: 'L9' }] });
  await install(twice);
  const loaded = await loadColumns(store, { organisation: acme, version: 4 });
  expect([loaded?.nodes.size, loaded?.positions.size, loaded?.positions.get('plc')]).toEqual([4, 3, 0]);
});

test('G4: a recursive query over the rows finds what the walk finds', async () => {
  const count = 12_000;
  const nodes = Array.from({ length: count }, (_, n) => ({
    id: `n${n}`,
    kind: 'host',
    tier: 'non-critical',
    environment: 'production',
  }));
  // Two thirds of a chain with branches back to the start, so that there are cycles and several paths.
  const edges = nodes.slice(1).map(({ id }, n) => ({
    from: n % 3 === 0 ? 'n0' : id,
    to: `n${Math.floor(n / 2)}`,
    kind: 'depends-on',
    isHard: n % 5 !== 0,
  }));
  const graph = snapshot({ version: 5, nodes, edges });
  await install(graph);
  const loaded = await loadColumns(store, { organisation: acme, version: 5 });
  if (loaded === undefined) throw new Error('nothing was loaded');
  const wide = { hops: count, caps: { dependants: count, edges: 1_000_000 }, healthKnown: (): boolean => true };
  const { rows } = await sql<{ id: string }>`
    with recursive reach (id) as (
      select needing from graph_edge where organisation = ${acme} and version = 5 and needed = 'n1'
      union
      select edge.needing from reach join graph_edge edge
        on edge.organisation = ${acme} and edge.version = 5 and edge.needed = reach.id)
    select id from reach where id <> 'n1' order by id collate "C"`.execute(store);
  const { dependants } = analyseImpact(loaded, aim('n1'), wide);
  expect(dependants.length).toBeGreaterThan(100);
  expect(dependants).toEqual(rows.map(({ id }) => id));
});
