/**
 * Keys of the trust metadata. Two standard kinds, and two declared extensions so that a ceremony can be held with what people have:
 * `ssh` / `sshsig` (an SSH key, also one in hardware) and `webauthn` (a passkey). Other TUF programs ignore the extensions and
 * need the threshold from the standard kinds.
 */
import { ok, type Result } from '@countersign/core';
import { decodeBase64Url, decodeHex, encodeBase64, encodeHex } from '../base64.ts';
import { canonicalBytes } from '../canonical.ts';
import { readCoseKey } from '../cose-key.ts';
import { sha256 } from '../digest.ts';
import { no, quote } from '../hostile-text.ts';
import type { PasskeyCredential } from '../human-signature.ts';
import { publicKeyFromPoint, type KeyKind, type PublicKey } from '../keys.ts';
import { verifyPasskeyAssertion } from '../passkey.ts';
import { parseSshPublicKey } from '../ssh-key.ts';
import { sshArmour, verifySshSignature } from '../sshsig.ts';
import type { TufKey, TufSignature } from './metadata.ts';

/** SSH signatures made for another purpose never count for trust, and these never as an approval. */
export const TUF_SSH_NAMESPACE = 'trust@countersign';

const ED25519 = 'ed25519';
const P256 = 'ecdsa-sha2-nistp256';
const SSH = 'ssh';
const SSHSIG = 'sshsig';
const WEBAUTHN = 'webauthn';

/** A key that was read once; whoever lists one key in two encodings still has one. */
export interface ReadKey {
  readonly material: string;
  readonly verify: (message: Uint8Array, signature: TufSignature) => boolean;
}

/** SHA-256 of the canonical key, hex: the key id other TUF programs make. */
export const tufKeyId = ({ keytype, scheme, keyval }: TufKey): string =>
  encodeHex(sha256(canonicalBytes({ keytype, scheme, keyval })));

export function tufKeyOf(publicKey: PublicKey): TufKey {
  const name = publicKey.kind === 'ed25519' ? ED25519 : P256;
  return { keytype: name, scheme: name, keyval: { public: encodeHex(publicKey.point()) } };
}

/** From a `.pub` line; its comment is left out. */
export function tufKeyOfSsh(line: string): Result<TufKey> {
  const key = parseSshPublicKey(line);
  if (!key.ok) return key;
  const { type, blob } = key.value;
  return ok({ keytype: SSH, scheme: SSHSIG, keyval: { public: `${type} ${encodeBase64(blob)}` } });
}

export function tufKeyOfPasskey(credential: Omit<PasskeyCredential, 'kind'>): Result<TufKey> {
  const { id, cose, rpId, origins, allowBackup } = credential;
  const key: TufKey = {
    keytype: WEBAUTHN,
    scheme: WEBAUTHN,
    keyval: { public: cose, credential: id, rpid: rpId, origins: origins.join(' '), backup: String(allowBackup) },
  };
  const read = readTufKey(key);
  return read.ok ? ok(key) : read;
}

/** Refuses unknown kinds, weak keys, and fields a kind does not have. */
export function readTufKey({ keytype, scheme, keyval }: TufKey): Result<ReadKey> {
  const kind = `${keytype}/${scheme}`;
  const fields = Object.keys(keyval).toSorted().join(' ');
  const expected = kind === `${WEBAUTHN}/${WEBAUTHN}` ? 'backup credential origins public rpid' : 'public';
  if (fields !== expected) return no('malformed', `a key of type ${quote(kind)} has the fields ${expected}`);
  if (kind === `${ED25519}/${ED25519}`) return readRawKey('ed25519', keyval.public);
  if (kind === `${P256}/${P256}`) return readRawKey('p256', keyval.public);
  if (kind === `${SSH}/${SSHSIG}`) return readSshKey(keyval.public);
  if (kind === `${WEBAUTHN}/${WEBAUTHN}`) return readPasskey(keyval);
  return no('bad-key', `keys of type ${quote(kind)} are not supported`);
}

function readRawKey(kind: KeyKind, encoded: string): Result<ReadKey> {
  const point = decodeHex(encoded);
  const key = point === undefined ? no('malformed', 'the key is not hex') : publicKeyFromPoint(kind, point);
  if (!key.ok) return key;
  const { value: publicKey } = key;
  return ok({
    material: publicKey.keyid,
    verify(message, { sig, webauthn }) {
      const signature = webauthn === undefined ? decodeHex(sig) : undefined;
      return signature !== undefined && publicKey.verify(message, signature);
    },
  });
}

function readSshKey(line: string): Result<ReadKey> {
  const key = parseSshPublicKey(line);
  if (!key.ok) return key;
  if (line !== `${key.value.type} ${encodeBase64(key.value.blob)}`)
    return no('malformed', 'the SSH key is not exactly `type base64`');
  return ok({
    material: key.value.key.keyid,
    verify(message, { sig, webauthn }) {
      const blob = webauthn === undefined ? decodeHex(sig) : undefined;
      if (blob === undefined) return false;
      return verifySshSignature(sshArmour(blob), { namespace: TUF_SSH_NAMESPACE, message, publicKey: line }).ok;
    },
  });
}

function readPasskey(keyval: TufKey['keyval']): Result<ReadKey> {
  const { public: encoded, rpid: rpId = '', origins = '', backup } = keyval;
  const cose = decodeBase64Url(encoded);
  if (cose === undefined || rpId === '' || (backup !== 'true' && backup !== 'false'))
    return no('malformed', 'the passkey is not complete');
  const key = readCoseKey(cose);
  if (!key.ok) return key;
  const rule = {
    cose,
    rpId,
    origins: origins.split(' '),
    allowBackup: backup === 'true',
    requireUserVerification: true,
  };
  return ok({
    material: key.value.keyid,
    verify(message, { sig, webauthn }) {
      const signature = decodeHex(sig);
      const authenticatorData = decodeBase64Url(webauthn?.authenticatorData ?? '*');
      const clientDataJSON = decodeBase64Url(webauthn?.clientDataJSON ?? '*');
      if (signature === undefined || authenticatorData === undefined || clientDataJSON === undefined) return false;
      const assertion = { authenticatorData, clientDataJSON, signature };
      return verifyPasskeyAssertion(assertion, { ...rule, challenge: sha256(message) }).ok;
    },
  });
}
