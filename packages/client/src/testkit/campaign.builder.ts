/** A campaign over two capsules, as a server shows it; a test changes one thing. */
import { campaignShape, readShape, tierCountsOf, type CampaignManifest } from '@countersign/core';
import {
  campaignRoot,
  canonicalBytes,
  generateSigner,
  PAYLOAD,
  readCampaign,
  signCapsule,
  signEnvelope,
  type OpenedCampaign,
  type SignerKey,
} from '@countersign/seal';
import type { CampaignView } from '../sdk/campaigns.ts';
import { capsuleOf } from './signing.builder.ts';

export const ana: SignerKey = generateSigner('ed25519');
export const control: SignerKey = generateSigner('ed25519');
export const runner: SignerKey = generateSigner('ed25519');
type SignedCapsule = ReturnType<typeof signCapsule>;
const capsule = (more: Parameters<typeof capsuleOf>[0] = {}): SignedCapsule => signCapsule(capsuleOf(more), [control]);
export const one: SignedCapsule = capsule();
const two: SignedCapsule = capsule({
  id: 'C-2',
  nonce: 'cd'.repeat(16),
  proposal: { ...capsuleOf().proposal, id: 'P-2' },
});
const { changeDigest, change, validation, rollback, organisation, notBefore, notAfter } = one.capsule;

function manifestOf(more: object = {}): CampaignManifest {
  const stages = [one, two].map(({ capsule: held, digest }, place) => {
    const { id, revision, agent, owner } = held.proposal;
    return {
      name: `stage-${place}`,
      failureDomains: 'one',
      release: place === 0 ? { from: 'start' } : { from: 'receipts', succeeded: 1, bakeMs: 0 },
      capsules: [
        {
          capsule: digest,
          ...held.audience,
          environment: held.environment,
          proposal: { id, revision, agent, owner },
          change: changeDigest,
          targets: tierCountsOf(held),
        },
      ],
    };
  });
  const read = readShape(campaignShape, {
    type: 'campaign',
    organisation,
    id: 'K-1',
    version: 1,
    title: 'both sites',
    isDemo: true,
    notBefore,
    notAfter,
    nonce: 'ef'.repeat(16),
    changes: [{ digest: changeDigest, change, validation, rollback }],
    stages,
    root: campaignRoot([one.digest, two.digest]),
    size: 2,
    totals: {
      targets: 4,
      byTier: { 'non-critical': 0, 'production-critical': 4, 'safety-critical': 0 },
      enclaves: 1,
      runners: 1,
    },
    demands: [{ role: 'release-approver', count: 1 }],
    ...more,
  });
  if (!read.ok) throw new Error(JSON.stringify(read.refusal));
  return read.value;
}

export const manifest: CampaignManifest = manifestOf();
export const opened: OpenedCampaign = (() => {
  const read = readCampaign(canonicalBytes(manifest));
  if (!read.ok) throw new Error(JSON.stringify(read.refusal));
  return read.value;
})();
export const viewOf = (more: Partial<CampaignView> = {}): CampaignView => ({
  id: 'K-1',
  digest: opened.digest,
  state: 'waiting',
  reason: 'waits for people',
  title: 'both sites',
  manifest: signEnvelope(PAYLOAD.campaign, canonicalBytes(manifest), [control]),
  capsules: [one.dsse, two.dsse],
  members: [{ capsule: one.digest, stage: 0, proposal: 'P-1', enclave: 'production', state: 'PENDING' }],
  approvals: [],
  receipts: [],
  eligible: [{ person: 'ana', role: 'release-approver' }],
  ...more,
});
