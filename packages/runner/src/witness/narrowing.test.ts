import { ACTION_TYPES, instantOf, leafShape, readShape, type Leaf } from '@countersign/core';
import { canonicalBytes, digestOf } from '@countersign/seal';
import { expect, test } from 'vitest';
import { NOTHING_RULES, rule, type RulingState } from './ledger.ts';

const digest = `sha256:${'1'.repeat(64)}`;
function told(state: RulingState, event: string, content: object, about?: string): RulingState {
  const body = canonicalBytes(content);
  const subject = about ?? (event === 'halt.requested' ? 'organisation:acme' : 'envelope:v2');
  const leaf = readShape<Leaf>(leafShape, {
    type: 'leaf',
    organisation: 'acme',
    event,
    at: instantOf(0),
    actor: 'person:kim',
    subject,
    correlation: '',
    body: digestOf(body),
  });
  if (!leaf.ok) throw new Error(leaf.refusal.detail);
  return rule(state, leaf.value, { body, nowMs: 0, index: 0 });
}
const stopped = told(NOTHING_RULES, 'halt.requested', { capsule: 'all', by: 'sam' });

test('X5, E3: a version that one person signed lets nothing go after a stop of everything; one that two signed does', () => {
  expect(stopped.halts).toEqual(['all']);
  const byOne = told(stopped, 'envelope.activated', { version: 2, digest, narrowings: 1 });
  expect([byOne.halts, byOne.envelope]).toEqual([['all'], { version: 2, digest }]);
  expect(told(stopped, 'envelope.activated', { version: 2, digest, narrowings: 0 }).halts).toEqual([]);
});

test('a number of steps that is no number counts as one person', () => {
  expect(told(stopped, 'envelope.activated', { version: 2, digest, narrowings: 'none' }).halts).toEqual(['all']);
});

test('X5, E3: a version of which nobody says how many signed counts as one person', () => {
  expect(told(stopped, 'envelope.activated', { version: 2, digest }).halts).toEqual(['all']);
});

test('E2: a leaf that names an older version than the one that rules leaves nothing in force', () => {
  const third = told(NOTHING_RULES, 'envelope.activated', { version: 3, digest, narrowings: 0 });
  expect(third.envelope).toEqual({ version: 3, digest });
  expect(told(third, 'envelope.activated', { version: 2, digest, narrowings: 0 }).envelope).toBeUndefined();
});

test('E6: a class that lost its autonomy is in the status until it is restored, each by itself; one that cannot be read suspends all', () => {
  const one = told(NOTHING_RULES, 'class.contracted', {}, 'class:service.restart');
  const two = told(one, 'class.contracted', {}, 'class:config.change');
  expect([one.suspended, two.suspended]).toEqual([['service.restart'], ['config.change', 'service.restart']]);
  expect(one).not.toEqual(two);
  expect(told(two, 'class.contracted', {}, 'class:config.change').suspended).toEqual(two.suspended);
  expect(told(two, 'class.restored', {}, 'class:service.restart').suspended).toEqual(['config.change']);
  expect(told(one, 'class.contracted', {}, 'class:nobody-knows').suspended).toEqual(ACTION_TYPES);
  expect(told(NOTHING_RULES, 'class.restored', {}, 'class:service.restart').suspended).toEqual([]);
});
