/** What of a record a period needs: the remediations with an entry in it, and the first entry that belongs to any of them (V4). */
import type { Instant, OrganisationId } from '@countersign/core';
import { sql } from 'kysely';
import type { Store } from '../store/schema.ts';

export interface Period {
  readonly from: Instant;
  /** Not part of it. */
  readonly to: Instant;
}
export interface Population {
  /** In the order in which the record met them. */
  readonly remediations: readonly string[];
  /** Sequence of the first entry; absent: nothing happened. */
  readonly first?: number;
  /** Sequence of the last entry in the period. */
  readonly last?: number;
}

/** Only what the sequencer has given a place below `below`; instants of one form compare like text. */
export async function populationOf(
  store: Store,
  organisation: OrganisationId,
  { from, to, below = Number.MAX_SAFE_INTEGER }: Period & { readonly below?: number },
): Promise<Population> {
  const { rows } = await sql<{ correlation: string; first: number; last: number; is_remediation: boolean }>`
    with placed as (
      select seq, correlation, convert_from(bytes, 'UTF8')::jsonb ->> 'at' as at
      from leaf where organisation = ${organisation} and seq < ${below}),
    inside as (
      select correlation, min(seq) as first, max(seq) as last,
        exists (select 1 from proposal where organisation = ${organisation} and id = correlation) as is_remediation
      from placed where at >= ${from} and at < ${to} group by correlation)
    select correlation, last, is_remediation,
      case when is_remediation
        then (select min(seq) from placed where placed.correlation = inside.correlation) else first end as first
    from inside order by first`.execute(store);
  if (rows.length === 0) return { remediations: [] };
  return {
    remediations: rows.flatMap(({ correlation, is_remediation }) => (is_remediation ? [correlation] : [])),
    first: Math.min(...rows.map(({ first }) => first)),
    last: Math.max(...rows.map(({ last }) => last)),
  };
}
