/** What goes along with a capsule that belongs to a campaign (C4): everything a runner needs to check its stage offline. */
import { integer, list, MAX_CAMPAIGN_CAPSULES, object, text, type Shape } from '@countersign/core';
import { dsseShape, type DsseEnvelope } from './dsse.ts';

export interface CampaignDelivery {
  /** Signed as capsules are: the control plane says that it made it; that it counts, people say. */
  readonly manifest: DsseEnvelope;
  /** Signatures of people over the manifest. */
  readonly approvals: readonly DsseEnvelope[];
  /** Leaf of this capsule under the root of the manifest, and the base64 hashes that lead there. */
  readonly index: number;
  readonly proof: readonly string[];
  /** Of the stage before, signed by its runners; none for the first stage. */
  readonly receipts: readonly DsseEnvelope[];
}

/** A tree of 5000 leaves has paths of 13 hashes. */
const MAX_PROOF_HASHES = 16;

export const campaignDeliveryFields: { readonly [Field in keyof CampaignDelivery]: Shape<CampaignDelivery[Field]> } = {
  manifest: dsseShape,
  approvals: list(dsseShape, { max: 200 }),
  index: integer({ min: 0, max: MAX_CAMPAIGN_CAPSULES - 1 }),
  proof: list(text({ min: 44, max: 44, pattern: /^[A-Za-z0-9+/]{43}=$/ }), { max: MAX_PROOF_HASHES }),
  receipts: list(dsseShape, { max: MAX_CAMPAIGN_CAPSULES }),
};
export const campaignDeliveryShape: Shape<CampaignDelivery> = object<CampaignDelivery>(campaignDeliveryFields);
