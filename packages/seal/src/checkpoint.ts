/** C2SP checkpoints (https://c2sp.org/tlog-checkpoint): what a log claims to contain, signed, and seen by witnesses (I8, T1). */
import { ok, type Result } from '@countersign/core';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { no, quote } from './hostile-text.ts';
import type { SignerKey } from './keys.ts';
import { HASH_BYTES } from './merkle.ts';
import { cosignNote, openNote, signNote, type NoteVerifier } from './note.ts';

export interface Checkpoint {
  /** The name of the log, also the name of its key. */
  readonly origin: string;
  /** Number of entries. */
  readonly size: number;
  readonly root: Uint8Array;
  readonly extensions?: readonly string[];
}
/** Whom a verifier believes. Without a witness quorum a log is only evident to someone who kept an old checkpoint. */
export interface CheckpointTrust {
  readonly logKey: NoteVerifier;
  readonly witnessKeys: readonly NoteVerifier[];
  /** Distinct witness keys that must have cosigned; 0 is allowed only where no witness exists yet. */
  readonly witnessQuorum: number;
}
export interface Cosignature {
  readonly name: string;
  /** Seconds since 1970, as the witness says. */
  readonly timeSeconds: number;
}
export interface OpenedCheckpoint extends Checkpoint {
  readonly cosignatures: readonly Cosignature[];
}

const DECIMAL = /^(?:0|[1-9]\d{0,15})$/;

/** A count in decimal without leading zeros; undefined for anything else. */
export function readCount(text: string): number | undefined {
  const count = DECIMAL.test(text) ? Number(text) : Number.NaN;
  return Number.isSafeInteger(count) ? count : undefined;
}

/** The text that is signed, with its final line end. */
export function formatCheckpoint({ origin, size, root, extensions = [] }: Checkpoint): string {
  const lines = [origin, String(size), encodeBase64(root), ...extensions];
  const text = lines.map((line) => `${line}\n`).join('');
  const isReadBack = readCheckpoint(text);
  if (!isReadBack.ok || lines.some((line) => line.includes('\n'))) throw new TypeError('not a checkpoint');
  return text;
}

/** The text of a checkpoint whose signatures were verified. */
export function readCheckpoint(text: string): Result<Checkpoint> {
  const [origin = '', decimal = '', encoded = '', ...extensions] = text.endsWith('\n')
    ? text.slice(0, -1).split('\n')
    : [];
  const size = readCount(decimal);
  const root = decodeBase64(encoded);
  if (origin === '' || size === undefined || root?.length !== HASH_BYTES || extensions.includes(''))
    return no('malformed', 'not a checkpoint: origin, size and root are expected on a line each');
  return ok({ origin, size, root, extensions });
}

/** Signs as the log; the key is named by the origin. */
export const signCheckpoint = (checkpoint: Checkpoint, signer: SignerKey): string =>
  signNote(formatCheckpoint(checkpoint), checkpoint.origin, signer);

/** Adds a cosignature. The witness must have verified the log's signature and the consistency with what it saw before. */
export const cosignCheckpoint = (
  note: string,
  witness: { readonly name: string; readonly signer: SignerKey },
  timeSeconds: number,
): Result<string> => cosignNote(note, witness, timeSeconds);

/** Signature lines of a checkpoint that are of no known key. */
export function cosignaturesAlone(note: string, { logKey, witnessKeys }: CheckpointTrust): number {
  const lines = note.slice(note.lastIndexOf('\n\n') + 2).split('\n').length - 1;
  const opened = openNote(note, [logKey, ...witnessKeys]);
  return opened.ok ? lines - opened.value.signatures.length : lines;
}

export function openCheckpoint(note: string, trust: CheckpointTrust): Result<OpenedCheckpoint> {
  const { logKey, witnessKeys, witnessQuorum } = trust;
  if (!Number.isSafeInteger(witnessQuorum) || witnessQuorum < 0)
    return no('too-few-signatures', 'the witness quorum is not a count');
  if (logKey.role !== 'log' || witnessKeys.some(({ role }) => role !== 'witness'))
    return no('bad-key', 'a log key and witness keys are expected');
  const opened = openNote(note, [logKey, ...witnessKeys]);
  if (!opened.ok) return opened;
  const { text, signatures } = opened.value;
  if (!signatures.some(({ verifier }) => verifier === logKey))
    return no('too-few-signatures', 'the log has not signed the checkpoint');
  const checkpoint = readCheckpoint(text);
  if (!checkpoint.ok) return checkpoint;
  if (checkpoint.value.origin !== logKey.name)
    return no('bad-signature', `the checkpoint is of the log ${quote(checkpoint.value.origin)}`);
  // A key counts once whatever its names, and a log is not its own witness.
  const seen = new Map(signatures.map((signature) => [signature.verifier.key.keyid, signature]));
  seen.delete(logKey.key.keyid);
  const cosignatures = [...seen.values()].flatMap(({ verifier, timeSeconds }) =>
    timeSeconds === undefined ? [] : [{ name: verifier.name, timeSeconds }],
  );
  if (cosignatures.length < witnessQuorum)
    return no('too-few-signatures', `${cosignatures.length} of ${witnessQuorum} required witnesses cosigned`);
  return ok({ ...checkpoint.value, cosignatures });
}
