/**
 * What `seal` needs of `node:crypto`, for a page that has no Node and no network: SHA-256 and SHA-512, and verification of Ed25519, P-256
 * and RSA (PKCS#1 v1.5). Nothing here can sign. Held against the real `node:crypto` by tests.
 */
import { ed25519 } from '@noble/curves/ed25519.js';
import { p256 } from '@noble/curves/nist.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';

type Jwk = Readonly<Record<string, string>>;
interface KeyInput {
  readonly key: Uint8Array | Jwk;
  readonly format: string;
  readonly type?: string;
}

const ED25519_PREFIX = bytesOfHex('302a300506032b6570032100');
const P256_PREFIX = bytesOfHex('3059301306072a8648ce3d020106082a8648ce3d030107034200');
/** DigestInfo of SHA-256 (RFC 8017, 9.2). */
const SHA256_INFO = bytesOfHex('3031300d060960864801650304020105000420');
const SEQUENCE = 0x30;
const INTEGER = 0x02;
const RSA_ALGORITHM = bytesOfHex('300d06092a864886f70d0101010500');

function bytesOfHex(hex: string): Uint8Array {
  return Uint8Array.from(hex.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
}
const concat = (...parts: readonly Uint8Array[]): Uint8Array => {
  const all = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
};
const isEqual = (a: Uint8Array, b: Uint8Array): boolean =>
  a.length === b.length && a.every((byte, at) => byte === b[at]);

/** `encoding`: `hex`, or `buffer` like none. */
export function hash(algorithm: string, data: Uint8Array | string, encoding?: 'hex' | 'buffer'): unknown {
  const bytes = typeof data === 'string' ? new TextEncoder().encode(data) : data;
  const digest = (algorithm === 'sha512' ? sha512 : sha256)(bytes);
  const found = Buffer.from(digest);
  return encoding !== 'hex' ? found : found.toString('hex');
}

/** The parts of a `KeyObject` that `seal` reads. */
class BrowserKey {
  readonly type = 'public';
  readonly asymmetricKeyType: 'ed25519' | 'ec' | 'rsa';
  readonly asymmetricKeyDetails: object;
  readonly #spki: Uint8Array;
  readonly verify: (message: Uint8Array, signature: Uint8Array, encoding: string) => boolean;

  constructor(type: BrowserKey['asymmetricKeyType'], details: object, spki: Uint8Array, check: BrowserKey['verify']) {
    this.asymmetricKeyType = type;
    this.asymmetricKeyDetails = details;
    this.#spki = spki;
    this.verify = check;
  }

  export(): Uint8Array {
    return Buffer.from(this.#spki);
  }
}

export function createPublicKey(input: KeyInput): BrowserKey {
  const { key, format } = input;
  if (key instanceof Uint8Array && format === 'der') return fromSpki(key);
  if (format === 'jwk' && !(key instanceof Uint8Array) && key['kty'] === 'RSA') return rsaKey(key);
  throw new TypeError('this form of key is not read here');
}

function fromSpki(spki: Uint8Array): BrowserKey {
  const starts = (prefix: Uint8Array): boolean => isEqual(spki.subarray(0, prefix.length), prefix);
  if (starts(ED25519_PREFIX) && spki.length === ED25519_PREFIX.length + 32) {
    const point = spki.slice(ED25519_PREFIX.length);
    return new BrowserKey('ed25519', {}, spki, (message, signature) =>
      ed25519.verify(signature, message, point, { zip215: false }),
    );
  }
  if (starts(P256_PREFIX) && spki.length === P256_PREFIX.length + 65) {
    const point = spki.slice(P256_PREFIX.length);
    p256.Point.fromBytes(point).assertValidity();
    return new BrowserKey('ec', { namedCurve: 'prime256v1' }, spki, (message, signature, encoding) =>
      p256.verify(signature, message, point, { format: encoding === 'ieee-p1363' ? 'compact' : 'der', lowS: false }),
    );
  }
  throw new TypeError('the key is neither Ed25519 nor P-256');
}

// --- RSA, for passkeys of old authenticators ---

const numberOf = (bytes: Uint8Array): bigint => bytes.reduce((sum, byte) => (sum << 8n) | BigInt(byte), 0n);
const bytesOfUrl = (text = ''): Uint8Array => Buffer.from(text, 'base64url');

function der(tag: number, content: Uint8Array): Uint8Array {
  const { length } = content;
  if (length < 0x80) return concat(Uint8Array.of(tag, length), content);
  const octets = length < 0x100 ? [length] : [length >> 8, length & 0xff];
  return concat(Uint8Array.of(tag, 0x80 | octets.length, ...octets), content);
}
const derInteger = (bytes: Uint8Array): Uint8Array =>
  der(INTEGER, (bytes[0] ?? 0) >= 0x80 ? concat(Uint8Array.of(0), bytes) : bytes);

function rsaKey(jwk: Jwk): BrowserKey {
  const [modulus, exponent] = [bytesOfUrl(jwk['n']), bytesOfUrl(jwk['e'])];
  const [n, e] = [numberOf(modulus), numberOf(exponent)];
  const body = der(SEQUENCE, concat(derInteger(modulus), derInteger(exponent)));
  const spki = der(SEQUENCE, concat(RSA_ALGORITHM, der(0x03, concat(Uint8Array.of(0), body))));
  const details = { modulusLength: n.toString(2).length, publicExponent: e };
  return new BrowserKey('rsa', details, spki, (message, signature) => isRsaSignature({ n, e }, message, signature));
}

function isRsaSignature(
  { n, e }: { readonly n: bigint; readonly e: bigint },
  message: Uint8Array,
  signature: Uint8Array,
): boolean {
  const size = Math.ceil(n.toString(16).length / 2);
  const value = numberOf(signature);
  if (signature.length !== size || value >= n) return false;
  const info = concat(SHA256_INFO, sha256(message));
  const padding = new Uint8Array(size - info.length - 3).fill(0xff);
  return power(value, e, n) === numberOf(concat(Uint8Array.of(0, 1), padding, Uint8Array.of(0), info));
}

function power(base: bigint, exponent: bigint, modulus: bigint): bigint {
  let [result, square] = [1n, base % modulus];
  for (let left = exponent; left > 0n; left >>= 1n) {
    if ((left & 1n) === 1n) result = (result * square) % modulus;
    square = (square * square) % modulus;
  }
  return result;
}

export function verify(
  _algorithm: string | null,
  message: Uint8Array,
  key: BrowserKey | { readonly key: BrowserKey; readonly dsaEncoding?: string },
  signature: Uint8Array,
): boolean {
  try {
    return key instanceof BrowserKey
      ? key.verify(message, signature, 'der')
      : key.key.verify(message, signature, key.dsaEncoding ?? 'der');
  } catch {
    // A signature that is not even well formed is invalid like any other.
    return false;
  }
}

const never = (): never => {
  throw new Error('this page verifies; it has no private keys');
};
export const createPrivateKey: () => never = never;
export const generateKeyPairSync: () => never = never;
export const sign: () => never = never;
