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
import { json, type Answer } from '../http/index.ts';
import { WITH_NEXT } from '../store/together.ts';
import type { Actor, Work } from '../store/transact.ts';
import type { Batch } from './read-batch.ts';
import { areOpen, insertTriages, joinable, type NewTriage } from './triages.ts';

/** Larger documents are known by their digest only; the source keeps them. */
const MAX_KEPT_BYTES = 4_194_304;

type Commit = (work: (work: Work) => Promise<Result<Answer>>) => Promise<Result<Answer>>;
interface Intake {
  readonly actor: Actor;
  readonly commit: Commit;
  readonly batch: Batch;
}

/** A triage these signals belong to was closed while they were sorted: they must not end in it, where nobody looks any more. */
class TriageClosed extends Error {}
const ATTEMPTS = 3;

export async function receiveSignals(deps: Deps, intake: Intake): Promise<Result<Answer>> {
  for (let attempt = 1; ; attempt += 1)
    try {
      return await receiveOnce(deps, intake);
    } catch (error) {
      if (!(error instanceof TriageClosed) || attempt >= ATTEMPTS) throw error;
    }
}

async function receiveOnce(deps: Deps, { actor, commit, batch }: Intake): Promise<Result<Answer>> {
  const { organisation, now } = actor;
  if (batch.signals.length === 0) return ok(json({ signals: [], triages: [] }, 202));
  const signals = batch.signals.map(({ signal }) => signal);
  const known = await joinable(deps.store, organisation, signals);
  const groups = group(signals, known);
  const result = await commit(async (work) => {
    if (!(await areOpen(work, [...new Set(groups.joined.values())]))) throw new TriageClosed();
    const triages = await insertTriages(work, groups.opened);
    const triageOf = new Map([
      ...groups.joined,
      ...groups.opened.flatMap(({ key, signals: members }) => members.map((id) => [id, triages.get(key)?.id] as const)),
    ]);
    await upsertSignals(work, batch, triageOf);
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
  const rows = new Map(batch.signals.map((received) => [received.signal.id, received]));
  await db
    .insertInto('signal')
    .values(
      [...rows.values()]
        .toSorted((a, b) => (a.signal.id < b.signal.id ? -1 : 1))
        .map(({ signal, dsse }) => ({
          organisation: context.organisation,
          id: signal.id,
          source: signal.source,
          rule: signal.rule,
          document: JSON.stringify(signal),
          dsse: dsse === undefined ? null : JSON.stringify(dsse),
          is_authenticated: true,
          occurrences: 1,
          triage: triageOf.get(signal.id) ?? null,
          first_seen: context.now,
          last_seen: context.now,
        })),
    )
    .onConflict((conflict) =>
      conflict.columns(['organisation', 'id']).doUpdateSet({
        occurrences: sql`signal.occurrences + 1`,
        last_seen: (excluded) => excluded.ref('excluded.last_seen'),
        dsse: sql`coalesce(signal.dsse, excluded.dsse)`,
        triage: sql`coalesce(excluded.triage, signal.triage)`,
      }),
    )
    .modifyEnd(sql.raw(WITH_NEXT))
    .execute();
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
