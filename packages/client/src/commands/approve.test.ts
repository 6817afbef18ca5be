import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { approvalShape, readShape, renderCapsule, type Approval, type Capsule } from '@countersign/core';
import {
  deltaPageOf,
  digestOf,
  digestWords,
  generateSigner,
  PAYLOAD,
  payloadOf,
  publicKeyOf,
  readStrictJson,
  signerPem,
  sshPublicKeyLine,
  verifyHumanSignature,
  withWayBack,
  type DsseEnvelope,
} from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../cli/exit-codes.ts';
import type { SigningData } from '../sdk/views.ts';
import { cs } from '../testkit/cli.builder.ts';
import { FakeControl } from '../testkit/fake-control.builder.ts';
import { capsuleOf, signingOf } from '../testkit/signing.builder.ts';

const key = generateSigner('ed25519');
const capsule = capsuleOf();
const data = signingOf(capsule);
const digest = data.digest;
const payload = Buffer.from(data.capsule.payload, 'base64');
const words = digestWords(digestOf(payload));
const [first = ''] = words.split(' ');

let folder = '';
let keyFile = '';
let server: FakeControl | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cs-approve-'));
  keyFile = join(folder, 'ana.pem');
  writeFileSync(keyFile, signerPem(key), { mode: 0o600 });
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
  rmSync(folder, { recursive: true });
});

async function offering(signing: SigningData): Promise<{ readonly url: string }> {
  server = await FakeControl.start({
    'GET /proposals/P-1/signing': { json: signing },
    'POST /approvals': { status: 201, json: { id: 'P-1', state: 'APPROVED' } },
  });
  return server;
}
const approve = (...more: readonly string[]): readonly string[] => [
  'approve',
  'P-1',
  '--key',
  keyFile,
  '--as',
  'ana',
  ...more,
];

/** The approval that was handed in. */
function handedIn(): { readonly envelope: DsseEnvelope; readonly approval: Approval } {
  const body = server?.to('POST /approvals')[0]?.body as { readonly approval: DsseEnvelope };
  const bytes = payloadOf(body.approval);
  const json = bytes.ok ? readStrictJson(bytes.value) : bytes;
  const approval = json.ok ? readShape(approvalShape, json.value) : json;
  if (!approval.ok) throw new Error(JSON.stringify(approval.refusal));
  return { envelope: body.approval, approval: approval.value };
}

describe('A2: signing with a key file', () => {
  test('shows the page made from the bytes, asks for the first of the words, and signs exactly this capsule', async () => {
    const around = await offering(data);
    const { exit, out, err } = await cs(approve(), { url: around.url, typed: ` ${first} ` });
    expect(exit).toBe(EXIT.ok);
    const page = renderCapsule(capsule, digestOf(payload), words);
    expect(out).toContain(page);
    expect(err).toContain(words);
    const { envelope, approval } = handedIn();
    expect(approval).toMatchObject({
      organisation: 'demo',
      enclave: 'production',
      proposal: 'P-1',
      capsule: digest,
      shown: digestOf(Buffer.from(page)),
      person: 'ana',
      role: 'release-approver',
      surface: 'cli',
      signedAt: '2026-11-21T03:00:00.000Z',
      expiresAt: '2026-11-21T11:00:00.000Z',
    });
    expect(envelope.payloadType).toBe(PAYLOAD.approval);
    const credential = { kind: 'ssh', publicKey: sshPublicKeyLine(publicKeyOf(key)) } as const;
    expect(verifyHumanSignature(envelope, 0, credential).ok).toBe(true);
  });

  test('an approval never outlives its capsule', async () => {
    const around = await offering(data);
    await cs(approve('--digest', digest), { url: around.url, now: '2026-11-21T23:00:00.000Z' });
    expect(handedIn().approval.expiresAt).toBe(capsule.notAfter);
  });

  test.each([
    ['another word', 'zebra'],
    ['nothing', ''],
  ])('%s typed: nothing is signed, and it ends with 2', async (_name, typed) => {
    const around = await offering(data);
    const { exit, err } = await cs(approve(), { url: around.url, typed });
    expect(exit).toBe(EXIT.usage);
    expect(err).toContain('error: nothing was signed');
    expect(server?.to('POST /approvals')).toEqual([]);
  });

  test('a script signs only what it named', async () => {
    const around = await offering(data);
    expect((await cs(approve('--no-input'), around)).exit).toBe(EXIT.usage);
    const other = `sha256:${'1'.repeat(64)}`;
    expect((await cs(approve('--no-input', '--digest', other), around)).exit).toBe(EXIT.unverified);
    expect(server?.to('POST /approvals')).toEqual([]);
    expect((await cs(approve('--no-input', '--digest', digest), around)).exit).toBe(EXIT.ok);
    expect(server?.to('POST /approvals')).toHaveLength(1);
  });

  test('a digest that was named must fit even when a person types the word', async () => {
    const around = await offering(data);
    const named = `sha256:${'1'.repeat(64)}`;
    expect((await cs(approve('--digest', named), { url: around.url, typed: first })).exit).toBe(EXIT.unverified);
  });
});

describe('A2: a server that shows something else than it has signed', () => {
  const flipped = Buffer.from(payload.toString('utf8').replace('Raise the pool size', 'Lower the pool size')).toString(
    'base64',
  );
  test.each<[string, Partial<SigningData>, string]>([
    ['another digest', { digest: `sha256:${'2'.repeat(64)}` }, '/digest'],
    ['other bytes under the digest', { capsule: { ...data.capsule, payload: flipped } }, '/digest'],
    ['another decision', { decision: { ...data.decision, verdict: 'autonomous' } }, '/decision'],
    ['another risk', { riskAssessment: { targets: 1 } }, '/riskAssessment'],
    [
      'a capsule of another proposal',
      signingOf(capsuleOf({ proposal: { ...capsule.proposal, id: 'P-9' } })),
      '/capsule',
    ],
    ['bytes that are no capsule', { capsule: { ...data.capsule, payload: 'e30=' } }, ''],
    ['an envelope of another type', { capsule: { ...data.capsule, payloadType: PAYLOAD.approval } }, ''],
  ])('%s: ends with 6, names it, signs nothing', async (_name, change, at) => {
    const around = await offering({ ...data, ...change });
    const { exit, err } = await cs(approve('--digest', digest), around);
    expect(exit).toBe(EXIT.unverified);
    expect(err).toContain(at);
    expect(server?.to('POST /approvals')).toEqual([]);
  });
});

test('what is decided already is not signed any more', async () => {
  const around = await offering({ ...data, state: 'REJECTED' });
  expect((await cs(approve('--digest', digest), around)).exit).toBe(EXIT.conflict);
  expect(server?.to('POST /approvals')).toEqual([]);
});

describe('A4: who signs', () => {
  test('somebody who is not asked is told who is', async () => {
    const around = await offering({ ...data, eligible: [{ person: 'sam', role: 'service-owner' }] });
    const { exit, err } = await cs(approve('--digest', digest), around);
    expect(exit).toBe(EXIT.prohibited);
    expect(err).toContain('eligible: sam (service-owner)');
  });

  test('somebody with two duties says for which', async () => {
    const eligible = [
      { person: 'ana', role: 'release-approver' },
      { person: 'ana', role: 'service-owner' },
    ];
    const around = await offering({ ...data, eligible });
    expect((await cs(approve('--digest', digest), around)).exit).toBe(EXIT.usage);
    expect((await cs(approve('--digest', digest, '--role', 'plant-safety'), around)).exit).toBe(EXIT.usage);
    expect((await cs(approve('--digest', digest, '--role', 'service-owner'), around)).exit).toBe(EXIT.ok);
    expect(handedIn().approval.role).toBe('service-owner');
  });

  test('nobody signs as nobody', async () => {
    const around = await offering(data);
    expect((await cs(['approve', 'P-1', '--key', keyFile, '--digest', digest], around)).exit).toBe(EXIT.usage);
  });
});

test('a key that is none, or is not there, ends without a signature and without its text', async () => {
  const around = await offering(data);
  writeFileSync(keyFile, 'secret that is no key');
  const { exit, err } = await cs(approve('--digest', digest), around);
  expect(exit).toBe(EXIT.unverified);
  expect(err).not.toContain('secret');
  rmSync(keyFile);
  expect((await cs(approve('--digest', digest), around)).exit).toBe(EXIT.failed);
});

test('a capsule whose window is over is not signed any more', async () => {
  const around = await offering(data);
  const { exit } = await cs(approve('--digest', digest), { url: around.url, now: '2026-11-22T02:00:00.000Z' });
  expect(exit).toBe(EXIT.conflict);
});

describe('D6: whoever signed the version before', () => {
  const read = { capsule, digest: digestOf(payload) };
  const seats = [{ person: 'ana', role: 'release-approver' }];
  const offered = (change: Partial<Capsule>): { readonly signing: SigningData; readonly after: Capsule } => {
    const after = withWayBack({ ...capsule, version: 2, parent: read.digest, ...change });
    return { after, signing: { ...signingOf(after), before: { capsule: data.capsule, signed: seats } } };
  };
  const titled = { proposal: { ...capsule.proposal, title: 'Another title' } };

  test('reads and signs what changed, and nothing else', async () => {
    const { signing, after } = offered(titled);
    const around = await offering(signing);
    const { exit, out } = await cs(approve('--digest', signing.digest), around);
    expect(exit).toBe(EXIT.ok);
    const page = deltaPageOf(read, {
      capsule: after,
      digest: digestOf(Buffer.from(signing.capsule.payload, 'base64')),
    });
    expect(out).toContain(page);
    expect(out).not.toContain('What will be done');
    expect(handedIn().approval).toMatchObject({
      capsule: signing.digest,
      since: read.digest,
      shown: digestOf(Buffer.from(page)),
    });
  });

  test('signs nothing when it only narrows: their word stands', async () => {
    const { signing } = offered({ targets: capsule.targets.slice(0, 1) });
    const { exit, out } = await cs(approve('--digest', signing.digest), await offering(signing));
    expect([exit, server?.to('POST /approvals')]).toEqual([EXIT.ok, []]);
    expect(out).toContain(`your signature over version 1 (${words}) stands; nothing to sign`);
  });

  test('signs the whole when it is wider, and so does everybody who did not sign before', async () => {
    const wide = offered({ egress: 'sanitized', notAfter: '2026-11-23T02:00:00.000Z' as Capsule['notAfter'] });
    await cs(approve('--digest', wide.signing.digest), await offering(wide.signing));
    expect(handedIn().approval).not.toHaveProperty('since');
    await server?.stop();
    const { signing } = offered(titled);
    const others = {
      ...signing,
      before: { capsule: data.capsule, signed: [{ person: 'kai', role: 'release-approver' }] },
    };
    await cs(approve('--digest', signing.digest), await offering(others));
    expect(handedIn().approval).not.toHaveProperty('since');
  });

  test('a version before that is none: ends with 6, signs nothing', async () => {
    const { signing } = offered({ ...titled, parent: `sha256:${'3'.repeat(64)}` as Capsule['parent'] & string });
    const { exit } = await cs(approve('--digest', signing.digest), await offering(signing));
    expect([exit, server?.to('POST /approvals')]).toEqual([EXIT.unverified, []]);
  });
});
