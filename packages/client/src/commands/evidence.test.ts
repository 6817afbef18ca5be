/** Exports, reports and evidence held inside, the way an auditor uses them (V2, V4, V5, V6). */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CONTROLS, instantOf, parseId, periodReport, type Id } from '@countersign/core';
import {
  canonicalBytes,
  CompactRange,
  digestOf,
  digestOfHash,
  encodePublicKey,
  ExportWriter,
  generateSigner,
  leafHash,
  PAYLOAD,
  publishRoot,
  publishTrust,
  sealFields,
  signCheckpoint,
  signEnvelope,
  signerPem,
  readEnvelope,
  vkeyOf,
} from '@countersign/seal';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { cs, type Told } from '../testkit/cli.builder.ts';
import { FakeControl } from '../testkit/fake-control.builder.ts';

const [root, signer, log, runner, ira] = Array.from({ length: 5 }, () => generateSigner('ed25519')) as [
  ReturnType<typeof generateSigner>,
  ReturnType<typeof generateSigner>,
  ReturnType<typeof generateSigner>,
  ReturnType<typeof generateSigner>,
  ReturnType<typeof generateSigner>,
];
const id = <Name extends string>(text: string): Id<Name> => parseId<Name>(text)!;
const AT = instantOf(Date.UTC(2026, 10, 21));
const LATER = instantOf(Date.UTC(2030, 0, 1));
const folder = mkdtempSync(join(tmpdir(), 'countersign-evidence-'));
const at = (name: string): string => join(folder, name);
let control: FakeControl;

const key = { keys: [root], threshold: 1 };
const rootFile = publishRoot({
  organisation: 'acme',
  isDemo: true,
  version: 1,
  expires: LATER,
  root: key,
  registrars: key,
  online: root,
});
const trust = publishTrust({
  bundle: {
    type: 'trust-bundle',
    organisation: id('acme'),
    version: 1,
    issuedAt: AT,
    expiresAt: LATER,
    isDemo: true,
    people: [],
    agents: [],
    floor: { quorums: [], humanOnlyActions: [], autonomousTargets: 0 },
    enrolment: { coolingOffMs: 0, authenticators: [], allowUnattested: false, allowBackup: false },
    tiers: [],
    revocations: [],
    keys: {
      capsuleSigners: [{ name: 'capsule', publicKey: encodePublicKey(signer.publicKey) }],
      graphOwners: [],
      relays: [],
      runners: [
        {
          name: 'r',
          publicKey: encodePublicKey(runner.publicKey),
          runner: id('prod-1'),
          enclave: id('prod'),
          environment: 'production',
        },
      ],
      statusSigners: [],
      log: vkeyOf('log', 'DEMO/record.acme', log.publicKey),
      witnesses: [],
      witnessQuorum: 0,
    },
  },
  roots: [rootFile],
  registrars: [root],
  online: root,
  onlineExpires: LATER,
});
const BODY = canonicalBytes({ what: 'graph' });
const LEAF = {
  type: 'leaf',
  organisation: id<'Organisation'>('acme'),
  event: 'graph.updated',
  at: AT,
  actor: 'control',
  subject: 'graph:1',
  correlation: '',
  body: digestOf(BODY),
} as const;

const range = CompactRange.empty.append(leafHash(canonicalBytes(LEAF))).range;
const PERIOD = ['--from', '2026-11-01', '--to', '2026-12-01'];

function exported(): Uint8Array {
  const writer = new ExportWriter(
    {
      organisation: id('acme'),
      madeAt: AT,
      from: instantOf(Date.UTC(2026, 10, 1)),
      to: instantOf(Date.UTC(2026, 11, 1)),
      by: id('ira'),
      roles: ['auditor'],
      purpose: 'a test',
    },
    { checkpoint: { size: 1, root: digestOfHash(range.root()) }, start: CompactRange.empty.toJSON() },
  );
  return Buffer.concat([
    writer.checkpoint(signCheckpoint({ origin: 'DEMO/record.acme', size: 1, root: range.root() }, log)),
    writer.trust(trust),
    writer.leaf(canonicalBytes(LEAF)),
    writer.recordEnd(),
    writer.object(BODY),
    writer.finish(signer),
  ]);
}

function insideFile(): Uint8Array {
  const evidence = { type: 'evidence', targets: [{ target: 'secret-host', output: 'ok' }] };
  const sealed = sealFields(evidence, (pointer) => Buffer.from(digestOf(Buffer.from(pointer)).slice(7, 39)));
  if (!sealed.ok) throw new Error(sealed.refusal.detail);
  const statement = {
    type: 'evidence-statement',
    organisation: 'acme',
    runner: 'prod-1',
    capsule: digestOf(Buffer.from('capsule')),
    proposal: 'P-1',
    root: sealed.value.root.digest.slice('sha256:'.length),
    fields: sealed.value.root.leafCount,
    outcome: 'completed',
    counts: { targets: 1, touched: 1, changed: 1, reverted: 0, unknown: 0, held: 0 },
    finishedAt: AT,
  };
  const signed = signEnvelope(PAYLOAD.evidence, canonicalBytes(statement), [runner]);
  return canonicalBytes({ evidence, statement, signed, leaves: sealed.value.leaves, documents: {} });
}

beforeAll(async () => {
  writeFileSync(at('1.root.json'), rootFile);
  writeFileSync(at('trust.json'), canonicalBytes(trust));
  writeFileSync(at('acme.csx'), exported());
  writeFileSync(at('inside.json'), insideFile());
  writeFileSync(at('ira.pem'), signerPem(ira), { mode: 0o600 });
  const made = periodReport(
    { organisation: id('acme'), from: instantOf(Date.UTC(2026, 10, 1)), to: instantOf(Date.UTC(2026, 11, 1)) },
    [{ index: 0, leaf: LEAF, hasBody: true, body: { what: 'graph' } }],
  );
  control = await FakeControl.start({
    'GET /report': { text: Buffer.from(canonicalBytes(made)).toString() },
    'GET /export/events': { text: '{"specversion":"1.0"}\n' },
    'POST /evidence/closures': { json: { state: 'SUCCEEDED' } },
  });
});
afterAll(async () => {
  await control.stop();
  rmSync(folder, { recursive: true });
});
const run = (...line: readonly string[]): Promise<Told> => cs(line, { url: control.url });

test('V4: cs verify reads an export offline and says what it proves', async () => {
  const told = await run('verify', at('acme.csx'), '--roots', at('1.root.json'));
  expect([told.exit, told.err]).toEqual([0, '']);
  expect(told.out).toContain(
    'verified  acme from 2026-11-01T00:00:00.000Z to 2026-12-01T00:00:00.000Z: 0 remediations',
  );
  expect(told.out).toContain('1 entries up to a checkpoint of 1');
});

test('V4: cs verify names what is wrong, and ends with the exit code of what is not verified', async () => {
  const bytes = Buffer.from(exported());
  const place = bytes.indexOf('"what":"graph"');
  bytes[place + 9] = 0x58;
  writeFileSync(at('edited.csx'), bytes);
  const told = await run('verify', at('edited.csx'), '--roots', at('1.root.json'));
  expect([told.exit, told.out]).toEqual([6, '']);
  expect(told.err).toContain(`objects/${digestOf(BODY).slice(7)} at byte`);
});

test('V4: the report is the same bytes from the server and from the export', async () => {
  for (const form of [[], ['--json']]) {
    const asked = await run(...form, 'report', ...PERIOD);
    const recomputed = await run(
      ...form,
      'report',
      ...PERIOD,
      '--from-export',
      at('acme.csx'),
      '--roots',
      at('1.root.json'),
    );
    expect([asked.exit, recomputed.exit]).toEqual([0, 0]);
    expect(recomputed.out).toBe(asked.out);
    expect(asked.out.length).toBeGreaterThan(500);
  }
});

test('V4: a report over more than the export holds is refused', async () => {
  const line = [
    'report',
    '--from',
    '2026-10-01',
    '--to',
    '2026-12-01',
    '--from-export',
    at('acme.csx'),
    '--roots',
    at('1.root.json'),
  ];
  expect((await run(...line)).exit).toBe(2);
});

test('V6: cs export asks with its purpose; without one it asks nothing', async () => {
  const line = ['export', ...PERIOD, '--format', 'cloudevents', '-o', at('events.jsonl')];
  expect((await run(...line)).exit).toBe(2);
  expect(control.to('GET /export/events')).toEqual([]);
  expect((await run(...line, '--purpose', 'siem')).exit).toBe(0);
  expect(control.to('GET /export/events')[0]?.path).toContain('purpose=siem');
  expect(readFileSync(at('events.jsonl'), 'utf8')).toBe('{"specversion":"1.0"}\n');
  expect((await run('export', ...PERIOD, '--purpose', 'x', '--format', 'xml', '-o', at('x'))).exit).toBe(2);
  expect((await run('export', '--from', 'yesterday', '--to', '2026-12-01', '--purpose', 'x', '-o', at('x'))).exit).toBe(
    2,
  );
});

test('V5: cs controls prints every control and marks what nobody checked', async () => {
  const { out } = await run('controls');
  for (const { framework, clause } of CONTROLS) expect(out).toContain(`${framework}  ${clause}`);
  expect(out.split('not checked against its source').length - 1).toBe(
    CONTROLS.filter(({ isChecked }) => !isChecked).length,
  );
});

test('V2: inside, evidence is read and a closure of one digest and one verdict is signed; only that leaves', async () => {
  const review = await run('evidence', 'review', at('inside.json'));
  expect(review.out).toContain('/targets/0/target  secret-host');
  const close = [
    'evidence',
    'close',
    at('inside.json'),
    '--key',
    at('ira.pem'),
    '--role',
    'auditor',
    '-o',
    at('closure.json'),
  ];
  expect((await run('--as', 'ira', ...close, '--verdict', 'fine')).exit).toBe(2);
  const closed = await run('--as', 'ira', ...close, '--verdict', 'succeeded');
  expect([closed.exit, control.to('POST /evidence/closures')]).toEqual([0, []]);
  const file = readFileSync(at('closure.json'));
  const carried = JSON.parse(file.toString()) as { readonly payload: string };
  expect(Buffer.from(carried.payload, 'base64').toString()).not.toContain('secret-host');
  const envelope = readEnvelope(file);
  expect(envelope.ok && envelope.value.signatures.length).toBe(1);
  expect((await run('evidence', 'carry', at('closure.json'))).exit).toBe(0);
  expect(control.to('POST /evidence/closures')[0]?.body).toEqual({ document: carried });
});

test('V2: a disclosure shows one field, hides the names of the others, and verifies offline', async () => {
  const told = await run(
    'evidence',
    'disclose',
    at('inside.json'),
    '--field',
    '/targets/0/output',
    '-o',
    at('shown.json'),
  );
  expect([told.exit, told.out]).toEqual([0, `${at('shown.json')}  1 fields shown, 2 hidden\n`]);
  expect(readFileSync(at('shown.json'), 'utf8')).not.toContain('secret-host');
  const check = ['evidence', 'check', at('shown.json'), '--roots', at('1.root.json'), '--trust', at('trust.json')];
  expect((await run(...check)).out).toContain('/targets/0/output  ok');
  writeFileSync(at('shown.json'), readFileSync(at('shown.json'), 'utf8').replace('"ok"', '"no"'));
  expect((await run(...check)).exit).toBe(6);
  expect((await run('evidence', 'disclose', at('inside.json'), '--field', '/nothing', '-o', at('y'))).exit).toBe(6);
});
