import { ACTION_TYPES, instantOf, leafShape, MAX_HALTS, readShape, type Leaf } from '@countersign/core';
import { canonicalBytes, digestOf } from '@countersign/seal';
import { expect, test } from 'vitest';
import { NOTHING_RULES, rule, rulingShape, type RulingState } from './ledger.ts';

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

test('E2, I5: nor after a suspension in between: what was replaced never comes back by leaves alone', () => {
  const third = told(NOTHING_RULES, 'envelope.activated', { version: 3, digest, narrowings: 0 });
  const suspended = told(third, 'envelope.suspended', {});
  expect(suspended.envelope).toBeUndefined();
  for (const version of [1, 2, 3])
    expect(told(suspended, 'envelope.activated', { version, digest, narrowings: 0 }).envelope).toBeUndefined();
  expect(told(suspended, 'envelope.activated', { version: 4, digest, narrowings: 0 }).envelope?.version).toBe(4);
});

test('E2: neither an unreadable activation nor a failed one makes it forget the newest', () => {
  const third = told(NOTHING_RULES, 'envelope.activated', { version: 3, digest, narrowings: 0 });
  const unreadable = told(third, 'envelope.activated', { version: 'four' });
  const older = told(unreadable, 'envelope.activated', { version: 1, digest });
  expect([unreadable.envelope, older.envelope]).toEqual([undefined, undefined]);
  expect(told(older, 'envelope.activated', { version: 3, digest }).envelope).toBeUndefined();
});

test('E3: it says which version ruled before, and none after a suspension: one person narrows only what stands', () => {
  const other = `sha256:${'2'.repeat(64)}`;
  const third = told(NOTHING_RULES, 'envelope.activated', { version: 3, digest, narrowings: 0 });
  const fourth = told(third, 'envelope.activated', { version: 4, digest: other, narrowings: 1 });
  expect([third.envelope?.follows, fourth.envelope?.follows]).toEqual([undefined, { version: 3, digest }]);
  const after = told(told(third, 'envelope.suspended', {}), 'envelope.activated', { version: 4, digest: other });
  expect(after.envelope).toEqual({ version: 4, digest: other });
});

const campaign = `sha256:${'7'.repeat(64)}`;
const OF_IT = `campaign:${'7'.repeat(64)}`;

test('C4, X5: a campaign that is held stays in the status when a capsule of it ends and when an envelope comes', () => {
  const held = told(NOTHING_RULES, 'campaign.held', { campaign, reason: 'wait' }, OF_IT);
  expect(held.halts).toEqual([campaign]);
  const later = told(held, 'rollout.completed', {}, `capsule:${'6'.repeat(64)}`);
  expect(told(later, 'envelope.activated', { version: 2, digest, narrowings: 0 }).halts).toEqual([campaign]);
});

test('C4, X5: a hold that does not show of what is read from its subject, and one of nothing holds everything', () => {
  expect(told(NOTHING_RULES, 'campaign.held', { reason: 'wait' }, OF_IT).halts).toEqual([campaign]);
  expect(told(NOTHING_RULES, 'campaign.held', { campaign: 'K-1' }, 'campaign:K-1').halts).toEqual(['all']);
});

const capsule = (place: number): string => place.toString(16).padStart(64, '0');

test('X5: more halts than a statement can name are a halt of everything, and the newest stay named', () => {
  let state: RulingState = NOTHING_RULES;
  for (let place = 0; place <= MAX_HALTS; place += 1)
    state = told(state, 'halt.requested', { capsule: `sha256:${capsule(place)}` }, `capsule:${capsule(place)}`);
  expect(state.halts).toHaveLength(MAX_HALTS);
  expect(state.halts[0]).toBe('all');
  expect(state.halts.at(-1)).toBe(`sha256:${capsule(MAX_HALTS)}`);
  expect(readShape(rulingShape, JSON.parse(JSON.stringify(state))).ok).toBe(true);
  expect(told(state, 'envelope.activated', { version: 2, digest, narrowings: 0 }).halts).toHaveLength(MAX_HALTS - 1);
});

test('X1: an act that ends without a halt changes nothing of what rules, so no statement is owed for it', () => {
  const held = told(NOTHING_RULES, 'halt.requested', { capsule: `sha256:${capsule(1)}` }, `capsule:${capsule(1)}`);
  for (const event of ['rollout.completed', 'rollout.resumed', 'rollout.rolled-back'])
    expect(told(held, event, {}, `capsule:${capsule(2)}`)).toBe(held);
  expect(told(held, 'rollout.completed', {}, `capsule:${capsule(1)}`).halts).toEqual([]);
});
