import { tmpdir } from 'node:os';
import { expect, test } from 'vitest';
import { ok, refuse, type Result } from '@countersign/core';
import { digestOf, generateSigner, verifyTaskCredential } from '@countersign/seal';
import { inventoryOf, inventoryShape, type LocalTarget } from '../../preflight/inventory.ts';
import { good, made } from '../../testkit/made.ts';
import type { Answer, Caller } from '../../watch/ask.ts';
import { Permit } from '../permit.ts';
import { TaskCredentials } from '../task-credentials.ts';
import { serviceAdapter, type ServiceStep } from './service-adapter.ts';

const CAPSULE = digestOf(Buffer.from('capsule'));
const NOW_MS = 1_800_000_000_000;
const key = generateSigner('ed25519');
const permit = good(Permit.act(CAPSULE, ok(true)));
const target = inventoryOf(
  made(inventoryShape, {
    targets: [
      {
        id: 'host-1',
        root: tmpdir(),
        healthUrl: 'http://127.0.0.1:1/health',
        restartUrl: 'http://127.0.0.1:1/restart',
        tier: 'non-critical',
        labels: {},
      },
    ],
    dependants: [],
  }),
  (path) => path,
).targets.get('host-1') as LocalTarget;
const STEP: ServiceStep = { adapter: 'service', operation: 'restart', service: 'app' };

type Asked = Parameters<Caller['ask']>[0];
const asked: Asked[] = [];
const adapter = (answer: Result<Answer>) =>
  serviceAdapter(
    {
      ask: async (question) => {
        asked.push(question);
        return answer;
      },
      close: () => undefined,
    },
    new TaskCredentials('runner-1', key, () => NOW_MS),
  );
const body = (document: object): Uint8Array => Buffer.from(JSON.stringify(document));
const codeOf = async (answer: Result<Answer>): Promise<string> => {
  const done = await adapter(answer).apply(STEP, target, permit);
  return done.ok ? done.value : done.refusal.code;
};
const AT = '2026-11-21T02:14:00.000Z';
const RUNNING = { state: 'running', instance: 'i-2', startedAt: AT, observedAt: AT, versions: {} };
const claimsOf = ({ headers }: Asked, nowSeconds = NOW_MS / 1000): ReturnType<typeof verifyTaskCredential> =>
  verifyTaskCredential((headers?.['authorization'] ?? '').replace('Bearer ', ''), {
    keys: new Map([['runner-1', key.publicKey]]),
    audience: 'host-1',
    operation: 'service.restart',
    nowSeconds,
  });

test('X3, I20: each call carries a credential of its own, for this target, this operation and this capsule, over in seconds', async () => {
  for (const _ of [1, 2]) await codeOf(ok({ status: 200, body: body(RUNNING) }));
  const calls = asked.splice(0);
  expect(calls.map(({ method, url }) => [method, url])).toEqual([
    ['POST', target.restartUrl],
    ['POST', target.restartUrl],
  ]);
  const [first, second] = calls.map((call) => good(claimsOf(call)));
  expect(first).toMatchObject({ iss: 'runner-1', aud: 'host-1', operation: 'service.restart', capsule: CAPSULE });
  expect(first?.jti).not.toBe(second?.jti);
  expect((first?.exp ?? 0) - (first?.iat ?? 0)).toBeLessThanOrEqual(16);
  expect(calls.map((call) => claimsOf(call, NOW_MS / 1000 + 60).ok)).toEqual([false, false]);
});

test.each([
  ['a restart that was carried out', ok({ status: 200, body: body(RUNNING) }), 'restarted, instance i-2'],
  ['no answer at all', refuse('no-answer', 'no answer (timeout)'), 'answer-lost'],
  ['a fault, before or after the restart', ok({ status: 502, body: body({}) }), 'answer-lost'],
  ['a definite no', ok({ status: 403, body: body({}) }), 'restart-refused'],
  ['a redirect, which is not followed', ok({ status: 302, body: body({}) }), 'restart-refused'],
] as const)('X7: %s', async (_what, answer, expected) => {
  expect(await codeOf(answer)).toBe(expected);
});

test('the contract says that a restart can be neither fenced nor told apart by looking', async () => {
  asked.length = 0;
  const own = adapter(ok({ status: 200, body: body(RUNNING) }));
  expect(own.contract).toMatchObject({ isIdempotent: false, hasFence: false, capture: 'none' });
  expect(own.capture(STEP, target)).toEqual(ok(undefined));
  expect(await own.probe(STEP, target)).toBe('unclear');
  const back = { captured: undefined, permit: Permit.goBack(CAPSULE) };
  expect(await own.undo(STEP, target, back)).toEqual(ok('restarted, instance i-2'));
  expect(asked).toHaveLength(1);
});
