/** Triages: what signals have in common, waiting for an agent. At most one is open for one thing. */
import { readShape, signalShape, type OrganisationId, type Signal, type SignalId } from '@countersign/core';
import { sql } from 'kysely';
import type { Store } from '../store/schema.ts';
import { WITH_NEXT } from '../store/together.ts';
import type { Work } from '../store/transact.ts';

export interface NewTriage {
  readonly key: string;
  readonly title: string;
  readonly signals: readonly SignalId[];
}
export interface OpenTriage {
  readonly id: string;
  readonly key: string;
  readonly title: string;
  readonly isNew: boolean;
}

/** Signals looked at for correlation, newest first: an estate in flames must not make intake slow. */
const MAX_JOINABLE = 200;

/** Authenticated signals of open triages that share a rule or a target with these. */
export async function joinable(
  store: Store,
  organisation: OrganisationId,
  signals: readonly Signal[],
): Promise<ReadonlyMap<SignalId, { readonly signal: Signal; readonly triage: string }>> {
  const rules = [...new Set(signals.map(({ rule }) => rule))];
  const targets = [...new Set(signals.flatMap((signal) => signal.targets))];
  const found = await sql<{ document: unknown; triage: string }>`
    select signal.document, signal.triage
    from triage join signal on signal.organisation = triage.organisation and signal.triage = triage.id
    where triage.organisation = ${organisation} and triage.state <> 'closed' and signal.is_authenticated
      and (signal.rule = any(${rules}::text[]) or signal.document -> 'targets' ?| ${targets}::text[])
    order by signal.last_seen desc limit ${MAX_JOINABLE}`.execute(store);
  return new Map(
    found.rows.flatMap(({ document, triage }) => {
      const signal = readShape(signalShape, document);
      return signal.ok ? [[signal.value.id, { signal: signal.value, triage }] as const] : [];
    }),
  );
}

/** These stay open until the commit. When one of them was closed meanwhile it divides by nought, and nothing is kept. */
export async function demandOpen({ db, context }: Work, triages: readonly string[]): Promise<void> {
  if (triages.length === 0) return;
  await sql`
    with open as (
      select 1 from triage where organisation = ${context.organisation} and id = any(${[...triages]}::text[])
        and state <> 'closed' order by id for share)
    select 1 / case when count(*) = ${triages.length}::int then 1 else 0 end from open ${sql.raw(WITH_NEXT)}`.execute(
    db,
  );
}

/** Opens what is not open yet, by key; in key order, so that two writers cannot wait for each other. */
export async function insertTriages(
  { db, context }: Work,
  wanted: readonly NewTriage[],
): Promise<ReadonlyMap<string, OpenTriage>> {
  if (wanted.length === 0) return new Map();
  const byKey = new Map(wanted.map((triage) => [triage.key, triage]));
  const rows = [...byKey.values()]
    .toSorted((a, b) => (a.key < b.key ? -1 : 1))
    .map(({ key, title }) => ({ id: `T-${crypto.randomUUID()}`, key, title }));
  // On conflict nothing new is written: an insert that does nothing would not return the row that is there.
  const { rows: stored } = await sql<Omit<OpenTriage, 'isNew'>>`
    insert into "triage" (organisation, id, key, title, state, opened_at)
    select ${context.organisation}, id, key, title, 'open', ${context.now}::timestamptz
    from unnest(
      ${rows.map(({ id }) => id)}::text[],
      ${rows.map(({ key }) => key)}::text[],
      ${rows.map(({ title }) => title)}::text[]) as row (id, key, title)
    on conflict (organisation, key) where state <> 'closed' do update set key = excluded.key
    returning id, key, title`.execute(db);
  const made = new Set(rows.map(({ id }) => id));
  return new Map(stored.map((row) => [row.key, { ...row, isNew: made.has(row.id) }]));
}
