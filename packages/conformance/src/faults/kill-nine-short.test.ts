import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startSystem, type System } from '../system/start-system.ts';
import { eventsInJournal } from './executed.ts';
import { killNine } from './kill.ts';
import { startLongRollout, untilActing, untilTouched } from './long-rollout.ts';
import { gapsSince, witnessedCheckpoint } from './record-check.ts';
import { settle } from './settled.ts';

const HOSTS = 200;
let state: string;
let system: System;

beforeAll(async () => {
  state = mkdtempSync(join(tmpdir(), 'countersign-short-'));
  system = await startSystem({ state });
}, 60_000);
afterAll(async () => {
  await system?.stop();
  rmSync(state, { recursive: true, force: true });
});

test('X7: control and then the runner are killed within a rollout; it ends by rule, no host is acted on twice', async () => {
  const rollout = await startLongRollout(system, HOSTS);
  const before = await witnessedCheckpoint(state, rollout.client);
  await untilTouched(system, HOSTS * 0.25);
  await killNine(system, 'control');
  await untilTouched(system, HOSTS * 0.6);
  await untilActing(system);
  await killNine(system, 'runner-production');
  const settled = await settle(system, rollout, { timeoutMs: 60_000 });
  expect(settled.complaints).toEqual([]);
  expect(['SUCCEEDED', 'ROLLED_BACK']).toContain(settled.state);
  expect(await gapsSince(state, rollout.client, before)).toEqual([]);
  expect(await system.stop()).toBe(0);
  expect(eventsInJournal(state, rollout.capsule)).toEqual(settled.events);
}, 90_000);
