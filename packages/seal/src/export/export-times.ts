/** The times of an export's entries (V3): cosigned checkpoints of the file, each held against the tree that its leaves grow into. */
import { readShape } from '@countersign/core';
import type { VerifiedLeaf } from '../bundle-envelope.ts';
import { openCheckpoint, type CheckpointTrust, type OpenedCheckpoint } from '../checkpoint.ts';
import { sameBytes } from '../merkle.ts';
import { entryTime, WitnessedTimes, type EntryTime } from '../time-bracket.ts';
import type { ArchiveEntry } from './archive-reader.ts';
import { exportedCheckpointsShape } from './export-format.ts';
import { problemAt, readJsonEntry, type ExportProblem } from './verify-export-damage.ts';

/** What the file says to have passed through: signed, cosigned, in order, inside of the tree. That they are of this tree is shown later. */
export function readCheckpoints(
  entry: ArchiveEntry | undefined,
  { trust, from, below }: { readonly trust: CheckpointTrust; readonly from: number; readonly below: number },
): readonly OpenedCheckpoint[] | ExportProblem {
  if (entry === undefined) return [];
  const json = readJsonEntry(entry);
  const notes = json.ok ? readShape(exportedCheckpointsShape, json.value) : json;
  if (!notes.ok) return problemAt(entry, notes.refusal.code, notes.refusal.detail);
  const checkpoints: OpenedCheckpoint[] = [];
  for (const [place, note] of notes.value.entries()) {
    const opened = openCheckpoint(note, trust);
    if (!opened.ok) return problemAt(entry, opened.refusal.code, `number ${place}: ${opened.refusal.detail}`);
    const least = checkpoints.at(-1)?.size ?? from - 1;
    if (opened.value.size <= least || opened.value.size >= below)
      return problemAt(entry, 'malformed', `number ${place}: its size is not between its neighbours'`);
    checkpoints.push(opened.value);
  }
  return checkpoints;
}

/** One of another history would give this one its times. */
export function foreignCheckpoint(
  entry: ArchiveEntry | undefined,
  checkpoints: readonly OpenedCheckpoint[],
  roots: ReadonlyMap<number, Uint8Array>,
): ExportProblem | undefined {
  const foreign = checkpoints.find(({ size, root }) => !sameBytes(roots.get(size) ?? new Uint8Array(), root));
  return foreign === undefined
    ? undefined
    : problemAt(entry, 'bad-proof', `the tree of the file does not pass through its checkpoint of ${foreign.size}`);
}

export function timesOfExport(
  leaves: readonly VerifiedLeaf[],
  checkpoints: readonly OpenedCheckpoint[],
  quorum: number,
): readonly EntryTime[] {
  const times = new WitnessedTimes(checkpoints, quorum);
  return leaves.map((leaf) => entryTime(leaf, times.bracket(leaf.index)));
}
