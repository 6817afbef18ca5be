/** OpenSSH keys: public lines and blobs of the four kinds that may approve, and unencrypted private keys of two kinds. */
import { ok, type Result } from '@countersign/core';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { sha256 } from './digest.ts';
import { no, quote } from './hostile-text.ts';
import { publicKeyFromPoint, publicKeyOf, signerFromDer, type PublicKey, type SignerKey } from './keys.ts';
import { sameBytes } from './merkle.ts';
import { mpintToFixed, WireReader, wireString } from './ssh-wire.ts';

const SSH_ED25519 = 'ssh-ed25519';
const SSH_P256 = 'ecdsa-sha2-nistp256';
const SSH_SK_ED25519 = 'sk-ssh-ed25519@openssh.com';
const SSH_SK_P256 = 'sk-ecdsa-sha2-nistp256@openssh.com';
const P256_CURVE = 'nistp256';
const MAX_LINE = 4096;
const MAX_PRIVATE_KEY = 16_384;

interface PlainKey {
  readonly type: typeof SSH_ED25519 | typeof SSH_P256;
  readonly blob: Uint8Array;
  readonly key: PublicKey;
}
interface HardwareKey extends Omit<PlainKey, 'type'> {
  readonly type: typeof SSH_SK_ED25519 | typeof SSH_SK_P256;
  /** What the hardware key is for; OpenSSH keys begin with `ssh:`. */
  readonly application: string;
}
export type SshPublicKey = PlainKey | HardwareKey;

/** `type base64 [comment]`, as in a `.pub` file; options before the type are refused. */
export function parseSshPublicKey(line: string): Result<SshPublicKey> {
  if (line.length > MAX_LINE) return no('malformed', 'the SSH public key is too long');
  const [type = '', encoded = ''] = line.trim().split(/[ \t]+/);
  const blob = decodeBase64(encoded);
  if (blob === undefined || line.trim().includes('\n'))
    return no('malformed', 'the SSH public key is not one line `type base64 comment`');
  const key = readSshBlob(blob);
  if (key.ok && key.value.type !== type)
    return no('malformed', `the SSH public key is not of the type ${quote(type)} it names`);
  return key;
}

export function readSshBlob(blob: Uint8Array): Result<SshPublicKey> {
  const reader = new WireReader(blob);
  const type = reader.text();
  const isPlain = type === SSH_ED25519 || type === SSH_P256;
  if (!isPlain && type !== SSH_SK_ED25519 && type !== SSH_SK_P256)
    return no('bad-key', `SSH keys of type ${quote(type)} are not supported`);
  const isP256 = type === SSH_P256 || type === SSH_SK_P256;
  const curve = isP256 ? reader.text() : P256_CURVE;
  const point = reader.string();
  const application = isPlain ? '' : reader.text();
  if (!reader.isComplete || curve !== P256_CURVE) return no('malformed', 'the SSH public key is not complete');
  const key = publicKeyFromPoint(isP256 ? 'p256' : 'ed25519', point);
  if (!key.ok) return key;
  if (isPlain) return ok({ type, blob, key: key.value });
  if (!application.startsWith('ssh:')) return no('bad-key', 'the hardware key was not made for SSH');
  return ok({ type, blob, key: key.value, application });
}

/** A key in hardware signs a record about the message and the touch, not the message. */
export const isHardwareKey = (key: SshPublicKey): key is HardwareKey => 'application' in key;

/** The SSH blob of an Ed25519 or P-256 key. */
export function sshBlobOf(key: PublicKey): Uint8Array {
  const parts = key.kind === 'ed25519' ? [SSH_ED25519] : [SSH_P256, P256_CURVE];
  return Buffer.concat([...parts.map(wireString), wireString(key.point())]);
}

/** `SHA256:` and base64 without padding, as `ssh-keygen -l` prints it. */
export const sshFingerprint = (blob: Uint8Array): string => `SHA256:${encodeBase64(sha256(blob)).replaceAll('=', '')}`;

/** A `.pub` line for a key. */
export const sshPublicKeyLine = (key: PublicKey): string =>
  `${key.kind === 'ed25519' ? SSH_ED25519 : SSH_P256} ${encodeBase64(sshBlobOf(key))}`;

const PRIVATE_KEY =
  /^-----BEGIN OPENSSH PRIVATE KEY-----\r?\n([A-Za-z0-9+/=\r\n]+)\r?\n-----END OPENSSH PRIVATE KEY-----\s*$/;
const MAGIC = 'openssh-key-v1\0';

/** Reads an unencrypted `openssh-key-v1` file; hardware keys and keys with a passphrase are used through `ssh-keygen -Y sign`. */
export function loadOpenSshPrivateKey(text: string): Result<SignerKey> {
  const [, body = ''] = text.length > MAX_PRIVATE_KEY ? [] : (PRIVATE_KEY.exec(text) ?? []);
  const bytes = decodeBase64(body.replaceAll(/[\r\n]/g, ''));
  if (bytes === undefined || bytes.length === 0) return no('malformed', 'the file is not an OpenSSH private key');
  const reader = new WireReader(bytes);
  const magic = Buffer.from(reader.take(MAGIC.length)).toString('latin1');
  const [cipher, kdf, kdfOptions, count] = [reader.text(), reader.text(), reader.string(), reader.uint32()];
  const publicBlob = reader.string();
  const secrets = reader.string();
  if (!reader.isComplete || magic !== MAGIC) return no('malformed', 'the file is not an OpenSSH private key');
  if (cipher !== 'none' || kdf !== 'none' || kdfOptions.length > 0)
    return no('bad-key', 'the SSH private key is protected by a passphrase; sign with `ssh-keygen -Y sign` instead');
  if (count !== 1) return no('malformed', 'the file does not hold exactly one key');
  const signer = readSecrets(secrets);
  const isTogether = signer.ok && sameBytes(sshBlobOf(publicKeyOf(signer.value)), publicBlob);
  return isTogether ? signer : notTogether(signer);
}

function readSecrets(secrets: Uint8Array): Result<SignerKey> {
  const reader = new WireReader(secrets);
  if (reader.uint32() !== reader.uint32()) return no('malformed', 'the check numbers of the SSH private key differ');
  const type = reader.text();
  if (type !== SSH_ED25519 && type !== SSH_P256)
    return no('bad-key', `SSH private keys of type ${quote(type)} are not supported`);
  const signer = type === SSH_ED25519 ? readEd25519Secret(reader) : readP256Secret(reader);
  reader.string(); // the comment
  const padding = reader.rest();
  const isPadded = padding.every((byte, index) => byte === index + 1) && secrets.length % 8 === 0;
  return reader.isComplete && isPadded ? signer : no('malformed', 'the SSH private key is not complete');
}

function readEd25519Secret(reader: WireReader): Result<SignerKey> {
  const point = reader.string();
  const secret = reader.string();
  const seed = secret.subarray(0, 32);
  const signer = signerFromDer(Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), seed]), 'pkcs8');
  return hasPoint(signer, point) && sameBytes(secret.subarray(32), point) ? signer : notTogether(signer);
}

function readP256Secret(reader: WireReader): Result<SignerKey> {
  const curve = reader.text();
  const point = reader.string();
  const scalar = mpintToFixed(reader.string(), 32);
  if (scalar === undefined || curve !== P256_CURVE) return no('malformed', 'the SSH private key is not complete');
  const parts = [Buffer.from('30310201010420', 'hex'), scalar, Buffer.from('a00a06082a8648ce3d030107', 'hex')];
  const signer = signerFromDer(Buffer.concat(parts), 'sec1');
  return hasPoint(signer, point) ? signer : notTogether(signer);
}

const hasPoint = (signer: Result<SignerKey>, point: Uint8Array): boolean =>
  signer.ok && sameBytes(publicKeyOf(signer.value).point(), point);

const notTogether = (signer: Result<SignerKey>): Result<SignerKey> =>
  signer.ok ? no('bad-key', 'the private part of the SSH key does not belong to its public part') : signer;
