/**
 * `cs campaign approve K --key FILE`: one signature over all capsules of a campaign (A2, C4). What is signed was rendered here, after
 * every capsule was held against the manifest.
 */
import { plusMs, type CampaignApproval } from '@countersign/core';
import { PAYLOAD } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { Failure, unverified } from '../cli/failure.ts';
import { safe, safeLines } from '../cli/safe-text.ts';
import { chooseRole, personOf, type Signer } from '../signing/choose-role.ts';
import { confirm } from '../signing/confirm.ts';
import { openKey } from '../signing/open-key.ts';
import { openCampaign, type OpenCampaign } from '../signing/open-campaign.ts';
import { signDocument } from '../signing/sign-document.ts';

export interface CampaignApproveOptions {
  readonly key: string;
  readonly role: string | undefined;
  /** Named by a script that cannot be asked. */
  readonly digest: string | undefined;
}

export async function campaignApprove(
  context: Context,
  id: string,
  options: CampaignApproveOptions,
): Promise<ExitCode> {
  const { client, output, settings } = context;
  const person = personOf(settings.person);
  const data = await client.campaign(id);
  if (data.state === 'held')
    throw new Failure(EXIT.conflict, { code: 'conflict', detail: `\`${id}\` is held: ${safe(data.reason)}` });
  const opened = openCampaign(data);
  if (!opened.ok) throw unverified(opened.refusal);
  const { digest, words, page } = opened.value;
  const signer = chooseRole(data.eligible, person, options.role);
  if (settings.isJson) for (const line of safeLines(page)) output.note(line);
  else output.lines([...safeLines(page), '', `in words: ${words}`]);
  const key = await openKey(options.key, context.world);
  await confirm(context, { digest, words, named: options.digest });
  const approval = approvalOf(opened.value, signer, context);
  const answer = await client.approveCampaign(id, await signDocument(PAYLOAD.campaignApproval, approval, key));
  if (settings.isJson) output.json({ campaign: id, digest, words, person, role: signer.role, answer });
  else output.line(`signed ${digest} (${words}) as ${signer.person}, ${signer.role}`);
  return EXIT.ok;
}

/** Stages take their time: the signature lasts as long as the campaign. */
function approvalOf({ manifest, digest, shown }: OpenCampaign, signer: Signer, { world }: Context): CampaignApproval {
  const now = world.now();
  if (manifest.notAfter <= plusMs(now, 1))
    throw new Failure(EXIT.conflict, { code: 'expired', detail: `the campaign was valid until ${manifest.notAfter}` });
  return {
    type: 'campaign-approval',
    organisation: manifest.organisation,
    campaign: digest,
    shown,
    verdict: 'approve',
    person: signer.person,
    role: signer.role,
    surface: 'cli',
    signedAt: now,
    expiresAt: manifest.notAfter,
    nonce: world.randomHex(16),
  };
}
