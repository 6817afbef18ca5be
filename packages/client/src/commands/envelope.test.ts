import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { canonicalBytes, digestOf, generateSigner, PAYLOAD, signEnvelope } from '@countersign/seal';
import { plainBlocks } from '@countersign/core';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { EXIT } from '../cli/exit-codes.ts';
import { cs } from '../testkit/cli.builder.ts';
import { FakeControl } from '../testkit/fake-control.builder.ts';

const envelope = {
  type: 'envelope',
  organisation: 'demo',
  version: 1,
  owner: 'risk-commit\u00e9',
  ticket: 'CAB-1',
  reason: 'for a test',
  ...plainBlocks([]),
  dryRun: { marginPercent: 0, demands: [{ role: 'release-approver', count: 1 }] },
  policies: `sha256:${'0'.repeat(64)}`,
  validFrom: '2026-11-21T02:00:00.000Z',
  validUntil: '2026-12-21T02:00:00.000Z',
  agents: ['playbook'],
  maxGraphAgeMinutes: 60,
  severities: { high: 3 },
  calendars: [],
  prohibited: [{ id: 'never-destroy', clause: 'L7', actions: ['data.destroy'] }],
  humanOnly: [],
  grants: [],
  routes: [
    {
      id: 'production',
      clause: '4.2',
      when: { environments: ['production'] },
      demands: [{ role: 'release-approver', count: 1 }],
      stepUp: false,
    },
  ],
  maySkipStaging: [],
  rollout: { canary: 10, window: 5, bakeMs: 500, healthTimeoutMs: 4000 },
  egress: { staging: 'sanitized', 'pre-production': 'sanitized', production: 'sanitized' },
};
const payload = canonicalBytes(envelope);
const signed = signEnvelope(PAYLOAD.envelope, payload, [generateSigner('ed25519')]);
const cases = {
  type: 'envelope-tests',
  cases: [
    {
      name: 'restart',
      request: { action: 'service.restart', environments: ['staging'], targets: {} },
      expect: { verdict: 'needs-approval' },
    },
  ],
};

let folder = '';
let server: FakeControl;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cs-envelope-'));
});
afterEach(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true });
});
function written(value: unknown): string {
  const file = join(folder, 'file.json');
  writeFileSync(file, JSON.stringify(value));
  return file;
}

test('show reads the signed bytes, not the copy beside them, and escapes what is in them', async () => {
  const answer = { version: 1, digest: digestOf(payload), envelope: signed, document: { version: 99 } };
  server = await FakeControl.start({ 'GET /envelope': { json: answer } });
  const { exit, out } = await cs(['envelope', 'show'], server);
  expect(exit).toBe(EXIT.ok);
  expect(out).toContain('envelope v1  demo  owner risk-commit\\u{e9}');
  expect(out).toContain('never-destroy (L7): actions data.destroy');
  expect(out).toContain('production (4.2): 1 x release-approver');
});

test('show refuses an envelope whose bytes have another digest', async () => {
  server = await FakeControl.start({
    'GET /envelope': { json: { version: 1, digest: `sha256:${'0'.repeat(64)}`, envelope: signed } },
  });
  expect((await cs(['envelope', 'show'], server)).exit).toBe(EXIT.unverified);
});

test('E2: lint names every fault at once with its place, signed or not, without a server', async () => {
  const nowhere = { url: 'http://127.0.0.1:9' };
  expect((await cs(['envelope', 'lint', written(envelope)], nowhere)).exit).toBe(EXIT.ok);
  expect((await cs(['envelope', 'lint', written(signed)], nowhere)).exit).toBe(EXIT.ok);
  const { exit, err } = await cs(
    ['envelope', 'lint', written({ ...envelope, validUntil: '2027-12-21T02:00:00.000Z' })],
    nowhere,
  );
  expect(exit).toBe(EXIT.failed);
  expect(err).toContain('/validUntil');
  const two = await cs(['envelope', 'lint', written({ ...envelope, version: 0, extra: 1 })], nowhere);
  expect(two.err).toContain('/version');
  expect(two.err).toContain('/extra');
});

test('a file with a key twice is refused, not guessed at', async () => {
  const file = join(folder, 'twice.json');
  writeFileSync(file, '{"type":"envelope","type":"envelope"}');
  const { exit, err } = await cs(['envelope', 'lint', file], { url: 'http://127.0.0.1:9' });
  expect(exit).toBe(EXIT.failed);
  expect(err).toContain('duplicate key');
});

test.each([
  [
    'all pass',
    [{ name: 'restart', isPassed: true, verdict: 'needs-approval', problems: [] }],
    EXIT.ok,
    'ok   restart: needs-approval',
  ],
  [
    'one fails',
    [{ name: 'restart', isPassed: false, verdict: 'autonomous', problems: ['the verdict is autonomous'] }],
    EXIT.failed,
    'FAIL restart',
  ],
  ['an answer is missing', [], EXIT.failed, '0 passed, 0 failed'],
])('E5: test: %s', async (_name, results, expected, said) => {
  server = await FakeControl.start({ 'POST /envelope/test': { json: { results } } });
  const { exit, out } = await cs(['envelope', 'test', written(cases)], server);
  expect(exit).toBe(expected);
  expect(out).toContain(said);
  expect(server.asked[0]?.body).toEqual({ cases: cases.cases });
});
