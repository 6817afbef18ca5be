/** Intake of signals: one transaction a batch, however many signals it holds. Signals about the same thing share a triage. */
import {
  correlate,
  ok,
  type Instant,
  type OrganisationId,
  type Result,
  type Signal,
  type SignalId,
} from '@countersign/core';
import { digestOfDocument } from '@countersign/seal';
import { sql } from 'kysely';
import type { Deps } from '../deps.ts';
import { basisOf } from '../findings/basis.ts';
import { storeFindings, type Ranked } from '../findings/store-findings.ts';
import { json, type Answer } from '../http/index.ts';
import { isUnmet } from '../store/database-errors.ts';
import { WITH_NEXT } from '../store/together.ts';
import type { Actor, Work } from '../store/transact.ts';
import type { Batch } from './read-batch.ts';
import { loadSources } from './registry.ts';
import { demandOpen, insertTriages, joinable, type NewTriage } from './triages.ts';

/** Larger documents are known by their digest only; the source keeps them. */
const MAX_KEPT_BYTES = 4_194_304;

type Commit = (work: (work: Work) => Promise<Result<Answer>>) => Promise<Result<Answer>>;
interface Intake {
  readonly actor: Actor;
  readonly commit: Commit;
  readonly batch: Batch;
}

const ATTEMPTS = 3;

export async function receiveSignals(deps: Deps, intake: Intake): Promise<Result<Answer>> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await receiveOnce(deps, intake);
    } catch (error) {
      // A triage these signals belong to was closed while they were sorted: they must not end in it, where nobody looks any more.
      if (!isUnmet(error) || attempt >= ATTEMPTS) throw error;
    }
}

async function receiveOnce(deps: Deps, { actor, commit, batch }: Intake): Promise<Result<Answer>> {
  const { organisation, now } = actor;
  if (batch.signals.length === 0) return ok(json({ signals: [], triages: [] }, 202));
  const signals = batch.signals.map(({ signal }) => signal);
  const known = await joinable(deps.store, organisation, signals);
  const groups = group(signals, known);
  const ranked = batch.findings.length === 0 ? undefined : await rankedBy(deps, actor);
  const result = await commit(async (work) => {
    await demandOpen(work, [...new Set(groups.joined.values())]);
    const triages = await insertTriages(work, groups.opened);
    const triageOf = new Map([
      ...groups.joined,
      ...groups.opened.flatMap(({ key, signals: members }) => members.map((id) => [id, triages.get(key)?.id] as const)),
    ]);
    await upsertSignals(work, batch, triageOf);
    if (ranked !== undefined)
      await storeFindings(work, { source: batch.source, signals, findings: batch.findings }, ranked);
    if (batch.bytes.length <= MAX_KEPT_BYTES) work.keep(`signal-${batch.format}`, batch.bytes);
    recordBatch(work, batch);
    for (const { id, key, title, isNew } of triages.values())
      if (isNew) work.leaf({ event: 'triage.opened', subject: `triage:${id}`, correlation: id, body: { key, title } });
    const touched = [...new Set([...triageOf.values()].filter((id) => id !== undefined))];
    return ok(json({ signals: signals.map(({ id }) => id), triages: touched }, 202));
  });
  if (result.ok) deps.bus.publish('triage', organisation);
  return result;

  function recordBatch(work: Work, { source, document, format }: Batch): void {
    const body = { source, document, format, receivedAt: now, signals: signals.map(({ id }) => id) };
    work.leaf({ event: 'signal.received', subject: `source:${source}`, correlation: '', body });
  }
}

/** What findings are ranked by; loaded before the transaction is opened. */
async function rankedBy(deps: Deps, { organisation, now }: Actor): Promise<Ranked> {
  const sources = await loadSources(deps.store, organisation, await deps.trust.lineages(organisation));
  return { basis: await basisOf(deps, organisation, now), sources };
}

interface Groups {
  /** Signals that belong to a triage that is open already. */
  readonly joined: ReadonlyMap<SignalId, string>;
  readonly opened: readonly NewTriage[];
}

/** Which triage each signal belongs to. Only what fires opens one. */
function group(
  signals: readonly Signal[],
  known: ReadonlyMap<SignalId, { readonly signal: Signal; readonly triage: string }>,
): Groups {
  const incoming = new Map(signals.map((signal) => [signal.id, signal]));
  const others = [...known.values()].map(({ signal }) => signal).filter(({ id }) => !incoming.has(id));
  const joined = new Map<SignalId, string>();
  const opened: NewTriage[] = [];
  for (const { signals: members } of correlate([...incoming.values(), ...others])) {
    const fresh = members.flatMap((id) => incoming.get(id) ?? []);
    const triage = members.flatMap((id) => known.get(id)?.triage ?? [])[0];
    if (triage !== undefined) for (const { id } of fresh) joined.set(id, triage);
    const first = fresh.find(({ status }) => status === 'firing');
    if (triage === undefined && first !== undefined)
      opened.push({ key: keyOf(fresh), title: first.title, signals: fresh.map(({ id }) => id) });
  }
  return { joined, opened };
}

/** The same for two processes that see the same thing at the same moment. */
function keyOf(signals: readonly Signal[]): string {
  const targets = [...new Set(signals.flatMap((signal) => signal.targets))].toSorted();
  const rules = [...new Set(signals.map(({ rule }) => rule))].toSorted();
  return digestOfDocument(targets.length === 0 ? { rules } : { targets });
}

async function upsertSignals(
  { db, context }: Work,
  batch: Batch,
  triageOf: ReadonlyMap<SignalId, string | undefined>,
): Promise<void> {
  const known = new Map(batch.signals.map((received) => [received.signal.id, received]));
  const rows = [...known.values()].toSorted((a, b) => (a.signal.id < b.signal.id ? -1 : 1));
  const { organisation, now } = context;
  // Lists, not a value for each column of each row: a log of thousands of rules has more of those than a statement may have.
  await sql`
    insert into "signal" (organisation, id, source, rule, document, dsse, is_authenticated, occurrences, triage,
      first_seen, last_seen)
    select ${organisation}, id, ${batch.source}, rule, document::jsonb, dsse::jsonb, true, 1, triage,
      ${now}::timestamptz, ${now}::timestamptz
    from unnest(
      ${rows.map(({ signal }) => signal.id)}::text[],
      ${rows.map(({ signal }) => signal.rule)}::text[],
      ${rows.map(({ signal }) => JSON.stringify(signal))}::text[],
      ${rows.map(({ dsse }) => (dsse === undefined ? null : JSON.stringify(dsse)))}::text[],
      ${rows.map(({ signal }) => triageOf.get(signal.id) ?? null)}::text[]) as row (id, rule, document, dsse, triage)
    on conflict (organisation, id) do update set occurrences = "signal".occurrences + 1, last_seen = excluded.last_seen,
      dsse = coalesce("signal".dsse, excluded.dsse), triage = coalesce(excluded.triage, "signal".triage)
    ${sql.raw(WITH_NEXT)}`.execute(db);
}

/** Nobody vouches for these: they are shown, flagged, in at most one open triage, and never decide anything (D8). */
export async function receiveUnauthenticated(
  deps: Deps,
  from: { readonly organisation: OrganisationId; readonly now: Instant; readonly batch: Batch },
): Promise<Result<Answer>> {
  const { organisation, now, batch } = from;
  const actor: Actor = { organisation, actor: 'source:unauthenticated', now };
  const opened = await deps.transactor.run(actor, async (work) => {
    const title = 'signals of an unauthenticated sender';
    const triages = await insertTriages(work, [{ key: 'unauthenticated', title, signals: [] }]);
    const triage = triages.get('unauthenticated');
    if (triage?.isNew !== true) return undefined;
    const ids = batch.signals.slice(0, MAX_SHOWN).map(({ signal }) => signal);
    if (ids.length > 0)
      await work.db
        .insertInto('signal')
        .values(
          ids.map((signal) => ({
            ...shownRow(signal),
            organisation,
            triage: triage.id,
            first_seen: now,
            last_seen: now,
          })),
        )
        .onConflict((conflict) => conflict.doNothing())
        .execute();
    const body = { document: batch.document, format: batch.format, signals: batch.signals.length };
    work.leaf({ event: 'signal.unauthenticated', subject: 'source:unauthenticated', correlation: triage.id, body });
    work.leaf({
      event: 'triage.opened',
      subject: `triage:${triage.id}`,
      correlation: triage.id,
      body: { key: 'unauthenticated', title },
    });
    return triage.id;
  });
  if (opened !== undefined) deps.bus.publish('triage', organisation);
  return ok(json({ signals: [], triages: opened === undefined ? [] : [opened], isAuthenticated: false }, 202));
}
const MAX_SHOWN = 20;
const shownRow = (signal: Signal): UnauthenticatedRow => ({
  id: signal.id,
  source: signal.source,
  rule: signal.rule,
  document: JSON.stringify(signal),
  dsse: null,
  is_authenticated: false,
  occurrences: 1,
});
interface UnauthenticatedRow {
  readonly id: string;
  readonly source: string;
  readonly rule: string;
  readonly document: string;
  readonly dsse: null;
  readonly is_authenticated: false;
  readonly occurrences: number;
}
