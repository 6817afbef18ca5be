import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { plainBlocks, type Envelope } from '@countersign/core';
import {
  canonicalBytes,
  digestOf,
  digestWords,
  generateSigner,
  PAYLOAD,
  publicKeyOf,
  signEnvelope,
  signerPem,
  sshPublicKeyLine,
  verifyHumanSignature,
  withPolicies,
  type DsseEnvelope,
} from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../cli/exit-codes.ts';
import { cs } from '../testkit/cli.builder.ts';
import { FakeControl, problem } from '../testkit/fake-control.builder.ts';

const key = generateSigner('ed25519');
const envelopeOf = (change: object = {}): Envelope =>
  withPolicies({
    type: 'envelope',
    organisation: 'demo',
    version: 1,
    owner: 'omar',
    ticket: 'CAB-1',
    reason: 'for a test',
    ...plainBlocks([]),
    dryRun: { marginPercent: 0, demands: [{ role: 'release-approver', count: 1 }] },
    validFrom: '2026-11-21T02:00:00.000Z',
    validUntil: '2026-12-21T02:00:00.000Z',
    agents: ['playbook'],
    maxGraphAgeMinutes: 60,
    severities: { high: 3 },
    calendars: [],
    prohibited: [],
    humanOnly: [],
    grants: [],
    routes: [
      { id: 'production', clause: '4.2', when: {}, demands: [{ role: 'release-approver', count: 1 }], stepUp: false },
    ],
    maySkipStaging: [],
    rollout: { canary: 10, window: 5, bakeMs: 500, healthTimeoutMs: 4000 },
    egress: { staging: 'sanitized', 'pre-production': 'sanitized', production: 'sanitized' },
    ...change,
  } as never);
const active = envelopeOf();
const documentOf = (envelope: object): DsseEnvelope =>
  signEnvelope(PAYLOAD.envelope, canonicalBytes(envelope), [generateSigner('ed25519')]);
const activeView = { version: 1, digest: digestOf(canonicalBytes(active)), envelope: documentOf(active) };
const draftOf = (change: object) => {
  const envelope = envelopeOf({ version: 2, supersedes: activeView.digest, ...change });
  const payload = canonicalBytes(envelope);
  const digest = digestOf(payload);
  return {
    version: 2,
    digest,
    author: 'omar',
    state: 'open',
    envelope: { ...documentOf(envelope), signatures: [] as unknown[] },
  };
};

let folder = '';
let keyFile = '';
let server: FakeControl;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cs-authority-'));
  keyFile = join(folder, 'kim.pem');
  writeFileSync(keyFile, signerPem(key), { mode: 0o600 });
});
afterEach(async () => {
  await server?.stop();
  rmSync(folder, { recursive: true });
});
const sent = (path: string): Record<string, never> => {
  const found = server.asked.find((one) => one.method === 'POST' && one.path.includes(path));
  return (found?.body ?? {}) as Record<string, never>;
};

const offer = async (draft: ReturnType<typeof draftOf>, isActive = false): Promise<FakeControl> => {
  server = await FakeControl.start({
    'GET /envelopes/drafts/2': { json: draft },
    'GET /envelope': { json: activeView },
    'POST /envelopes/drafts/2/signatures': {
      json: {
        version: 2,
        digest: draft.digest,
        signers: ['kim'],
        isActive,
        ...(!isActive && { missing: { code: 'envelope-widens', detail: 'it widens' } }),
      },
    },
  });
  return server;
};
const sign = (draft: ReturnType<typeof draftOf>, digest = draft.digest): readonly string[] => [
  'envelope',
  'sign',
  '2',
  '--key',
  keyFile,
  '--as',
  'kim',
  '--digest',
  digest,
];

describe('E3: signing a draft', () => {
  test('shows what is newly permitted, computed here, and signs exactly the bytes of the draft', async () => {
    const draft = draftOf({ rollout: { canary: 11, window: 5, bakeMs: 500, healthTimeoutMs: 4000 } });
    const { exit, out } = await cs(sign(draft), await offer(draft));
    expect(exit).toBe(EXIT.pending);
    expect(out).toContain('/rollout/canary widens');
    expect(out).toContain(digestWords(draft.digest));
    const { envelope } = sent('/signatures') as unknown as { envelope: DsseEnvelope };
    expect(envelope.payload).toBe(draft.envelope.payload);
    const credential = { kind: 'ssh', publicKey: sshPublicKeyLine(publicKeyOf(key)) } as const;
    expect(verifyHumanSignature(envelope, 0, credential).ok).toBe(true);
  });
  test('a narrowing says that one signature is enough, and ends with 0 when it is in force', async () => {
    const draft = draftOf({ rollout: { canary: 9, window: 5, bakeMs: 500, healthTimeoutMs: 4000 } });
    const { exit, out } = await cs(sign(draft), await offer(draft, true));
    expect([exit, out.includes('nothing: one signature is enough')]).toEqual([EXIT.ok, true]);
  });
  test.each([
    ['another digest than was named', (draft: ReturnType<typeof draftOf>) => draft, `sha256:${'0'.repeat(64)}`],
    [
      'bytes that are not of the digest the server says',
      (draft: ReturnType<typeof draftOf>) => ({ ...draft, digest: `sha256:${'0'.repeat(64)}` as never }),
      undefined,
    ],
    [
      'rules that are not the ones the envelope names',
      () => {
        const other = { ...envelopeOf({ version: 2 }), maxSkipPercent: 3 };
        return {
          ...draftOf({}),
          digest: digestOf(canonicalBytes(other)),
          envelope: { ...documentOf(other), signatures: [] },
        };
      },
      undefined,
    ],
  ])('nothing is signed with %s', async (_what, change, digest) => {
    const draft = change(draftOf({}));
    const { exit } = await cs(sign(draft, (digest ?? draft.digest) as never), await offer(draft));
    expect(exit).toBe(EXIT.unverified);
    expect(server.asked.filter(({ method }) => method === 'POST')).toEqual([]);
  });
});

describe('E3: proposing', () => {
  test('a narrowing switches grants off or ends earlier, and names what it does not know', async () => {
    server = await FakeControl.start({
      'GET /envelope': { json: activeView },
      'POST /envelopes/drafts': { status: 201, json: { version: 2, digest: activeView.digest } },
    });
    const why = ['--reason', 'too wide', '--ticket', 'CHG-2'];
    expect((await cs(['envelope', 'narrow', '--until', '2026-12-01T00:00:00.000Z', ...why], server)).exit).toBe(
      EXIT.ok,
    );
    expect(sent('/envelopes/drafts')).toMatchObject({
      reason: 'too wide',
      ticket: 'CHG-2',
      document: { validUntil: '2026-12-01T00:00:00.000Z' },
    });
    expect((await cs(['envelope', 'narrow', '--off', 'no-such-grant', ...why], server)).exit).toBe(EXIT.usage);
    expect((await cs(['envelope', 'narrow', ...why], server)).exit).toBe(EXIT.usage);
    expect((await cs(['envelope', 'narrow', '--until', 'soon', ...why], server)).exit).toBe(EXIT.usage);
  });
  test('a reason and a ticket are asked for', async () => {
    server = await FakeControl.start({});
    expect((await cs(['envelope', 'restore', '1'], server)).exit).toBe(EXIT.usage);
    expect(server.asked).toEqual([]);
  });
  test('E4: activation without enough signatures ends with the example the server found', async () => {
    server = await FakeControl.start({
      'POST /envelopes/drafts/2/activate': problem(422, 'envelope-widens', {
        detail: 'newly runs alone: `service.restart` with targets 11',
      }),
    });
    const { exit, err } = await cs(['envelope', 'activate', '2'], server);
    expect([exit, err.includes('targets 11')]).toEqual([EXIT.failed, true]);
  });
});

describe('E7: audits', () => {
  test('drift ends with 1 and hostile names are escaped; none ends with 0', async () => {
    const drift = [{ kind: 'unowned', at: 'graph', text: 'one node', count: 1, examples: ['a\u001b[31mred'] }];
    server = await FakeControl.start({
      'GET /audits/alignment': { json: { isAligned: false, drift, overdueFindings: [] } },
    });
    const { exit, out } = await cs(['audit', 'alignment'], server);
    expect([exit, out.trim()]).toEqual([EXIT.failed, 'unowned  graph  one node  (a\\u{1b}[31mred)']);
    await server.stop();
    server = await FakeControl.start({
      'GET /audits/alignment': { json: { isAligned: true, drift: [], overdueFindings: [] } },
    });
    expect((await cs(['audit', 'alignment'], server)).exit).toBe(EXIT.ok);
  });
  test('a finding is signed about the envelope in force, by whoever `--as` names', async () => {
    server = await FakeControl.start({
      'GET /envelope': { json: activeView },
      'POST /audits/findings': { status: 201, json: {} },
    });
    const line = [
      'audit',
      'find',
      'F-1',
      '--key',
      keyFile,
      '--as',
      'kim',
      '--title',
      'caps',
      '--text',
      'do not bind',
      '--owner',
      'omar',
      '--due',
      '2026-12-01T00:00:00.000Z',
    ];
    expect((await cs(line, server)).exit).toBe(EXIT.ok);
    const { document } = sent('/audits/findings') as unknown as { document: DsseEnvelope };
    expect(document.payloadType).toBe(PAYLOAD.auditFinding);
    expect(JSON.parse(Buffer.from(document.payload, 'base64').toString())).toMatchObject({
      id: 'F-1',
      auditor: 'kim',
      envelope: activeView.digest,
      owner: 'omar',
    });
  });
});

test('E6: lifting a contraction signs for exactly that one', async () => {
  const item = { id: 'K-1', action: 'service.restart', reasons: ['3 of 10 failed'], since: '2026-11-20T00:00:00.000Z' };
  server = await FakeControl.start({
    'GET /contractions': { json: { items: [item] } },
    'GET /envelope': { json: activeView },
    'POST /contractions/restorations': { json: {} },
  });
  expect(
    (await cs(['contraction', 'lift', 'K-1', '--key', keyFile, '--as', 'kim', '--rationale', 'mended'], server)).exit,
  ).toBe(EXIT.ok);
  const { restoration } = sent('/restorations') as unknown as { restoration: DsseEnvelope };
  expect(JSON.parse(Buffer.from(restoration.payload, 'base64').toString())).toMatchObject({
    contraction: 'K-1',
    action: 'service.restart',
    person: 'kim',
  });
  expect(
    (await cs(['contraction', 'lift', 'K-9', '--key', keyFile, '--as', 'kim', '--rationale', 'mended'], server)).exit,
  ).toBe(EXIT.usage);
  expect((await cs(['contraction', 'list'], server)).out).toContain('3 of 10 failed');
});

describe('E3: cs envelope history', () => {
  test('of a change board is a table other programs read: line ends are line ends', async () => {
    const csv = 'version,state\r\n"1","active"\r\n';
    server = await FakeControl.start({ 'GET /envelopes/history': { text: csv } });
    const { out } = await cs(['envelope', 'history', '--cab', 'csv'], server);
    expect(out.trimEnd().split('\n')).toEqual(['version,state', '"1","active"']);
  });
});

describe('E5: cs envelope gate', () => {
  test('takes the cases as people write them, in YAML', async () => {
    const file = join(folder, 'cases.yaml');
    const request = 'request: { action: config.change, environments: [production], targets: { non-critical: 1 } }';
    const expected = 'expect: { verdict: needs-approval }';
    writeFileSync(file, `type: envelope-tests\ncases:\n  - name: people\n    ${request}\n    ${expected}\n`);
    server = await FakeControl.start({ 'POST /envelopes/tests': { json: {} } });
    const { exit, out } = await cs(['envelope', 'gate', file, '--name', 'house'], server);
    expect([exit, out]).toEqual([EXIT.ok, expect.stringContaining('1 tests are stored as house')]);
    expect(server.to('POST /envelopes/tests')[0]?.body).toMatchObject({
      name: 'house',
      suite: { type: 'envelope-tests' },
    });
  });
});
