/** Outcome labels of signals (D3) as tallies: what a decision's confidence and the shown rates are counted from. */
import {
  categoryOf,
  type LabelTally,
  type OrganisationId,
  type OutcomeLabel,
  type RegisteredSource,
  type SourceId,
} from '@countersign/core';
import { sql, type Kysely } from 'kysely';
import type { Schema } from '../store/schema.ts';

interface Count {
  readonly source: string;
  readonly rule: string;
  readonly label: OutcomeLabel | 'unlabelled';
  readonly count: number;
}

/**
 * The last label of every labelled, authenticated signal of these sources. What nobody labelled is not among them: it changes no
 * confidence, and a decision need not count every signal that ever came in.
 */
export async function loadLabels(
  db: Kysely<Schema>,
  organisation: OrganisationId,
  sources: readonly RegisteredSource[],
): Promise<readonly LabelTally[]> {
  const { rows } = await sql<Count>`
    select source, rule, label, count(*)::bigint as count from signal_outcome
    where organisation = ${organisation} and source = any(${sources.map(({ source }) => source)}::text[])
    group by source, rule, label`.execute(db);
  return tallies(rows, sources);
}

/** The same with what nobody labelled, for people to see. */
export async function loadAllLabels(
  db: Kysely<Schema>,
  organisation: OrganisationId,
  sources: readonly RegisteredSource[],
): Promise<readonly LabelTally[]> {
  const { rows } = await sql<Count>`
    select s.source, s.rule, coalesce(o.label, 'unlabelled') as label, count(*)::bigint as count
    from signal s left join signal_outcome o on o.organisation = s.organisation and o.signal = s.id
    where s.organisation = ${organisation} and s.is_authenticated
      and s.source = any(${sources.map(({ source }) => source)}::text[])
    group by 1, 2, 3`.execute(db);
  return tallies(rows, sources);
}

/** One tally for each source, category and label, in a fixed order: it becomes part of what a decision is replayed from. */
function tallies(counts: readonly Count[], sources: readonly RegisteredSource[]): readonly LabelTally[] {
  const registered = new Map<string, RegisteredSource>(sources.map((source) => [source.source, source]));
  const found = new Map<string, LabelTally>();
  for (const { source: name, rule, label, count } of counts) {
    const source: SourceId | undefined = registered.get(name)?.source;
    if (source === undefined) continue;
    const category = categoryOf(registered.get(name), rule);
    const key = JSON.stringify([source, category, label]);
    found.set(key, { source, category, label, count: (found.get(key)?.count ?? 0) + count });
  }
  return [...found.entries()].toSorted(([a], [b]) => (a < b ? -1 : 1)).map(([, tally]) => tally);
}
