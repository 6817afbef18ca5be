/**
 * C2SP signed notes (https://c2sp.org/signed-note) with Ed25519: log signatures (type 0x01) and witness cosignatures
 * (https://c2sp.org/tlog-cosignature, type 0x04). A note is text, a blank line and signature lines.
 */
import { ok, type Result } from '@countersign/core';
import { decodeBase64, encodeBase64, encodeHex } from './base64.ts';
import { sha256 } from './digest.ts';
import { no, quote } from './hostile-text.ts';
import { publicKeyFromPoint, publicKeyOf, type PublicKey, type SignerKey } from './keys.ts';
import { sameBytes } from './merkle.ts';

/** Who may sign: a log or a witness. */
export type NoteRole = 'log' | 'witness';
export interface NoteVerifier {
  readonly role: NoteRole;
  readonly name: string;
  /** Ed25519. */
  readonly key: PublicKey;
}
interface NoteSignature {
  readonly verifier: NoteVerifier;
  /** Witnesses only, seconds since 1970. */
  readonly timeSeconds: number | undefined;
}
export interface OpenedNote {
  /** With its final line end. */
  readonly text: string;
  readonly signatures: readonly NoteSignature[];
}

const TYPE: Readonly<Record<NoteRole, number>> = { log: 0x01, witness: 0x04 };
const NAME = /^[^\s+\p{Cc}]{1,255}$/u;
const VKEY = /^([^+]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]{44})$/;
const SIGNATURE_LINE = /^\u2014 ([^\s+]+) ([A-Za-z0-9+/]+={0,2})$/;
const CONTROL = /[^\P{Cc}\n]/u;
const MAX_NOTE = 65_536;
const MAX_LINES = 100;
const ID_BYTES = 4;
const TIME_BYTES = 8;

const typedPoint = (role: NoteRole, key: PublicKey): Uint8Array =>
  Buffer.concat([Uint8Array.of(TYPE[role]), key.point()]);
const idOf = (role: NoteRole, name: string, key: PublicKey): Uint8Array =>
  sha256(Buffer.concat([Buffer.from(`${name}\n`), typedPoint(role, key)])).subarray(0, ID_BYTES);

/** `name+id+key`, the public form that verifiers pin. */
export function vkeyOf(role: NoteRole, name: string, key: PublicKey): string {
  assertUsable(name, key);
  return `${name}+${encodeHex(idOf(role, name, key))}+${encodeBase64(typedPoint(role, key))}`;
}

export function parseVkey(vkey: string): Result<NoteVerifier> {
  const [, name = '', id = '', encoded = ''] = vkey.length > 512 ? [] : (VKEY.exec(vkey) ?? []);
  const bytes = decodeBase64(encoded);
  if (!NAME.test(name) || bytes?.length !== 33) return no('malformed', 'the verifier key is not `name+id+key`');
  const role = bytes[0] === TYPE.log ? 'log' : 'witness';
  if (bytes[0] !== TYPE[role]) return no('bad-key', 'the verifier key is of an unknown type');
  const key = publicKeyFromPoint('ed25519', bytes.subarray(1));
  if (!key.ok) return key;
  return encodeHex(idOf(role, name, key.value)) === id
    ? ok({ role, name, key: key.value })
    : no('bad-key', `the id of the verifier key of ${quote(name)} does not fit`);
}

function assertUsable(name: string, key: PublicKey): void {
  if (!NAME.test(name)) throw new TypeError(`not a key name: ${quote(name)}`);
  if (key.kind !== 'ed25519') throw new TypeError('notes are signed with Ed25519');
}

/** Signs `text` (ending in a line end) as a log; returns the whole note. */
export function signNote(text: string, name: string, signer: SignerKey): string {
  assertUsable(name, publicKeyOf(signer));
  if (!text.endsWith('\n') || CONTROL.test(text) || !text.isWellFormed()) throw new TypeError('not the text of a note');
  const body = Buffer.concat([idOf('log', name, publicKeyOf(signer)), signer.sign(Buffer.from(text))]);
  return `${text}\n${signatureLine(name, body)}`;
}

const signatureLine = (name: string, body: Uint8Array): string => `\u2014 ${name} ${encodeBase64(body)}\n`;
const cosignedMessage = (text: string, timeSeconds: number | bigint): Uint8Array =>
  Buffer.from(`cosignature/v1\ntime ${timeSeconds}\n${text}`);

/** Adds the line of a witness that has checked the note; the time is when it saw it. */
export function cosignNote(
  note: string,
  witness: { readonly name: string; readonly signer: SignerKey },
  timeSeconds: number,
): Result<string> {
  const { name, signer } = witness;
  assertUsable(name, publicKeyOf(signer));
  if (!Number.isSafeInteger(timeSeconds) || timeSeconds < 0) throw new RangeError('the time is not a count of seconds');
  const parts = splitNote(note);
  if (!parts.ok) return parts;
  const time = Buffer.alloc(TIME_BYTES);
  time.writeBigUInt64BE(BigInt(timeSeconds));
  const signature = signer.sign(cosignedMessage(parts.value.text, timeSeconds));
  return ok(note + signatureLine(name, Buffer.concat([idOf('witness', name, publicKeyOf(signer)), time, signature])));
}

interface NoteLine {
  readonly name: string;
  readonly id: Uint8Array;
  readonly rest: Uint8Array;
}

function splitNote(note: string): Result<{ readonly text: string; readonly lines: readonly NoteLine[] }> {
  const end = note.length > MAX_NOTE ? -1 : note.lastIndexOf('\n\n');
  if (end < 0 || !note.endsWith('\n') || CONTROL.test(note) || !note.isWellFormed())
    return no('malformed', 'not a signed note');
  const raw = note
    .slice(end + 2)
    .split('\n')
    .slice(0, -1);
  const lines = raw.slice(0, MAX_LINES).flatMap((line) => readLine(line) ?? []);
  if (raw.length === 0 || lines.length !== raw.length)
    return no('malformed', 'a signature line of the note is not valid');
  return ok({ text: note.slice(0, end + 1), lines });
}

function readLine(line: string): NoteLine | undefined {
  const [, name = '', encoded = ''] = SIGNATURE_LINE.exec(line) ?? [];
  const bytes = decodeBase64(encoded);
  if (bytes === undefined || bytes.length <= ID_BYTES) return undefined;
  return { name, id: bytes.subarray(0, ID_BYTES), rest: bytes.subarray(ID_BYTES) };
}

/** Verifies every line of a known key; lines of unknown keys are ignored, a wrong line of a known key refuses the note. */
export function openNote(note: string, verifiers: readonly NoteVerifier[]): Result<OpenedNote> {
  const parts = splitNote(note);
  if (!parts.ok) return parts;
  const { text, lines } = parts.value;
  const signatures = new Map<NoteVerifier, NoteSignature>();
  for (const line of lines) {
    const verifier = verifiers.find(
      ({ role, name, key }) => name === line.name && sameBytes(idOf(role, name, key), line.id),
    );
    if (verifier === undefined || signatures.has(verifier)) continue;
    const signature = verifyLine(text, line, verifier);
    if (signature === undefined)
      return no('bad-signature', `the signature of ${quote(line.name)} does not fit the note`);
    signatures.set(verifier, signature);
  }
  if (signatures.size === 0) return no('too-few-signatures', 'the note has no signature of a known key');
  return ok({ text, signatures: [...signatures.values()] });
}

function verifyLine(text: string, { rest }: NoteLine, verifier: NoteVerifier): NoteSignature | undefined {
  switch (verifier.role) {
    case 'log':
      return verifier.key.verify(Buffer.from(text), rest) ? { verifier, timeSeconds: undefined } : undefined;
    case 'witness': {
      if (rest.length <= TIME_BYTES) return undefined;
      const time = Buffer.from(rest).readBigUInt64BE();
      const timeSeconds = Number(time);
      const isSigned = verifier.key.verify(cosignedMessage(text, time), rest.subarray(TIME_BYTES));
      return isSigned && Number.isSafeInteger(timeSeconds) ? { verifier, timeSeconds } : undefined;
    }
  }
}
