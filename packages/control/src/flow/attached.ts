/** What belongs to a proposal beside its row: its capsules in force, the approvals of the one that waits, its last decision. */
import { readShape, type Digest } from '@countersign/core';
import { dsseShape, type CapsuleChain, type DsseEnvelope, type NarrowsEnvelope } from '@countersign/seal';
import { sql, type Kysely } from 'kysely';
import { MAX_POLICIES, narrowsAmong, storedChain, type StoredVersion } from '../capsules/stored-chain.ts';
import { findCampaignOf } from '../campaigns/find-campaign.ts';
import { attachedCampaign, type AttachedCampaign } from '../campaigns/stored-campaign.ts';
import { openStoredCapsule, type StoredCapsule } from '../capsules/stored-capsule.ts';
import type { ProposalRow } from '../proposals/proposal-row.ts';
import type { Schema } from '../store/schema.ts';

export interface AttachedCapsule extends StoredCapsule {
  readonly state: string;
}
/** The capsule that waits for people, with the versions before it: what was signed over them may still stand (D6). */
export interface AttachedRollout extends AttachedCapsule {
  readonly chain: CapsuleChain;
  readonly narrows: NarrowsEnvelope;
  /** Somebody signed this version or one before it. */
  readonly isSigned: boolean;
}
export interface Attached {
  readonly validation: AttachedCapsule | undefined;
  readonly rollout: AttachedRollout | undefined;
  /** Over any version of the chain. */
  readonly approvals: readonly DsseEnvelope[];
  /** Digests the last decision was made under. */
  readonly decidedUnder: { readonly envelope: string; readonly graph: string } | undefined;
  /** The last decision asks each person for a fresh strong authentication (A1). */
  readonly owesStepUp: boolean;
  /** The campaign that its capsule waits in (C4). */
  readonly campaign: AttachedCampaign | undefined;
}

export const NOTHING_ATTACHED: Attached = {
  validation: undefined,
  rollout: undefined,
  approvals: [],
  decidedUnder: undefined,
  owesStepUp: false,
  campaign: undefined,
};

interface Found {
  readonly capsules: readonly { readonly digest: Digest; readonly state: string; readonly dsse: unknown }[] | null;
  readonly approvals: readonly unknown[] | null;
  readonly decided: { readonly envelope: string; readonly graph: string; readonly stepUp: boolean | null } | null;
  readonly earlier: readonly StoredVersion[] | null;
  readonly policies: readonly unknown[] | null;
}

export async function loadAttached(db: Kysely<Schema>, row: ProposalRow): Promise<Attached> {
  const { organisation, id, validationCapsule, rolloutCapsule } = row;
  const digests = [validationCapsule, rolloutCapsule].filter((digest) => digest !== null);
  const { rows } = await sql<Found>`with version as materialized (
      select v.digest, v.dsse, v.state from capsule v join capsule newest on newest.organisation = v.organisation and newest.id = v.id
        and newest.proposal = v.proposal
      where newest.organisation = ${organisation} and newest.digest = ${rolloutCapsule})
    select
    (select json_agg(json_build_object('digest', digest, 'state', state, 'dsse', dsse))
       from capsule where organisation = ${organisation} and digest = any(${digests}::text[])) as capsules,
    (select json_agg(dsse order by received_at, person)
       from approval where organisation = ${organisation} and capsule in (select digest from version)) as approvals,
    (select json_agg(json_build_object('digest', digest, 'dsse', dsse)) from version
       where digest <> ${rolloutCapsule} and state = 'void') as earlier,
    (select json_agg(dsse) from (select dsse from envelope_version where organisation = ${organisation}
       and (select count(*) from version) > 0 order by version desc limit ${MAX_POLICIES}) as policy) as policies,
    (select json_build_object('envelope', document->'envelope'->>'digest', 'graph', document->'graph'->>'digest',
        'stepUp', document->'requirement'->'stepUp')
       from decision where organisation = ${organisation} and proposal = ${id} order by made_at desc limit 1) as decided`.execute(
    db,
  );
  const capsule = (digest: Digest | null): AttachedCapsule | undefined => {
    const found = rows[0]?.capsules?.find((one) => one.digest === digest);
    return found === undefined ? undefined : { ...openStoredCapsule(found.digest, found.dsse), state: found.state };
  };
  const rollout = capsule(rolloutCapsule);
  const approvals = (rows[0]?.approvals ?? []).map(storedEnvelope);
  const narrows = narrowsAmong(rows[0]?.policies ?? []);
  return {
    validation: capsule(validationCapsule),
    rollout:
      rollout === undefined
        ? undefined
        : {
            ...rollout,
            narrows,
            chain: storedChain(rollout, rows[0]?.earlier ?? [], narrows),
            isSigned: approvals.length > 0,
          },
    approvals,
    decidedUnder: rows[0]?.decided ?? undefined,
    owesStepUp: rows[0]?.decided?.stepUp === true,
    campaign: await campaignOf(db, row),
  };
}

/** Only what waits for people can wait for a stage. */
async function campaignOf(
  db: Kysely<Schema>,
  { organisation, state, rolloutCapsule }: ProposalRow,
): Promise<AttachedCampaign | undefined> {
  if (state !== 'PENDING' || rolloutCapsule === null) return undefined;
  const found = await findCampaignOf(db, organisation, rolloutCapsule);
  return found === undefined ? undefined : attachedCampaign(found);
}

export function storedEnvelope(stored: unknown): DsseEnvelope {
  const read = readShape(dsseShape, stored);
  if (read.ok) return read.value;
  throw new Error('a stored envelope does not have its form');
}
