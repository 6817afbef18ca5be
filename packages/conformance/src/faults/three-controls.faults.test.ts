import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@countersign/client';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { restartDraft, RESTART_RULE } from '../bench/agent/drafts.ts';
import { OutsideAgent } from '../bench/agent/outside-agent.ts';
import { pidOf } from '../bench/agent/with-system.ts';
import { until } from '../scenarios/wait.ts';
import { freePorts, startSystem, type System } from '../system/start-system.ts';
import { eventsInJournal } from './executed.ts';
import { openFrontDoor, type FrontDoor } from './front-door.ts';
import { isAlive } from './kill.ts';
import { begun, countersign, productionHosts, proposeAll, startLongRollout, untilTouched } from './long-rollout.ts';
import { gapsSince, witnessedCheckpoint } from './record-check.ts';
import { settle } from './settled.ts';

const RUNNING = 600;
/** Restarts of five hosts each: more than policy lets run alone, so people have to sign. */
const WAITING = [900, 905, 910].map((from) => productionHosts(from, from + 5));
const TAKEOVER_MS = 20_000;
/** The door of the gateways stands so far above the port that people use. */
const DOOR_OFFSET = 60;

let state: string;
let door: FrontDoor;
let gatewayDoor: FrontDoor;
let system: System;

beforeAll(async () => {
  state = mkdtempSync(join(tmpdir(), 'countersign-three-'));
  const port = await freePorts(3);
  const ports = [port, port + 1, port + 2];
  door = await openFrontDoor(() => ports);
  gatewayDoor = await openFrontDoor(() => ports.map((one) => one + DOOR_OFFSET));
  const hosts = [...ports, door.port].flatMap((one) => [`127.0.0.1:${one}`, `localhost:${one}`]);
  system = await startSystem({
    state,
    port,
    controls: 3,
    env: {
      RESTARTS: 'off',
      CONTROL_URL: `http://127.0.0.1:${door.port}`,
      CONTROL_DOOR_URL: `https://localhost:${gatewayDoor.port}`,
      ALLOWED_HOSTS: hosts.join(','),
    },
  });
});
afterAll(async () => {
  await system?.stop();
  await Promise.all([door?.close(), gatewayDoor?.close()]);
  rmSync(state, { recursive: true, force: true });
});

test('X7: of three controls two are killed, the one that writes the record among them; the third ends what waits and what runs', async () => {
  const agent = await OutsideAgent.join(system);
  const waiting = await proposeAll(
    system,
    agent,
    WAITING.map((targets) => ({ rule: RESTART_RULE, draft: restartDraft, targets })),
  );
  agent.leave();
  const running = await startLongRollout(system, RUNNING);
  const before = await witnessedCheckpoint(state, running.client);
  await untilTouched(system, RUNNING * 0.3);

  // The first one to start has taken the log of the organisation.
  const dead = [pidOf(system, 'control'), pidOf(system, 'control-2')];
  for (const pid of dead) process.kill(pid, 'SIGKILL');
  await until({ what: 'word of the two deaths', timeoutMs: 5000 }, async () =>
    'control' in system.pids() || 'control-2' in system.pids() ? undefined : true,
  );

  const third = connect({ url: `http://localhost:${system.port + 2}`, token: system.tokens['person:nils'] ?? '' });
  const size = (await third.checkpoint()).size;
  for (const proposal of waiting) {
    expect((await third.proposal(proposal)).state).toBe('PENDING');
    await countersign(system, proposal, third);
  }
  await until({ what: 'growth of the record under the third', timeoutMs: TAKEOVER_MS }, async () =>
    (await third.checkpoint()).size > size ? true : undefined,
  );
  const alone: System = { ...system, url: `http://localhost:${system.port + 2}` };
  const rollouts = [{ ...running, client: third }];
  for (const [place, proposal] of waiting.entries()) rollouts.push(await begun(alone, proposal, WAITING[place] ?? []));
  for (const rollout of rollouts) {
    const others = rollouts.filter((other) => other !== rollout).flatMap(({ targets }) => targets);
    const settled = await settle(alone, rollout, { timeoutMs: 180_000, others });
    expect([rollout.proposal, settled.state, settled.complaints]).toEqual([rollout.proposal, 'SUCCEEDED', []]);
  }
  expect(await gapsSince(state, third, before)).toEqual([]);
  expect(dead.map(isAlive)).toEqual([false, false]);
  expect(pidOf(system, 'control-3')).toBeGreaterThan(0);
  expect(await system.stop()).toBe(0);
  for (const { capsule, targets } of rollouts)
    expect(eventsInJournal(state, capsule).filter(({ type }) => type === 'leased')).toHaveLength(targets.length);
}, 420_000);
