import { parseId, type NodeId } from '@countersign/core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { closeDesk, control, must, now, openDesk, production, report, world } from '../flow/desk.builder.ts';
import { dispatched } from '../flow/scenes.builder.ts';
import { bodiesOf } from '../testkit/leaves.ts';
import { loadPredictionErrors, seenIn } from './prediction-outcomes.ts';

const node = (name: string): NodeId => {
  const id = parseId<'Node'>(name);
  if (id === undefined) throw new Error('not an id');
  return id;
};
const watched = ['db', 'pay', 'shop'].map(node);

const readings = [
  {
    what: 'all well',
    reading: { verdict: 'success', detail: '3 dependants are well' },
    seen: ['unaffected', 'unaffected', 'unaffected'],
  },
  {
    what: 'one degraded',
    reading: { verdict: 'failure', detail: 'pay: degraded: slow' },
    seen: ['unaffected', 'degraded', 'unaffected'],
  },
  {
    what: 'no data',
    reading: { verdict: 'error', detail: 'pay: no health data: timeout' },
    seen: ['unaffected', 'unknown', 'unaffected'],
  },
  {
    what: 'more than are named',
    reading: { verdict: 'failure', detail: 'pay: degraded: slow; and 2 more' },
    seen: ['degraded'],
  },
] as const;
test.each(readings)('D4: what a reading of the dependants says: $what', ({ reading, seen }) => {
  expect(seenIn(reading, watched).map(({ health }) => health)).toEqual(seen);
});

test('X4: hostile text in a detail names only what was watched', () => {
  const reading = { verdict: 'failure', detail: 'ghost: degraded: x; pay: degraded; __proto__: degraded' };
  expect(seenIn(reading, watched).filter(({ health }) => health === 'degraded')).toEqual([
    { node: 'pay', health: 'degraded' },
  ]);
});

beforeAll(openDesk);
afterAll(closeDesk);

test('D4: predicted against seen is on record once a rollout is over, and counted for its class', async () => {
  const { sent } = await dispatched();
  const at = now();
  const [target] = sent.capsule.targets;
  await must(
    report(
      'prod-1',
      production().progress(sent, 0, [
        { type: 'started', at },
        { type: 'leased', at, target: target!.id, lease: 1 },
        { type: 'verdict', at, target: target!.id, verdict: 'success', detail: 'well' },
        { type: 'dependants', at, cohort: 0, verdict: 'success', detail: '1 dependants are well' },
        { type: 'completed', at },
      ]),
    ),
    200,
  );
  await must(report('prod-1', production().evidence(sent, now(), 'completed')), 200);
  const [outcome, ...others] = await loadPredictionErrors(control.deps.store, world.organisation);
  expect(others).toEqual([]);
  expect(outcome).toMatchObject({ capsule: sent.digest, action: 'service.restart', isMispredicted: false });
  expect((await bodiesOf(control, world, 'prediction.compared')).at(-1)).toMatchObject({
    capsule: sent.digest,
    compared: 1,
  });
});
