/** Public keys as people name them on the command line: a `.pub` file, a PEM, a passkey they registered, or where a private key is. */
import { createPublicKey } from 'node:crypto';
import { existsSync } from 'node:fs';
import {
  credentialShape,
  readShape,
  type Credential,
  type PersonalKey,
  type Result,
  type Surface,
} from '@countersign/core';
import {
  decodePublicKey,
  encodePublicKey,
  isJsonObject,
  isHardwareKey,
  parseSshPublicKey,
  readStrictJson,
  tufKeyOf,
  tufKeyOfPasskey,
  tufKeyOfSsh,
  type PublicKey,
  type TufKey,
} from '@countersign/seal';
import { openSigner, openSshSigner, type Surroundings } from '@countersign/signer';
import { unverified, usage } from '../cli/failure.ts';
import { readBytes } from '../cli/read-document.ts';

const MAX_KEY_BYTES = 16_384;
/** A key and who delivers the page or program it signs on. */
export interface OfferedKey {
  readonly key: PersonalKey;
  readonly surface: Surface;
}

const LOCATOR = /^(?:file|ssh-agent|pkcs11):/;
/** Only to read a credential in its form: whoever puts it into a roster gives it its times. */
const NO_TIME = '1970-01-01T00:00:00.000Z';

/** Throws with the exact reason when it is no key that may sign. */
export async function publicKeyFrom(text: string, surroundings: Surroundings): Promise<OfferedKey> {
  if (LOCATOR.test(text)) return keyAt(text, surroundings);
  if (!existsSync(text)) return rawKey(given(decodePublicKey(text), text));
  const content = Buffer.from(readBytes(text, MAX_KEY_BYTES)).toString('utf8').trim();
  if (content.startsWith('{')) return passkeyIn(content, text);
  if (content.startsWith('-----BEGIN PUBLIC KEY-----')) return rawKey(keyInPem(content, text));
  if (content.includes('PRIVATE KEY'))
    throw usage(`\`${text}\` is a private key`, `name its public half, or write \`file:${text}\``);
  return sshKey(content, text);
}

async function keyAt(locator: string, surroundings: Surroundings): Promise<OfferedKey> {
  if (locator.startsWith('ssh-agent:')) {
    const signer = given(await openSshSigner(locator, surroundings), locator);
    await signer.close();
    return { key: { kind: 'ssh', publicKey: signer.publicKey }, surface: 'own' };
  }
  const signer = given(await openSigner(locator, surroundings), locator);
  await signer.close();
  return rawKey(signer.publicKey);
}

const rawKey = (key: PublicKey): OfferedKey => ({
  key: { kind: 'raw', publicKey: encodePublicKey(key) },
  surface: 'own',
});

function sshKey(line: string, name: string): OfferedKey {
  const { type, blob } = given(parseSshPublicKey(line), name);
  return { key: { kind: 'ssh', publicKey: `${type} ${Buffer.from(blob).toString('base64')}` }, surface: 'own' };
}

function keyInPem(pem: string, name: string): PublicKey {
  const encoded = spkiOf(pem);
  if (encoded === undefined) throw usage(`\`${name}\` is no public key in PEM`);
  return given(decodePublicKey(encoded), name);
}

function spkiOf(pem: string): string | undefined {
  try {
    return createPublicKey(pem).export({ format: 'der', type: 'spki' }).toString('base64');
  } catch {
    // OpenSSL's words are about bytes, not about what to do.
    return undefined;
  }
}

/** As the console shows it after a registration, or without its times. What does not say whose page it is for counts as served. */
function passkeyIn(content: string, name: string): OfferedKey {
  const json = given(readStrictJson(Buffer.from(content)), name);
  if (!isJsonObject(json)) throw usage(`\`${name}\` is no passkey`);
  const whole = { surface: 'served', enrolledAt: NO_TIME, usableFrom: NO_TIME, ...json };
  const credential = given(readShape(credentialShape, whole), name);
  if (credential.kind !== 'passkey') throw usage(`\`${name}\` is no passkey; name other keys by their own files`);
  const { kind, id, cose, rpId, origins, allowBackup, surface } = credential;
  return { key: { kind, id, cose, rpId, origins, allowBackup }, surface };
}

function given<T>(result: Result<T>, name: string): T {
  if (result.ok) return result.value;
  throw unverified({ ...result.refusal, detail: `\`${name}\`: ${result.refusal.detail}` });
}

/** How the trust metadata writes the same key. */
export function tufKeyFrom(key: PersonalKey): TufKey {
  switch (key.kind) {
    case 'raw':
      return tufKeyOf(given(decodePublicKey(key.publicKey), 'the key'));
    case 'ssh':
      return given(tufKeyOfSsh(key.publicKey), 'the key');
    case 'passkey':
      return given(tufKeyOfPasskey(key), 'the passkey');
  }
}

/** The key in base64 SPKI; only a plain key can seal capsules or sign a graph. */
export function plainKeyOf(key: PersonalKey, what: string): string {
  if (key.kind === 'raw') return key.publicKey;
  if (key.kind === 'ssh') {
    const read = given(parseSshPublicKey(key.publicKey), what);
    if (!isHardwareKey(read)) return encodePublicKey(read.key);
  }
  throw usage(`the key of \`${what}\` must be a plain Ed25519 or P-256 key`);
}

/** An SSH key as the plain key it is; what programs sign with is listed in this form, which every TUF program reads. */
export const plainKey = (key: PersonalKey, what: string): PersonalKey => ({
  kind: 'raw',
  publicKey: plainKeyOf(key, what),
});

/** As it stands in a roster. A key that is no passkey signs in a program of the organisation's own. */
export function credentialOf(
  { key, surface }: OfferedKey,
  times: Pick<Credential, 'enrolledAt' | 'usableFrom'>,
): Credential {
  return key.kind === 'passkey' ? { ...key, ...times, surface } : { ...key, ...times, surface: 'own' };
}
