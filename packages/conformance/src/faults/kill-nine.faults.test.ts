import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startSystem, type System } from '../system/start-system.ts';
import { eventsInJournal } from './executed.ts';
import { killAll, killNine } from './kill.ts';
import { startLongRollout, untilActing, untilTouched } from './long-rollout.ts';
import { gapsSince, witnessedCheckpoint } from './record-check.ts';
import { settle } from './settled.ts';

/** From `npm start` to the end, with four deaths in between. */
const TEST_MS = 480_000;
const END_MS = 240_000;
/** Share of the hosts that is touched when the program dies. */
const DEATHS = [
  { program: 'control', at: 0.15 },
  { program: 'gateway-production', at: 0.35 },
  { program: 'database', at: 0.55 },
  // Last: a runner that dies within an act stops the rollout by rule, and then nothing is in the middle any more.
  { program: 'runner-production', at: 0.75 },
] as const;

let state: string;
let system: System | undefined;

beforeEach(() => {
  state = mkdtempSync(join(tmpdir(), 'countersign-faults-'));
});
afterEach(async () => {
  await system?.stop();
  system = undefined;
  rmSync(state, { recursive: true, force: true });
});

test(
  'X7: control, gateway, database and runner are killed in turn within one rollout of 1,240 hosts; it ends, by rule, with nothing lost',
  async () => {
    system = await startSystem({ state });
    const rollout = await startLongRollout(system);
    const before = await witnessedCheckpoint(state, rollout.client);
    for (const { program, at } of DEATHS) {
      const touched = await untilTouched(system, Math.round(rollout.targets.length * at));
      expect(touched).toBeLessThan(rollout.targets.length * 0.85);
      if (program === 'runner-production') await untilActing(system);
      expect(await killNine(system, program)).toBeLessThan(60_000);
    }
    const settled = await settle(system, rollout, { timeoutMs: END_MS });
    expect(settled.complaints).toEqual([]);
    expect(['SUCCEEDED', 'ROLLED_BACK']).toContain(settled.state);
    expect(await gapsSince(state, rollout.client, before)).toEqual([]);
    expect(await system.stop()).toBe(0);
    expect(eventsInJournal(state, rollout.capsule)).toEqual(settled.events);
  },
  TEST_MS,
);

test(
  'X7: everything is killed at once, as in a power cut; the next start takes up what was begun and ends it',
  async () => {
    system = await startSystem({ state });
    const rollout = await startLongRollout(system);
    const before = await witnessedCheckpoint(state, rollout.client);
    await untilTouched(system, Math.round(rollout.targets.length * 0.4));
    await killAll(system);
    system = await startSystem({ state, port: system.port });
    const settled = await settle(system, rollout, { timeoutMs: END_MS });
    expect(settled.complaints).toEqual([]);
    expect(['SUCCEEDED', 'ROLLED_BACK']).toContain(settled.state);
    expect(await gapsSince(state, rollout.client, before)).toEqual([]);
    expect(await system.stop()).toBe(0);
    expect(eventsInJournal(state, rollout.capsule)).toEqual(settled.events);
  },
  TEST_MS,
);
