import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, expect, test } from 'vitest';
import { hostRoot } from '../host/host-files.ts';
import { productionEstate } from '../layout.ts';
import { PATCHED_OPENSSL, opensslText } from '../packages.ts';
import { Estate } from './estate.ts';
import { readObjective, serviceHealth } from './service-health.ts';

const layout = productionEstate();
let state = '';
let estate: Estate;
beforeAll(() => {
  state = mkdtempSync(join(tmpdir(), 'estate-'));
  estate = Estate.boot(layout, state, 0);
});
afterAll(() => rmSync(state, { recursive: true }));

const restartWith = (id: string, openssl: string, nowMs: number): void => {
  writeFileSync(join(hostRoot(state, id), 'lib/openssl.json'), openssl);
  estate.host(id)?.restart(nowMs);
};
const first = layout.hosts[380]!;
const [payments] = first.services as [string];
afterEach(() => {
  for (const { host, current } of estate.hosts)
    if (current.state === 'failed') restartWith(host.id, opensslText('3.0.13'), 0);
});

test('all services of a fresh estate are well', () => {
  expect(estate.summary(0)).toMatchObject({
    profile: 'production',
    hosts: 1240,
    running: 1240,
    failed: 0,
    everFailed: 0,
    restarts: 0,
    byOpenssl: { '3.0.11': 370, '3.0.12': 300, '3.0.13': 570 },
    services: { ok: layout.services.length, degraded: [] },
  });
});

test('X4: one failed payment host degrades the payments of its data centre, and nothing else', () => {
  restartWith(first.id, PATCHED_OPENSSL, 1000);
  expect(estate.service(payments, 1000)).toEqual({
    service: payments,
    state: 'degraded',
    successRate: 983,
    queueDepth: 0,
    members: { running: 59, failed: 1 },
    degradedDependencies: [],
  });
  expect(estate.summary(1000).services.degraded).toEqual([payments]);
});

test('requests queue up as long as a member is failed, and are served when it runs again', () => {
  restartWith(first.id, PATCHED_OPENSSL, 1000);
  // 240 requests a second over 60 members are 4 a second for the failed one.
  expect(estate.service(payments, 11_000)?.queueDepth).toBe(40);
  expect(estate.service(payments, 500)?.queueDepth).toBe(0);
  restartWith(first.id, opensslText('3.0.13'), 12_000);
  expect(estate.service(payments, 13_000)).toMatchObject({ state: 'ok', successRate: 1000, queueDepth: 0 });
});

test('scenario A without governance: the patch on all hosts breaks exactly the 60 and all three payments services', () => {
  for (const { id } of layout.hosts) restartWith(id, PATCHED_OPENSSL, 1000);
  const summary = estate.summary(1000);
  expect(summary).toMatchObject({ running: 1180, failed: 60, byOpenssl: { '3.0.14': 1180 } });
  expect(summary.services.degraded).toEqual(['payments-dc1', 'payments-dc2', 'payments-dc3']);
  expect(summary.everFailed).toBe(60);
  expect(summary.restartedHosts).toBe(1240);
});

test('a failing hard dependency is passed on, a soft one is not', () => {
  const ledger = layout.hosts.filter(({ role }) => role === 'ledger').map(({ id }) => id);
  for (const id of ledger.slice(0, 45)) restartWith(id, '', 1000);
  expect(estate.service('ledger', 1000)).toMatchObject({ state: 'degraded', successRate: 500 });
  expect(estate.service('trading-gateway', 1000)).toMatchObject({
    state: 'degraded',
    successRate: 500,
    members: { failed: 0 },
    degradedDependencies: ['ledger'],
  });
  expect(estate.service('reporting', 1000)).toMatchObject({ state: 'ok', successRate: 1000 });
});

test('a service without members serves nothing', () => {
  const objective = { service: 'empty', minSuccessPerMille: 1, requestsPerSecond: 5 };
  expect(serviceHealth([], objective, { nowMs: 0, hard: [] })).toMatchObject({ state: 'degraded', successRate: 0 });
});

test('an unknown service has no health', () => {
  expect(estate.service('payments-dc9', 0)).toBeUndefined();
});

test.each(['{}', '{"service":"x","minSuccessPerMille":1001,"requestsPerSecond":1}'])(
  'a spoilt objective stops the estate with the reason: %s',
  (content) => {
    const path = join(state, 'objective.json');
    writeFileSync(path, content);
    expect(() => readObjective(path)).toThrow('/minSuccessPerMille');
  },
);
