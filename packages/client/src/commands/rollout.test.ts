import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { readShape, resumeShape } from '@countersign/core';
import {
  generateSigner,
  payloadOf,
  publicKeyOf,
  readStrictJson,
  signerPem,
  sshPublicKeyLine,
  verifyHumanSignature,
  type DsseEnvelope,
} from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../cli/exit-codes.ts';
import { cs } from '../testkit/cli.builder.ts';
import { FakeControl } from '../testkit/fake-control.builder.ts';

const digest = `sha256:${'c'.repeat(64)}`;
const counts = {
  targets: 40,
  touched: 3,
  healthy: 2,
  broken: 1,
  reverted: 0,
  unknown: 0,
  stillDegraded: 0,
  untouched: 37,
  actsAfterTrip: 0,
};
const rollout = { capsule: digest, proposal: 'P-1', phase: 'tripped', counts, trip: 2 };
const proposal = {
  id: 'P-1',
  state: 'RUNNING',
  title: 't',
  decisions: [],
  approvals: [],
  capsules: [
    { digest: `sha256:${'d'.repeat(64)}`, purpose: 'validation', state: 'finished' },
    { digest, purpose: 'rollout', state: 'running' },
  ],
};
const trust = {
  type: 'trust-bundle',
  organisation: 'demo',
  version: 1,
  issuedAt: '2026-11-21T02:00:00.000Z',
  expiresAt: '2026-12-21T02:00:00.000Z',
  isDemo: true,
  people: [],
  agents: [],
  floor: { quorums: [], humanOnlyActions: [], autonomousTargets: 0 },
  enrolment: { coolingOffMs: 0, authenticators: [], allowUnattested: true, allowBackup: true },
  tiers: [],
  revocations: [],
  keys: {
    capsuleSigners: [],
    graphOwners: [],
    relays: [],
    runners: [],
    statusSigners: [],
    log: 'x'.repeat(30),
    witnesses: [],
    witnessQuorum: 0,
  },
};
const delivered = {
  roots: [],
  timestamp: 'AAAA',
  snapshot: 'AAAA',
  targets: 'AAAA',
  bundle: Buffer.from(JSON.stringify(trust)).toString('base64'),
};

let server: FakeControl;
let folder = '';
const key = generateSigner('p256');
beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'cs-rollout-'));
  writeFileSync(join(folder, 'key.pem'), signerPem(key), { mode: 0o600 });
  const done = { status: 202, json: { requested: true } };
  server = await FakeControl.start({
    'GET /proposals/P-1': { json: proposal },
    [`GET /rollouts/${encodeURIComponent(digest)}`]: { json: rollout },
    'GET /rollouts': { json: { items: [rollout] } },
    [`POST /rollouts/${encodeURIComponent(digest)}/halt`]: done,
    [`POST /rollouts/${encodeURIComponent(digest)}/rollback`]: done,
    [`POST /rollouts/${encodeURIComponent(digest)}/resume`]: done,
    'POST /halt': done,
    'GET /trust': { json: { version: 1, digest, trust: delivered } },
  });
});
afterEach(async () => {
  await server.stop();
  rmSync(folder, { recursive: true });
});
const posted = (): readonly string[] =>
  server.asked.filter(({ method }) => method === 'POST').map(({ path }) => decodeURIComponent(path));

test('X5: stopping is one call by proposal or digest, without a key and without a question', async () => {
  expect((await cs(['rollout', 'halt', 'P-1'], server)).exit).toBe(EXIT.ok);
  expect((await cs(['rollout', 'halt', digest], server)).exit).toBe(EXIT.ok);
  expect((await cs(['halt', '--all'], server)).exit).toBe(EXIT.ok);
  expect(posted()).toEqual([`/rollouts/${digest}/halt`, `/rollouts/${digest}/halt`, '/halt']);
});

test('X6: going back needs no signature either', async () => {
  expect((await cs(['rollout', 'rollback', 'P-1', '--json'], server)).exit).toBe(EXIT.ok);
  expect(posted()).toEqual([`/rollouts/${digest}/rollback`]);
});

test('`halt` without `--all` stops nothing by mistake', async () => {
  expect((await cs(['halt'], server)).exit).toBe(EXIT.usage);
  expect(posted()).toEqual([]);
});

test('a stopped rollout shows its counts and ends with 7', async () => {
  const { exit, out } = await cs(['rollout', 'show', 'P-1'], server);
  expect(exit).toBe(EXIT.halted);
  expect(out).toContain('P-1  tripped  [#-----------------------]   7 %  3/40');
  expect(out).toContain('unknown 0');
  expect((await cs(['rollout', 'list'], server)).out).toContain('3/40');
});

const resume = (...more: readonly string[]): readonly string[] => [
  'rollout',
  'resume',
  'P-1',
  '--as',
  'nils',
  '--key',
  join(folder, 'key.pem'),
  '-m',
  'looked at web-3',
  ...more,
];

describe('I9: resume', () => {
  test('signs leave of the numbered stop of exactly this capsule', async () => {
    expect((await cs(resume('--digest', digest), server)).exit).toBe(EXIT.ok);
    const { resume: envelope } = server.to(`POST /rollouts/${encodeURIComponent(digest)}/resume`)[0]!.body as {
      resume: DsseEnvelope;
    };
    const bytes = payloadOf(envelope);
    const json = bytes.ok ? readStrictJson(bytes.value) : bytes;
    const read = json.ok ? readShape(resumeShape, json.value) : json;
    expect(read.ok && read.value).toMatchObject({
      organisation: 'demo',
      capsule: digest,
      trip: 2,
      person: 'nils',
      role: 'operator',
      reason: 'looked at web-3',
      expiresAt: '2026-11-21T03:15:00.000Z',
    });
    const credential = { kind: 'ssh', publicKey: sshPublicKeyLine(publicKeyOf(key)) } as const;
    expect(verifyHumanSignature(envelope, 0, credential).ok).toBe(true);
  });

  test('another stop happened meanwhile: nothing is signed', async () => {
    expect((await cs(resume('--digest', digest, '--trip', '1'), server)).exit).toBe(EXIT.conflict);
    expect(posted()).toEqual([]);
  });

  test.each([
    ['no key', ['rollout', 'resume', 'P-1', '--as', 'nils', '-m', 'because']],
    ['no reason', ['rollout', 'resume', 'P-1', '--as', 'nils', '--key', 'k']],
    ['nobody', ['rollout', 'resume', 'P-1', '--key', 'k', '-m', 'because']],
  ])('%s: nothing is signed', async (_name, line) => {
    expect((await cs(line, server)).exit).toBe(EXIT.usage);
    expect(posted()).toEqual([]);
  });

  test('a script that cannot be asked names the digest', async () => {
    expect((await cs(resume('--no-input'), server)).exit).toBe(EXIT.usage);
    expect(posted()).toEqual([]);
  });
});
