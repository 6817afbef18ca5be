/** The queue of findings as people read it (G5). It is never shown as ranked by a graph that no longer proves anything. */
import {
  refuse,
  shareHeld,
  type FindingTally,
  type Instant,
  type OrganisationId,
  type Result,
  type ShareHeld,
} from '@countersign/core';
import { sql, type Kysely } from 'kysely';
import type { Deps } from '../deps.ts';
import { decodeCursor, limitOf, pageOf, type PageQuery } from '../http/index.ts';
import { loadSources } from '../signals/registry.ts';
import type { Schema } from '../store/schema.ts';
import { basisOf } from './basis.ts';
import { lockRanking, rerankFindings } from './rerank.ts';

export const FINDING_STATES = ['routed', 'queued', 'held', 'resolved'] as const;
export interface FindingQuery extends PageQuery {
  readonly state?: (typeof FINDING_STATES)[number];
  /** Only those this person, team or role answers for. */
  readonly answerable?: string;
}

/** Ranks anew when what it was ranked by has changed, or when something was held as long as it may be. */
export async function ensureRanked(deps: Deps, organisation: OrganisationId, now: Instant): Promise<void> {
  const basis = await basisOf(deps, organisation, now);
  if (await isCurrent(deps.store, organisation, { name: basis.name, now })) return;
  const sources = await loadSources(deps.store, organisation, await deps.trust.lineages(organisation));
  await deps.transactor.run({ organisation, actor: 'control', now }, async (work) => {
    await lockRanking(work);
    // Of many who read at once the first one ranks; the others waited for it and have nothing left to do.
    if (!(await isCurrent(work.db, organisation, { name: basis.name, now })))
      await rerankFindings(work, basis, sources);
  });
}

async function isCurrent(
  db: Kysely<Schema>,
  organisation: OrganisationId,
  { name, now }: { readonly name: string; readonly now: Instant },
): Promise<boolean> {
  const { rows } = await sql<{ is_current: boolean }>`
    select not exists (select from finding where organisation = ${organisation} and is_open)
      or ((select basis from finding_ranking where organisation = ${organisation}) is not distinct from ${name}
        and not exists (select from finding where organisation = ${organisation} and is_open and disposition = 'held'
          and due_at <= ${now}::timestamptz)) as is_current`.execute(db);
  return rows[0]?.is_current === true;
}

export async function pageOfFindings(
  deps: Deps,
  organisation: OrganisationId,
  query: FindingQuery,
): Promise<Result<ReturnType<typeof pageOf>>> {
  const after = decodeCursor(query.cursor, ['string']);
  if (!after.ok) return after;
  const limit = limitOf(query);
  let select = deps.store
    .selectFrom('finding')
    .selectAll()
    .where('organisation', '=', organisation)
    .where('rank_key', '>', after.value?.[0] ?? '');
  select = query.state === 'resolved' ? select.where('is_open', '=', false) : select.where('is_open', '=', true);
  if (query.state !== undefined && query.state !== 'resolved') select = select.where('disposition', '=', query.state);
  if (query.answerable !== undefined) select = select.where('answer_name', '=', query.answerable);
  const rows = await select
    .orderBy('rank_key')
    .limit(limit + 1)
    .execute();
  return { ok: true, value: pageOf(rows, { limit, key: ({ rank_key }) => [rank_key ?? ''], item: shownFinding }) };
}

/** With all its evidence: how it is reached, what was said of it, the signal it came with. */
export async function oneFinding(deps: Deps, organisation: OrganisationId, id: string): Promise<Result<object>> {
  const row = await deps.store
    .selectFrom('finding')
    .selectAll()
    .where('organisation', '=', organisation)
    .where('id', '=', id)
    .executeTakeFirst();
  if (row === undefined) return refuse('not-found', 'there is no such finding');
  const [statements, exploited] = await Promise.all([
    deps.store
      .selectFrom('vex_statement')
      .select(['source', 'component', 'status', 'justification', 'said_at', 'document'])
      .where('organisation', '=', organisation)
      .where('vulnerability', '=', row.rule)
      .where('product', '=', row.target)
      .orderBy('source')
      .limit(MAX_STATEMENTS)
      .execute(),
    deps.store
      .selectFrom('exploited')
      .select(['source', 'since'])
      .where('organisation', '=', organisation)
      .where('vulnerability', '=', row.rule)
      .executeTakeFirst(),
  ]);
  const said = statements.map(({ component, justification, said_at, ...rest }) => ({
    ...rest,
    ...(component !== '' && { component }),
    ...(justification !== null && { justification }),
    saidAt: said_at.toISOString(),
  }));
  return {
    ok: true,
    value: {
      ...shownFinding(row),
      statements: said,
      ...(exploited !== undefined && { exploited: { source: exploited.source, since: exploited.since.toISOString() } }),
    },
  };
}
const MAX_STATEMENTS = 200;

interface Row {
  readonly id: string;
  readonly rule: string;
  readonly target: string;
  readonly title: string;
  readonly source: string;
  readonly sources: readonly string[];
  readonly severity: string;
  readonly probability: number | null;
  readonly components: readonly string[] | null;
  readonly signal: string;
  readonly is_open: boolean;
  readonly first_seen: Date;
  readonly last_seen: Date;
  readonly disposition: string | null;
  readonly held: string | null;
  readonly unknown: string | null;
  readonly answer_kind: string | null;
  readonly answer_name: string | null;
  readonly due_at: Date | null;
  readonly is_overdue: boolean;
  readonly reach: unknown;
  readonly reasons: unknown;
}
const shownFinding = (row: Row): object => ({
  id: row.id,
  state: row.is_open ? row.disposition : 'resolved',
  rule: row.rule,
  target: row.target,
  title: row.title,
  severity: row.severity,
  sources: row.is_open ? row.sources : [row.source],
  signal: row.signal,
  firstSeen: row.first_seen.toISOString(),
  lastSeen: row.last_seen.toISOString(),
  ...(row.probability !== null && { probability: row.probability }),
  ...(row.components !== null && { components: row.components }),
  ...(row.held !== null && { held: row.held }),
  ...(row.unknown !== null && { unknownReach: row.unknown }),
  ...(row.answer_name !== null && { answerable: { kind: row.answer_kind, name: row.answer_name } }),
  ...(row.due_at !== null && { dueAt: row.due_at.toISOString() }),
  isOverdue: row.is_overdue,
  reach: row.reach,
  reasons: row.reasons,
});

/** How much is held, and why; counted by the database, however many there are. */
export async function findingSummary(deps: Deps, organisation: OrganisationId): Promise<ShareHeld> {
  const { rows } = await sql<{
    disposition: FindingTally['disposition'];
    held: FindingTally['held'] | null;
    unknown: FindingTally['unknown'] | null;
    is_overdue: boolean;
    has_owner: boolean;
    count: number;
  }>`
    select coalesce(disposition, 'queued') as disposition, held, unknown, is_overdue,
      answer_kind is not distinct from 'owner' as has_owner, count(*)::bigint as count
    from finding where organisation = ${organisation} and is_open group by 1, 2, 3, 4, 5`.execute(deps.store);
  return shareHeld(
    rows.map(({ disposition, held, unknown, is_overdue, has_owner, count }) => ({
      disposition,
      ...(held !== null && held !== undefined && { held }),
      ...(unknown !== null && unknown !== undefined && { unknown }),
      isOverdue: is_overdue,
      hasOwner: has_owner,
      count,
    })),
  );
}
