/** Signed checkpoints with the witnesses' cosignatures, as they stand in the tables. */
import type { OrganisationId } from '@countersign/core';
import { sql } from 'kysely';
import type { Store } from '../store/schema.ts';

export interface StoredCheckpoint {
  readonly size: number;
  /** As the log signed it. */
  readonly note: string;
  /** Lines of witnesses by their names. */
  readonly cosignatures: Readonly<Record<string, string>>;
}

/** The note with all cosignatures, for a verifier. */
export const cosignedNote = ({ note, cosignatures }: StoredCheckpoint): string =>
  note + Object.values(cosignatures).join('');

const columns = ['size', 'note', 'cosignatures'] as const;

export const latestCheckpoint = (store: Store, organisation: OrganisationId): Promise<StoredCheckpoint | undefined> =>
  store
    .selectFrom('checkpoint')
    .select(columns)
    .where('organisation', '=', organisation)
    .orderBy('size', 'desc')
    .limit(1)
    .executeTakeFirst();

export const checkpointOf = (
  store: Store,
  organisation: OrganisationId,
  size: number,
): Promise<StoredCheckpoint | undefined> =>
  store
    .selectFrom('checkpoint')
    .select(columns)
    .where('organisation', '=', organisation)
    .where('size', '=', size)
    .executeTakeFirst();

/** Newest checkpoints first, those that can hold the leaf at `above - 1`; few, because witnesses are seconds behind at most. */
export const recentCheckpoints = (
  store: Store,
  organisation: OrganisationId,
  above: number,
): Promise<readonly StoredCheckpoint[]> =>
  store
    .selectFrom('checkpoint')
    .select(columns)
    .where('organisation', '=', organisation)
    .where('size', '>=', above)
    .where('cosignatures', '<>', sql<Record<string, string>>`'{}'::jsonb`)
    .orderBy('size', 'desc')
    .limit(20)
    .execute();
