/** A campaign as people see it: the signed bytes with every capsule, so that a signer's own program checks them, and how far it is. */
import { eligiblePeople, exclusionsOfCampaign, refuse, type Result } from '@countersign/core';
import type { Deps } from '../deps.ts';
import { storedDsse } from '../store/stored.parse.ts';
import { openStoredCampaign, storedReceipt } from './stored-campaign.ts';

export async function showCampaign(
  deps: Deps,
  organisation: Parameters<Deps['trust']['bundle']>[0],
  id: string,
): Promise<Result<Record<string, unknown>>> {
  const { store, trust } = deps;
  const row = await store
    .selectFrom('campaign')
    .selectAll()
    .where('organisation', '=', organisation)
    .where('id', '=', id)
    .executeTakeFirst();
  const installed = await trust.bundle(organisation);
  if (row === undefined) return refuse('not-found', 'there is no such campaign');
  if (installed === undefined) return refuse('no-trust', 'no trust bundle is installed');
  const campaign = openStoredCampaign(row.digest, row.dsse);
  const { manifest, digest, page: shownText } = campaign;
  const [members, approvals, receipts] = await Promise.all([
    membersOf(deps, organisation, digest),
    approvalsOf(deps, organisation, digest),
    receiptsOf(deps, organisation, digest),
  ]);
  const eligible = eligiblePeople(
    manifest.demands,
    installed.bundle.people,
    exclusionsOfCampaign(campaign.members, installed.bundle),
  );
  return {
    ok: true,
    value: {
      id: row.id,
      digest,
      state: row.state,
      reason: row.reason,
      title: row.title,
      madeBy: row.made_by,
      manifest: campaign.dsse,
      text: shownText,
      members: members.map(({ capsule, stage, proposal, enclave, state }) => ({
        capsule,
        stage,
        proposal,
        enclave,
        state,
      })),
      capsules: members.map(({ dsse }) => dsse),
      approvals,
      receipts,
      eligible: eligible.flatMap(({ role, people }) => people.map((person) => ({ person, role }))),
    },
  };
}

interface MemberView {
  readonly capsule: string;
  readonly stage: number;
  readonly proposal: string;
  readonly enclave: string;
  readonly state: string;
  readonly dsse: unknown;
}

const membersOf = ({ store }: Deps, organisation: string, digest: string): Promise<readonly MemberView[]> =>
  store
    .selectFrom('campaign_member as m')
    .innerJoin('capsule as c', (join) =>
      join.onRef('c.organisation', '=', 'm.organisation').onRef('c.digest', '=', 'm.capsule'),
    )
    .innerJoin('proposal as p', (join) =>
      join.onRef('p.organisation', '=', 'm.organisation').onRef('p.id', '=', 'm.proposal'),
    )
    .select(['m.capsule', 'm.stage', 'm.proposal', 'c.enclave', 'p.state', 'c.dsse'])
    .where('m.organisation', '=', organisation)
    .where('m.campaign', '=', digest)
    .orderBy('m.stage')
    .orderBy('m.proposal')
    .execute();

async function approvalsOf({ store }: Deps, organisation: string, digest: string): Promise<readonly object[]> {
  const rows = await store
    .selectFrom('campaign_approval')
    .select(['person', 'role', 'received_at', 'dsse'])
    .where('organisation', '=', organisation)
    .where('campaign', '=', digest)
    .orderBy('nth')
    .orderBy('received_at')
    .execute();
  // The newest of each person counts.
  const newest = new Map(rows.map((row) => [row.person, row])).values();
  return [...newest].map(({ person, role, received_at: at, dsse }) => ({
    person,
    role,
    receivedAt: at.toISOString(),
    approval: storedDsse(dsse),
  }));
}

async function receiptsOf({ store }: Deps, organisation: string, digest: string): Promise<readonly object[]> {
  const rows = await store
    .selectFrom('campaign_receipt')
    .select(['stage', 'is_success', 'dsse'])
    .where('organisation', '=', organisation)
    .where('campaign', '=', digest)
    .orderBy('received_at')
    .execute();
  return rows.map(({ stage, is_success: isGood, dsse }) => {
    const { capsule, runner, enclave, outcome, trips } = storedReceipt(dsse);
    return { capsule, stage, runner, enclave, outcome, trips, isSuccess: isGood, receipt: storedDsse(dsse) };
  });
}

export async function listCampaigns({ store }: Deps, organisation: string): Promise<readonly object[]> {
  const rows = await store
    .selectFrom('campaign')
    .select(['id', 'digest', 'state', 'reason', 'title', 'made_by', 'made_at'])
    .where('organisation', '=', organisation)
    .orderBy('made_at', 'desc')
    .orderBy('id', 'desc')
    .limit(MOST_LISTED)
    .execute();
  return rows.map(({ made_by: madeBy, made_at: madeAt, ...row }) => ({ ...row, madeBy, madeAt: madeAt.toISOString() }));
}

const MOST_LISTED = 200;
