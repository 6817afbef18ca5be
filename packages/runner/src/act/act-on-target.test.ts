import { digestOf, generateSigner } from '@countersign/seal';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { instantOf, ok, refuse, type Result, type RunnableStep } from '@countersign/core';
import { systemClock } from '../preflight/clock.ts';
import { inventoryOf, inventoryShape } from '../preflight/inventory.ts';
import { made } from '../testkit/made.ts';
import type { Caller } from '../watch/ask.ts';
import { readDependants } from '../watch/dependants.ts';
import { actOnTarget, NOT_TOUCHED, type TargetOutcome } from './act-on-target.ts';
import { TaskCredentials } from './task-credentials.ts';
import { toolsOf } from './tools.ts';

const CAPSULE = digestOf(Buffer.from('capsule'));

const RESTART: RunnableStep = { adapter: 'service', operation: 'restart', service: 'app' };
const WRITE: RunnableStep = { adapter: 'config', path: 'lib/app.json', content: '{"version":"2"}', validate: 'json' };

interface Host {
  readonly restart: () => number | 'lost';
  readonly aheadMs?: number;
}

/** One host whose health is always good and always that of a new instance. */
function hostOf({ restart, aheadMs = 0 }: Host) {
  const root = mkdtempSync(join(tmpdir(), 'countersign-act-'));
  mkdirSync(join(root, 'lib'));
  writeFileSync(join(root, 'lib', 'app.json'), '{"version":"1"}');
  const inventory = inventoryOf(
    made(inventoryShape, {
      targets: [
        {
          id: 'host-1',
          root,
          healthUrl: 'http://h/health',
          restartUrl: 'http://h/restart',
          tier: 'non-critical',
          labels: {},
        },
      ],
      dependants: [],
    }),
    (path) => path,
  );
  let [instance, asked] = [1, 0];
  let startedAt = instantOf(0);
  const answer = (status: number) => {
    const observedAt = instantOf(Date.now() + aheadMs);
    const health = { state: 'running', instance: String(instance), startedAt, observedAt, versions: {} };
    return ok({ status, body: Buffer.from(JSON.stringify(health)) });
  };
  const caller: Caller = {
    ask: async ({ method }) => {
      asked += 1;
      if (method === 'GET') return answer(200);
      const status = restart();
      instance += 1;
      startedAt = instantOf(Date.now() + aheadMs);
      return status === 'lost' ? refuse('no-answer', 'no answer (timeout)') : answer(status);
    },
    close: () => undefined,
  };
  return {
    root,
    inventory,
    caller,
    asked: () => asked,
    content: () => readFileSync(join(root, 'lib', 'app.json'), 'utf8'),
  };
}

async function outcomeOf(
  host: ReturnType<typeof hostOf>,
  steps: readonly RunnableStep[],
  mayStill: () => Result<true> = () => ok(true),
): Promise<TargetOutcome> {
  const target = host.inventory.targets.get('host-1');
  if (target === undefined) throw new Error('no host');
  const { caller, inventory } = host;
  const credentials = new TaskCredentials('runner-1', generateSigner('ed25519'), Date.now);
  const tools = toolsOf({ caller, inventory, clock: systemClock, credentials });
  const order = { capsule: CAPSULE, target, steps, versions: {}, healthTimeoutMs: 100 };
  const outcome = await actOnTarget(tools, order, mayStill);
  rmSync(host.root, { recursive: true, force: true });
  return outcome;
}

test('X7: a lost answer that health settles is a success when every file is as approved', async () => {
  const outcome = await outcomeOf(hostOf({ restart: () => 'lost' }), [WRITE, RESTART]);
  expect(outcome).toMatchObject({ kind: 'verdict', verdict: 'success' });
});

test('X7: good health after a lost answer does not stand for the step after it, which was never begun', async () => {
  const host = hostOf({ restart: () => 'lost' });
  const before = host.content();
  expect(await outcomeOf(host, [RESTART, WRITE])).toMatchObject({ kind: 'unknown' });
  expect(before).toBe('{"version":"1"}');
});

test('X7: a fault at the other end is a lost answer, not a no', async () => {
  expect(await outcomeOf(hostOf({ restart: () => 502 }), [RESTART, WRITE])).toMatchObject({ kind: 'unknown' });
  expect(await outcomeOf(hostOf({ restart: () => 403 }), [RESTART, WRITE])).toMatchObject({
    kind: 'verdict',
    verdict: 'error',
  });
});

test('I5: a no between the intent and the first step leaves the target as it was', async () => {
  const host = hostOf({ restart: () => 200 });
  let seen = '';
  const outcome = await outcomeOf(host, [WRITE, RESTART], () => {
    seen = host.content();
    return refuse('window-over', 'the authority ended');
  });
  expect([seen, host.asked()]).toEqual(['{"version":"1"}', 1]);
  expect(outcome).toMatchObject({ kind: 'verdict', verdict: 'error', detail: `${NOT_TOUCHED} the authority ended` });
});

test('T26: health that is dated in the future is no data, so a fast clock cannot pass off an old reading', async () => {
  const outcome = await outcomeOf(hostOf({ restart: () => 200, aheadMs: 600_000 }), [WRITE, RESTART]);
  expect(outcome).toMatchObject({
    kind: 'verdict',
    verdict: 'error',
    detail: 'no health data: it is dated in the future',
  });
});

test('X4, G4: a target that depends on another target is read by its own health', async () => {
  const host = hostOf({ restart: () => 200 });
  const [dependant] = made(inventoryShape, {
    targets: [],
    dependants: [{ id: 'host-1', healthUrl: 'http://h/x' }],
  }).dependants;
  const patience = { timeoutMs: 50, monotonicMs: systemClock.monotonicMs };
  const dependants = dependant === undefined ? [] : [dependant.id];
  const reading = await readDependants(host.caller, host.inventory, {
    dependants,
    since: instantOf(Date.now() - 5),
    patience,
  });
  expect(reading).toMatchObject({ verdict: 'success', states: [{ subject: 'host-1', state: 'ok: running' }] });
});
