/**
 * An organisation's period as one file (V4), written while it is read: the record from the first entry that matters to a checkpoint that
 * witnesses saw, every body that is still kept, every remediation with what it refers to. That it was asked for is on record (V6).
 */
import { refuse, type Instant, type OrganisationId, type Result } from '@countersign/core';
import {
  digestOfHash,
  ExportWriter,
  LeafPlaces,
  readCheckpoint,
  TILE_LEAVES,
  type ExportFrame,
  type ExportedTree,
} from '@countersign/seal';
import type { Deps } from '../deps.ts';
import type { OwnExchange } from '../http/index.ts';
import { findProposal } from '../proposals/proposal-row.ts';
import { cosignedNote, type StoredCheckpoint } from '../record/checkpoints.ts';
import { readEntries } from '../record/entries.ts';
import { readRange } from '../record/tree.ts';
import { within } from '../store/within.ts';
import { gatherParts, trustOf } from './gather.ts';
import { populationOf, type Population } from './population.ts';
import { addEntry } from './proved.ts';
import { readerOf } from './reader.ts';
import { exportedCheckpoints } from './times.ts';

export interface ExportQuery {
  readonly from: Instant;
  readonly to: Instant;
  /** What it is read for, in the reader's words (V6). */
  readonly purpose: string;
  /** Size of a checkpoint the reader kept: the file proves that this record is that one, grown. */
  readonly older?: number;
}

const PAGE = TILE_LEAVES;
const notWitnessed: Result<never> = refuse('not-witnessed', 'no witness has seen the last entries of this period yet', {
  clause: 'V3',
  next: ['ask again when the witness has caught up: cs audit list'],
});

export async function openExport(
  deps: Deps,
  exchange: OwnExchange<undefined, ExportQuery>,
): Promise<Result<AsyncIterable<Uint8Array>>> {
  const { organisation } = exchange.principal;
  const reader = await readerOf(deps, exchange.principal);
  if (!reader.ok) return reader;
  const { from, to, purpose, older } = exchange.query;
  const checkpoint = await deps.proofs.witnessed(organisation, 1);
  const config = deps.config.organisations.get(organisation);
  if (checkpoint === undefined || config === undefined) return notWitnessed;
  // A period that goes on ends, for now, with what witnesses have seen; one that is over has to be there whole.
  const population = await populationOf(deps.store, organisation, { from, to, below: checkpoint.size });
  const whole = to <= exchange.now ? await populationOf(deps.store, organisation, { from, to }) : population;
  if ((whole.last ?? 0) >= checkpoint.size) return notWitnessed;
  const { id: by, roles } = reader.value;
  const frame: ExportFrame = { organisation, madeAt: exchange.now, from, to, by, roles, purpose };
  const tree = await treeOf(deps, { organisation, checkpoint, population, older });
  if (!tree.ok) return tree;
  await deps.transactor.record(exchange.actor, [
    {
      event: 'evidence.exported',
      subject: 'evidence:export',
      correlation: '',
      body: { from, to, purpose, roles, size: checkpoint.size, remediations: population.remediations.length },
    },
  ]);
  const question = { deps, organisation, frame, tree: tree.value, checkpoint, population };
  return { ok: true, value: inOrganisation(organisation, () => write(question, config.capsuleSigner)) };
}

interface Growing {
  readonly organisation: OrganisationId;
  readonly checkpoint: StoredCheckpoint;
  readonly population: Population;
  readonly older: number | undefined;
}

async function treeOf(
  deps: Deps,
  { organisation, checkpoint, population, older }: Growing,
): Promise<Result<ExportedTree>> {
  const begin = Math.floor((population.first ?? checkpoint.size) / TILE_LEAVES) * TILE_LEAVES;
  const start = await readRange(deps.store, organisation, begin);
  if (!start.ok) return start;
  const named = readCheckpoint(`${checkpoint.note.split('\n\n')[0] ?? ''}\n`);
  if (!named.ok) return named;
  const { size, root } = named.value;
  const tree: ExportedTree = { checkpoint: { size, root: digestOfHash(root) }, start: start.value.toJSON() };
  if (older === undefined || older === 0 || older >= begin) return { ok: true, value: tree };
  const proof = await deps.proofs.consistency(organisation, older, size);
  return proof.ok ? { ok: true, value: { ...tree, older: { size: older, proof: proof.value } } } : proof;
}

interface Writing {
  readonly deps: Deps;
  readonly organisation: OrganisationId;
  readonly frame: ExportFrame;
  readonly tree: ExportedTree;
  readonly checkpoint: StoredCheckpoint;
  readonly population: Population;
}

async function* write(question: Writing, signer: Parameters<ExportWriter['finish']>[0]): AsyncGenerator<Uint8Array> {
  const { deps, organisation, frame, tree, checkpoint, population } = question;
  const writer = new ExportWriter(frame, tree);
  yield writer.checkpoint(cosignedNote(checkpoint));
  const along = { from: tree.start.size, head: tree.checkpoint.size };
  yield writer.checkpoints(await exportedCheckpoints(deps, organisation, along));
  for (const one of await trustOf(deps, organisation)) yield writer.trust(one);
  const places = new LeafPlaces();
  for await (const { seq, leaf } of entriesOf(question)) {
    addEntry(places, { seq, leaf });
    yield writer.leaf(leaf);
  }
  yield writer.recordEnd();
  for await (const { body } of entriesOf(question)) if (body !== undefined) yield writer.object(body);
  for (const id of population.remediations) {
    const row = await findProposal(deps.store, organisation, id);
    if (row !== undefined) yield writer.remediation({ proposal: row.id, ...(await gatherParts(deps, row, places)) });
  }
  yield writer.finish(signer);
}

async function* entriesOf({ deps, organisation, tree }: Writing): ReturnType<typeof pages> {
  yield* pages(deps, organisation, { from: tree.start.size, below: tree.checkpoint.size });
}

async function* pages(
  { store }: Deps,
  organisation: OrganisationId,
  { from, below }: { readonly from: number; readonly below: number },
): AsyncGenerator<Awaited<ReturnType<typeof readEntries>>[number]> {
  for (let at = from; at < below; at += PAGE)
    yield* await readEntries(store, organisation, { from: at, limit: Math.min(PAGE, below - at) });
}

/** A generator runs where it is asked for the next part; each part is read as this organisation (O3). */
async function* inOrganisation(
  organisation: OrganisationId,
  parts: () => AsyncGenerator<Uint8Array>,
): AsyncGenerator<Uint8Array> {
  const generator = parts();
  for (;;) {
    const next = await within(organisation, () => generator.next());
    if (next.done === true) return;
    if (next.value.length > 0) yield next.value;
  }
}
