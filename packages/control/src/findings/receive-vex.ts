/**
 * Statements on exploitability and lists of what is exploited (G5), each of a source that proved itself. Anybody may alarm; what a
 * statement may take back is asked of the registry each time findings are ranked.
 */
import {
  maySend,
  newestStatements,
  ok,
  parseId,
  readExploitedList,
  readVex,
  refuse,
  vexFormatOf,
  type RegisteredSource,
  type Result,
  type SourceId,
  type VexStatement,
} from '@countersign/core';
import { digestOf, type JsonValue } from '@countersign/seal';
import { sql } from 'kysely';
import type { Deps } from '../deps.ts';
import { json, type Answer, type OwnExchange } from '../http/index.ts';
import { loadSources } from '../signals/registry.ts';
import { demandStorable } from '../signals/storable.ts';
import type { Work } from '../store/transact.ts';
import { basisOf, type RankingBasis } from './basis.ts';
import { FINDING_COLUMNS, lockRanking, rankSome, type RankCounts } from './rerank.ts';

type Exchange = OwnExchange<JsonValue, undefined>;

/** Larger documents are known by their digest only; the source keeps them. */
const MAX_KEPT_BYTES = 4_194_304;
const AT_ONCE = 5000;

interface Sender {
  readonly source: SourceId;
  readonly sources: readonly RegisteredSource[];
  readonly basis: RankingBasis;
}

async function senderOf(deps: Deps, { principal, now, bytes, body }: Exchange): Promise<Result<Sender>> {
  const storable = demandStorable(bytes, body);
  if (!storable.ok) return storable;
  const { organisation, id } = principal;
  const source = parseId<'Source'>(id);
  if (source === undefined) return refuse('forbidden', 'only a source may send this', { clause: 'D8' });
  const sources = await loadSources(deps.store, organisation, await deps.trust.lineages(organisation));
  return ok({ source, sources, basis: await basisOf(deps, organisation, now) });
}

export async function receiveVex(deps: Deps, exchange: Exchange): Promise<Result<Answer>> {
  const { body, bytes, now, commit } = exchange;
  const sender = await senderOf(deps, exchange);
  if (!sender.ok) return sender;
  const format = vexFormatOf(body);
  const read = readVex(body, format, now);
  if (!read.ok) return read;
  const { source, sources } = sender.value;
  const mayLower = maySend(sources, source, ['openvex', 'cyclonedx-vex']);
  const statements = newestStatements(read.value.map((statement) => ({ ...statement, source })));
  const document = digestOf(bytes);
  return commit(async (work) => {
    await lockRanking(work);
    for (let from = 0; from < statements.length; from += AT_ONCE)
      await storeStatements(work, { source, document, statements: statements.slice(from, from + AT_ONCE) });
    if (bytes.length <= MAX_KEPT_BYTES) work.keep(`vex-${format}`, bytes);
    work.leaf({
      event: 'vex.received',
      subject: `source:${source}`,
      correlation: '',
      body: { source, document, format, statements: statements.length, mayLower },
    });
    const rules = [...new Set(statements.map(({ vulnerability }) => vulnerability))];
    const ranked = await rankRules(work, rules, { ...sender.value, because: 'vex' });
    return ok(json({ statements: statements.length, mayLower, ...ranked }, 202));
  });
}

/** An older statement never replaces a newer one; of two equally new ones the alarming one stays. */
async function storeStatements(
  { db, context }: Work,
  {
    source,
    document,
    statements,
  }: { readonly source: SourceId; readonly document: string; readonly statements: readonly VexStatement[] },
): Promise<void> {
  const rows = statements.map(({ vulnerability, product, component, status, justification, saidAt }) => ({
    vulnerability,
    product,
    component: component ?? '',
    status,
    justification: justification ?? null,
    said_at: saidAt,
  }));
  await sql`
    insert into vex_statement as before (organisation, source, vulnerability, product, component, status, justification,
      said_at, received_at, document)
    select ${context.organisation}, ${source}, vulnerability, product, component, status, justification, said_at,
      ${context.now}::timestamptz, ${document}
    from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as s (vulnerability text, product text, component text,
      status text, justification text, said_at timestamptz)
    on conflict (organisation, vulnerability, product, component, source) do update set status = excluded.status,
      justification = excluded.justification, said_at = excluded.said_at, received_at = excluded.received_at,
      document = excluded.document
    where excluded.said_at > before.said_at
      or (excluded.said_at = before.said_at and excluded.status in ('affected', 'under_investigation'))`.execute(db);
}

/** A list only grows: nobody says by leaving something out that it is not exploited. */
export async function receiveExploited(deps: Deps, exchange: Exchange): Promise<Result<Answer>> {
  const { body, bytes, commit } = exchange;
  const sender = await senderOf(deps, exchange);
  if (!sender.ok) return sender;
  const read = readExploitedList(body);
  if (!read.ok) return read;
  const { source } = sender.value;
  const vulnerabilities = read.value;
  return commit(async (work) => {
    await lockRanking(work);
    const { organisation, now } = work.context;
    const { rows } = await sql<{ vulnerability: string }>`
      insert into exploited (organisation, vulnerability, source, since)
      select ${organisation}, vulnerability, ${source}, ${now}::timestamptz
      from unnest(${[...vulnerabilities]}::text[]) as v (vulnerability)
      on conflict do nothing returning vulnerability`.execute(work.db);
    const added = rows.map(({ vulnerability }) => vulnerability);
    work.leaf({
      event: 'exploited.received',
      subject: `source:${source}`,
      correlation: '',
      body: { source, document: digestOf(bytes), listed: vulnerabilities.length, added: added.length },
    });
    const ranked = await rankRules(work, added, { ...sender.value, because: 'exploited' });
    return ok(json({ listed: vulnerabilities.length, added: added.length, ...ranked }, 202));
  });
}

async function rankRules(
  work: Work,
  rules: readonly string[],
  how: Sender & { readonly because: string },
): Promise<RankCounts> {
  const rows = await work.db
    .selectFrom('finding')
    .select(FINDING_COLUMNS)
    .where('organisation', '=', work.context.organisation)
    .where('is_open', '=', true)
    .where(sql<boolean>`rule = any(${[...rules]}::text[])`)
    .orderBy('id')
    .execute();
  return rankSome(work, rows, how);
}
