/** `cs campaign verify K|FILE --trust FILE`: manifest, capsules, signatures and receipts against a trust bundle, offline from a file (C4). */
import { existsSync } from 'node:fs';
import { readShape, trustBundleShape } from '@countersign/core';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { Failure } from '../cli/failure.ts';
import { readDocument, readJson } from '../cli/read-document.ts';
import { safe } from '../cli/safe-text.ts';
import { campaignViewShape, type CampaignView } from '../sdk/campaigns.ts';
import { verifyCampaign } from '../signing/verify-campaign.ts';

/** `source`: a file from `cs campaign show K --json`, or the id of a campaign. */
export async function campaignVerify(
  context: Context,
  source: string,
  { trust }: { readonly trust: string },
): Promise<ExitCode> {
  const { output, settings } = context;
  const bundle = readDocument(trust, trustBundleShape);
  const findings = verifyCampaign(await dataOf(context, source), bundle);
  const isGood = findings.every((finding) => finding.isGood);
  if (settings.isJson) output.json({ isGood, findings });
  else output.lines(findings.map((finding) => `${finding.isGood ? 'ok ' : 'BAD'}  ${safe(finding.text)}`));
  return isGood ? EXIT.ok : EXIT.unverified;
}

async function dataOf({ client }: Context, source: string): Promise<CampaignView> {
  if (!existsSync(source)) return client.campaign(source);
  const read = readShape(campaignViewShape, readJson(source));
  if (read.ok) return read.value;
  throw new Failure(EXIT.failed, { ...read.refusal, detail: `\`${source}\`: ${read.refusal.detail}` });
}
