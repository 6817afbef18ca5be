/** SSH signatures over arbitrary bytes (OpenSSH PROTOCOL.sshsig), as `ssh-keygen -Y sign` makes and `-Y verify` checks them. */
import { hash } from 'node:crypto';
import { ok, type Result } from '@countersign/core';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { sha256 } from './digest.ts';
import { no } from './hostile-text.ts';
import { publicKeyOf, type KeyKind, type SignerKey } from './keys.ts';
import { sameBytes } from './merkle.ts';
import {
  isHardwareKey,
  parseSshPublicKey,
  readSshBlob,
  sshBlobOf,
  sshFingerprint,
  type SshPublicKey,
} from './ssh-key.ts';
import { mpintToFixed, WireReader, wireMpint, wireString, wireUint32 } from './ssh-wire.ts';

export interface SshSignatureRule {
  /** What the signature is for; a signature for another purpose is refused. */
  readonly namespace: string;
  readonly message: Uint8Array;
  /** A `.pub` line or the key blob, from a trusted place; the key inside the signature is never trusted. */
  readonly publicKey: string | Uint8Array;
  /** Hardware keys only: refuse signatures without PIN or biometrics. */
  readonly requireUserVerification?: boolean;
}
export interface VerifiedSshSignature {
  readonly type: SshPublicKey['type'];
  readonly fingerprint: string;
  /** A person unlocked a hardware key; false for keys in files. */
  readonly isUserVerified: boolean;
}

const ARMOUR = /^-----BEGIN SSH SIGNATURE-----\n((?:[A-Za-z0-9+/=]{1,76}\n){1,60})-----END SSH SIGNATURE-----\n?$/;
const MAGIC = 'SSHSIG';
const MAX_ARMOUR = 4096;
const SIGNATURE_LINE = /.{1,70}/g;
const USER_PRESENT = 0x01;
const USER_VERIFIED = 0x04;

type HashName = 'sha256' | 'sha512';
interface SignatureBlob {
  readonly publicBlob: Uint8Array;
  readonly namespace: string;
  readonly hashName: HashName;
  readonly signature: Uint8Array;
}

/** The bytes the key signs: purpose and hash of the message, never the message itself. */
export const sshSignedData = (namespace: string, message: Uint8Array): Uint8Array =>
  signedData(namespace, 'sha512', message);

function signedData(namespace: string, hashName: HashName, message: Uint8Array): Uint8Array {
  const digest = hash(hashName, message, 'buffer');
  return Buffer.concat([
    Buffer.from(MAGIC),
    wireString(namespace),
    wireString(''),
    wireString(hashName),
    wireString(digest),
  ]);
}

export function signSsh(signer: SignerKey, namespace: string, message: Uint8Array): string {
  const raw = signer.sign(sshSignedData(namespace, message), 'ieee-p1363');
  const publicBlob = sshBlobOf(publicKeyOf(signer));
  return armourSshSignature({ publicBlob, namespace, signature: sshSignatureBlob(signer.kind, raw) });
}

/** What SSH calls a signature: its type, then 64 bytes of Ed25519 or the two numbers of P-256 as SSH writes numbers. */
export function sshSignatureBlob(kind: KeyKind, raw: Uint8Array): Uint8Array {
  const isEd25519 = kind === 'ed25519';
  const content = isEd25519 ? raw : Buffer.concat([wireMpint(raw.subarray(0, 32)), wireMpint(raw.subarray(32))]);
  return Buffer.concat([wireString(isEd25519 ? 'ssh-ed25519' : 'ecdsa-sha2-nistp256'), wireString(content)]);
}

/** The armoured form around a signature over `sshSignedData`, made here or by an agent. */
export function armourSshSignature(parts: {
  readonly publicBlob: Uint8Array;
  readonly namespace: string;
  readonly signature: Uint8Array;
}): string {
  const blob = Buffer.concat([
    Buffer.from(MAGIC),
    wireUint32(1),
    wireString(parts.publicBlob),
    ...[parts.namespace, '', 'sha512'].map(wireString),
    wireString(parts.signature),
  ]);
  return sshArmour(blob);
}

/** The armour around a whole signature blob. */
export function sshArmour(blob: Uint8Array): string {
  const lines = encodeBase64(blob).match(SIGNATURE_LINE) ?? [];
  return `-----BEGIN SSH SIGNATURE-----\n${lines.join('\n')}\n-----END SSH SIGNATURE-----\n`;
}

export function verifySshSignature(armored: string, rule: SshSignatureRule): Result<VerifiedSshSignature> {
  const { namespace, message, publicKey } = rule;
  const key = typeof publicKey === 'string' ? parseSshPublicKey(publicKey) : readSshBlob(publicKey);
  if (!key.ok) return key;
  const blob = readArmour(armored);
  if (!blob.ok) return blob;
  const { publicBlob, hashName, signature } = blob.value;
  if (!sameBytes(publicBlob, key.value.blob)) return no('bad-signature', 'the SSH signature is of another key');
  if (blob.value.namespace !== namespace) return no('bad-signature', 'the SSH signature is for another purpose');
  const verified = verifyBlob(key.value, signature, signedData(namespace, hashName, message));
  if (!verified.ok) return verified;
  if (rule.requireUserVerification === true && !verified.value.isUserVerified)
    return no('bad-signature', 'the SSH signature was made without user verification');
  return verified;
}

/** The blob inside the armour; nothing in it is checked yet. */
export function readSshArmour(armored: string): Result<Uint8Array> {
  const [, body = ''] = armored.length > MAX_ARMOUR ? [] : (ARMOUR.exec(armored) ?? []);
  const bytes = decodeBase64(body.replaceAll('\n', ''));
  return bytes === undefined || bytes.length === 0
    ? no('malformed', 'the SSH signature is not in its armour')
    : ok(bytes);
}

function readArmour(armored: string): Result<SignatureBlob> {
  const bytes = readSshArmour(armored);
  if (!bytes.ok) return bytes;
  const reader = new WireReader(bytes.value);
  const magic = Buffer.from(reader.take(MAGIC.length)).toString('latin1');
  const version = reader.uint32();
  const publicBlob = reader.string();
  const namespace = Buffer.from(reader.string()).toString('utf8');
  const reserved = reader.string();
  const hashName = reader.text();
  const signature = reader.string();
  if (!reader.isComplete || magic !== MAGIC || version !== 1 || reserved.length > 0)
    return no('malformed', 'the SSH signature is not complete');
  if (hashName !== 'sha256' && hashName !== 'sha512') return no('malformed', 'the SSH signature uses another hash');
  return ok({ publicBlob, namespace, hashName, signature });
}

function verifyBlob(key: SshPublicKey, signature: Uint8Array, data: Uint8Array): Result<VerifiedSshSignature> {
  const reader = new WireReader(signature);
  if (reader.text() !== key.type) return no('bad-signature', 'the SSH signature is of another kind than its key');
  const content = reader.string();
  const raw = key.key.kind === 'p256' ? readEcdsa(content) : content;
  const touch = isHardwareKey(key) ? { flags: reader.byte(), counter: reader.uint32() } : undefined;
  const signed = isHardwareKey(key) && touch !== undefined ? touchRecord(key.application, touch, data) : data;
  if (!reader.isComplete || raw === undefined || !key.key.verify(signed, raw, 'ieee-p1363'))
    return no('bad-signature', 'the SSH signature does not fit the document');
  if (touch !== undefined && !hasFlag(touch.flags, USER_PRESENT))
    return no('bad-signature', 'nobody touched the hardware key');
  const isUserVerified = touch !== undefined && hasFlag(touch.flags, USER_VERIFIED);
  return ok({ type: key.type, fingerprint: sshFingerprint(key.blob), isUserVerified });
}

interface Touch {
  readonly flags: number;
  readonly counter: number;
}

/** PROTOCOL.u2f: the authenticator signs hashes, so the document is bound through SHA-256 of the data. */
const touchRecord = (application: string, { flags, counter }: Touch, data: Uint8Array): Uint8Array =>
  Buffer.concat([sha256(Buffer.from(application, 'latin1')), Uint8Array.of(flags), wireUint32(counter), sha256(data)]);

function readEcdsa(content: Uint8Array): Uint8Array | undefined {
  const reader = new WireReader(content);
  const [r, s] = [mpintToFixed(reader.string(), 32), mpintToFixed(reader.string(), 32)];
  return reader.isComplete && r !== undefined && s !== undefined ? Buffer.concat([r, s]) : undefined;
}

const hasFlag = (flags: number, flag: number): boolean => Math.floor(flags / flag) % 2 === 1;
