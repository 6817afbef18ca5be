import { campaignTotals, readShape, trustBundleShape, type TrustBundle } from '@countersign/core';
import { canonicalBytes, encodePublicKey, PAYLOAD, publicKeyOf, signEnvelope, type SignerKey } from '@countersign/seal';
import { expect, test } from 'vitest';
import type { CampaignView } from '../sdk/campaigns.ts';
import { verifyCampaign } from '../signing/verify-campaign.ts';
import { ana, control, runner, one, manifest, opened, viewOf } from '../testkit/campaign.builder.ts';

const { organisation, notBefore, notAfter } = one.capsule;
const BUNDLE_KEYS = { name: 'x', publicKey: encodePublicKey(publicKeyOf(control)) };
/** As much of a bundle as a campaign is held against. */
const bundle = {
  people: [
    {
      id: 'ana',
      name: 'Ana',
      roles: ['release-approver'],
      credentials: [
        {
          kind: 'raw',
          publicKey: encodePublicKey(publicKeyOf(ana)),
          surface: 'own',
          enrolledAt: notBefore,
          usableFrom: notBefore,
        },
      ],
    },
  ],
  keys: {
    capsuleSigners: [BUNDLE_KEYS],
    runners: [
      {
        name: 'r',
        publicKey: encodePublicKey(publicKeyOf(runner)),
        ...one.capsule.audience,
        environment: 'production',
      },
    ],
  },
} as unknown as TrustBundle;

const approvalBy = (key: SignerKey, more: object = {}): CampaignView['approvals'][number] => ({
  person: 'ana',
  role: 'release-approver',
  approval: signEnvelope(
    PAYLOAD.campaignApproval,
    canonicalBytes({
      type: 'campaign-approval',
      organisation,
      campaign: opened.digest,
      shown: opened.shown,
      verdict: 'approve',
      person: 'ana',
      role: 'release-approver',
      surface: 'cli',
      signedAt: notBefore,
      expiresAt: one.capsule.notAfter,
      nonce: '0'.repeat(32),
      ...more,
    }),
    [key],
  ),
});
const receiptBy = (key: SignerKey, more: object = {}): CampaignView['receipts'][number] => ({
  capsule: one.digest,
  outcome: 'completed',
  receipt: signEnvelope(
    PAYLOAD.receipt,
    canonicalBytes({
      type: 'receipt',
      organisation,
      ...one.capsule.audience,
      campaign: opened.digest,
      capsule: one.digest,
      stage: 0,
      outcome: 'completed',
      trips: 0,
      counts: { targets: 2, touched: 2, changed: 2, reverted: 0, unknown: 0, held: 0 },
      startedAt: notBefore,
      finishedAt: notAfter,
      evidence: one.digest,
      ...more,
    }),
    [key],
  ),
});
const badIn = (more: Partial<CampaignView>): readonly string[] =>
  verifyCampaign(viewOf(more), bundle).flatMap(({ isGood, text }) => (isGood ? [] : [text.split(':')[0] ?? '']));

test('C4: a campaign holds against the trust bundle: maker, people and runners', () => {
  expect(badIn({ approvals: [approvalBy(ana)], receipts: [receiptBy(runner)] })).toEqual([]);
  expect(campaignTotals(manifest).targets).toBe(4);
  expect(readShape(trustBundleShape, bundle).ok).toBe(false);
});

test.each<[string, Partial<CampaignView>]>([
  ['a maker who is not trusted', { manifest: signEnvelope(PAYLOAD.campaign, canonicalBytes(manifest), [runner]) }],
  ['a forged approval', { approvals: [approvalBy(control)] }],
  ['an approval of a stranger', { approvals: [approvalBy(ana, { person: 'eve' })] }],
  ['an approval of another campaign', { approvals: [approvalBy(ana, { campaign: one.digest })] }],
  ['an approval of another page', { approvals: [approvalBy(ana, { shown: one.digest })] }],
  [
    'a receipt in the place of an approval',
    { approvals: [{ ...approvalBy(ana), approval: receiptBy(runner).receipt }] },
  ],
  ['a forged receipt', { receipts: [receiptBy(control)] }],
  ['a receipt of another campaign', { receipts: [receiptBy(runner, { campaign: one.digest })] }],
  ['a receipt of another stage', { receipts: [receiptBy(runner, { stage: 1 })] }],
  ['a receipt of another runner', { receipts: [receiptBy(runner, { runner: 'other' })] }],
  ['a capsule that is missing', { capsules: [] }],
])('C4: names %s', (_, more) => {
  expect(badIn(more).length).toBeGreaterThan(0);
});
