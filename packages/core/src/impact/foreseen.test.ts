import { expect, test } from 'vitest';
import type { EdgeKind, GraphNode } from '../graph/graph.ts';
import { anEdge, aNode } from '../graph/graph.builder.ts';
import type { Outlook, Seed } from './foreseen.ts';
import { all, down, id, inTurn, look, meant, service, type Estate } from './foreseen.builder.ts';
import type { Health } from './prediction.ts';

const healths = ({ nodes }: Outlook): Readonly<Record<string, Health>> =>
  Object.fromEntries([...nodes].map(([node, { health }]) => [node, health]));

const passes: readonly {
  readonly edge: string;
  readonly kind: EdgeKind;
  readonly of: Seed['health'];
  readonly felt: Health | undefined;
}[] = [
  { edge: 'b > a', kind: 'depends-on', of: 'down', felt: 'down' },
  { edge: 'b > a', kind: 'depends-on', of: 'unknown', felt: 'unknown' },
  { edge: 'b > a', kind: 'depends-on', of: 'degraded', felt: 'degraded' },
  { edge: 'b ~ a', kind: 'depends-on', of: 'down', felt: 'degraded' },
  { edge: 'b ~ a', kind: 'depends-on', of: 'unknown', felt: 'degraded' },
  { edge: 'b ~ a', kind: 'depends-on', of: 'degraded', felt: undefined },
  { edge: 'b ~ a', kind: 'consumes-credential', of: 'down', felt: 'down' },
  { edge: 'b ~ a', kind: 'member-of-segment', of: 'down', felt: 'down' },
  { edge: 'b ~ a', kind: 'member-of-segment', of: 'degraded', felt: 'degraded' },
  { edge: 'b > a', kind: 'deployed-by', of: 'down', felt: undefined },
  { edge: 'b ~ a', kind: 'deployed-by', of: 'down', felt: undefined },
  { edge: 'b > a', kind: 'replica-of', of: 'down', felt: 'degraded' },
  { edge: 'b ~ a', kind: 'replica-of', of: 'unknown', felt: 'degraded' },
  { edge: 'b > a', kind: 'flows-to', of: 'down', felt: 'down' },
  { edge: 'b ~ a', kind: 'flows-to', of: 'down', felt: 'degraded' },
  { edge: 'a > b', kind: 'flows-to', of: 'down', felt: 'down' },
  { edge: 'a ~ b', kind: 'flows-to', of: 'down', felt: 'degraded' },
  { edge: 'a > b', kind: 'depends-on', of: 'down', felt: undefined },
];
test.each(passes)('D4: `$edge` ($kind) with a $of passes on $felt', ({ edge, kind, of, felt }) => {
  const outlook = look(
    { nodes: [aNode('a'), aNode('b')], edges: [anEdge(edge, kind)] },
    { a: { ...down, health: of } },
  );
  expect(healths(outlook)).toEqual({ a: of, ...(felt !== undefined && { b: felt }) });
});

test('D4: an outage runs up a chain, and each says whom it needs', () => {
  const nodes = ['host', 'db', 'app', 'shop'].map((name) => service(name));
  const outlook = look(
    { nodes, edges: [anEdge('db > host'), anEdge('app > db'), anEdge('shop ~ app')] },
    { host: down },
  );
  expect([...outlook.nodes].map(([node, { because }]) => `${node}: ${because}`)).toEqual([
    'host: a test stops it',
    'db: needs host, which is down',
    'app: needs db, which is down',
    'shop: uses app, which is down',
  ]);
  expect(outlook.isStopped).toBe(false);
});

test('D4: cycles end, with everything in them down', () => {
  const nodes = ['a', 'b', 'c'].map((name) => service(name));
  const edges = [anEdge('a > b'), anEdge('b > c'), anEdge('c > a'), anEdge('a > b', 'flows-to')];
  expect(healths(look({ nodes, edges }, { a: down }))).toEqual({ a: 'down', b: 'down', c: 'down' });
});

/** A service on five hosts, three of which it needs. */
const onHosts = (change: Partial<GraphNode> = {}): Estate => {
  const hosts = ['h1', 'h2', 'h3', 'h4', 'h5'];
  return {
    nodes: [...hosts.map((host) => aNode(host)), service('web', { minHealthy: 3, ...change }), service('shop')],
    edges: [...hosts.map((host) => anEdge(`web > ${host}`)), anEdge('shop > web')],
  };
};
const quorums: readonly {
  readonly what: string;
  readonly seeds: Readonly<Record<string, Seed>>;
  readonly atOnce: number;
  readonly change?: Partial<GraphNode>;
  readonly health: Health;
  readonly left: number;
  readonly because: string;
}[] = [
  {
    what: 'all five in turn, two at once',
    seeds: all(inTurn, 'h1', 'h2', 'h3', 'h4', 'h5'),
    atOnce: 2,
    health: 'degraded',
    left: 60,
    because: '3 of 5 replicas stay',
  },
  {
    what: 'all five in turn, three at once',
    seeds: all(inTurn, 'h1', 'h2', 'h3', 'h4', 'h5'),
    atOnce: 3,
    health: 'down',
    left: 0,
    because: '2 of 5 replicas stay and 3 are needed',
  },
  {
    what: 'two in turn, many at once',
    seeds: all(inTurn, 'h1', 'h2'),
    atOnce: 100,
    health: 'degraded',
    left: 60,
    because: '3 of 5 replicas stay',
  },
  {
    what: 'three that stay down',
    seeds: all(down, 'h1', 'h2', 'h3'),
    atOnce: 1,
    health: 'down',
    left: 0,
    because: '2 of 5 replicas stay and 3 are needed',
  },
  {
    what: 'two that stay down and one in turn',
    seeds: { ...all(down, 'h1', 'h2'), ...all(inTurn, 'h3') },
    atOnce: 1,
    health: 'down',
    left: 0,
    because: '2 of 5 replicas stay and 3 are needed',
  },
  {
    what: 'two unknown and one in turn',
    seeds: { ...all({ ...down, health: 'unknown' }, 'h1', 'h2'), ...all(inTurn, 'h3') },
    atOnce: 1,
    health: 'unknown',
    left: 80,
    because: 'nothing is known of 2 of 5 replicas',
  },
  {
    what: 'two unknown',
    seeds: all({ ...down, health: 'unknown' }, 'h1', 'h2'),
    atOnce: 1,
    health: 'degraded',
    left: 100,
    because: '5 of 5 replicas stay',
  },
  {
    what: 'one degraded',
    seeds: all({ ...down, health: 'degraded' }, 'h1'),
    atOnce: 1,
    health: 'degraded',
    left: 100,
    because: '5 of 5 replicas stay',
  },
  {
    what: 'one in turn where the rest cannot carry the load',
    seeds: all(inTurn, 'h1'),
    atOnce: 1,
    change: { capacity: { units: 100, used: 90 } },
    health: 'down',
    left: 0,
    because: '4 of 5 replicas stay, which carry 80 of the 90 in use',
  },
  {
    what: 'one in turn where the rest can just carry the load',
    seeds: all(inTurn, 'h1'),
    atOnce: 1,
    change: { capacity: { units: 100, used: 80 } },
    health: 'degraded',
    left: 80,
    because: '4 of 5 replicas stay',
  },
  {
    what: 'all at once where none is needed',
    seeds: all(inTurn, 'h1', 'h2', 'h3', 'h4', 'h5'),
    atOnce: 5,
    change: { minHealthy: 0 },
    health: 'down',
    left: 0,
    because: 'all 5 replicas stop',
  },
];
test.each(quorums)(
  'D4: five hosts, $what: $health with $left % left',
  ({ seeds, atOnce, change, health, left, because }) => {
    const { nodes } = look(onHosts(change), seeds, { atOnce });
    expect(nodes.get(id('web'))).toMatchObject({ health, capacityLeftPercent: left, because });
    expect(nodes.get(id('shop'))?.health ?? 'unaffected').toBe(health);
  },
);

test('4.3: a service that does not say how many hosts it needs stops with the first of them', () => {
  const { nodes, edges } = onHosts();
  const bare = nodes.map((node) => (node.id === 'web' ? service('web') : node));
  expect(healths(look({ nodes: bare, edges }, { h1: inTurn }))).toEqual({ h1: 'down', web: 'down', shop: 'down' });
});

test('4.3: what a quorum does not stand in for still takes the service along', () => {
  const { nodes, edges } = onHosts();
  const outlook = look(
    { nodes: [...nodes, aNode('db', { kind: 'datastore' })], edges: [...edges, anEdge('web > db')] },
    { db: down },
  );
  expect(outlook.nodes.get(id('web'))).toMatchObject({ health: 'down', because: 'needs db, which is down' });
});

/** Three replicas on two hosts: two of them share one. */
const replicas = (change: Partial<GraphNode> = {}): Estate => ({
  nodes: [aNode('h1'), aNode('h2'), service('r1'), service('r2'), service('r3'), service('api', change)],
  edges: [
    anEdge('r1 > h1'),
    anEdge('r2 > h1'),
    anEdge('r3 > h2'),
    ...['r1', 'r2', 'r3'].map((name) => anEdge(`${name} ~ api`, 'replica-of')),
  ],
});

test('D4: replicas on one host fall together: one host at once can take two of three', () => {
  const seeds = all(inTurn, 'h1', 'h2');
  expect(look(replicas({ minHealthy: 2 }), seeds).nodes.get(id('api'))).toMatchObject({
    health: 'down',
    because: '1 of 3 replicas stay and 2 are needed',
  });
  expect(look(replicas({ minHealthy: 1 }), seeds).nodes.get(id('api'))).toMatchObject({
    health: 'degraded',
    capacityLeftPercent: 33,
  });
});

test('D4: a replica that hangs on both hosts is down whichever of them is in turn', () => {
  const estate = replicas({ minHealthy: 1 });
  const edges = [...estate.edges, anEdge('r3 > h1')];
  expect(look({ ...estate, edges }, all(inTurn, 'h1', 'h2')).nodes.get(id('api'))).toMatchObject({ health: 'down' });
});

test('G2: replicas nobody counted leave the set unknown, and down when none stays', () => {
  expect(look(replicas(), { h2: inTurn }).nodes.get(id('api'))).toMatchObject({
    health: 'unknown',
    because: '2 of 3 replicas stay; nobody said how many are needed',
  });
  expect(look(replicas(), all(down, 'h1', 'h2')).nodes.get(id('api'))).toMatchObject({ health: 'down' });
});

/** A primary, its standby, and a service on the primary. */
const pair = (change: Partial<GraphNode> = {}): Estate => ({
  nodes: [aNode('db1', { kind: 'datastore', ...change }), aNode('db2', { kind: 'datastore' }), service('app')],
  edges: [anEdge('db2 ~ db1', 'replica-of'), anEdge('app > db1')],
});

test('G2: a primary is one of its own replicas: with failover claimed the service on it goes on', () => {
  expect(healths(look(pair({ minHealthy: 1 }), { db1: inTurn }))).toEqual({ db1: 'degraded', app: 'degraded' });
});

test('G2: without a claim of failover a primary takes its service along', () => {
  expect(healths(look(pair(), { db1: inTurn }))).toEqual({ db1: 'down', app: 'down', db2: 'degraded' });
  expect(healths(look(pair({ minHealthy: 2 }), { db2: inTurn }))).toMatchObject({ db1: 'down', app: 'down' });
});

test('D4: capacity of members counts by what each can carry; the worst ones are taken', () => {
  const sizes: Readonly<Record<string, number>> = { h1: 10, h2: 20, h3: 70 };
  const nodes = [
    ...Object.entries(sizes).map(([name, units]) => aNode(name, { capacity: { units, used: 5 } })),
    service('web', { minHealthy: 1 }),
  ];
  const edges = Object.keys(sizes).map((name) => anEdge(`web > ${name}`));
  const web = (atOnce: number) =>
    look({ nodes, edges }, all(inTurn, 'h1', 'h2', 'h3'), { atOnce }).nodes.get(id('web'));
  expect(web(1)).toMatchObject({ health: 'degraded', capacityLeftPercent: 30 });
  expect(web(2)).toMatchObject({ health: 'down', because: '1 of 3 replicas stay, which carry 10 of the 15 in use' });
});

test('4.3: what an act means to do to a node is felt by others and not counted as its own harm', () => {
  const estate = { nodes: [aNode('a'), service('b')], edges: [anEdge('b > a')] };
  const nothing = { health: 'unaffected', because: '' };
  for (const seed of [meant, inTurn])
    expect(look(estate, { a: seed }).nodes.get(id('a'))).toMatchObject({ health: 'down', felt: nothing });
  expect(look(estate, { a: down }).nodes.get(id('a'))).toMatchObject({
    felt: { health: 'down', capacityLeftPercent: 0, because: 'a test stops it' },
  });
  expect(look(estate, { a: inTurn, b: inTurn }).nodes.get(id('b'))).toMatchObject({
    felt: { health: 'down', because: 'needs a, which is down' },
  });
});

test('4.3: a node that is meant to stop and feels less than that from others, keeps the two apart', () => {
  const estate = { nodes: [aNode('a'), service('b')], edges: [anEdge('b ~ a')] };
  expect(look(estate, { a: inTurn, b: inTurn }).nodes.get(id('b'))).toEqual({
    health: 'down',
    capacityLeftPercent: 0,
    because: 'a test stops it',
    cause: 1,
    felt: { health: 'degraded', because: 'uses a, which is down' },
  });
});

test('4.3: a set that is itself in turn feels what its members leave it', () => {
  const { nodes } = look(onHosts(), { web: inTurn, h1: inTurn }, { atOnce: 1 });
  expect(nodes.get(id('web'))).toMatchObject({
    health: 'down',
    capacityLeftPercent: 0,
    felt: { health: 'degraded', capacityLeftPercent: 80, because: '4 of 5 replicas stay' },
  });
});

test('G3: a node the graph does not know keeps what was said of it', () => {
  const { nodes } = look({ nodes: [], edges: [] }, { ghost: down, other: meant });
  const said = { health: 'down', because: 'a test stops it' };
  expect(nodes.get(id('ghost'))).toEqual({ ...said, felt: said });
  expect(nodes.get(id('other'))).toEqual({ ...said, felt: { health: 'unaffected', because: '' } });
});

test('G4: a walk that is stopped says so', () => {
  const spokes = Array.from({ length: 200 }, (_, n) => service(`s${n}`));
  const estate = { nodes: [aNode('hub'), ...spokes], edges: spokes.map(({ id: name }) => anEdge(`${name} > hub`)) };
  expect(look(estate, { hub: down }, { maxEdges: 50 }).isStopped).toBe(true);
  expect(look(estate, { hub: down }, { maxEdges: 1000 }).isStopped).toBe(false);
});
