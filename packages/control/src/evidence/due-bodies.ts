/**
 * Whose time is over (V2): counted for a remediation from its end, for everything else from the day it came. Never what an open
 * remediation or an open triage needs, and never what a hold covers; what says who was allowed what is of no kind and is not asked for.
 */
import {
  eventsOfKind,
  isTerminal,
  plusMs,
  PROPOSAL_STATES,
  retentionOf,
  type Digest,
  type Instant,
  type OrganisationId,
  type RetentionKind,
  type RetentionPolicy,
} from '@countersign/core';
import { sql, type Kysely } from 'kysely';
import type { Schema } from '../store/schema.ts';
import { storedDigest } from '../store/stored.parse.ts';

export interface DueBody {
  readonly body: Digest;
  /** A kept original the body names: the batch a source sent. */
  readonly original?: Digest;
  /** Ids of the leaves that name the body. */
  readonly lines: readonly number[];
  /** The remediation; empty for what belongs to none. */
  readonly correlation: string;
}
export interface DueQuestion {
  readonly organisation: OrganisationId;
  readonly kind: RetentionKind;
  readonly policy: RetentionPolicy;
  readonly now: Instant;
  readonly limit: number;
}

const DAY_MS = 86_400_000;
const OVER = PROPOSAL_STATES.filter(isTerminal);

export async function dueBodies(
  db: Kysely<Schema>,
  { organisation, kind, policy, now, limit }: DueQuestion,
): Promise<readonly DueBody[]> {
  const before = (environment?: Parameters<typeof retentionOf>[2]): Instant =>
    plusMs(now, -retentionOf(policy, kind, environment) * DAY_MS);
  const events = [...eventsOfKind(kind)];
  const { rows } = await sql<{
    body: string;
    original: string | null;
    correlation: string;
    lines: readonly string[];
  }>`
    with named as (
      select l.id, l.correlation, l.leaf ->> 'at' as at, l.leaf ->> 'body' as body, coalesce(l.kept, d.bytes) is not null as is_there,
        case when ${kind === 'signals'} then convert_from(d.bytes, 'UTF8')::jsonb end as document
      from (
        select id, correlation, convert_from(bytes, 'UTF8')::jsonb as leaf, body as kept from leaf
        where organisation = ${organisation} and event = any(${events}::text[])) l
      left join document d on d.organisation = ${organisation} and d.digest = l.leaf ->> 'body'),
    judged as (
      select n.id, n.body, n.document ->> 'document' as original, n.correlation,
        bool_and(case
          when p.id is null then n.at < ${before()}
          else n.at < cutoff.at and p.updated_at < cutoff.at::timestamptz and p.state = any(${OVER}::text[]) end
          and not ${held()} and not ${needed()}) over (partition by coalesce(n.document ->> 'document', n.body)) as is_due
      from named n
      left join proposal p on p.organisation = ${organisation} and p.id = n.correlation
      left join lateral (select case p.document ->> 'environment'
        when 'staging' then ${before('staging')}
        when 'pre-production' then ${before('pre-production')}
        else ${before('production')} end as at) cutoff on true
      where n.is_there)
    select body, original, correlation, array_agg(id::text) as lines from judged where is_due
    group by body, original, correlation order by body limit ${limit}`.execute(db);
  return rows.map(({ body, original, correlation, lines }) => ({
    body: storedDigest(body),
    ...(original !== null && { original: storedDigest(original) }),
    correlation,
    lines: lines.map(Number),
  }));

  function held(): ReturnType<typeof sql> {
    return sql`exists (
      select from legal_hold h where h.organisation = ${organisation} and h.lifted_at is null
        and (n.correlation = any(h.proposals) or (n.at >= h.period_from and n.at < h.period_to)))`;
  }
  /** Signals that an open triage or an open remediation goes back to. */
  function needed(): ReturnType<typeof sql> {
    return sql`exists (
      select from signal s left join triage t on t.organisation = s.organisation and t.id = s.triage
      where s.organisation = ${organisation}
        and coalesce(n.document -> 'signals', jsonb_build_array(n.document -> 'signal' ->> 'id')) ? s.id
        and (t.state <> 'closed' or exists (
          select from proposal o where o.organisation = s.organisation and o.document -> 'signals' ? s.id
            and o.state <> all(${OVER}::text[]))))`;
  }
}
