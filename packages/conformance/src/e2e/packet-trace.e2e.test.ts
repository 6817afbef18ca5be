import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { pidOf } from '../bench/agent/with-system.ts';
import { startLongRollout } from '../faults/long-rollout.ts';
import { settle } from '../faults/settled.ts';
import { startSystem, type System } from '../system/start-system.ts';
import { canTrace, listenersOf, traceNetwork } from './network-trace.ts';

const HOSTS = 60;
/** The door of the gateways stands so far above the port that people use. */
const DOOR_OFFSET = 60;
let state: string;
let system: System;

beforeAll(async () => {
  if (!canTrace()) return;
  state = mkdtempSync(join(tmpdir(), 'countersign-trace-'));
  system = await startSystem({ state });
});
afterAll(async () => {
  await system?.stop();
  if (state !== undefined) rmSync(state, { recursive: true, force: true });
});

const places = (trace: readonly { readonly address: string }[]): readonly string[] => [
  ...new Set(trace.map(({ address }) => address)),
];

test.skipIf(!canTrace())(
  'X1: during a run the runner connects to targets and to nothing else and listens on nothing; the gateway calls control only',
  async () => {
    const [runner, gateway] = [pidOf(system, 'runner-production'), pidOf(system, 'gateway-production')];
    const ofRunner = await traceNetwork(runner, join(state, 'runner.trace'));
    const ofGateway = await traceNetwork(gateway, join(state, 'gateway.trace'));
    const rollout = await startLongRollout(system, HOSTS);
    expect([listenersOf(runner), listenersOf(gateway)]).toEqual([[], []]);
    const settled = await settle(system, rollout, { timeoutMs: 60_000 });
    expect([settled.state, settled.complaints]).toEqual(['SUCCEEDED', []]);
    const [toTargets, toControl] = [await ofRunner.stop(), await ofGateway.stop()];

    expect(toTargets.length).toBeGreaterThan(0);
    expect(places(toTargets)).toEqual([new URL(system.estates.production).host]);
    expect(toControl.length).toBeGreaterThan(0);
    expect(places(toControl)).toEqual([`127.0.0.1:${system.port + DOOR_OFFSET}`]);
    expect([listenersOf(runner), listenersOf(gateway)]).toEqual([[], []]);
    expect([pidOf(system, 'runner-production'), pidOf(system, 'gateway-production')]).toEqual([runner, gateway]);
    // The instrument itself: it does find a program that listens.
    expect(listenersOf(pidOf(system, 'control'))).not.toEqual([]);
  },
  180_000,
);
