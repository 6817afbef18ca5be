import { instantOf, msOf } from '@countersign/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { closeDesk, control, now, openDesk, world } from '../flow/desk.builder.ts';
import { dispatched, tripped } from '../flow/scenes.builder.ts';
import { idOf } from '../testkit/world.ts';
import { loadKnowledge, type Knowledge } from './load-knowledge.ts';

beforeEach(openDesk);
afterEach(closeDesk);

const HOUR_MS = 3_600_000;
const known = (): Promise<Knowledge> =>
  loadKnowledge(control.deps.store, {
    organisation: world.organisation,
    proposal: idOf('P-another'),
    agent: idOf('playbook'),
    action: 'service.restart',
    signals: [],
    now: now(),
  });

test.each([
  { phase: 'tripped', isOpen: true },
  { phase: 'halted', isOpen: true },
  { phase: 'rolling-back', isOpen: true },
  { phase: 'completed', isOpen: false },
])('AG-706 4.4: a rollout of the class that is $phase leaves its breaker open: $isOpen', async ({ phase, isOpen }) => {
  await tripped();
  await control.deps.store.updateTable('rollout').set({ phase }).execute();
  expect((await known()).isBreakerOpen).toBe(isOpen);
});

test('D5: an act counts from when it last acted, not from when its capsule was built', async () => {
  await dispatched();
  const { store } = control.deps;
  const built = instantOf(msOf(now()) - 30 * HOUR_MS);
  await store.updateTable('capsule').set({ state: 'finished', created_at: built }).execute();
  await store.updateTable('rollout').set({ updated_at: now() }).execute();
  expect((await known()).operations.map(({ startedAt }) => startedAt)).toEqual([now()]);
  await store.updateTable('rollout').set({ updated_at: built }).execute();
  expect((await known()).operations).toEqual([]);
});
