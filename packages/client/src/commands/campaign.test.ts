import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { campaignApprovalShape, readShape, type CampaignApproval } from '@countersign/core';
import {
  canonicalBytes,
  PAYLOAD,
  payloadOf,
  publicKeyOf,
  readStrictJson,
  signCapsule,
  signEnvelope,
  signerPem,
  sshPublicKeyLine,
  verifyHumanSignature,
  type DsseEnvelope,
} from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../cli/exit-codes.ts';
import type { CampaignView } from '../sdk/campaigns.ts';
import { cs } from '../testkit/cli.builder.ts';
import { FakeControl } from '../testkit/fake-control.builder.ts';
import { capsuleOf } from '../testkit/signing.builder.ts';
import { ana, control, one, manifest, opened, viewOf } from '../testkit/campaign.builder.ts';

let folder = '';
let server: FakeControl | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cs-campaign-'));
  writeFileSync(join(folder, 'ana.pem'), signerPem(ana), { mode: 0o600 });
});
afterEach(async () => {
  await server?.stop();
  server = undefined;
  rmSync(folder, { recursive: true });
});
async function offering(view: CampaignView): Promise<FakeControl> {
  server = await FakeControl.start({
    'GET /campaigns': { json: { items: [viewOf()] } },
    'GET /campaigns/K-1': { json: view },
    'POST /campaigns': { status: 201, json: { id: 'K-1', digest: opened.digest } },
    'POST /campaigns/K-1/approvals': { status: 201, json: { id: 'K-1', state: 'approved' } },
    'POST /campaigns/K-1/hold': { json: { id: 'K-1', state: 'held' } },
  });
  return server;
}
const approve = (...more: readonly string[]): readonly string[] => [
  'campaign',
  'approve',
  'K-1',
  '--key',
  join(folder, 'ana.pem'),
  '--as',
  'ana',
  ...more,
];

function handedIn(): { readonly envelope: DsseEnvelope; readonly approval: CampaignApproval } {
  const body = server?.to('POST /campaigns/K-1/approvals')[0]?.body as { readonly approval: DsseEnvelope };
  const bytes = payloadOf(body.approval);
  const json = bytes.ok ? readStrictJson(bytes.value) : bytes;
  const approval = json.ok ? readShape(campaignApprovalShape, json.value) : json;
  if (!approval.ok) throw new Error(JSON.stringify(approval.refusal));
  return { envelope: body.approval, approval: approval.value };
}

describe('C4: signing a campaign', () => {
  test('shows the page made from the bytes and signs exactly this manifest, for as long as it lasts', async () => {
    const { url } = await offering(viewOf());
    const { exit, out } = await cs(approve('--digest', opened.digest), { url });
    expect(exit).toBe(EXIT.ok);
    expect(out).toContain(opened.page);
    const { envelope, approval } = handedIn();
    expect(approval).toMatchObject({
      campaign: opened.digest,
      shown: opened.shown,
      person: 'ana',
      role: 'release-approver',
      surface: 'cli',
      expiresAt: one.capsule.notAfter,
    });
    const publicKey = sshPublicKeyLine(publicKeyOf(ana));
    expect(verifyHumanSignature(envelope, 0, { kind: 'ssh', publicKey }).ok).toBe(true);
  });

  test.each<[string, Partial<CampaignView>]>([
    ['another digest beside it', { digest: one.digest }],
    ['another id beside it', { id: 'K-2' }],
    ['a capsule that is not here', { capsules: [one.dsse] }],
    [
      'another capsule in the place of one',
      { capsules: [one.dsse, signCapsule(capsuleOf({ id: 'C-9' }), [control]).dsse] },
    ],
    [
      'a capsule that does more than the manifest says',
      {
        capsules: [
          one.dsse,
          signCapsule(capsuleOf({ id: 'C-2', nonce: 'cd'.repeat(16), dependants: [] }), [control]).dsse,
        ],
      },
    ],
    [
      'a manifest with a lower total',
      {
        manifest: signEnvelope(
          PAYLOAD.campaign,
          canonicalBytes({ ...manifest, totals: { ...manifest.totals, targets: 1 } }),
          [control],
        ),
      },
    ],
    ['a manifest of another type', { manifest: signEnvelope(PAYLOAD.capsule, canonicalBytes(manifest), [control]) }],
    ['no manifest', { manifest: one.dsse }],
  ])('refuses %s: nothing is shown and nothing is signed', async (_, more) => {
    const { url } = await offering(viewOf(more));
    const { exit, out } = await cs(approve('--digest', opened.digest), { url });
    expect(exit).not.toBe(EXIT.ok);
    expect(out).not.toContain('COUNTERSIGN CAMPAIGN');
    expect(server?.to('POST /campaigns/K-1/approvals')).toEqual([]);
  });

  test('asks for consent to this very digest, and for a duty of this person', async () => {
    const { url } = await offering(viewOf());
    expect((await cs(approve('--digest', one.digest), { url })).exit).toBe(EXIT.unverified);
    expect((await cs(approve(), { url })).exit).toBe(EXIT.usage);
    expect((await cs(approve('--digest', opened.digest, '--role', 'operator'), { url })).exit).toBe(EXIT.usage);
    expect(server?.to('POST /campaigns/K-1/approvals')).toEqual([]);
  });

  test('a campaign that is held is not signed', async () => {
    const { url } = await offering(viewOf({ state: 'held' }));
    expect((await cs(approve('--digest', opened.digest), { url })).exit).toBe(EXIT.conflict);
  });
});

test('C4: where there is no campaign, that is said on stderr', async () => {
  server = await FakeControl.start({ 'GET /campaigns': { json: { items: [] } } });
  expect(await cs(['campaign', 'list'], server)).toMatchObject({
    exit: 0,
    out: '',
    err: 'there is no campaign; `cs campaign make` makes one\n',
  });
});

test('C4: make sends the file, list and show say how far it is, hold needs a word', async () => {
  const around = await offering(viewOf());
  const file = join(folder, 'campaign.json');
  writeFileSync(file, JSON.stringify({ title: 'both sites', stages: [{ name: 'one', proposals: ['P-1'] }] }));
  expect((await cs(['campaign', 'make', file], around)).out).toContain('made K-1');
  expect(around.to('POST /campaigns')[0]?.body).toEqual({
    title: 'both sites',
    stages: [{ name: 'one', proposals: ['P-1'] }],
  });
  expect((await cs(['campaign', 'list'], around)).out).toContain('K-1  waiting  both sites');
  const { out } = await cs(['campaign', 'show', 'K-1'], around);
  expect(out).toContain(opened.page);
  expect(out).toContain('stage 1: P-1 in production is PENDING');
  expect((await cs(['campaign', 'hold', 'K-1'], around)).exit).toBe(EXIT.usage);
  expect((await cs(['campaign', 'hold', 'K-1', '-m', 'not today'], around)).exit).toBe(EXIT.ok);
});
