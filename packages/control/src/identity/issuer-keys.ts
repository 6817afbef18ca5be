/** Public keys of an outside issuer: pinned in the configuration, or read from the one address the configuration names. */
import { readFileSync } from 'node:fs';
import { ok, refuse, type Result } from '@countersign/core';
import { escapeHostile, readStrictJson, type JsonValue } from '@countersign/seal';
import { importJWK, type CryptoKey, type JWK } from 'jose';
import { guardedFetch, type FetchGuard } from './guarded-fetch.ts';

/** Signatures only, and none that a public key could make (RFC 8725 s3.1). */
export const OUTSIDE_ALGORITHMS = ['RS256', 'PS256', 'ES256', 'ES384', 'EdDSA'] as const;
export type OutsideAlgorithm = (typeof OUTSIDE_ALGORITHMS)[number];

export type KeySource =
  | { readonly kind: 'file'; readonly file: string }
  | { readonly kind: 'url'; readonly url: string; readonly guard: FetchGuard };

interface IssuerKey {
  readonly kid: string | undefined;
  readonly algorithm: OutsideAlgorithm;
  readonly key: CryptoKey;
}

const FRESH_MS = 600_000;
/** An issuer that rotated is asked again, though not for every made-up key id. */
const LEAST_MS = 60_000;
const MAX_KEYS = 32;
const MAX_BYTES = 131_072;
const MIN_RSA_BITS = 2048;

export class IssuerKeys {
  readonly #source: KeySource;
  #keys: readonly IssuerKey[] = [];
  #readAtMs = -Infinity;
  #reading: Promise<Result<true>> | undefined;

  constructor(source: KeySource) {
    this.#source = source;
  }

  /** Keys that may have signed with this algorithm; with a `kid` only those of that name. */
  async candidates(algorithm: string, kid: string | undefined, nowMs: number): Promise<Result<readonly CryptoKey[]>> {
    const isOld = nowMs - this.#readAtMs > FRESH_MS;
    const isUnknown = this.#matching(algorithm, kid).length === 0 && nowMs - this.#readAtMs > LEAST_MS;
    if (isOld || isUnknown) {
      this.#reading ??= this.#read(nowMs).finally(() => (this.#reading = undefined));
      const read = await this.#reading;
      if (!read.ok) return read;
    }
    return ok(this.#matching(algorithm, kid));
  }

  #matching(algorithm: string, kid: string | undefined): readonly CryptoKey[] {
    return this.#keys
      .filter((one) => one.algorithm === algorithm && (kid === undefined || one.kid === undefined || one.kid === kid))
      .map(({ key }) => key);
  }

  async #read(nowMs: number): Promise<Result<true>> {
    try {
      const bytes = await bytesOf(this.#source);
      const document = readStrictJson(bytes, { maxBytes: MAX_BYTES, maxDepth: 6 });
      if (!document.ok) return unusable(document.refusal.detail);
      const found = await Promise.all(jwksIn(document.value).slice(0, MAX_KEYS).map(importKey));
      this.#keys = found.flat();
      this.#readAtMs = nowMs;
      return this.#keys.length === 0 ? unusable('it names no usable signing key') : ok(true);
    } catch (error) {
      return unusable(error instanceof Error ? escapeHostile(error.message, 200) : 'it cannot be read');
    }
  }
}

const unusable = (why: string): ReturnType<typeof refuse> =>
  refuse('issuer-unreachable', `the keys of the issuer cannot be read: ${why}`);

async function bytesOf(source: KeySource): Promise<Uint8Array> {
  if (source.kind === 'file') return readFileSync(source.file);
  const answer = await guardedFetch(source.url, source.guard);
  if (answer.status !== 200) throw new Error(`it answered ${answer.status}`);
  return new Uint8Array(await answer.arrayBuffer());
}

function jwksIn(document: JsonValue): readonly JsonValue[] {
  if (typeof document !== 'object' || document === null || Array.isArray(document)) return [];
  const keys: JsonValue | undefined = Object.entries(document).find(([name]) => name === 'keys')?.[1];
  return Array.isArray(keys) ? keys.map((key: JsonValue) => key) : [];
}

/** A key set may hold keys we do not want; only those are left out, but a private or shared key spoils nothing by being there. */
async function importKey(value: JsonValue): Promise<readonly IssuerKey[]> {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [];
  const fields: Readonly<Record<string, JsonValue | undefined>> = Object.fromEntries(Object.entries(value));
  const word = (name: string): string | undefined => {
    const found = Object.hasOwn(fields, name) ? fields[name] : undefined;
    return typeof found === 'string' ? found : undefined;
  };
  if (word('d') !== undefined || word('k') !== undefined || (word('use') ?? 'sig') !== 'sig') return [];
  const found: IssuerKey[] = [];
  for (const algorithm of algorithmsOf(word('kty'), word('crv'))) {
    if ((word('alg') ?? algorithm) !== algorithm) continue;
    const key = await importPublic(
      { kty: word('kty'), crv: word('crv'), x: word('x'), y: word('y'), n: word('n'), e: word('e') },
      algorithm,
    );
    if (key !== undefined) found.push({ kid: word('kid'), algorithm, key });
  }
  return found;
}

function algorithmsOf(kty: string | undefined, crv: string | undefined): readonly OutsideAlgorithm[] {
  if (kty === 'RSA') return ['RS256', 'PS256'];
  if (kty === 'EC' && crv === 'P-256') return ['ES256'];
  if (kty === 'EC' && crv === 'P-384') return ['ES384'];
  return kty === 'OKP' && crv === 'Ed25519' ? ['EdDSA'] : [];
}

async function importPublic(
  fields: Readonly<Record<string, string | undefined>>,
  algorithm: OutsideAlgorithm,
): Promise<CryptoKey | undefined> {
  const jwk: JWK = Object.fromEntries(Object.entries(fields).filter(([, value]) => value !== undefined));
  try {
    const key = await importJWK(jwk, algorithm);
    if (key instanceof Uint8Array || key.type !== 'public') return undefined;
    const bits = 'modulusLength' in key.algorithm ? Number(key.algorithm.modulusLength) : MIN_RSA_BITS;
    return bits >= MIN_RSA_BITS ? key : undefined;
  } catch {
    // Not a point of the curve, or too short: a key nobody can have signed with.
    return undefined;
  }
}
