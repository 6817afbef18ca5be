import { instantOf, type RolloutEvent } from '@countersign/core';
import { expect, test } from 'vitest';
import { complaintsOfExecution, type Executed } from './executed.ts';

const at = instantOf(0);
const leased = (target: string, lease: number): RolloutEvent => ({
  type: 'leased',
  at,
  target: target as never,
  lease,
});
const verdict = (target: string): RolloutEvent => ({
  type: 'verdict',
  at,
  target: target as never,
  verdict: 'success',
  detail: 'runs',
});
const host = (id: string, restarts: number): Executed['hosts'][number] => ({
  id,
  restarts,
  state: 'running',
  openssl: '3.0.13',
  failedStarts: 0,
});
const done: Executed = {
  targets: ['a', 'b'],
  events: [leased('a', 1), leased('b', 2), verdict('a'), verdict('b')],
  hosts: [host('a', 1), host('b', 1), host('c', 0)],
  state: 'SUCCEEDED',
};

test('X7: a rollout that touched every host once has nothing against it', () => {
  expect(complaintsOfExecution(done)).toEqual([]);
});

test('I4: a second lease, a second restart and a host that nobody named are each found', () => {
  expect(complaintsOfExecution({ ...done, events: [...done.events, leased('a', 3)] })).toEqual([
    'a was leased 2 times',
  ]);
  expect(complaintsOfExecution({ ...done, hosts: [host('a', 2), host('b', 1), host('c', 1)] })).toEqual([
    'a was restarted 2 times, 1 are explained',
    'c was restarted 1 times, 0 are explained',
  ]);
  expect(complaintsOfExecution({ ...done, hosts: [host('a', 1), host('b', 1), host('c', 1)], others: ['c'] })).toEqual(
    [],
  );
});

test('I6: an intent without an outcome, and an end that touched too few, are found', () => {
  expect(complaintsOfExecution({ ...done, events: done.events.slice(0, 3) })).toEqual(['b has no verdict']);
  expect(complaintsOfExecution({ ...done, events: [leased('a', 1), verdict('a')], hosts: [host('a', 1)] })).toEqual([
    'done, but 1 of 2 were touched',
  ]);
});

test('X5: a rollout that did not succeed must say why, and may put each host back once', () => {
  const reverting: RolloutEvent = { type: 'reverting', at, target: 'a' as never };
  const stopped = { ...done, events: [...done.events, reverting], hosts: [host('a', 2), host('b', 1)] };
  expect(complaintsOfExecution({ ...stopped, state: 'ROLLED_BACK' })).toEqual(['ROLLED_BACK without a reason']);
  const tripped: RolloutEvent = { type: 'tripped', at, trip: 1, cause: 'a: error' };
  expect(complaintsOfExecution({ ...stopped, state: 'ROLLED_BACK', events: [...stopped.events, tripped] })).toEqual([]);
});
