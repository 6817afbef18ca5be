/**
 * Proof that the caller holds the private key a token is bound to (DPoP, RFC 9449): made for one method, one address, one token
 * and one moment. The key it carries is believed only as far as its thumbprint is the one in the token.
 */
import { createHash, createHmac, createPublicKey, hkdfSync, timingSafeEqual } from 'node:crypto';
import { ok, refuse, type Refusal, type Result } from '@countersign/core';
import { decodePublicKey, type SignerKey } from '@countersign/seal';
import { calculateJwkThumbprint } from 'jose';
import { CLOCK_SKEW_S, isSignedBy, readCompact, wrongTime, type CompactToken } from './compact-token.ts';

/** One of many is enough: a proof is made for each request. */
const MAX_AGE_S = 60;
const MAX_CHARACTERS = 2048;
const JTI = /^[!-~]{8,128}$/;
const FORM = {
  algorithms: ['ES256', 'EdDSA'],
  types: ['dpop+jwt'],
  headers: ['jwk'],
  maxCharacters: MAX_CHARACTERS,
} as const;

export interface ProofRule {
  readonly method: string;
  /** Scheme, host and path as the server is known to the world; without query. */
  readonly url: string;
  readonly nowMs: number;
  /** The token it goes with; absent where a token is asked for. */
  readonly accessToken?: string;
  /** Present where this server demands its own nonce. */
  readonly nonces?: Nonces | undefined;
}

export interface KeyProof {
  /** RFC 7638 thumbprint of the key. */
  readonly thumbprint: string;
  /** What must not come a second time. */
  readonly once: string;
  readonly untilMs: number;
}

/** `header` is the value of the header `DPoP`; several of them arrive joined and are refused. */
export async function checkKeyProof(header: string | undefined, rule: ProofRule): Promise<Result<KeyProof>> {
  if (header === undefined) return no('the request carries no header `DPoP`');
  const read = readCompact(header, FORM);
  if (!read.ok) return no(`the proof ${read.refusal}`);
  const proof = read.value;
  const wrong = wrongClaims(proof, rule);
  if (wrong !== undefined) return { ok: false, refusal: wrong };
  const key = publicJwk(proof.header['jwk']);
  if (key === undefined) return no('the proof carries no usable public key: P-256 or Ed25519');
  if (ALGORITHM_OF[key.crv] !== proof.header['alg']) return no('the proof names another algorithm than its key has');
  if (!(await isSignedBy(proof, createPublicKey({ key, format: 'jwk' }))))
    return no('the proof is not signed by its key');
  const thumbprint = await calculateJwkThumbprint(key);
  const jti = proof.claims.text('jti') ?? '';
  const issuedMs = (proof.claims.seconds('iat') ?? 0) * 1000;
  return ok({
    thumbprint,
    once: `dpop ${thumbprint} ${jti}`,
    untilMs: issuedMs + (MAX_AGE_S + 2 * CLOCK_SKEW_S) * 1000,
  });
}

const no = (detail: string): { readonly ok: false; readonly refusal: Refusal } =>
  refuse('bad-key-proof', detail, { clause: 'L8' });

function wrongClaims({ claims }: CompactToken, rule: ProofRule): Refusal | undefined {
  const wrong = wrongBinding({ claims }, rule) ?? wrongTime(claims, { ...rule, maxLifeS: MAX_AGE_S, needsEnd: false });
  if (wrong !== undefined) return no(`the proof ${wrong}`).refusal;
  const nonce = claims.text('nonce');
  if (rule.nonces === undefined || (nonce !== undefined && rule.nonces.accepts(nonce, rule.nowMs))) return undefined;
  return refuse('use-dpop-nonce', 'the proof holds no nonce of this server, or an old one', { clause: 'L8' }).refusal;
}

function wrongBinding({ claims }: Pick<CompactToken, 'claims'>, rule: ProofRule): string | undefined {
  if (claims.text('htm') !== rule.method) return 'is for another method';
  // RFC 9449 s4.3: the one spelling we publish; whoever normalises differently is refused rather than guessed at.
  if (claims.text('htu') !== rule.url) return `is not for \`${rule.url}\``;
  if (!JTI.test(claims.text('jti') ?? '')) return 'has no `jti` of 8 to 128 characters';
  if (rule.accessToken === undefined) return undefined;
  return claims.text('ath') === tokenDigest(rule.accessToken) ? undefined : 'is for another token';
}

/** `ath` of RFC 9449. */
const tokenDigest = (token: string): string => createHash('sha256').update(token).digest('base64url');

type PublicJwk =
  | { readonly kty: 'EC'; readonly crv: 'P-256'; readonly x: string; readonly y: string }
  | { readonly kty: 'OKP'; readonly crv: 'Ed25519'; readonly x: string };
const ALGORITHM_OF = { 'P-256': 'ES256', Ed25519: 'EdDSA' } as const;

/** Takes the public numbers and nothing else; a key with a private part is no key to show to others. */
function publicJwk(value: unknown): PublicJwk | undefined {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const { kty, crv, x, y, ...more }: Readonly<Record<string, unknown>> = Object.fromEntries(Object.entries(value));
  const isPlain = Object.keys(more).every((name) => ['kid', 'use', 'alg', 'key_ops'].includes(name));
  if (!isPlain || typeof x !== 'string') return undefined;
  if (kty === 'EC' && crv === 'P-256' && typeof y === 'string') return usable({ kty, crv, x, y });
  return kty === 'OKP' && crv === 'Ed25519' && y === undefined ? usable({ kty, crv, x }) : undefined;
}

/** On the curve, not of small order, and in its one spelling. */
function usable(jwk: PublicJwk): PublicJwk | undefined {
  try {
    const key = createPublicKey({ key: jwk, format: 'jwk' });
    const isGood = decodePublicKey(key.export({ format: 'der', type: 'spki' }).toString('base64')).ok;
    const again = key.export({ format: 'jwk' });
    return isGood && again.x === jwk.x && (jwk.kty === 'OKP' || again.y === jwk.y) ? jwk : undefined;
  } catch {
    // OpenSSL refuses points that are not on the curve.
    return undefined;
  }
}

const NONCE_MS = 120_000;
const NONCE = /^(\d{1,12})\.([A-Za-z0-9_-]{43})$/;

/** Nonces any process of this server recognises without storing them: a number of two minutes, and a seal over it. */
export class Nonces {
  readonly #secret: Uint8Array;

  constructor(tokenKey: SignerKey) {
    this.#secret = new Uint8Array(hkdfSync('sha256', tokenKey.pem(), '', 'countersign dpop nonce', 32));
  }

  current(nowMs: number): string {
    return this.#sealed(Math.floor(nowMs / NONCE_MS));
  }

  /** Those of this and the last two minutes. */
  accepts(nonce: string, nowMs: number): boolean {
    const window = Number(NONCE.exec(nonce)?.[1] ?? Number.NaN);
    const age = Math.floor(nowMs / NONCE_MS) - window;
    if (age !== 0 && age !== 1) return false;
    const expected = Buffer.from(this.#sealed(window));
    const given = Buffer.from(nonce);
    return given.length === expected.length && timingSafeEqual(given, expected);
  }

  #sealed(window: number): string {
    return `${window}.${createHmac('sha256', this.#secret).update(String(window)).digest('base64url')}`;
  }
}
