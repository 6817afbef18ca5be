/** One person's signature over a campaign arrives (A2, C4). With the one that completes it the first stage may go. */
import {
  exclusionsOfCampaign,
  ineligibility,
  object,
  ok,
  refuse,
  type CampaignApproval,
  type ProposalId,
  type Result,
  type Shape,
  type TrustBundle,
} from '@countersign/core';
import { campaignApprovalLeafBody, digestOf, dsseShape, payloadOf, type DsseEnvelope } from '@countersign/seal';
import type { Deps } from '../deps.ts';
import { json, type Answer, type OwnExchange } from '../http/index.ts';
import { storedDsse } from '../store/stored.parse.ts';
import type { Work } from '../store/transact.ts';
import { campaignSubject, newestOfEach, openStoredCampaign, type StoredCampaign } from './stored-campaign.ts';
import { signedCampaign, verifyCampaignApproval } from './verify-campaign-approval.ts';

export interface CampaignApprovalBody {
  readonly approval: DsseEnvelope;
}
export const campaignApprovalBodyShape: Shape<CampaignApprovalBody> = object<CampaignApprovalBody>({
  approval: dsseShape,
});

export async function receiveCampaignApproval(
  deps: Deps,
  exchange: OwnExchange<CampaignApprovalBody, undefined>,
): Promise<Result<Answer>> {
  const { organisation } = exchange.principal;
  const installed = await deps.trust.bundle(organisation);
  if (installed === undefined) return refuse('no-trust', 'no trust bundle is installed');
  const dsse = exchange.body.approval;
  const released: ProposalId[] = [];
  const answer = await exchange.commit(async (work) => {
    const row = await lockCampaign(work, exchange.params['id'] ?? '');
    if (row === undefined) return refuse('not-found', 'there is no such campaign');
    if (row.state === 'held') return refuse('conflict', `the campaign is held: ${row.reason}`, { clause: 'C4' });
    const campaign = openStoredCampaign(row.digest, row.dsse);
    const checked = check(dsse, { campaign, bundle: installed.bundle, work });
    if (!checked.ok) return onRecord(work, campaign, checked);
    const isNew = await store(work, campaign, { approval: checked.value, dsse });
    if (isNew === 'too-many') return refuse('too-many', `\`${checked.value.person}\` signed it ${MOST_OF_ONE} times`);
    const isApproved = row.state === 'approved' || (await complete(work, campaign, installed.bundle));
    if (isApproved && row.state !== 'approved') released.push(...firstStage(campaign));
    return ok(json({ id: row.id, state: isApproved ? 'approved' : 'waiting', isNew }, isNew ? 201 : 200));
  });
  if (answer.ok) for (const proposal of released) deps.wake(organisation, proposal);
  return answer;
}

const lockCampaign = (
  { db, context }: Work,
  id: string,
): Promise<{ id: string; digest: string; dsse: unknown; state: string; reason: string } | undefined> =>
  db
    .selectFrom('campaign')
    .select(['id', 'digest', 'dsse', 'state', 'reason'])
    .where('organisation', '=', context.organisation)
    .where('id', '=', id)
    .forUpdate()
    .executeTakeFirst();

const firstStage = ({ members }: StoredCampaign): readonly ProposalId[] =>
  members.filter(({ stage }) => stage === 0).map(({ member }) => member.proposal.id);

interface Checking {
  readonly campaign: StoredCampaign;
  readonly bundle: TrustBundle;
  readonly work: Work;
}

function check(dsse: DsseEnvelope, { campaign, bundle, work }: Checking): Result<CampaignApproval> {
  const { people } = bundle;
  const verified = verifyCampaignApproval(dsse, { campaign, people, now: work.context.now });
  if (!verified.ok) return verified;
  const { approval } = verified.value;
  const { demands } = campaign.manifest;
  if (!demands.some(({ role }) => role === approval.role))
    return refuse('not-eligible', `nobody is asked for \`${approval.role}\` here`, {
      clause: 'A1',
      eligible: demands.map(({ role }) => role),
    });
  const person = people.find(({ id }) => id === approval.person);
  const exclusions = exclusionsOfCampaign(campaign.members, bundle);
  const doubt = person === undefined ? 'is not on the roster' : ineligibility(person, approval.role, exclusions);
  return doubt === undefined
    ? ok(approval)
    : refuse('not-eligible', `\`${approval.person}\` ${doubt}`, { clause: 'A4' });
}

function onRecord(
  { leaf }: Work,
  { digest }: StoredCampaign,
  refused: Extract<Result<never>, { ok: false }>,
): Result<never> {
  const { code, detail } = refused.refusal;
  leaf({
    event: 'approval.refused',
    subject: campaignSubject(digest),
    correlation: '',
    body: { campaign: digest, code, detail },
  });
  return refused;
}

/** Of one person over one campaign; all of them stay. */
const MOST_OF_ONE = 20;

/**
 * A person is one voice however often it is delivered, and the newest counts. The older ones stay: what went out under one of them is
 * verified with it (V1).
 */
async function store(
  { db, context, leaf }: Work,
  { digest }: StoredCampaign,
  { approval, dsse }: { readonly approval: CampaignApproval; readonly dsse: DsseEnvelope },
): Promise<boolean | 'too-many'> {
  const { organisation, now } = context;
  const { person, role } = approval;
  const known = await db
    .selectFrom('campaign_approval')
    .select('dsse')
    .where('organisation', '=', organisation)
    .where('campaign', '=', digest)
    .where('person', '=', person)
    .execute();
  if (known.some((one) => storedDsse(one.dsse).payload === dsse.payload)) return false;
  if (known.length >= MOST_OF_ONE) return 'too-many';
  await db
    .insertInto('campaign_approval')
    .values({
      organisation,
      campaign: digest,
      person,
      nth: known.length + 1,
      role,
      dsse: JSON.stringify(dsse),
      received_at: now,
    })
    .execute();
  const payload = payloadOf(dsse);
  // INVARIANT: its payload was read when its signature was verified.
  if (!payload.ok) throw new Error('a verified approval has no payload');
  leaf({
    event: 'campaign.signed',
    subject: campaignSubject(digest),
    correlation: '',
    body: campaignApprovalLeafBody(approval, digestOf(payload.value)),
  });
  return true;
}

async function complete(work: Work, campaign: StoredCampaign, bundle: TrustBundle): Promise<boolean> {
  const { db, context, leaf } = work;
  const { organisation, now } = context;
  const { digest, manifest } = campaign;
  const rows = await db
    .selectFrom('campaign_approval')
    .select(['person', 'dsse'])
    .where('organisation', '=', organisation)
    .where('campaign', '=', digest)
    .orderBy('nth')
    .orderBy('received_at')
    .execute();
  const approvals = newestOfEach(rows.map(({ person, dsse }) => ({ person, dsse: storedDsse(dsse) })));
  const { quorum } = signedCampaign(approvals, { campaign, bundle, now });
  if (!quorum.ok) return false;
  await db
    .updateTable('campaign')
    .set({ state: 'approved', reason: 'every demanded person has signed' })
    .where('organisation', '=', organisation)
    .where('digest', '=', digest)
    .execute();
  const { root, size, totals } = manifest;
  const seats = quorum.value.seats.map(({ person, role }) => ({ person, role }));
  leaf({
    event: 'campaign.approved',
    subject: campaignSubject(digest),
    correlation: '',
    body: { campaign: digest, root, size, targets: totals.targets, seats },
  });
  return true;
}
