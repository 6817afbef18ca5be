import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { canonicalBytes, generateSigner, PAYLOAD, signEnvelope, type Report } from '@countersign/seal';
import { DropFolder } from '../inbox/drop-folder.ts';
import type { Running } from '../preflight/lifecycle.ts';
import { FakeControl, type Asked, type Told } from '../testkit/fake-control.ts';
import { ZERO } from '../testkit/proposed.ts';
import { gatewayConfigOf, until } from '../testkit/runner-house.ts';
import { Backoff } from './backoff.ts';
import { loadGatewayConfig, tokenReader, type GatewayConfig } from './gateway-config.ts';
import { readCursor } from './receive.ts';
import { startGateway } from './run-gateway.ts';

const SIGNER = generateSigner('ed25519');
const AT = '2026-11-21T02:14:00.000Z';
const FROM = { organisation: 'acme', runner: 'runner-1' };
const STATEMENT = {
  ...FROM,
  type: 'evidence-statement',
  capsule: ZERO,
  proposal: 'P-1',
  root: '0'.repeat(64),
  fields: 1,
  outcome: 'completed',
  counts: { targets: 1, touched: 1, changed: 1, reverted: 0, unknown: 0, held: 0 },
  finishedAt: AT,
};
let folder = '';
let control: FakeControl;
let running: Running | undefined;
const at = (name: string): string => join(folder, name);
const lines: string[] = [];

const nothing = async (): Promise<Told> => {
  await new Promise((resolve) => void setTimeout(resolve, 50));
  return { status: 204 };
};
const halt = (seq: number) => ({ seq, delivery: { kind: 'halt', capsule: 'all', by: 'oz' } });

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-gateway-'));
  writeFileSync(at('token'), 'bearer-token-1');
  control = new FakeControl(nothing);
  await control.listen();
});
afterEach(async () => {
  await running?.stop();
  running = undefined;
  await control.close();
  rmSync(folder, { recursive: true, force: true });
});

function configOf(change: Partial<Record<keyof GatewayConfig, unknown>> = {}): GatewayConfig {
  return gatewayConfigOf({
    organisation: 'acme',
    enclave: 'prod',
    egress: 'sanitized',
    inbox: at('inbox'),
    outbox: at('outbox'),
    held: at('held'),
    state: at('state'),
    link: { kind: 'control', url: control.url, shows: { kind: 'token', file: at('token') } },
    ...change,
  });
}
const start = (change: Partial<Record<keyof GatewayConfig, unknown>> = {}): void => {
  running = startGateway(configOf(change), (event) => void lines.push(event));
};
const files = (name: string): readonly string[] => readdirSync(at(name)).filter((file) => file.endsWith('.json'));
const progress = (detail: string): Report => {
  const event = { type: 'verdict', at: '2026-11-21T02:14:00.000Z', target: 'h', verdict: 'failure', detail };
  return {
    kind: 'progress',
    progress: signEnvelope(
      PAYLOAD.progress,
      canonicalBytes({ ...FROM, type: 'progress', capsule: ZERO, from: 0, events: [event] }),
      [SIGNER],
    ),
  };
};
const refusal: Report = {
  kind: 'refusal',
  refusal: signEnvelope(
    PAYLOAD.refusal,
    canonicalBytes({ ...FROM, type: 'refusal', subject: ZERO, code: 'replay', detail: 'held inside', at: AT }),
    [SIGNER],
  ),
};
const isReport = ({ method }: Asked): boolean => method === 'POST';
const sent = (): readonly string[] =>
  control.asked
    .filter(isReport)
    .flatMap(({ body }) => (body as { reports: { name: string }[] }).reports.map(({ name }) => name));

test('X1: deliveries come by outbound long poll, whole, named in order, with a cursor that survives', async () => {
  control.answer(async ({ path }) =>
    path.endsWith('after=0') ? { status: 200, body: { next: 7, deliveries: [halt(6), halt(7)] } } : nothing(),
  );
  start();
  await until('deliveries', () => files('inbox').length === 2);
  expect(files('inbox')).toEqual(['0000000000000006-halt.json', '0000000000000007-halt.json']);
  expect(JSON.parse(readFileSync(at('inbox/0000000000000006-halt.json'), 'utf8'))).toEqual(halt(6).delivery);
  await until('the next poll', () => control.asked.some(({ path }) => path.endsWith('after=7')));
  expect(control.asked[0]).toMatchObject({
    path: '/api/v1/enclaves/prod/poll?after=0',
    authorization: 'Bearer bearer-token-1',
  });
  await running?.stop();
  expect(readCursor(at('state'))).toBe(7);
  control.asked.length = 0;
  start();
  await until('a poll after a restart', () => control.asked.length > 0);
  expect(control.asked[0]?.path).toContain('after=7');
});

test('X1: the stored cursor follows when what it passes is on disk, and a machine that stops before is told again', async () => {
  control.answer(async ({ path }) =>
    path.endsWith('after=0') ? { status: 200, body: { next: 7, deliveries: [halt(6), halt(7)] } } : nothing(),
  );
  start();
  await until('the next poll', () => control.asked.some(({ path }) => path.endsWith('after=7')));
  // As far as a machine that lost its power now would know.
  expect([files('inbox').length, readCursor(at('state'))]).toEqual([2, 0]);
  rmSync(at('inbox/0000000000000006-halt.json'));
  await until('the cursor', () => readCursor(at('state')) === 7);
});

test('X5: a server that was restored and counts from an earlier number is followed there, so that its stops are heard', async () => {
  mkdirSync(at('state'));
  writeFileSync(at('state/cursor.json'), JSON.stringify({ next: 40 }));
  control.answer(async ({ path }) => {
    if (path.endsWith('after=40')) return { status: 200, body: { next: 7, deliveries: [] } };
    return path.endsWith('after=7') ? { status: 200, body: { next: 8, deliveries: [halt(8)] } } : nothing();
  });
  start();
  await until('the stop', () => files('inbox').length === 1);
  await until('the next poll', () => control.asked.some(({ path }) => path.endsWith('after=8')));
  await running?.stop();
  expect(readCursor(at('state'))).toBe(8);
});

test('an answer that is not what a poll returns moves nothing', async () => {
  control.answer(async () => ({
    status: 200,
    body: { next: 9, deliveries: [{ seq: 1, delivery: { kind: 'exec', shell: 'rm' } }] },
  }));
  start();
  await until('polls', () => control.asked.length >= 2);
  expect(files('inbox')).toEqual([]);
  expect(readCursor(at('state'))).toBe(0);
});

test('reports leave when they are written and are removed when control has them', async () => {
  control.answer(async (asked) => (isReport(asked) ? { status: 202 } : nothing()));
  start();
  new DropFolder(at('outbox')).put('a.json', JSON.stringify(progress('broken')));
  await until('the report', () => sent().includes('a.json'));
  await until('it is removed', () => files('outbox').length === 0);
  expect(control.asked.filter(isReport)).toHaveLength(1);
});

test('X7: nothing is lost while control is away, and a report it rejects does not stop the others', async () => {
  let isAway = true;
  control.answer(async (asked) => {
    if (!isReport(asked)) return nothing();
    if (isAway) return { status: 503 };
    const names = (asked.body as { reports: { name: string }[] }).reports.map(({ name }) => name);
    return { status: names.includes('bad.json') ? 422 : 202 };
  });
  const outbox = new DropFolder(at('outbox'));
  for (const name of ['bad.json', 'good-1.json', 'good-2.json']) outbox.put(name, JSON.stringify(refusal));
  start();
  await until('a try', () => control.asked.some(isReport));
  expect(files('outbox')).toHaveLength(3);
  isAway = false;
  await until('all are gone', () => files('outbox').length === 0);
  expect(files('held')).toEqual(['bad.json']);
});

test.each([
  ['sanitized', ['refusal.json', 'text.json'], []],
  ['metadata-only', ['refusal.json'], ['text.json']],
  ['local-only', [], ['refusal.json', 'text.json']],
] as const)('V2: with %s the gateway lets only the listed leave', async (egress, leaves, stays) => {
  control.answer(async (asked) => (isReport(asked) ? { status: 202 } : nothing()));
  const outbox = new DropFolder(at('outbox'));
  outbox.put('text.json', JSON.stringify(progress('a text of a target')));
  outbox.put('refusal.json', JSON.stringify(refusal));
  outbox.put('junk.json', '{"kind":"exec"}');
  start({ egress });
  await until('the outbox is empty', () => files('outbox').length === 0);
  expect(sent().toSorted()).toEqual(leaves);
  expect(files('held')).toEqual([...stays, 'junk.json'].toSorted());
});

test('V2: a field of the evidence that is not on the list of the mode is held', async () => {
  control.answer(async (asked) => (isReport(asked) ? { status: 202 } : nothing()));
  const evidence = signEnvelope(PAYLOAD.evidence, canonicalBytes(STATEMENT), [SIGNER]);
  const outbox = new DropFolder(at('outbox'));
  outbox.put(
    'a.json',
    JSON.stringify({ kind: 'evidence', evidence, fields: [['salt', '/targets/0/output', 'secret']] }),
  );
  outbox.put(
    'b.json',
    JSON.stringify({ kind: 'evidence', evidence, fields: ['hash', ['salt', '/outcome', 'completed']] }),
  );
  start();
  await until('the outbox is empty', () => files('outbox').length === 0);
  expect([sent(), files('held')]).toEqual([['b.json'], ['a.json']]);
});

test('X1: without any wire, files are dropped in and picked up', async () => {
  const dropIn = new DropFolder(at('drop-in'));
  dropIn.put('1.json', JSON.stringify(halt(1).delivery));
  dropIn.put('2.json', '{"not":"a delivery"}');
  new DropFolder(at('outbox')).put('r.json', JSON.stringify(refusal));
  start({ link: { kind: 'folder', dropIn: at('drop-in'), dropOut: at('drop-out') } });
  await until('both ways', () => files('inbox').length === 1 && files('drop-out').length === 1);
  expect(files('drop-in')).toEqual(['2.json']);
  expect(control.asked).toEqual([]);
});

test('waiting grows, has jitter and starts again after success', () => {
  const backoff = new Backoff(() => 0.5);
  const waits = Array.from({ length: 7 }, () => backoff.nextMs());
  expect(waits).toEqual([150, 300, 600, 1200, 2400, 3750, 3750]);
  backoff.succeeded();
  expect(backoff.nextMs()).toBe(150);
});

test('a configuration is strict and its paths are relative to its file', () => {
  const link = { kind: 'control', url: 'http://127.0.0.1:1', shows: { kind: 'token', file: 'token' } };
  const document = {
    organisation: 'acme',
    enclave: 'prod',
    egress: 'sanitized',
    inbox: 'i',
    outbox: 'o',
    held: 'h',
    state: 's',
    link,
  };
  writeFileSync(at('gateway.json'), JSON.stringify(document));
  const loaded = loadGatewayConfig(at('gateway.json'));
  expect(loaded.ok && [loaded.value.inbox, loaded.value.link]).toEqual([
    at('i'),
    { ...link, shows: { kind: 'token', file: at('token') } },
  ]);
  writeFileSync(at('gateway.json'), JSON.stringify({ ...document, port: 80 }));
  const refused = loadGatewayConfig(at('gateway.json'));
  expect(!refused.ok && refused.refusal.complaints).toEqual([{ at: '/port', problem: 'is not a known field' }]);
});

test('a token is read again after a second, and at once when there was none', () => {
  let nowMs = 0;
  const token = tokenReader(at('other-token'), () => nowMs);
  expect(token().ok).toBe(false);
  writeFileSync(at('other-token'), 'bearer-token-2');
  expect(token()).toEqual({ ok: true, value: 'bearer-token-2' });
  writeFileSync(at('other-token'), 'bearer-token-3');
  expect(token()).toEqual({ ok: true, value: 'bearer-token-2' });
  nowMs = 1000;
  expect(token()).toEqual({ ok: true, value: 'bearer-token-3' });
});
