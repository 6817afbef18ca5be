/** The campaigns through which capsules of a remediation were sent (C4): with what was there when each was sent, and nothing that came later. */
import type { Digest } from '@countersign/core';
import { campaignProof, leafSubjectOf, type BundledCampaign, type LeafPlaces } from '@countersign/seal';
import { findCampaignOf } from '../campaigns/find-campaign.ts';
import { attachedCampaign, campaignSubject, newestOfEach } from '../campaigns/stored-campaign.ts';
import { wasInForce } from '../campaigns/verify-campaign-approval.ts';
import type { Deps } from '../deps.ts';
import type { ProposalRow } from '../proposals/proposal-row.ts';
import { campaignApprovalEntry, receiptEntry } from './proved.ts';

/** Entries that stand under the campaigns of a remediation, and under none themselves. */
export async function campaignSubjectsOf(
  { store }: Deps,
  { organisation, id }: ProposalRow,
): Promise<readonly string[]> {
  const rows = await store
    .selectFrom('campaign_member')
    .select('campaign')
    .distinct()
    .where('organisation', '=', organisation)
    .where('proposal', '=', id)
    .execute();
  return rows.map(({ campaign }) => campaignSubject(campaign));
}

export async function campaignsOf(
  { store }: Deps,
  { organisation }: ProposalRow,
  { ran, places }: { readonly ran: readonly Digest[]; readonly places: LeafPlaces },
): Promise<readonly BundledCampaign[]> {
  const campaigns: BundledCampaign[] = [];
  for (const capsule of ran) {
    const found = await findCampaignOf(store, organisation, capsule);
    const sent = places.ofBody('capsule.dispatched', capsule);
    if (found === undefined || sent === undefined) continue;
    if (places.ofSubject('campaign.released', leafSubjectOf('campaign', found.digest)) === undefined) continue;
    const { campaign, everSigned, receipts } = attachedCampaign(found);
    const capsules = campaign.members.map(({ member }) => member.capsule);
    const index = capsules.indexOf(capsule);
    const proof = campaignProof(capsules, index);
    if (!proof.ok) throw new Error(`the campaign ${campaign.manifest.id} does not hold ${capsule}`);
    const isBefore = (entry: { readonly index: number } | undefined): boolean =>
      (entry?.index ?? Infinity) < sent.index;
    campaigns.push({
      capsule,
      manifest: campaign.dsse,
      approvals: newestOfEach(everSigned.filter(({ dsse }) => isBefore(campaignApprovalEntry(places, dsse)))).filter(
        (dsse) => wasInForce(dsse, sent.leaf.at),
      ),
      index,
      proof: proof.value,
      receipts: receipts.filter((one) => isBefore(receiptEntry(places, one))),
    });
  }
  return campaigns;
}
