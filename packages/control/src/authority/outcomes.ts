/** How acts ended (E6), from the tables: evidence of runners, labels of people; what nobody said is not counted either way (D3). */
import { ACTION_TYPES, instantOf, type ActionType, type Envelope, type Instant, type Outcome } from '@countersign/core';
import { sql, type Kysely } from 'kysely';
import type { Schema } from '../store/schema.ts';

interface Row {
  readonly action: ActionType;
  readonly at_ms: number;
  readonly is_failed: boolean;
  readonly is_false_positive: boolean | null;
  readonly is_mispredicted: boolean | null;
}

/** Of each action the newest so many count: a class is judged by how it does lately, at a cost that does not grow with history. */
const NEWEST = 500;

/**
 * Acts that are over inside the window of `contraction.days`. Those before a restoration of their class do not count any more: else
 * the signature would be taken back by the same cases at once.
 */
export async function loadOutcomes(
  db: Kysely<Schema>,
  organisation: string,
  { contraction }: Pick<Envelope, 'contraction'>,
  now: Instant,
): Promise<readonly Outcome[]> {
  const { rows } = await sql<Row>`
    select p.document->'change'->>'action' as action, floor(extract(epoch from p.updated_at) * 1000)::bigint as at_ms,
      p.state <> 'SUCCEEDED' as is_failed,
      -- One true signal is enough to have been right; one false one is wrong only when nobody said otherwise.
      (select case when bool_or(o.label = 'true') then false when bool_or(o.label in ('false', 'benign-known')) then true end
         from signal_outcome o where o.organisation = p.organisation
           and o.signal in (select jsonb_array_elements_text(p.document->'signals'))) as is_false_positive,
      -- The dry run foresaw nobody down; a breaker that tripped saw otherwise.
      case when d.predicted then r.trip > 0 end as is_mispredicted
    from unnest(${[...ACTION_TYPES]}::text[]) as class (action)
    cross join lateral (
      select * from proposal
      where organisation = ${organisation} and document->'change'->>'action' = class.action
        and state in ('SUCCEEDED', 'FAILED', 'ROLLED_BACK')
        and updated_at > ${now}::timestamptz - make_interval(days => ${contraction.days})
      order by updated_at desc limit ${NEWEST}) as p
    join rollout r on r.organisation = p.organisation and r.capsule = p.rollout_capsule
    left join lateral (
      select (document->'facts'->>'predictedDown')::int = 0 and (document->'facts'->>'predictedUnknown')::int = 0 as predicted
      from decision where organisation = p.organisation and proposal = p.id order by made_at desc limit 1) as d on true
    where not exists (select from contraction c where c.organisation = p.organisation
        and c.action = p.document->'change'->>'action' and c.lifted_at >= p.updated_at)`.execute(db);
  return rows.map(({ action, at_ms, is_failed, is_false_positive, is_mispredicted }) => ({
    action,
    at: instantOf(at_ms),
    isFailed: is_failed,
    ...(is_false_positive !== null && { isFalsePositive: is_false_positive }),
    ...(is_mispredicted !== null && { isMispredicted: is_mispredicted }),
  }));
}
