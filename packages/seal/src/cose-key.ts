/**
 * COSE public keys of passkeys (RFC 9053): ES256, EdDSA and RS256, the algorithms authenticators of people have. WebAuthn 6.5.1.1: exactly
 * the labels of its kind, in canonical CBOR, so that no other reader sees another key in the same bytes.
 */
import { createPublicKey, verify, type KeyObject } from 'node:crypto';
import { decode, encode } from 'cborg';
import { ok, type Result } from '@countersign/core';
import { encodeBase64Url, encodeHex } from './base64.ts';
import { sha256 } from './digest.ts';
import { no } from './hostile-text.ts';
import { publicKeyFromPoint, type PublicKey } from './keys.ts';
import { sameBytes } from './merkle.ts';

export interface CoseKey {
  readonly algorithm: 'ES256' | 'EdDSA' | 'RS256';
  /** SHA-256 of the SPKI DER, hex: the same key in another encoding has the same id. */
  readonly keyid: string;
  readonly verify: (message: Uint8Array, signature: Uint8Array) => boolean;
}

const MAX_COSE_BYTES = 1024;
const MIN_RSA_BITS = 2048;
const MAX_RSA_BITS = 4096;
/** Labels and values of RFC 9053. */
const KTY = 1;
const ALG = 3;
const CRV_OR_N = -1;
const X_OR_E = -2;
const Y = -3;
const ALLOWED_LABELS: ReadonlySet<unknown> = new Set([KTY, ALG, CRV_OR_N, X_OR_E, Y]);

/** One CBOR item in strict form, nothing after it; undefined for anything else. */
export function readCbor(bytes: Uint8Array): unknown {
  try {
    const value: unknown = decode(bytes, {
      useMaps: true,
      rejectDuplicateMapKeys: true,
      strict: true,
      allowIndefinite: false,
    });
    return value;
  } catch {
    return undefined;
  }
}

export function readCoseKey(bytes: Uint8Array): Result<CoseKey> {
  const map = bytes.length > MAX_COSE_BYTES ? undefined : readCbor(bytes);
  if (!isMap(map)) return no('malformed', 'the passkey is not a COSE key');
  if ([...map.keys()].some((label) => !ALLOWED_LABELS.has(label)))
    return no('malformed', 'the passkey has unknown COSE labels');
  if (!sameBytes(encode(map), bytes)) return no('malformed', 'the passkey is not in its one form');
  const [kty, alg, curve] = [KTY, ALG, CRV_OR_N].map((label) => map.get(label));
  const [x, y] = [bytesAt(map, X_OR_E), bytesAt(map, Y)];
  if (kty === 2 && alg === -7 && curve === 1 && x.length === 32 && y.length === 32)
    return fromPublicKey(publicKeyFromPoint('p256', Buffer.concat([Uint8Array.of(4), x, y])));
  if (kty === 1 && alg === -8 && curve === 6 && !map.has(Y)) return fromPublicKey(publicKeyFromPoint('ed25519', x));
  if (kty === 3 && alg === -257 && !map.has(Y)) return rsaKey(bytesAt(map, CRV_OR_N), x);
  return no('bad-key', 'the passkey is neither ES256, EdDSA nor RS256');
}

const isMap = (value: unknown): value is ReadonlyMap<unknown, unknown> => value instanceof Map;

function bytesAt(map: ReadonlyMap<unknown, unknown>, label: number): Uint8Array {
  const value = map.get(label);
  return value instanceof Uint8Array ? value : new Uint8Array();
}

function fromPublicKey(key: Result<PublicKey>): Result<CoseKey> {
  if (!key.ok) return key;
  const { keyid, kind } = key.value;
  const algorithm = kind === 'p256' ? 'ES256' : 'EdDSA';
  return ok({ algorithm, keyid, verify: (message, signature) => key.value.verify(message, signature) });
}

function rsaKey(n: Uint8Array, e: Uint8Array): Result<CoseKey> {
  const key = importRsa(n, e);
  const bits = key?.asymmetricKeyDetails?.modulusLength ?? 0;
  const exponent = key?.asymmetricKeyDetails?.publicExponent ?? 0n;
  if (key === undefined || bits < MIN_RSA_BITS || bits > MAX_RSA_BITS || exponent !== 65_537n)
    return no('bad-key', 'the RSA passkey is weak or not valid');
  const keyid = encodeHex(sha256(key.export({ format: 'der', type: 'spki' })));
  return ok({ algorithm: 'RS256', keyid, verify: (message, signature) => verify('sha256', message, key, signature) });
}

function importRsa(n: Uint8Array, e: Uint8Array): KeyObject | undefined {
  try {
    return createPublicKey({ format: 'jwk', key: { kty: 'RSA', n: encodeBase64Url(n), e: encodeBase64Url(e) } });
  } catch {
    return undefined;
  }
}
