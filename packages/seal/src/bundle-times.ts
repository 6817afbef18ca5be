/** The times of a bundle's entries (V3): cosigned checkpoints beside them, each shown to be a beginning of the tree the entries are in. */
import { list, object, ok, refuse, text, type Result, type Shape } from '@countersign/core';
import { decodeBase64 } from './base64.ts';
import type { VerifiedLeaf } from './bundle-envelope.ts';
import { openCheckpoint, type CheckpointTrust, type OpenedCheckpoint } from './checkpoint.ts';
import { sameBytes, verifyConsistency } from './merkle.ts';
import { entryTime, WitnessedTimes, type EntryTime } from './time-bracket.ts';

export interface BundledCheckpoint {
  /** As the log and its witnesses signed it. */
  readonly note: string;
  /** Proof that the newest checkpoint of the entries continues it, base64. */
  readonly hashes: readonly string[];
}
/** An entry with the checkpoint it was proved in. */
export interface ProvedLeaf extends VerifiedLeaf {
  readonly checkpoint: OpenedCheckpoint;
}

/** Two for each entry would be exact; a file that has more entries than this names the time of some of them less closely. */
export const MAX_BUNDLED_CHECKPOINTS = 200;
const MAX_NOTE = 65_536;
const MAX_HASHES = 64;
const HASH_TEXT = 44;

export const bundledCheckpointsShape: Shape<readonly BundledCheckpoint[]> = list(
  object<BundledCheckpoint>({
    note: text({ max: MAX_NOTE }),
    hashes: list(text({ min: HASH_TEXT, max: HASH_TEXT }), { max: MAX_HASHES }),
  }),
  { max: MAX_BUNDLED_CHECKPOINTS },
);

/** In the order of the entries. A checkpoint that is not of this record, or of no use, refuses the file: nothing in it is for show. */
export function timesOfLeaves(
  leaves: readonly ProvedLeaf[],
  checkpoints: readonly BundledCheckpoint[],
  trust: CheckpointTrust,
): Result<readonly EntryTime[]> {
  const head = leaves.reduce<OpenedCheckpoint | undefined>(
    (newest, { checkpoint }) => (newest !== undefined && newest.size >= checkpoint.size ? newest : checkpoint),
    undefined,
  );
  const older: OpenedCheckpoint[] = [];
  for (const bundled of checkpoints) {
    const opened = openLinked(bundled, head, trust);
    if (!opened.ok) return refuse(opened.refusal.code, `a checkpoint: ${opened.refusal.detail}`, { clause: 'V3' });
    if (opened.value.size <= (older.at(-1)?.size ?? 0)) return refuse('malformed', 'the checkpoints are not in order');
    older.push(opened.value);
  }
  const quorum = trust.witnessQuorum;
  const inHead = new WitnessedTimes(head === undefined ? [] : [...older, head], quorum);
  return ok(
    leaves.map((leaf) => {
      const isInHead =
        head !== undefined && leaf.checkpoint.size === head.size && sameBytes(leaf.checkpoint.root, head.root);
      const times = isInHead ? inHead : new WitnessedTimes([leaf.checkpoint], quorum);
      return entryTime(leaf, times.bracket(leaf.index));
    }),
  );
}

function openLinked(
  { note, hashes }: BundledCheckpoint,
  head: OpenedCheckpoint | undefined,
  trust: CheckpointTrust,
): Result<OpenedCheckpoint> {
  const opened = openCheckpoint(note, trust);
  if (!opened.ok) return opened;
  if (head === undefined || opened.value.size >= head.size)
    return refuse('malformed', 'it is not older than the one the entries were proved in');
  const proof = hashes.flatMap((hash) => decodeBase64(hash) ?? []);
  if (proof.length !== hashes.length) return refuse('malformed', 'a hash of its proof is not base64');
  const linked = verifyConsistency({
    oldSize: opened.value.size,
    newSize: head.size,
    oldRoot: opened.value.root,
    newRoot: head.root,
    proof,
  });
  return linked.ok ? opened : linked;
}
