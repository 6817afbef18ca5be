/** A person puts capsules that wait for people together (C4). The manifest is signed and on record; nobody has approved it yet. */
import { randomBytes } from 'node:crypto';
import {
  checkMember,
  id,
  instant,
  integer,
  list,
  MAX_CAMPAIGN_CAPSULES,
  object,
  ok,
  oneOf,
  optional,
  refuse,
  text,
  type CampaignManifest,
  type Complaint,
  type Result,
  type Shape,
} from '@countersign/core';
import { canonicalBytes, PAYLOAD, readCampaign, signEnvelope, type OpenedCampaign } from '@countersign/seal';
import { openStoredCapsule, type StoredCapsule } from '../capsules/stored-capsule.ts';
import type { Deps } from '../deps.ts';
import { json, Refused, type Answer, type OwnExchange } from '../http/index.ts';
import { lockProposal } from '../proposals/proposal-row.ts';
import { knownPerson } from '../signals/known-person.ts';
import type { Work } from '../store/transact.ts';
import { storedId } from '../store/stored.parse.ts';
import { buildCampaign, type CampaignDraft } from './build-campaign.ts';
import { campaignSubject } from './stored-campaign.ts';

type StageDraft = CampaignDraft['stages'][number];
export const campaignDraftShape: Shape<CampaignDraft> = object<CampaignDraft>({
  title: text({ min: 1, max: 200 }),
  notAfter: optional(instant),
  stages: list(
    object<StageDraft>({
      name: id(),
      proposals: list(id<'Proposal'>(), { min: 1, max: MAX_CAMPAIGN_CAPSULES }),
      failureDomains: optional(oneOf('one', 'several')),
      succeeded: optional(integer({ min: 1, max: MAX_CAMPAIGN_CAPSULES })),
      bakeMs: optional(integer({ min: 0, max: 604_800_000 })),
    }),
    { min: 1, max: 64 },
  ),
});

export async function makeCampaign(
  deps: Deps,
  exchange: OwnExchange<CampaignDraft, undefined>,
): Promise<Result<Answer>> {
  const { principal, body: draft } = exchange;
  const person = await knownPerson(deps, principal, { clause: 'C4' });
  if (!person.ok) return person;
  return exchange.commit(async (work) => {
    const found = await capsulesOf(work, draft);
    const manifest = buildCampaign({
      draft,
      stages: found,
      id: storedId<'Campaign'>(`K-${randomBytes(6).toString('hex')}`),
      nonce: randomBytes(16).toString('hex'),
    });
    if (manifest === undefined) return refuse('campaign-faulty', 'a campaign needs a capsule', { clause: 'C4' });
    const opened = agreeing(manifest, found.flat());
    if (!opened.ok) throw new Refused(opened.refusal);
    await store(deps, work, { opened: opened.value, madeBy: person.value.id });
    const { digest, page: shownText } = opened.value;
    return ok(json({ id: manifest.id, digest, state: 'waiting', text: shownText }, 201));
  });
}

/** In the order asked for; locks are taken in one order, so that two who ask for the same can't wait for each other. */
async function capsulesOf(work: Work, { stages }: CampaignDraft): Promise<readonly (readonly StoredCapsule[])[]> {
  const capsules = new Map<string, StoredCapsule>();
  for (const proposal of [...new Set(stages.flatMap(({ proposals }) => proposals))].toSorted())
    capsules.set(proposal, await waitingCapsule(work, proposal));
  return stages.map(({ proposals }) => proposals.flatMap((proposal) => capsules.get(proposal) ?? []));
}

const refused = (code: string, detail: string): Refused => new Refused(refuse(code, detail, { clause: 'C4' }).refusal);

async function waitingCapsule({ db, context }: Work, proposal: string): Promise<StoredCapsule> {
  const { organisation } = context;
  const row = await lockProposal(db, organisation, proposal);
  if (row === undefined) throw refused('not-found', `there is no proposal \`${proposal}\``);
  if (row.state !== 'PENDING' || row.rolloutCapsule === null)
    throw refused('conflict', `\`${proposal}\` does not wait for people, it is ${row.state}`);
  const stored = await db
    .selectFrom('capsule')
    .select(['digest', 'dsse', 'state'])
    .where('organisation', '=', organisation)
    .where('digest', '=', row.rolloutCapsule)
    .executeTakeFirstOrThrow();
  if (stored.state !== 'built') throw refused('conflict', `the capsule of \`${proposal}\` is ${stored.state}`);
  const other = await db
    .selectFrom('campaign_member as m')
    .innerJoin('campaign as k', (join) =>
      join.onRef('k.organisation', '=', 'm.organisation').onRef('k.digest', '=', 'm.campaign'),
    )
    .select(['k.id', 'k.state'])
    .where('m.organisation', '=', organisation)
    .where('m.capsule', '=', stored.digest)
    .executeTakeFirst();
  if (other !== undefined && other.state !== 'held')
    throw refused('conflict', `\`${proposal}\` belongs to the campaign \`${other.id}\`: hold that one first`);
  return openStoredCapsule(stored.digest, stored.dsse);
}

/** Read back from its own bytes, and held against each capsule: what a runner would refuse is not offered for signing. */
function agreeing(manifest: CampaignManifest, capsules: readonly StoredCapsule[]): Result<OpenedCampaign> {
  const opened = readCampaign(canonicalBytes(manifest));
  if (!opened.ok) return opened;
  const complaints = opened.value.members.flatMap((placed): readonly Complaint[] => {
    const stored = capsules[placed.index];
    return stored === undefined
      ? [{ at: '/stages', problem: 'lacks a capsule' }]
      : checkMember(manifest, placed, stored);
  });
  return complaints.length === 0
    ? opened
    : refuse('campaign-faulty', 'the capsules cannot be one campaign', { clause: 'C4', complaints });
}

async function store(
  { config }: Deps,
  { db, context, leaf }: Work,
  { opened, madeBy }: { readonly opened: OpenedCampaign; readonly madeBy: string },
): Promise<void> {
  const { organisation, now } = context;
  const { manifest, digest, members } = opened;
  const signer = config.organisations.get(organisation)?.capsuleSigner;
  if (signer === undefined) throw new Error('this server holds no capsule signer of the organisation');
  const dsse = signEnvelope(PAYLOAD.campaign, canonicalBytes(manifest), [signer]);
  await db
    .insertInto('campaign')
    .values({
      organisation,
      id: manifest.id,
      digest,
      state: 'waiting',
      reason: 'waits for people',
      title: manifest.title,
      dsse: JSON.stringify(dsse),
      made_by: madeBy,
      made_at: now,
    })
    .execute();
  await db
    .insertInto('campaign_member')
    .values(
      members.map(({ member, stage }) => ({
        organisation,
        capsule: member.capsule,
        campaign: digest,
        stage,
        proposal: member.proposal.id,
      })),
    )
    .onConflict((conflict) =>
      conflict
        .columns(['organisation', 'capsule'])
        .doUpdateSet((row) => ({ campaign: row.ref('excluded.campaign'), stage: row.ref('excluded.stage') })),
    )
    .execute();
  // The body of the leaf is the manifest, so the record holds the campaign's own digest.
  const body = leaf({ event: 'campaign.made', subject: campaignSubject(digest), correlation: '', body: manifest });
  if (body !== digest) throw new Error('the record would name another campaign than the one that is signed');
}
