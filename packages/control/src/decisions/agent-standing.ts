/** How an agent stands: held back or not, and what it did of late, as far as its baseline needs it (D7). */
import { instantOf, type ActionType, type AgentHistory, type Instant, type RestraintKind } from '@countersign/core';
import { sql, type RawBuilder } from 'kysely';

export interface AgentStanding {
  readonly isSuspended: boolean;
  readonly isBaselineLeft: boolean;
  readonly history: AgentHistory;
  /** When a policy admin last let it go on after it had left its baseline. */
  readonly liftedAt: string | undefined;
}

export interface AgentRow {
  readonly restraints: readonly RestraintKind[] | null;
  readonly lifted_at: string | null;
  readonly proposed:
    | readonly { readonly day: string; readonly action: ActionType; readonly n: number; readonly since_ms: number }[]
    | null;
  readonly refused: readonly { readonly day: string; readonly n: number; readonly re_raised: number }[] | null;
  readonly worse: readonly { readonly day: string; readonly n: number }[] | null;
}

/** So much past a baseline and the share of skipped stagings are counted from. */
export const HISTORY_DAYS = 31;
/** Codes of intake for what people rejected or what is open already. */
const RE_RAISED: string[] = ['intent-locked', 'already-proposed'];

interface Asked {
  readonly organisation: string;
  readonly agent: string;
  readonly now: Instant;
}

/** One column, `agent`. */
export const agentFragment = ({ organisation, agent, now }: Asked): RawBuilder<AgentRow> => sql`
    json_build_object(
      'restraints', (select json_agg(kind) from restraint where organisation = ${organisation} and subject_kind = 'agent'
        and subject = ${agent} and lifted_at is null),
      'lifted_at', (select to_char(max(lifted_at) at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.MS"Z"') from restraint
        where organisation = ${organisation} and subject_kind = 'agent' and subject = ${agent} and kind = 'baseline'),
      'proposed', (select json_agg(d) from (select to_char(created_at at time zone 'UTC', 'YYYY-MM-DD') as day,
          document->'change'->>'action' as action, count(*) as n, floor(extract(epoch from min(created_at)) * 1000)::bigint as since_ms
        from proposal where organisation = ${organisation} and agent = ${agent}
          and created_at > ${now}::timestamptz - make_interval(days => ${HISTORY_DAYS}) group by 1, 2) as d),
      'refused', (select json_agg(d) from (select to_char(at at time zone 'UTC', 'YYYY-MM-DD') as day, count(*) as n,
          count(*) filter (where code = any(${RE_RAISED}::text[])) as re_raised
        from agent_refusal where organisation = ${organisation} and agent = ${agent}
          and at > ${now}::timestamptz - make_interval(days => ${HISTORY_DAYS}) group by 1) as d),
      'worse', (select json_agg(d) from (select to_char(at at time zone 'UTC', 'YYYY-MM-DD') as day, count(*) as n
        from prediction_outcome where organisation = ${organisation} and agent = ${agent} and worse + unforeseen > 0
          and at > ${now}::timestamptz - make_interval(days => ${HISTORY_DAYS}) group by 1) as d)) as agent`;

export function standingOf({ restraints, lifted_at, proposed, refused, worse }: AgentRow): AgentStanding {
  const standing = restraints ?? [];
  return {
    isSuspended: standing.includes('suspended'),
    isBaselineLeft: standing.includes('baseline'),
    history: historyOf(proposed ?? [], refused ?? [], worse ?? []),
    liftedAt: lifted_at ?? undefined,
  };
}

function historyOf(
  proposed: NonNullable<AgentRow['proposed']>,
  refused: NonNullable<AgentRow['refused']>,
  worse: NonNullable<AgentRow['worse']>,
): AgentHistory {
  const days = [...new Set([...proposed, ...refused, ...worse].map(({ day }) => day))].toSorted();
  const since = new Map<ActionType, number>();
  for (const { action, since_ms } of proposed)
    since.set(action, Math.min(since.get(action) ?? Number.MAX_SAFE_INTEGER, since_ms));
  return {
    days: days.map((day) => ({
      day,
      proposals: proposed.filter((one) => one.day === day).reduce((sum, { n }) => sum + n, 0),
      refused: refused.find((one) => one.day === day)?.n ?? 0,
      reRaised: refused.find((one) => one.day === day)?.re_raised ?? 0,
      failedPredictions: worse.find((one) => one.day === day)?.n ?? 0,
    })),
    classes: [...since].map(([action, ms]) => ({ action, since: instantOf(ms) })),
  };
}
