/** What goes along with a capsule of a campaign (C4): manifest, signatures that still hold, its place, and the receipts before it. */
import type { Digest, Instant, TrustBundle } from '@countersign/core';
import { campaignProof, type CampaignDelivery } from '@countersign/seal';
import { attachedCampaign, type FoundCampaign } from './stored-campaign.ts';
import { verifyCampaignApproval } from './verify-campaign-approval.ts';

export function memberDelivery(
  found: FoundCampaign,
  capsule: Digest,
  { bundle, now }: { readonly bundle: TrustBundle; readonly now: Instant },
): CampaignDelivery {
  const { campaign, approvals, receipts } = attachedCampaign(found);
  const capsules = campaign.members.map(({ member }) => member.capsule);
  const index = capsules.indexOf(capsule);
  const proof = campaignProof(capsules, index);
  if (!proof.ok) throw new Error(`the campaign ${campaign.manifest.id} does not hold ${capsule}`);
  return {
    manifest: campaign.dsse,
    // A runner refuses a campaign with a single signature that no longer holds.
    approvals: approvals.filter((dsse) => verifyCampaignApproval(dsse, { campaign, people: bundle.people, now }).ok),
    index,
    proof: proof.value,
    receipts,
  };
}
