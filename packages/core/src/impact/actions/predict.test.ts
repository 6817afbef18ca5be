import { expect, test } from 'vitest';
import type { GraphNode } from '../../graph/graph.ts';
import { anEdge, aNode } from '../../graph/graph.builder.ts';
import type { Step } from '../../proposal/step.ts';
import { predictionError, type Prediction } from '../prediction.ts';
import { analyse, anAct, indexOf, numbered, stepsAt } from './estate.builder.ts';

const service = (id: string, change: Partial<GraphNode> = {}): GraphNode => aNode(id, { kind: 'service', ...change });
const restart: Step = stepsAt('a').service;
const act = (...targets: readonly string[]) => anAct('service.restart', [restart], { targets });

/** Two hosts carry web, one carries report; web feeds a queue that report reads. */
const index = indexOf(
  [
    aNode('h1'),
    aNode('h2'),
    aNode('h3'),
    service('web', { minHealthy: 1, capacity: { units: 10, used: 4 } }),
    service('report'),
    service('board'),
    aNode('queue', { kind: 'flow' }),
  ],
  [
    anEdge('web > h1'),
    anEdge('web > h2'),
    anEdge('report > h3'),
    anEdge('board ~ report'),
    { ...anEdge('web ~ queue', 'flows-to'), perMinute: 12 },
    { ...anEdge('queue ~ report', 'flows-to'), perMinute: 12 },
  ],
);

test('D4: the dry run names every dependant with its health, what is left, and why', () => {
  expect(analyse(index, act('h1', 'h3')).prediction).toEqual({
    dependants: [
      { node: 'board', health: 'degraded', because: 'uses report, which is down' },
      { node: 'queue', health: 'degraded', because: 'uses report, which is down' },
      { node: 'report', health: 'down', capacityLeftPercent: 0, because: 'needs h3, which is down' },
      { node: 'web', health: 'degraded', capacityLeftPercent: 50, because: '1 of 2 replicas stay' },
    ],
    flows: [
      { from: 'queue', to: 'report', after: 'cut', perMinute: 12 },
      { from: 'web', to: 'queue', after: 'open', perMinute: 12 },
    ],
    capacityLeftPercent: 0,
    downCount: 1,
    unknownCount: 0,
  });
});

test('D4: without a declared capacity and without harm there is none to foresee', () => {
  const lone = indexOf([aNode('h'), service('tool')], [anEdge('tool ~ h', 'deployed-by')]);
  const { prediction } = analyse(lone, act('h'));
  expect(prediction).not.toHaveProperty('capacityLeftPercent');
  expect(prediction).toMatchObject({ downCount: 0, unknownCount: 0, flows: [] });
});

test('4.3: a target that only softly needs another keeps its capacity out of the dry run', () => {
  const pair = indexOf([aNode('a'), aNode('b')], [anEdge('b ~ a')]);
  expect(analyse(pair, act('a', 'b')).prediction.dependants).toEqual([
    { node: 'b', health: 'degraded', because: 'uses a, which is down' },
  ]);
  expect(analyse(pair, act('a', 'b')).prediction).not.toHaveProperty('capacityLeftPercent');
});

test('4.3: targets that nothing else harms are no dependants', () => {
  expect(analyse(index, act('h1', 'h2', 'h3')).prediction.dependants.map(({ node }) => node)).toEqual([
    'board',
    'queue',
    'report',
    'web',
  ]);
});

test('D4: nothing is foreseen of an act without a target that the graph knows', () => {
  const { prediction } = analyse(index, act('ghost'));
  expect(prediction).toEqual({ dependants: [], flows: [], downCount: 0, unknownCount: 0 });
});

test('D4: flows longer than the cap keep those that are cut', () => {
  const users = numbered('u', 30);
  const wide = indexOf(
    [aNode('h'), service('app'), ...users.map((id) => service(id))],
    [anEdge('app > h'), anEdge('u-30 ~ h', 'flows-to'), ...users.map((id) => anEdge(`${id} ~ u-01`, 'flows-to'))],
  );
  const { prediction } = analyse(wide, act('h'), { caps: { dependants: 2, edges: 10_000 } });
  expect(prediction.flows.length).toBeLessThanOrEqual(prediction.dependants.length + 4);
  expect(prediction.flows).toContainEqual({ from: 'u-30', to: 'h', after: 'cut' });
});

const asForeseen = ({ dependants }: Prediction) => dependants.map(({ node, health }) => ({ node, health }));
test('D4, E6: a rollout that goes as foreseen has no error; one that goes worse shows what nobody foresaw', () => {
  const { prediction } = analyse(index, act('h1', 'h3'));
  expect(predictionError(prediction, asForeseen(prediction))).toEqual({ compared: 4, wrong: [], unforeseen: [] });
  const worse = asForeseen(prediction).map(({ node, health }) => ({
    node,
    health: node === 'web' ? ('down' as const) : health,
  }));
  expect(predictionError(prediction, worse).wrong).toEqual([
    { node: 'web', predicted: 'degraded', seen: 'down', isWorse: true },
  ]);
});
