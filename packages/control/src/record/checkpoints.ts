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

const isCosigned = sql`cosignatures <> '{}'::jsonb`;

/**
 * Around each of these entries the latest cosigned checkpoint that does not hold it and the earliest that does (V3), smallest first. Two
 * index look-ups an entry, however long the record is.
 */
export async function checkpointsAround(
  store: Store,
  organisation: OrganisationId,
  seqs: readonly number[],
): Promise<readonly StoredCheckpoint[]> {
  const { rows } = await sql<StoredCheckpoint>`
    select distinct on (near.size) near.size, near.note, near.cosignatures
    from unnest(${seqs}::bigint[]) as entry (seq) cross join lateral (
      (select size, note, cosignatures from checkpoint
        where organisation = ${organisation} and size <= entry.seq and ${isCosigned} order by size desc limit 1)
      union all
      (select size, note, cosignatures from checkpoint
        where organisation = ${organisation} and size > entry.seq and ${isCosigned} order by size limit 1)) near
    order by near.size`.execute(store);
  return rows;
}

/** Cosigned checkpoints from a size to below another, at most so many: the last one of each of as many even parts. Smallest first. */
export async function checkpointsAlong(
  store: Store,
  organisation: OrganisationId,
  { from, below, most }: { readonly from: number; readonly below: number; readonly most: number },
): Promise<readonly StoredCheckpoint[]> {
  if (from >= below) return [];
  const step = Math.ceil((below - from) / most);
  const { rows } = await sql<StoredCheckpoint>`
    select last.size, last.note, last.cosignatures
    from generate_series(${from}::bigint, ${below - 1}::bigint, ${step}::bigint) as part (first) cross join lateral (
      select size, note, cosignatures from checkpoint
      where organisation = ${organisation} and size >= part.first and size < least(part.first + ${step}::bigint, ${below}::bigint)
        and ${isCosigned} order by size desc limit 1) last
    order by last.size`.execute(store);
  return rows;
}
