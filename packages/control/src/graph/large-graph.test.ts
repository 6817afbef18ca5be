import { afterAll, beforeAll, expect, test } from 'vitest';
import { readShape, type GraphSnapshot } from '@countersign/core';
import {
  deliveryShape,
  MAX_GRAPH_ENVELOPE_BYTES,
  MAX_POLL_BYTES,
  type DsseEnvelope,
  type PollAnswer,
} from '@countersign/seal';
import { makeFeatures } from '../features.ts';
import { startControl, type TestControl } from '../testkit/control.ts';
import { openTestDatabase, type TestDatabase } from '../testkit/database.ts';
import { makeWorld, type World } from '../testkit/world.ts';

const [NODES, EDGES] = [20_000, 80_000];
const ESTATE = {
  nodes: Array.from({ length: NODES }, (_, n) => ({
    id: `host-${n}.dc1.example`,
    kind: 'host',
    tier: n % 100 === 0 ? 'production-critical' : 'non-critical',
    environment: 'production',
    owner: `team-${n % 40}`,
    labels: { os: 'debian-12', role: 'web' },
  })),
  edges: Array.from({ length: EDGES }, (_, n) => ({
    from: `host-${n % NODES}.dc1.example`,
    to: `host-${(n * 7919 + 1) % NODES}.dc1.example`,
    kind: 'depends-on',
    isHard: n % 3 === 0,
  })),
};

let database: TestDatabase;
let control: TestControl;
let world: World;
let large: DsseEnvelope;
beforeAll(async () => {
  database = await openTestDatabase();
  world = makeWorld();
  control = await startControl({
    url: database.url,
    worlds: [world],
    features: (deps) => makeFeatures(deps, () => {}),
  });
  await post('trust', { trust: world.bundle() });
  large = world.graph({ version: 2, ...ESTATE } as unknown as Partial<GraphSnapshot>);
}, 60_000);
afterAll(async () => {
  await control.settled();
  await control.stop();
  await database.drop();
});
const post = (path: string, body: unknown) => control.ask('person:kim', 'POST', `/api/v1/${path}`, { body });
const poll = async (after: number): Promise<{ readonly bytes: number; readonly answer: PollAnswer }> => {
  const { rawPayload } = await control.ask(
    'enclave:prod-1',
    'GET',
    `/api/v1/enclaves/prod-1/poll?wait=0&after=${after}`,
  );
  return { bytes: rawPayload.length, answer: JSON.parse(rawPayload.toString()) as PollAnswer };
};

test('G2: a signed graph of 20,000 nodes and 80,000 edges is installed, answered for and handed to the gateway', async () => {
  expect(large.payload.length).toBeGreaterThan(4_718_592);
  const installed = await post('graph', { graph: large });
  expect([installed.statusCode, installed.json()]).toMatchObject([200, { version: 2, nodes: NODES, edges: EDGES }]);
  expect((await control.ask('person:kim', 'GET', '/api/v1/graph')).json()).toMatchObject({ version: 2, graph: large });
  expect(
    (await control.ask('person:kim', 'GET', '/api/v1/graph/owners')).json<{ owners: unknown[] }>().owners,
  ).toHaveLength(40);
  expect((await control.ask('person:kim', 'GET', '/api/v1/graph/report')).json()).toMatchObject({
    nodes: NODES,
    edges: EDGES,
  });
  const { bytes, answer } = await poll(0);
  expect(bytes).toBeLessThan(MAX_POLL_BYTES);
  const delivered = answer.deliveries.map(({ delivery }) => delivery).find(({ kind }) => kind === 'graph');
  const read = readShape(deliveryShape, delivered);
  expect(read).toEqual({ ok: true, value: { kind: 'graph', graph: large } });
}, 60_000);

test('X1: an answer ends behind a large graph, and what follows comes with the next', async () => {
  const first = await poll(0);
  expect(first.answer.deliveries.at(-1)?.delivery.kind).toBe('graph');
  expect(first.answer.next).toBe(first.answer.deliveries.at(-1)?.seq);
  const later = await post('trust', { trust: world.bundle({ version: 2 }) });
  expect(later.statusCode).toBe(200);
  expect((await poll(0)).answer.deliveries.map(({ delivery }) => delivery.kind)).toEqual(
    first.answer.deliveries.map(({ delivery }) => delivery.kind),
  );
  expect((await poll(first.answer.next)).answer.deliveries.map(({ delivery }) => delivery.kind)).toEqual(['trust']);
}, 60_000);

/** Not JSON at all: whoever parsed it would say so. */
const garbage = (bytes: number): Buffer => Buffer.alloc(bytes, 0x7b);

test('X1: a body of one byte more than a graph may have is refused before it is parsed, and so is less for anything else', async () => {
  const asked = async (path: string, bytes: number): Promise<number> =>
    (await control.ask('person:kim', 'POST', `/api/v1/${path}`, { raw: garbage(bytes) })).statusCode;
  expect(await asked('graph', MAX_GRAPH_ENVELOPE_BYTES)).toBe(400);
  expect(await asked('graph', MAX_GRAPH_ENVELOPE_BYTES + 1)).toBe(413);
  expect(await asked('envelope', 4_718_593)).toBe(413);
  expect(await asked('trust', 8_388_609)).toBe(413);
  expect((await control.ask('person:kim', 'GET', '/api/v1/graph')).json()).toMatchObject({ version: 2 });
}, 60_000);
