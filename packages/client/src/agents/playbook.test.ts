import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { parseDigest, parseId } from '@countersign/core';
import { afterEach, describe, expect, test } from 'vitest';
import { PlaybookAgent, readPlaybooks } from './playbook-agent.ts';
import { draftOf, playbookFor, type SeenSignal } from './playbook.ts';

const playbooks = readPlaybooks(join(import.meta.dirname, 'demo-playbooks.json'));

function must<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('the test data is wrong');
  return value;
}
const signal = (rule: string, change: Partial<SeenSignal> = {}): SeenSignal => ({
  id: must(parseId<'Signal'>(`S-${rule}`)),
  rule,
  title: 'it fires',
  severity: 'critical',
  status: 'firing',
  targets: [must(parseId<'Target'>('host-0001'))],
  source: must(parseId<'Source'>('alertmanager')),
  document: must(parseDigest(`sha256:${'a'.repeat(64)}`)),
  ...change,
});

describe('playbooks', () => {
  test('L2: each demo playbook yields a complete draft with the context record of a program without a model', () => {
    for (const playbook of playbooks) {
      const signals = playbook.rules.map((rule) => signal(rule));
      expect(playbookFor(playbooks, signals)).toBe(playbook);
      const draft = draftOf({ triage: 'T-1', playbook, signals });
      expect(draft).toMatchObject({
        ok: true,
        value: { signals: signals.map(({ id }) => id), context: { model: 'playbook 1 (deterministic, no model)' } },
      });
    }
  });

  test('L4: the patch and the config fix name a reproduction and staging targets', () => {
    const owing = playbooks.filter((one) => one.change.action !== 'service.restart');
    expect(owing.map(({ validation }) => validation.reproduction?.id)).toEqual(['not-vulnerable', 'checkout-succeeds']);
    expect(owing.every(({ validation }) => validation.stagingTargets.length > 0)).toBe(true);
  });

  test('L1: a resolved signal and an unknown rule are answered by nobody', () => {
    expect(playbookFor(playbooks, [signal('ServiceHung', { status: 'resolved' })])).toBeUndefined();
    expect(playbookFor(playbooks, [signal('SomethingElse')])).toBeUndefined();
  });

  test('L2: signals without a target yield no draft, with the reason', () => {
    const playbook = must(playbooks[0]);
    const draft = draftOf({ triage: 'T-1', playbook, signals: [signal(must(playbook.rules[0]), { targets: [] })] });
    expect(draft.ok).toBe(false);
  });
});

const call: typeof fetch = (address, init) =>
  fetch(address, { ...init, headers: { ...init?.headers, authorization: 'DPoP secret' } });

describe('the agent', () => {
  let server: Server | undefined;
  afterEach(() => server?.close());

  interface Seen {
    readonly method: string;
    readonly url: string;
    readonly authorization: string;
    readonly key: string;
  }

  async function controlThatSays(
    signals: readonly SeenSignal[],
    seen: Seen[],
    isAuthenticated = true,
  ): Promise<PlaybookAgent> {
    const started = createServer((request, response) => {
      const { method = '', url = '', headers } = request;
      seen.push({
        method,
        url,
        authorization: headers.authorization ?? '',
        key: String(headers['idempotency-key'] ?? ''),
      });
      const isList = url.includes('?');
      const body =
        method === 'POST'
          ? {}
          : isList
            ? { items: [{ id: 'T-1' }] }
            : { signals: signals.map((one) => ({ signal: one, isAuthenticated })) };
      request.resume();
      response.writeHead(method === 'POST' ? 201 : 200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(body));
    });
    server = started;
    await new Promise<void>((resolve) => started.listen(0, '127.0.0.1', resolve));
    const { port } = started.address() as AddressInfo;
    return new PlaybookAgent({ address: `http://127.0.0.1:${port}`, call, playbooks });
  }

  test('L1, L8: answers a triage once, over HTTP, with its own credential and an idempotency key', async () => {
    const seen: Seen[] = [];
    const agent = await controlThatSays([signal('ServiceHung')], seen);
    const stop = new AbortController().signal;
    expect(await agent.watch(0, stop)).toMatchObject([{ triage: 'T-1', playbook: 'service-hung', result: 'proposed' }]);
    expect(await agent.watch(0, stop)).toEqual([]);
    const posts = seen.filter(({ method }) => method === 'POST');
    expect(posts).toEqual([
      { method: 'POST', url: '/api/v1/proposals', authorization: 'DPoP secret', key: 'T-1-service-hung-1' },
    ]);
  });

  test('L1: a triage that no playbook knows is reported and left to people', async () => {
    const seen: Seen[] = [];
    const agent = await controlThatSays([signal('SomethingElse')], seen);
    expect(await agent.watch(0, new AbortController().signal)).toMatchObject([{ result: 'no-playbook' }]);
    expect(seen.some(({ method }) => method === 'POST')).toBe(false);
  });

  test('D8: nothing is proposed from what an unauthenticated sender says', async () => {
    const seen: Seen[] = [];
    const agent = await controlThatSays([signal('ServiceHung')], seen, false);
    expect(await agent.watch(0, new AbortController().signal)).toMatchObject([{ result: 'no-playbook' }]);
    expect(seen.some(({ method }) => method === 'POST')).toBe(false);
  });
});
