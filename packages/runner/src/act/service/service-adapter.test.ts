import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ok, refuse, type Result } from '@countersign/core';
import { inventoryOf, inventoryShape, type LocalTarget } from '../../preflight/inventory.ts';
import { made } from '../../testkit/made.ts';
import type { Answer, Caller } from '../../watch/ask.ts';
import { serviceAdapter, type ServiceStep } from './service-adapter.ts';

const folder = mkdtempSync(join(tmpdir(), 'countersign-service-'));
const token = join(folder, 'token');
const target = inventoryOf(
  made(inventoryShape, {
    targets: [
      {
        id: 'host-1',
        root: folder,
        healthUrl: 'http://127.0.0.1:1/health',
        restartUrl: 'http://127.0.0.1:1/restart',
        controlTokenFile: token,
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
  serviceAdapter({
    ask: async (question) => {
      asked.push(question);
      return answer;
    },
    close: () => undefined,
  });
const body = (document: object): Uint8Array => Buffer.from(JSON.stringify(document));
const codeOf = async (answer: Result<Answer>): Promise<string> => {
  const done = await adapter(answer).apply(STEP, target);
  return done.ok ? done.value : done.refusal.code;
};
const AT = '2026-11-21T02:14:00.000Z';
const RUNNING = { state: 'running', instance: 'i-2', startedAt: AT, observedAt: AT, versions: {} };

test('X3: the token is read for each act and sent to the target alone', async () => {
  writeFileSync(token, 'first\n');
  await codeOf(ok({ status: 200, body: body(RUNNING) }));
  writeFileSync(token, 'second\n');
  await codeOf(ok({ status: 200, body: body(RUNNING) }));
  expect(asked.splice(0).map(({ method, url, headers }) => [method, url, headers])).toEqual([
    ['POST', target.restartUrl, { 'x-control-token': 'first' }],
    ['POST', target.restartUrl, { 'x-control-token': 'second' }],
  ]);
});

test.each(['', '   \n', 'with\nnewline', 'a'.repeat(5000)])(
  'X3: without a usable token nothing is sent',
  async (text) => {
    writeFileSync(token, text);
    expect(await codeOf(ok({ status: 200, body: body(RUNNING) }))).toBe('no-credential');
    expect(asked).toEqual([]);
  },
);

test.each([
  ['a restart that was carried out', ok({ status: 200, body: body(RUNNING) }), 'restarted, instance i-2'],
  ['no answer at all', refuse('no-answer', 'no answer (timeout)'), 'answer-lost'],
  ['a fault, before or after the restart', ok({ status: 502, body: body({}) }), 'answer-lost'],
  ['a definite no', ok({ status: 403, body: body({}) }), 'restart-refused'],
  ['a redirect, which is not followed', ok({ status: 302, body: body({}) }), 'restart-refused'],
] as const)('X7: %s', async (_what, answer, expected) => {
  writeFileSync(token, 'good');
  expect(await codeOf(answer)).toBe(expected);
});

test('X6, I15: it promises no probe by itself, no fence and no capture, and its undo is the same restart', async () => {
  writeFileSync(token, 'good');
  asked.length = 0;
  const own = adapter(ok({ status: 200, body: body(RUNNING) }));
  expect(own.contract).toMatchObject({ isIdempotent: false, hasFence: false, capture: 'none' });
  expect(own.capture(STEP, target)).toEqual(ok(undefined));
  expect(await own.probe(STEP, target)).toBe('unclear');
  expect(await own.undo(STEP, target, undefined)).toEqual(ok('restarted, instance i-2'));
  expect(asked).toHaveLength(1);
});
