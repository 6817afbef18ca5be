import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { GraphEdge, GraphNode } from '../graph/graph.ts';
import { aGraph, anEdge, aNode } from '../graph/graph.builder.ts';
import { indexGraph } from '../graph/index-graph.ts';
import type { Foreseen } from './foreseen.ts';
import { HEALTHS } from './prediction.ts';
import { besetBy, quorumOf, type Quorum } from './quorum.ts';

const quorum = (nodes: readonly GraphNode[], edges: readonly GraphEdge[], of: string): Quorum | undefined => {
  const index = indexGraph(aGraph(nodes, edges));
  return quorumOf(index, index.positions.get(of) ?? -1);
};
const service = (id: string, change: Partial<GraphNode> = {}): GraphNode => aNode(id, { kind: 'service', ...change });
const replica = (text: string): GraphEdge => anEdge(text, 'replica-of');
const carries = (units: number, used = 0): Partial<GraphNode> => ({ capacity: { units, used } });

const r = [service('r1'), service('r2')];
const toSet = [replica('r1 ~ set'), replica('r2 ~ set')];

test('G2: a service with replicas is the name of the set; a store with replicas is one of them', () => {
  expect(quorum([service('set'), ...r], toSet, 'set')).toEqual({
    members: new Map([
      [1, undefined],
      [2, undefined],
    ]),
  });
  const store = aNode('set', { kind: 'datastore', minHealthy: 2 });
  expect(quorum([store, ...r], toSet, 'set')).toEqual({
    members: new Map([
      [0, undefined],
      [1, undefined],
      [2, undefined],
    ]),
    minHealthy: 2,
  });
});

test('G2: without a number nothing stands in for a store, or for a service without replicas', () => {
  expect(quorum([aNode('set', { kind: 'datastore' }), ...r], toSet, 'set')).toBeUndefined();
  expect(quorum([service('set'), aNode('h')], [anEdge('set > h')], 'set')).toBeUndefined();
  expect(quorum([service('set', { minHealthy: 1 }), service('db')], [anEdge('set > db')], 'set')).toBeUndefined();
  expect(quorum([], [], 'nothing')).toBeUndefined();
});

test('G2: a service that says how many it needs counts its hosts, and never what else it needs', () => {
  const nodes = [service('set', { minHealthy: 1 }), aNode('h1'), aNode('h2'), aNode('db', { kind: 'datastore' })];
  const edges = [anEdge('set > h1'), anEdge('set ~ h2'), anEdge('set > db'), anEdge('set > h1')];
  expect([...(quorum(nodes, edges, 'set')?.members.keys() ?? [])]).toEqual([1, 2]);
});

test('D4: capacity is the sum of the members when all declare it, else the share of the whole', () => {
  const each = [service('r1', carries(10, 4)), service('r2', carries(30, 6))];
  expect(quorum([service('set'), ...each], toSet, 'set')).toMatchObject({
    members: new Map([
      [1, 10],
      [2, 30],
    ]),
    used: 10,
  });
  expect(quorum([service('set', carries(100, 50)), ...each], toSet, 'set')).toMatchObject({ used: 50 });
  const some = [service('r1', carries(10, 4)), service('r2')];
  expect(quorum([service('set', carries(100, 50)), ...some], toSet, 'set')).toEqual({
    members: new Map([
      [1, undefined],
      [2, undefined],
    ]),
    used: 50,
    units: 100,
  });
  expect(quorum([service('set'), ...some], toSet, 'set')).not.toHaveProperty('used');
});

const states = (...all: readonly (Pick<Foreseen, 'health' | 'cause'> | undefined)[]) => ({
  stateOf: (member: number) => all[member],
  atOnce: 1,
});
const plain = (count: number, change: Partial<Quorum> = {}): Quorum => ({
  members: new Map(Array.from({ length: count }, (_, n) => [n, undefined])),
  ...change,
});

test('D4: nobody lost is nothing felt', () => {
  expect(besetBy(plain(3, { minHealthy: 2 }), states())).toEqual({
    health: 'unaffected',
    capacityLeftPercent: 100,
    because: '3 of 3 replicas stay',
  });
});

test('D4: per cent are rounded down', () => {
  const left = (count: number): number =>
    besetBy(plain(count, { minHealthy: 1 }), states({ health: 'down' })).capacityLeftPercent;
  expect([2, 3, 7, 100, 101].map((count) => left(count))).toEqual([50, 66, 85, 99, 99]);
  const exact = {
    members: new Map([
      [0, 71],
      [1, 29],
    ]),
    minHealthy: 1,
  };
  expect(besetBy(exact, states({ health: 'down' })).capacityLeftPercent).toBe(29);
});

const turn = (cause: number): Pick<Foreseen, 'health' | 'cause'> => ({ health: 'down', cause });
test('D4: members in turn count together only as far as the window goes', () => {
  const all = [turn(10), turn(10), turn(11), turn(12)];
  const at = (atOnce: number) =>
    besetBy(plain(5, { minHealthy: 1 }), { ...states(...all), atOnce }).capacityLeftPercent;
  expect([0, 1, 2, 3, 9].map((atOnce) => at(atOnce))).toEqual([100, 60, 40, 20, 20]);
});

const rank = (some: readonly Foreseen['health'][], least: number): number =>
  HEALTHS.indexOf(
    besetBy(plain(some.length, { minHealthy: least }), states(...some.map((of) => ({ health: of })))).health,
  );
test('D4: another member lost, or more needed, is never better', () => {
  const health = fc.constantFrom(...HEALTHS);
  fc.assert(
    fc.property(fc.array(health, { minLength: 1, maxLength: 6 }), fc.nat(5), fc.nat(6), (all, which, minHealthy) => {
      const worse = all.map((of, n) => (n === which % all.length ? 'down' : of));
      expect(rank(worse, minHealthy)).toBeGreaterThanOrEqual(rank(all, minHealthy));
      expect(rank(all, minHealthy + 1)).toBeGreaterThanOrEqual(rank(all, minHealthy));
    }),
  );
});
