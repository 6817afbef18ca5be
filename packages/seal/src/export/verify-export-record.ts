/** The record of an export: every leaf at its place in a tree that the log signed and enough witnesses saw, with the body it names (V3). */
import { leafShape, readShape, type Digest, type Leaf } from '@countersign/core';
import { decodeBase64 } from '../base64.ts';
import type { VerifiedLeaf } from '../bundle-envelope.ts';
import { logTrustOf } from '../bundle-trust.ts';
import { openCheckpoint, type CheckpointTrust, type OpenedCheckpoint } from '../checkpoint.ts';
import { CompactRange } from '../compact-range.ts';
import { digestOfHash } from '../digest.ts';
import { HASH_BYTES, leafHash, verifyConsistency } from '../merkle.ts';
import { readStrictJson } from '../strict-json.ts';
import type { EntryTime } from '../time-bracket.ts';
import type { ArchiveEntry } from './archive-reader.ts';
import { TILE_LEAVES, tilePath, unpackLeaves, type ExportManifest } from './export-format.ts';
import { foreignCheckpoint, readCheckpoints, timesOfExport } from './export-times.ts';
import { problemAt, type ExportProblem, type SoundExport } from './verify-export-damage.ts';

export interface VerifiedRecord {
  readonly checkpoint: OpenedCheckpoint;
  /** In the order of the tree, from the first of the file. */
  readonly leaves: readonly VerifiedLeaf[];
  /** When each leaf came into the record, as far as witnesses prove it; in the same order. */
  readonly times: readonly EntryTime[];
}

interface RecordQuestion {
  readonly sound: SoundExport;
  /** A checkpoint that the reader kept from before. */
  readonly older?: string;
  readonly bodyOf: (digest: Digest) => Uint8Array | undefined;
}

class Wrong {
  readonly problem: ExportProblem;
  constructor(problem: ExportProblem) {
    this.problem = problem;
  }
}

export function verifyRecord(question: RecordQuestion): VerifiedRecord | ExportProblem {
  const { sound } = question;
  const entry = sound.entries.find(({ kind }) => kind === 'checkpoint');
  const trust = logTrustOf(sound.trust.newest);
  if (!trust.ok) return problemAt(entry, trust.refusal.code, trust.refusal.detail);
  const checkpoint = openCheckpoint(Buffer.from(entry?.bytes ?? []).toString('utf8'), trust.value);
  if (!checkpoint.ok) return problemAt(entry, checkpoint.refusal.code, checkpoint.refusal.detail);
  const { size, root } = checkpoint.value;
  const said = sound.manifest.checkpoint;
  if (said.size !== size || said.root !== digestOfHash(root))
    return problemAt(entry, 'bad-proof', 'it is not the checkpoint the manifest names');
  const start = CompactRange.parse(sound.manifest.start);
  if (!start.ok || start.value.size % TILE_LEAVES !== 0)
    return problemAt(undefined, 'malformed', 'the tree before the first leaf does not have its form');
  const older = olderOf(question, trust.value, size);
  if (older instanceof Wrong) return older.problem;
  const passedEntry = sound.entries.find(({ kind }) => kind === 'checkpoints');
  const passed = readCheckpoints(passedEntry, { trust: trust.value, from: start.value.size, below: size });
  if ('item' in passed) return passed;
  const wanted = new Set([...passed, ...(older === undefined ? [] : [older])].map((one) => one.size));
  const tree = growTree(question, { entry, start: start.value, size, wanted });
  if (tree instanceof Wrong) return tree.problem;
  const { leaves, roots } = tree;
  const atOlder = older === undefined ? undefined : roots.get(older.size);
  if (older !== undefined && atOlder !== undefined && digestOfHash(atOlder) !== digestOfHash(older.root))
    return forked(older.size);
  if (digestOfHash(tree.range.root()) !== said.root)
    return problemAt(entry, 'bad-proof', 'the leaves of the file do not lead to its root');
  const foreign = foreignCheckpoint(passedEntry, passed, roots);
  if (foreign !== undefined) return foreign;
  const times = timesOfExport(leaves, [...passed, checkpoint.value], trust.value.witnessQuorum);
  return { checkpoint: checkpoint.value, leaves, times };
}

interface Growing {
  readonly entry: ArchiveEntry | undefined;
  readonly start: CompactRange;
  readonly size: number;
  /** Sizes whose root is asked for. */
  readonly wanted: ReadonlySet<number>;
}
interface Grown {
  readonly range: CompactRange;
  readonly leaves: readonly VerifiedLeaf[];
  readonly roots: ReadonlyMap<number, Uint8Array>;
}

function growTree(question: RecordQuestion, { entry, start, size, wanted }: Growing): Grown | Wrong {
  const { sound, bodyOf } = question;
  const { manifest, entries } = sound;
  const names = new Map(entries.map((one) => [one.name, one]));
  const leaves: VerifiedLeaf[] = [];
  const roots = new Map(wanted.has(start.size) ? [[start.size, start.root()] as const] : []);
  let range = start;
  let used = 0;
  while (range.size < size) {
    const index = range.size / TILE_LEAVES;
    const width = Math.min(TILE_LEAVES, size - range.size);
    const tile = names.get(tilePath('entries', index, width));
    const hashes = names.get(tilePath('0', index, width));
    const unpacked = tile === undefined ? undefined : unpackLeaves(tile.bytes);
    if (
      tile === undefined ||
      hashes === undefined ||
      unpacked?.length !== width ||
      hashes.bytes.length !== width * HASH_BYTES
    )
      return new Wrong(
        problemAt(tile ?? hashes ?? entry, 'malformed', `the leaves from ${range.size} on are not in the file`),
      );
    used += 2;
    for (const [place, bytes] of unpacked.entries()) {
      const hash = leafHash(bytes);
      const seq = range.size;
      if (Buffer.compare(hash, hashes.bytes.subarray(place * HASH_BYTES, (place + 1) * HASH_BYTES)) !== 0)
        return new Wrong(problemAt(tile, 'bad-proof', `leaf ${seq} is not the one whose hash stands beside it`));
      const leaf = leafIn(bytes, manifest);
      if (typeof leaf === 'string') return new Wrong(problemAt(tile, 'malformed', `leaf ${seq}: ${leaf}`));
      leaves.push({ leaf, index: seq, body: bodyOf(leaf.body) });
      range = range.append(hash).range;
      if (wanted.has(range.size)) roots.set(range.size, range.root());
    }
  }
  const tiles = entries.filter(({ kind }) => kind === 'hashes' || kind === 'leaves').length;
  return tiles === used
    ? { range, leaves, roots }
    : new Wrong(problemAt(entry, 'foreign', 'the file holds tiles that are not of this tree'));
}

const forked = (size: number): ExportProblem => ({
  item: 'checkpoint',
  code: 'forked',
  detail: `the record is not the one whose checkpoint of ${size} entries you kept: it was rewritten or forked`,
});

/** The checkpoint the reader kept: signed by this log, not larger, and the beginning of this tree. */
function olderOf(
  { older, sound }: RecordQuestion,
  trust: CheckpointTrust,
  size: number,
): OpenedCheckpoint | Wrong | undefined {
  if (older === undefined) return undefined;
  const opened = openCheckpoint(older, { ...trust, witnessQuorum: 0 });
  if (!opened.ok)
    return new Wrong({ item: 'your checkpoint', code: opened.refusal.code, detail: opened.refusal.detail });
  const kept = opened.value;
  if (kept.size > size)
    return new Wrong({
      item: 'checkpoint',
      code: 'rolled-back',
      detail: `it has ${size} entries, and the checkpoint you kept had ${kept.size}`,
    });
  return kept.size < sound.manifest.start.size ? provedOlder(kept, sound.manifest) : kept;
}

function provedOlder(kept: OpenedCheckpoint, { older, checkpoint }: ExportManifest): OpenedCheckpoint | Wrong {
  if (older?.size !== kept.size)
    return new Wrong({
      item: 'manifest.json',
      code: 'missing',
      detail: `no proof leads from your checkpoint of ${kept.size} entries to this file; export it with that checkpoint`,
    });
  const proof = older.proof.flatMap((hash) => decodeBase64(hash) ?? []);
  const root = Buffer.from(checkpoint.root.slice('sha256:'.length), 'hex');
  const isProved = verifyConsistency({
    oldSize: kept.size,
    newSize: checkpoint.size,
    oldRoot: kept.root,
    newRoot: root,
    proof,
  }).ok;
  return isProved ? kept : new Wrong(forked(kept.size));
}

function leafIn(bytes: Uint8Array, { organisation }: ExportManifest): Leaf | string {
  const json = readStrictJson(bytes);
  const leaf = json.ok ? readShape(leafShape, json.value) : json;
  if (!leaf.ok) return leaf.refusal.detail;
  return leaf.value.organisation === organisation ? leaf.value : 'it is of another organisation';
}
