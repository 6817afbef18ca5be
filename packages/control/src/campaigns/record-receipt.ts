/** The signed receipt of one capsule of a campaign (C4): kept for the runners of the next stage, and a bad one holds the campaign. */
import { isSuccess, ok, parseId, refuse, type ProposalId, type Result } from '@countersign/core';
import { receiptLeafBody } from '@countersign/seal';
import type { VerifiedReport } from '../enclaves/verify-report.ts';
import type { Work } from '../store/transact.ts';
import { holdCampaign } from './hold-campaign.ts';
import { campaignSubject } from './stored-campaign.ts';

/** Proposals of the next stage, which may go on now. */
export async function recordReceipt(
  work: Work,
  { receipt, dsse, payload }: Extract<VerifiedReport, { readonly kind: 'receipt' }>,
  enclave: string,
): Promise<Result<readonly ProposalId[]>> {
  const { db, context, leaf } = work;
  const { organisation, now } = context;
  const member = await db
    .selectFrom('campaign_member')
    .innerJoin('capsule', (join) =>
      join
        .onRef('capsule.organisation', '=', 'campaign_member.organisation')
        .onRef('capsule.digest', '=', 'campaign_member.capsule'),
    )
    .select(['campaign_member.campaign', 'campaign_member.stage', 'capsule.enclave'])
    .where('campaign_member.organisation', '=', organisation)
    .where('campaign_member.capsule', '=', receipt.capsule)
    .executeTakeFirst();
  const isOfThis =
    member?.campaign === receipt.campaign &&
    member.stage === receipt.stage &&
    member.enclave === enclave &&
    receipt.enclave === enclave;
  if (!isOfThis)
    return refuse('conflict', 'the receipt is not of a capsule of this campaign, stage and enclave', { clause: 'C4' });
  const { campaign, capsule, stage, runner, outcome, trips } = receipt;
  const isGood = isSuccess(receipt);
  await db
    .insertInto('campaign_receipt')
    .values({
      organisation,
      campaign,
      capsule,
      stage,
      digest: payload,
      is_success: isGood,
      dsse: JSON.stringify(dsse),
      received_at: now,
    })
    .onConflict((conflict) => conflict.doNothing())
    .execute();
  const body = receiptLeafBody(receipt, payload);
  leaf({ event: 'campaign.receipt', subject: campaignSubject(campaign), correlation: '', body });
  if (!isGood) {
    await holdCampaign(work, campaign, `${runner} in ${enclave} ended as ${outcome} with ${trips} trips`);
    return ok([]);
  }
  const next = await db
    .selectFrom('campaign_member')
    .select('proposal')
    .where('organisation', '=', organisation)
    .where('campaign', '=', campaign)
    .where('stage', '=', stage + 1)
    .execute();
  return ok(next.flatMap(({ proposal }) => parseId<'Proposal'>(proposal) ?? []));
}
