/**
 * Signing keys: Ed25519 and P-256. A private key lives in a `SignerKey`, whose bytes leave only through `signerPem`;
 * printing or serialising one shows its key id and nothing else.
 */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { ok, type Result } from '@countersign/core';
import { decodeBase64, encodeBase64, encodeHex } from './base64.ts';
import { sha256 } from './digest.ts';
import { isSmallOrderEd25519 } from './ed25519-points.ts';
import { no } from './hostile-text.ts';

export type KeyKind = 'ed25519' | 'p256';
/** Encoding of a P-256 signature: DER in DSSE and WebAuthn, the two 32-byte numbers in SSH. Ed25519 has one form. */
type EcdsaForm = 'der' | 'ieee-p1363';

const MAX_KEY_TEXT = 16_384;
const ED25519_SPKI_PREFIX = Uint8Array.from([0x30, 0x2a, 0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70, 0x03, 0x21, 0x00]);
const P256_SPKI_PREFIX = Uint8Array.from([
  0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
  0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00,
]);

export class PublicKey {
  readonly kind: KeyKind;
  /** SHA-256 of the SPKI DER, hex. */
  readonly keyid: string;
  readonly #key: KeyObject;
  readonly #spki: Uint8Array;

  private constructor(kind: KeyKind, key: KeyObject, spki: Uint8Array) {
    this.kind = kind;
    this.keyid = encodeHex(sha256(spki));
    this.#key = key;
    this.#spki = spki;
  }

  /** Refuses other kinds, other curves and Ed25519 points of small order. */
  static of(key: KeyObject): Result<PublicKey> {
    const kind = kindOf(key);
    if (kind === undefined) return no('bad-key', 'the key is neither Ed25519 nor P-256');
    const spki = Uint8Array.from(key.export({ format: 'der', type: 'spki' }));
    const prefix = prefixOf(kind);
    const point = spki.subarray(prefix.length);
    // Spelled-out curve parameters and compressed points are second spellings of a key, with another id.
    if (!prefix.every((byte, index) => spki[index] === byte) || point.length !== POINT_BYTES[kind])
      return no('bad-key', 'the public key is not in its one DER form');
    if (kind === 'ed25519' && isSmallOrderEd25519(point))
      return no('bad-key', 'the Ed25519 key is a point of small order');
    return ok(new PublicKey(kind, key, spki));
  }

  spki(): Uint8Array {
    return Uint8Array.from(this.#spki);
  }

  /** 32 bytes of Ed25519, or the uncompressed P-256 point of 65 bytes. */
  point(): Uint8Array {
    return this.#spki.slice(prefixOf(this.kind).length);
  }

  verify(message: Uint8Array, signature: Uint8Array, form: EcdsaForm = 'der'): boolean {
    try {
      return verify(hashFor(this.kind), message, { key: this.#key, dsaEncoding: form }, signature);
    } catch {
      // OpenSSL reports some malformed signatures as errors: they are invalid like any other.
      return false;
    }
  }

  toJSON(): string {
    return this.keyid;
  }
}

export class SignerKey {
  readonly publicKey: PublicKey;
  readonly #key: KeyObject;

  private constructor(key: KeyObject, publicKey: PublicKey) {
    this.#key = key;
    this.publicKey = publicKey;
  }

  static of(key: KeyObject): Result<SignerKey> {
    const publicKey = PublicKey.of(createPublicKey(key));
    return publicKey.ok ? ok(new SignerKey(key, publicKey.value)) : publicKey;
  }

  get kind(): KeyKind {
    return this.publicKey.kind;
  }

  get keyid(): string {
    return this.publicKey.keyid;
  }

  sign(message: Uint8Array, form: EcdsaForm = 'der'): Uint8Array {
    return Uint8Array.from(sign(hashFor(this.kind), message, { key: this.#key, dsaEncoding: form }));
  }

  pem(): string {
    return this.#key.export({ format: 'pem', type: 'pkcs8' }).toString();
  }

  toJSON(): string {
    return this.keyid;
  }
}

/** A key that signs at once: one of this process, or one on a token. It throws when its hardware does not sign. */
export interface SealKey {
  readonly keyid: string;
  readonly publicKey: PublicKey;
  readonly sign: (message: Uint8Array) => Uint8Array;
}

const POINT_BYTES: Readonly<Record<KeyKind, number>> = { ed25519: 32, p256: 65 };
const hashFor = (kind: KeyKind): 'sha256' | null => (kind === 'p256' ? 'sha256' : null);
const prefixOf = (kind: KeyKind): Uint8Array => (kind === 'p256' ? P256_SPKI_PREFIX : ED25519_SPKI_PREFIX);

function kindOf(key: KeyObject): KeyKind | undefined {
  if (key.asymmetricKeyType === 'ed25519') return 'ed25519';
  const isP256 = key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1';
  return isP256 ? 'p256' : undefined;
}

export function generateSigner(kind: KeyKind): SignerKey {
  const { privateKey } =
    kind === 'ed25519' ? generateKeyPairSync('ed25519') : generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const signer = SignerKey.of(privateKey);
  if (!signer.ok) throw new Error(signer.refusal.detail);
  return signer.value;
}

/** Reads an unencrypted PKCS#8 (or SEC1) PEM. */
export function loadSigner(pem: string): Result<SignerKey> {
  if (pem.length > MAX_KEY_TEXT) return no('malformed', 'the private key is too long');
  try {
    return SignerKey.of(createPrivateKey({ key: pem, format: 'pem' }));
  } catch {
    // The text of the error may hold parts of the key.
    return no('bad-key', 'the private key is not an unencrypted PEM');
  }
}

/** Private key of DER built by this package from another format. */
export function signerFromDer(der: Uint8Array, type: 'pkcs8' | 'sec1'): Result<SignerKey> {
  try {
    return SignerKey.of(createPrivateKey({ key: Buffer.from(der), format: 'der', type }));
  } catch {
    return no('bad-key', 'the private key is not valid');
  }
}

/** PKCS#8 PEM of a signer, for a file with mode 0600: the only way the private bytes leave the key. */
export const signerPem = (signer: SignerKey): string => signer.pem();
export const publicKeyOf = (signer: SignerKey): PublicKey => signer.publicKey;
export const keyId = (publicKey: PublicKey): string => publicKey.keyid;
export const encodePublicKey = (publicKey: PublicKey): string => encodeBase64(publicKey.spki());

/** Keys by their text: reading one costs as much as half a verification, and a roster's are read for every document. */
const readBefore = new Map<string, Result<PublicKey>>();
const MAX_REMEMBERED = 2000;

/** Reads base64 SPKI; only the one DER spelling of the key is accepted, so a key has one id. */
export function decodePublicKey(text: string): Result<PublicKey> {
  const known = readBefore.get(text);
  if (known !== undefined) return known;
  const der = text.length > MAX_KEY_TEXT ? undefined : decodeBase64(text);
  if (der === undefined) return no('malformed', 'the public key is not base64');
  const key = publicKeyFromSpki(der);
  if (!key.ok) return key;
  if (readBefore.size >= MAX_REMEMBERED) readBefore.clear();
  readBefore.set(text, key);
  return key;
}

function publicKeyFromSpki(der: Uint8Array): Result<PublicKey> {
  const key = importSpki(der);
  if (key === undefined) return no('bad-key', 'the public key is not valid SPKI');
  const publicKey = PublicKey.of(key);
  if (publicKey.ok && encodeBase64(publicKey.value.spki()) !== encodeBase64(der))
    return no('bad-key', 'the public key is not in its one DER form');
  return publicKey;
}

function importSpki(der: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ key: Buffer.from(der), format: 'der', type: 'spki' });
  } catch {
    return undefined;
  }
}

/** From 32 bytes of Ed25519 or an uncompressed P-256 point; OpenSSL refuses points that are not on the curve P-256. */
export function publicKeyFromPoint(kind: KeyKind, point: Uint8Array): Result<PublicKey> {
  const length = POINT_BYTES[kind];
  if (point.length !== length) return no('bad-key', `a key of kind ${kind} has ${length} bytes`);
  return publicKeyFromSpki(Buffer.concat([prefixOf(kind), point]));
}
