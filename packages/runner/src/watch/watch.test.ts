import { createServer } from 'node:http';
import { afterEach, expect, test } from 'vitest';
import { instant, ok, refuse, type Instant, type NodeId, type Result } from '@countersign/core';
import { made } from '../testkit/made.ts';
import { judgeTarget, watchUntilFinal, type Judgement } from './after-act.ts';
import { httpCaller, type Answer, type Caller } from './ask.ts';
import { judgeService, readDependants } from './dependants.ts';
import { readServiceHealth, readTargetHealth } from './health.ts';

const at = (second: number): Instant => made(instant, `2026-11-21T02:14:${String(second).padStart(2, '0')}.000Z`);
const answer = (body: unknown, status = 200): Result<Answer> => ok({ status, body: Buffer.from(JSON.stringify(body)) });
const running = { state: 'running', instance: 'i2', startedAt: at(11), observedAt: at(12), versions: { app: '2' } };
const expected = { since: at(10), replacedInstance: 'i1', versions: { app: '2' } };

const VERDICTS: readonly (readonly [string, Result<Answer>, string])[] = [
  ['a fresh new instance with the intended version', answer(running), 'success'],
  ['health from before the act', answer({ ...running, observedAt: at(9) }), 'error'],
  ['the instance from before', answer({ ...running, instance: 'i1' }), 'failure'],
  ['an instance started before the act', answer({ ...running, startedAt: at(9) }), 'failure'],
  ['another version', answer({ ...running, versions: { app: '1' } }), 'failure'],
  ['no version', answer({ ...running, versions: {} }), 'failure'],
  ['an instance that says it failed', answer({ state: 'failed', error: 'symbol', observedAt: at(12) }, 503), 'failure'],
  ['a failure from before the act', answer({ state: 'failed', error: 'symbol', observedAt: at(9) }, 503), 'error'],
  ['no answer', refuse('no-answer', 'timeout'), 'error'],
  ['an answer without a time', answer({ state: 'running' }), 'error'],
  ['an error status with a healthy body', answer(running, 500), 'error'],
  ['not JSON', ok({ status: 200, body: Buffer.from('<html>') }), 'error'],
  ['duplicate keys', ok({ status: 200, body: Buffer.from('{"state":"failed","state":"running"}') }), 'error'],
  ['a list', answer([]), 'error'],
];

test.each(VERDICTS)('X4, I10: %s', (_name, given, verdict) => {
  expect(judgeTarget(readTargetHealth(given), expected).verdict).toBe(verdict);
});

test('A2: hostile text of a target is escaped before it is kept', () => {
  const health = readTargetHealth(answer({ state: 'failed', error: '\u001b[31mred', observedAt: at(12) }, 503));
  expect(JSON.stringify(health)).not.toContain('\\u001b');
});

test.each([
  ['ok', answer({ state: 'ok', observedAt: at(12), successRate: 1000, queueDepth: 0 }), 'success'],
  ['degraded', answer({ state: 'degraded', observedAt: at(12) }, 503), 'failure'],
  ['ok from before', answer({ state: 'ok', observedAt: at(9) }), 'error'],
  ['ok with an error status', answer({ state: 'ok', observedAt: at(12) }, 503), 'error'],
  ['silence', refuse('no-answer', 'timeout'), 'error'],
] as const)('X4: a dependant that is %s', (_name, given, verdict) => {
  expect(judgeService(readServiceHealth(given), at(10)).verdict).toBe(verdict);
});

test('waits for a better reading until the time is over, and no longer once it is final', async () => {
  let [clockMs, reads] = [0, 0];
  const read = async (): Promise<Judgement> => {
    reads += 1;
    clockMs += 40;
    return { verdict: reads === 3 ? 'success' : 'error', detail: '', isFinal: reads === 3 };
  };
  const patience = { timeoutMs: 1000, monotonicMs: () => clockMs };
  expect((await watchUntilFinal(read, patience)).verdict).toBe('success');
  expect(reads).toBe(3);
  const never = async (): Promise<Judgement> => ({
    verdict: 'error',
    detail: String((clockMs += 600)),
    isFinal: false,
  });
  expect((await watchUntilFinal(never, patience)).verdict).toBe('error');
});

test('X4: a dependant that this enclave does not know is no data, and no dependant at all is well', async () => {
  const caller: Caller = { ask: async () => refuse('no-answer', 'none'), close: () => undefined };
  const inventory = { targets: new Map(), dependants: new Map() };
  const patience = { timeoutMs: 10, monotonicMs: () => 0 };
  const unknown = await readDependants(caller, inventory, { dependants: ['shop' as NodeId], since: at(1), patience });
  expect([unknown.verdict, unknown.detail]).toEqual(['error', 'shop: not in the inventory of this enclave']);
  expect((await readDependants(caller, inventory, { dependants: [], since: at(1), patience })).verdict).toBe('success');
});

const servers: { close: () => void }[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serve(handle: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(handle);
  servers.push({ close: () => (server.closeAllConnections(), server.close()) });
  await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return `http://127.0.0.1:${typeof address === 'object' && address !== null ? address.port : 0}`;
}

test('an answer is bounded in time and size, redirects are not followed, and a connection is used again', async () => {
  const sockets = new Set<unknown>();
  const url = await serve((request, response) => {
    sockets.add(request.socket);
    if (request.url === '/large') return void response.end(Buffer.alloc(70_000));
    if (request.url === '/moved') return void response.writeHead(302, { location: '/ok' }).end();
    if (request.url === '/ok') return void response.end('fine');
    return undefined;
  });
  const caller = httpCaller();
  const ask = async (path: string): Promise<string | number> => {
    const got = await caller.ask({ method: 'GET', url: url + path, timeoutMs: 100 });
    return got.ok ? got.value.status : got.refusal.code;
  };
  expect([await ask('/ok'), await ask('/ok'), await ask('/moved')]).toEqual([200, 200, 302]);
  expect(sockets.size).toBe(1);
  expect([await ask('/large'), await ask('/silent')]).toEqual(['too-large', 'no-answer']);
  caller.close();
  expect(
    await caller.ask({ method: 'GET', url: 'http://127.0.0.1:1/', timeoutMs: 100 }).then(({ ok: isOk }) => isOk),
  ).toBe(false);
});
