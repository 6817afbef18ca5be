/** Gives findings their place in the queue (G5): those that came in, those a statement is about, or all on a new snapshot. */
import {
  instantOf,
  maySend,
  rankFindings,
  severityOf,
  type Disposition,
  type Finding,
  type HeardStatement,
  type OrganisationId,
  type RankedFinding,
  type RegisteredSource,
} from '@countersign/core';
import { sql } from 'kysely';
import type { Work } from '../store/transact.ts';
import { storedId, storedStatement } from '../store/stored.parse.ts';
import type { RankingBasis } from './basis.ts';

export interface RankCounts {
  readonly ranked: number;
  readonly routed: number;
  readonly queued: number;
  readonly held: number;
}

/** Findings held in memory at once. */
const PAGE = 5000;
/** Named in the record; the others are in the queue. */
const MAX_NAMED = 100;

/** Whoever ranks does it alone: a place must not come from an older graph than the one the queue says it is ranked by. */
export async function lockRanking({ db, context }: Work): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`finding ${context.organisation}`}, 706))`.execute(db);
}

/**
 * All open findings anew. To be called in the transaction that installs a graph, with the basis of that graph; reading the queue
 * calls it as well when the basis has changed since, for instance because the graph has become too old to prove anything.
 */
export async function rerankFindings(
  work: Work,
  basis: RankingBasis,
  sources: readonly Pick<RegisteredSource, 'source' | 'formats'>[],
): Promise<RankCounts> {
  await lockRanking(work);
  const { organisation, now } = work.context;
  let counts: RankCounts = NONE;
  const routed: RankedFinding[] = [];
  for (let after = ''; ;) {
    const rows = await pageOf(work, after);
    const done = await rankRows(work, rows, { basis, sources });
    counts = sum(counts, done.counts);
    routed.push(...done.newlyRouted.slice(0, MAX_NAMED - routed.length));
    after = rows.at(-1)?.id ?? '';
    if (rows.length < PAGE) break;
  }
  await work.db
    .insertInto('finding_ranking')
    .values({ organisation, basis: basis.name, ranked_at: now })
    .onConflict((conflict) => conflict.column('organisation').doUpdateSet({ basis: basis.name, ranked_at: now }))
    .execute();
  if (counts.ranked > 0) leafOf(work, { basis, counts, routed, because: 'all' });
  return counts;
}

/** Only these. When the rest was ranked by something else, the queue is marked, and ranked anew when it is read next. */
export async function rankSome(
  work: Work,
  rows: readonly FindingRow[],
  {
    basis,
    sources,
    because,
  }: {
    readonly basis: RankingBasis;
    readonly sources: readonly Pick<RegisteredSource, 'source' | 'formats'>[];
    readonly because: string;
  },
): Promise<RankCounts> {
  let counts: RankCounts = NONE;
  const routed: RankedFinding[] = [];
  for (let from = 0; from < rows.length; from += PAGE) {
    const done = await rankRows(work, rows.slice(from, from + PAGE), { basis, sources });
    counts = sum(counts, done.counts);
    routed.push(...done.newlyRouted.slice(0, MAX_NAMED - routed.length));
  }
  const { organisation, now } = work.context;
  // Without a row nothing was ranked before, so these are all there are.
  await work.db
    .insertInto('finding_ranking')
    .values({ organisation, basis: basis.name, ranked_at: now })
    .onConflict((conflict) =>
      conflict.column('organisation').doUpdateSet({ basis: '' }).where('finding_ranking.basis', '<>', basis.name),
    )
    .execute();
  if (counts.ranked > 0) leafOf(work, { basis, counts, routed, because });
  return counts;
}

const NONE: RankCounts = { ranked: 0, routed: 0, queued: 0, held: 0 };
const sum = (one: RankCounts, other: RankCounts): RankCounts => ({
  ranked: one.ranked + other.ranked,
  routed: one.routed + other.routed,
  queued: one.queued + other.queued,
  held: one.held + other.held,
});

function leafOf(
  { leaf }: Work,
  {
    basis,
    counts,
    routed,
    because,
  }: {
    readonly basis: RankingBasis;
    readonly counts: RankCounts;
    readonly routed: readonly RankedFinding[];
    readonly because: string;
  },
): void {
  const named = routed.map(({ finding, answerable }) => ({ finding: finding.id, to: answerable }));
  leaf({
    event: 'findings.ranked',
    subject: 'findings',
    correlation: '',
    body: { because, basis: basis.name, ...counts, newlyRouted: named },
  });
}

export interface FindingRow {
  readonly id: string;
  readonly rule: string;
  readonly target: string;
  readonly source: string;
  readonly severity: string;
  readonly probability: number | null;
  readonly components: readonly string[] | null;
  readonly first_seen: Date;
  readonly owner: string | null;
  readonly disposition: Disposition | null;
}
export const FINDING_COLUMNS = [
  'id',
  'rule',
  'target',
  'source',
  'severity',
  'probability',
  'components',
  'first_seen',
  'owner',
  'disposition',
] as const;

const pageOf = ({ db, context }: Work, after: string): Promise<readonly FindingRow[]> =>
  db
    .selectFrom('finding')
    .select(FINDING_COLUMNS)
    .where('organisation', '=', context.organisation)
    .where('is_open', '=', true)
    .where('id', '>', after)
    .orderBy('id')
    .limit(PAGE)
    .execute();

interface Ranking {
  readonly basis: RankingBasis;
  readonly sources: readonly Pick<RegisteredSource, 'source' | 'formats'>[];
}

async function rankRows(
  work: Work,
  rows: readonly FindingRow[],
  { basis, sources }: Ranking,
): Promise<{ readonly counts: RankCounts; readonly newlyRouted: readonly RankedFinding[] }> {
  if (rows.length === 0) return { counts: NONE, newlyRouted: [] };
  const { organisation } = work.context;
  const rules = [...new Set(rows.map(({ rule }) => rule))];
  const { graph, reach, now } = basis;
  const ranked = rankFindings(
    rows.map((row) => findingOf(row, basis)),
    {
      ...(graph !== undefined && { graph }),
      reach,
      statements: await loadStatements(work, rules, sources),
      exploited: await loadExploited(work, rules),
      now,
    },
  );
  await writePlaces(work, organisation, ranked);
  const before = new Map(rows.map(({ id, disposition }) => [id, disposition]));
  const of = (wanted: Disposition): number => ranked.filter(({ disposition }) => disposition === wanted).length;
  return {
    counts: { ranked: ranked.length, routed: of('routed'), queued: of('queued'), held: of('held') },
    newlyRouted: ranked.filter(
      ({ disposition, finding }) => disposition === 'routed' && before.get(finding.id) !== 'routed',
    ),
  };
}

function findingOf(row: FindingRow, { severities }: RankingBasis): Finding {
  const { rule, probability, components, owner } = row;
  return {
    id: storedId<'Finding'>(row.id),
    rule,
    target: storedId<'Target'>(row.target),
    severity: severityOf(severities, { source: storedId<'Source'>(row.source), severity: row.severity }),
    ...(probability !== null && { probability }),
    ...(components !== null && { components }),
    firstSeenAt: instantOf(row.first_seen.getTime()),
    ...(owner !== null && { owner }),
  };
}

/** Who may lower is asked of the registry as it is now: a source that lost its standing lowers nothing from then on. */
async function loadStatements(
  { db, context }: Work,
  rules: readonly string[],
  sources: Ranking['sources'],
): Promise<readonly HeardStatement[]> {
  const rows = await db
    .selectFrom('vex_statement')
    .select(['source', 'vulnerability', 'product', 'component', 'status', 'justification', 'said_at'])
    .where('organisation', '=', context.organisation)
    .where(sql<boolean>`vulnerability = any(${rules}::text[])`)
    .execute();
  return rows.map((row) => ({
    ...storedStatement(row),
    mayLower: maySend(sources, row.source, ['openvex', 'cyclonedx-vex']),
  }));
}

async function loadExploited({ db, context }: Work, rules: readonly string[]): Promise<ReadonlySet<string>> {
  const rows = await db
    .selectFrom('exploited')
    .select('vulnerability')
    .where('organisation', '=', context.organisation)
    .where(sql<boolean>`vulnerability = any(${rules}::text[])`)
    .execute();
  return new Set(rows.map(({ vulnerability }) => vulnerability));
}

/** One statement for all: thousands of findings must not be thousands of round trips. */
async function writePlaces(
  { db }: Work,
  organisation: OrganisationId,
  ranked: readonly RankedFinding[],
): Promise<void> {
  const places = ranked.map(({ finding, answerable, dueAt, ...one }) => ({
    id: finding.id,
    disposition: one.disposition,
    held: one.held ?? null,
    unknown: one.unknown ?? null,
    answer_kind: answerable.kind,
    answer_name: answerable.name,
    due_at: dueAt,
    is_overdue: one.isOverdue,
    rank_key: one.rankKey,
    reach: one.reach,
    reasons: one.reasons,
  }));
  await sql`
    update finding set disposition = p.disposition, held = p.held, unknown = p.unknown, answer_kind = p.answer_kind,
      answer_name = p.answer_name, due_at = p.due_at, is_overdue = p.is_overdue, rank_key = p.rank_key, reach = p.reach,
      reasons = p.reasons
    from jsonb_to_recordset(${JSON.stringify(places)}::jsonb) as p (id text, disposition text, held text, unknown text,
      answer_kind text, answer_name text, due_at timestamptz, is_overdue boolean, rank_key text, reach jsonb, reasons jsonb)
    where finding.organisation = ${organisation} and finding.id = p.id`.execute(db);
}
