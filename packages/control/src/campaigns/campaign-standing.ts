/**
 * Whether a capsule of a campaign may be sent now (C4), by the same rule its runner decides by. Control only waits here; what it sends
 * too early is refused there.
 */
import { checkRelease, type Instant, type TrustBundle } from '@countersign/core';
import { APPROVAL_SKEW_MS } from '../approvals/verify-approval.ts';
import { storedReceipt, type AttachedCampaign } from './stored-campaign.ts';
import { signedCampaign, type SignedCampaign } from './verify-campaign-approval.ts';

export type CampaignStanding =
  | { readonly isReleased: true; readonly votes: SignedCampaign['votes'] }
  | { readonly isReleased: false; readonly why: string };

const waits = (why: string): CampaignStanding => ({ isReleased: false, why });

export function campaignStanding(
  { campaign, state, reason, stage, approvals, receipts }: AttachedCampaign,
  { bundle, now }: { readonly bundle: TrustBundle; readonly now: Instant },
): CampaignStanding {
  const { manifest, digest } = campaign;
  if (state === 'held') return waits(`the campaign ${manifest.id} is held: ${reason}`);
  if (now < manifest.notBefore || now >= manifest.notAfter)
    return waits(`the campaign ${manifest.id} runs from ${manifest.notBefore} to ${manifest.notAfter}`);
  const { votes, quorum } = signedCampaign(approvals, { campaign, bundle, now });
  if (!quorum.ok) return waits(`the campaign ${manifest.id}: ${quorum.refusal.detail}`);
  const released = checkRelease({
    manifest,
    campaign: digest,
    stage,
    receipts: receipts.map(storedReceipt),
    now,
    skewMs: APPROVAL_SKEW_MS,
  });
  if (!released.ok) return waits(`stage ${stage + 1} of ${manifest.id}: ${released.refusal.detail}`);
  return { isReleased: true, votes };
}
