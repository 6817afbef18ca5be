/** What belongs to a proposal beside its row: its capsules in force, the approvals of the one that waits, its last decision. */
import { readShape, type Digest } from '@countersign/core';
import { dsseShape, type DsseEnvelope } from '@countersign/seal';
import { sql, type Kysely } from 'kysely';
import { openStoredCapsule, type StoredCapsule } from '../capsules/stored-capsule.ts';
import type { ProposalRow } from '../proposals/proposal-row.ts';
import type { Schema } from '../store/schema.ts';

export interface AttachedCapsule extends StoredCapsule {
  readonly state: string;
}
export interface Attached {
  readonly validation: AttachedCapsule | undefined;
  readonly rollout: AttachedCapsule | undefined;
  readonly approvals: readonly DsseEnvelope[];
  /** Digests the last decision was made under. */
  readonly decidedUnder: { readonly envelope: string; readonly graph: string } | undefined;
}

export const NOTHING_ATTACHED: Attached = {
  validation: undefined,
  rollout: undefined,
  approvals: [],
  decidedUnder: undefined,
};

interface Found {
  readonly capsules: readonly { readonly digest: Digest; readonly state: string; readonly dsse: unknown }[] | null;
  readonly approvals: readonly unknown[] | null;
  readonly decided: { readonly envelope: string; readonly graph: string } | null;
}

export async function loadAttached(db: Kysely<Schema>, row: ProposalRow): Promise<Attached> {
  const { organisation, id, validationCapsule, rolloutCapsule } = row;
  const digests = [validationCapsule, rolloutCapsule].filter((digest) => digest !== null);
  const { rows } = await sql<Found>`select
    (select json_agg(json_build_object('digest', digest, 'state', state, 'dsse', dsse))
       from capsule where organisation = ${organisation} and digest = any(${digests}::text[])) as capsules,
    (select json_agg(dsse order by received_at, person)
       from approval where organisation = ${organisation} and capsule = ${rolloutCapsule}) as approvals,
    (select json_build_object('envelope', document->'envelope'->>'digest', 'graph', document->'graph'->>'digest')
       from decision where organisation = ${organisation} and proposal = ${id} order by made_at desc limit 1) as decided`.execute(
    db,
  );
  const capsule = (digest: Digest | null): AttachedCapsule | undefined => {
    const found = rows[0]?.capsules?.find((one) => one.digest === digest);
    return found === undefined ? undefined : { ...openStoredCapsule(found.digest, found.dsse), state: found.state };
  };
  return {
    validation: capsule(validationCapsule),
    rollout: capsule(rolloutCapsule),
    approvals: (rows[0]?.approvals ?? []).map(storedEnvelope),
    decidedUnder: rows[0]?.decided ?? undefined,
  };
}

export function storedEnvelope(stored: unknown): DsseEnvelope {
  const read = readShape(dsseShape, stored);
  if (read.ok) return read.value;
  throw new Error('a stored envelope does not have its form');
}
