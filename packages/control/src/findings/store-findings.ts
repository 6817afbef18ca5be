/** Findings of a batch of signals (G5): one row for each rule and target, open as long as any source sees it. */
import type { FindingDetail, RegisteredSource, Signal, SourceId } from '@countersign/core';
import { sql } from 'kysely';
import type { Work } from '../store/transact.ts';
import type { RankingBasis } from './basis.ts';
import { findingIdOf } from './finding-id.ts';
import { lockRanking, rankSome, type FindingRow } from './rerank.ts';

/** Rows of one statement. */
const AT_ONCE = 5000;

interface Reported {
  readonly source: SourceId;
  readonly signals: readonly Signal[];
  readonly findings: readonly FindingDetail[];
}

export interface Ranked {
  readonly basis: RankingBasis;
  readonly sources: readonly RegisteredSource[];
}

/** Stores what was reported and gives it its place, in the transaction of the signals it came with. */
export async function storeFindings(work: Work, reported: Reported, { basis, sources }: Ranked): Promise<void> {
  await lockRanking(work);
  const open: FindingRow[] = [];
  for (let from = 0; from < reported.findings.length; from += AT_ONCE)
    open.push(...(await upsert(work, reported, reported.findings.slice(from, from + AT_ONCE))));
  await rankSome(work, open, { basis, sources, because: 'signals' });
}

async function upsert(
  { db, context }: Work,
  { source, signals }: Reported,
  findings: readonly FindingDetail[],
): Promise<readonly FindingRow[]> {
  const { organisation, now } = context;
  const signalOf = new Map(signals.map(({ id, rule, status }) => [`${status} ${rule}`, id]));
  const rows = findings.map(({ rule, target, title, severity, status, probability, components }) => ({
    id: findingIdOf(rule, target),
    rule,
    target,
    title,
    severity,
    fires: status === 'firing',
    probability: probability ?? null,
    components: components ?? null,
    signal: signalOf.get(`${status} ${rule}`) ?? '',
  }));
  // What is resolved and was never open is nothing. A source that no longer sees it takes itself off the list, and no other.
  const { rows: stored } = await sql<FindingRow>`
    with reported as (
      select * from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as r (id text, rule text, target text, title text,
        severity text, fires boolean, probability integer, components jsonb, signal text)),
    gone as (
      update finding set sources = array_remove(sources, ${source}::text), last_seen = ${now}::timestamptz,
        is_open = array_remove(sources, ${source}::text) <> '{}'
      from reported r where finding.organisation = ${organisation} and finding.id = r.id and not r.fires
      returning finding.id)
    insert into finding (organisation, id, rule, target, title, source, severity, probability, components, sources, signal,
      is_open, first_seen, last_seen)
    select ${organisation}, id, rule, target, title, ${source}, severity, probability, nullif(components, 'null'::jsonb),
      array[${source}::text], signal, true, ${now}::timestamptz, ${now}::timestamptz
    from reported where fires order by id
    on conflict (organisation, id) do update set title = excluded.title, source = excluded.source,
      severity = excluded.severity, probability = excluded.probability, components = excluded.components,
      sources = array(select distinct unnest(finding.sources || excluded.sources) order by 1), signal = excluded.signal,
      is_open = true, last_seen = excluded.last_seen
    returning id, rule, target, source, severity, probability, components, first_seen, owner, disposition`.execute(db);
  return stored;
}
