/** A proposal as the tables hold it. Its document is ours; its state is moved by `flow` alone. */
import {
  instantOf,
  parseId,
  PROPOSAL_STATES,
  type Digest,
  type Instant,
  type OrganisationId,
  type Proposal,
  type ProposalId,
  type ProposalState,
} from '@countersign/core';
import { sql, type Kysely } from 'kysely';
import type { Schema } from '../store/schema.ts';
import { storedDigest, storedProposal } from '../store/stored.parse.ts';

export interface ProposalRow {
  readonly organisation: OrganisationId;
  readonly id: ProposalId;
  readonly revision: number;
  readonly state: ProposalState;
  readonly triage: string | null;
  readonly proposal: Proposal;
  readonly intent: string;
  readonly reason: string;
  readonly validationCapsule: Digest | null;
  readonly rolloutCapsule: Digest | null;
  readonly createdAt: Instant;
  readonly updatedAt: Instant;
  /** Its text went at its time; the digest of the body that held it. */
  readonly expired: Digest | null;
}

/** A row of the table. */
export interface ProposalColumns {
  readonly id: string;
  readonly revision: number;
  readonly state: string;
  readonly triage: string | null;
  readonly document: unknown;
  readonly intent: string;
  readonly reason: string;
  readonly validation_capsule: string | null;
  readonly rollout_capsule: string | null;
  readonly created_at: Date;
  readonly updated_at: Date;
  readonly expired: string | null;
}

export const PROPOSAL_COLUMNS = [
  'id',
  'revision',
  'state',
  'triage',
  'document',
  'intent',
  'reason',
  'validation_capsule',
  'rollout_capsule',
  'created_at',
  'updated_at',
  'expired',
] as const;

export function rowOf(organisation: OrganisationId, columns: ProposalColumns): ProposalRow {
  const id = parseId<'Proposal'>(columns.id);
  const state = PROPOSAL_STATES.find((name) => name === columns.state);
  if (id === undefined || state === undefined) throw new Error('a stored proposal does not have its form');
  return {
    organisation,
    id,
    revision: columns.revision,
    state,
    triage: columns.triage,
    // INVARIANT: only intake writes this column, from a draft that was read by its shape.
    proposal: storedProposal(columns.document),
    intent: columns.intent,
    reason: columns.reason,
    validationCapsule: columns.validation_capsule === null ? null : storedDigest(columns.validation_capsule),
    rolloutCapsule: columns.rollout_capsule === null ? null : storedDigest(columns.rollout_capsule),
    createdAt: instantOf(columns.created_at.getTime()),
    updatedAt: instantOf(columns.updated_at.getTime()),
    expired: columns.expired === null ? null : storedDigest(columns.expired),
  };
}

export async function findProposal(
  db: Kysely<Schema>,
  organisation: OrganisationId,
  id: string,
): Promise<ProposalRow | undefined> {
  const columns = await db
    .selectFrom('proposal')
    .select(PROPOSAL_COLUMNS)
    .where('organisation', '=', organisation)
    .where('id', '=', id)
    .executeTakeFirst();
  return columns === undefined ? undefined : rowOf(organisation, columns);
}

/** The same under the row's lock: whoever moves a proposal holds it until the commit. */
export async function lockProposal(
  db: Kysely<Schema>,
  organisation: OrganisationId,
  id: string,
): Promise<ProposalRow | undefined> {
  const columns = await db
    .selectFrom('proposal')
    .select(PROPOSAL_COLUMNS)
    .where('organisation', '=', organisation)
    .where('id', '=', id)
    .modifyEnd(sql`for no key update`)
    .executeTakeFirst();
  return columns === undefined ? undefined : rowOf(organisation, columns);
}
