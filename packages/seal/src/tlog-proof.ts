/**
 * `.tlog-proof` files (https://c2sp.org/tlog-proof): one entry's index and inclusion proof with the checkpoint, for use without the log.
 */
import { ok, type Result } from '@countersign/core';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { openCheckpoint, readCount, type CheckpointTrust, type OpenedCheckpoint } from './checkpoint.ts';
import { no } from './hostile-text.ts';
import { HASH_BYTES, leafHash, verifyInclusion } from './merkle.ts';

export interface TlogProof {
  readonly index: number;
  readonly hashes: readonly Uint8Array[];
  /** The signed checkpoint, as received. */
  readonly checkpoint: string;
  /** Opaque bytes of the application, not covered by the proof. */
  readonly extra?: Uint8Array;
}
export interface VerifiedTlogProof {
  readonly index: number;
  readonly checkpoint: OpenedCheckpoint;
}

const HEADER = 'c2sp.org/tlog-proof@v1';
const MAX_PROOF = 131_072;
const MAX_HASHES = 64;

export function formatTlogProof({ index, hashes, checkpoint, extra }: TlogProof): string {
  const lines = [
    HEADER,
    ...(extra === undefined ? [] : [`extra ${encodeBase64(extra)}`]),
    `index ${index}`,
    ...hashes.map(encodeBase64),
  ];
  return `${lines.join('\n')}\n\n${checkpoint}`;
}

export function parseTlogProof(text: string): Result<TlogProof> {
  const end = text.length > MAX_PROOF ? -1 : text.indexOf('\n\n');
  const [header, ...lines] = text.slice(0, Math.max(end, 0)).split('\n');
  if (end < 0 || header !== HEADER) return no('malformed', 'not a tlog-proof of version 1');
  const hasExtra = lines[0]?.startsWith('extra ') === true;
  const extra = hasExtra ? decodeBase64((lines[0] ?? '').slice('extra '.length)) : undefined;
  if (hasExtra && extra === undefined) return no('malformed', 'the extra data of the proof is not base64');
  const [indexLine = '', ...encoded] = hasExtra ? lines.slice(1) : lines;
  const index = indexLine.startsWith('index ') ? readCount(indexLine.slice('index '.length)) : undefined;
  if (index === undefined) return no('malformed', 'the index of the proof is missing');
  const hashes = encoded.slice(0, MAX_HASHES).flatMap((line) => decodeBase64(line) ?? []);
  if (hashes.length !== encoded.length || hashes.some(({ length }) => length !== HASH_BYTES))
    return no('malformed', 'a hash of the proof is not valid');
  return ok({ index, hashes, checkpoint: text.slice(end + 2), ...(extra !== undefined && { extra }) });
}

/** The entry is in a log that `trust` names, at `index`, and the required witnesses saw that log. */
export function verifyTlogProof(
  proof: TlogProof,
  leafBytes: Uint8Array,
  trust: CheckpointTrust,
): Result<VerifiedTlogProof> {
  const { index, hashes } = proof;
  const checkpoint = openCheckpoint(proof.checkpoint, trust);
  if (!checkpoint.ok) return checkpoint;
  const { size, root } = checkpoint.value;
  const included = verifyInclusion({ index, size, leaf: leafHash(leafBytes), proof: hashes, root });
  return included.ok ? ok({ index, checkpoint: checkpoint.value }) : included;
}
