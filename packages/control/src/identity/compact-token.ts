/**
 * Reads a signed token (JWT, RFC 7519) the way every hostile document is read here: size first, one spelling of base64url, strict
 * JSON without repeated names, and a header that can name no key and no address. Only then does the library see it.
 */
import { ok, type Result } from '@countersign/core';
import { escapeHostile, readStrictJson, type JsonValue } from '@countersign/seal';
import { compactVerify, type CryptoKey, type JWK, type KeyObject } from 'jose';

export interface CompactToken {
  readonly text: string;
  readonly header: Readonly<Record<string, JsonValue>>;
  readonly claims: Claims;
}

/** What is accepted of one kind of token. */
export interface TokenForm {
  readonly algorithms: readonly string[];
  /** Values of `typ`, compared exactly; undefined stands for a header without it. */
  readonly types: readonly (string | undefined)[];
  /** Header names beyond `alg`, `typ` and `kid`; they are carried and never believed. */
  readonly headers?: readonly string[];
  readonly maxCharacters?: number;
}

const MAX_CHARACTERS = 8192;
const MAX_DEPTH = 8;
const MAX_SHOWN = 60;
const MAX_KID = 200;
const PART = /^[A-Za-z0-9_-]+$/;

/** The reason is one half sentence about the token. */
export function readCompact(text: string, form: TokenForm): Result<CompactToken, string> {
  const limit = form.maxCharacters ?? MAX_CHARACTERS;
  if (text.length > limit) return not(`has more than ${limit} characters`);
  const parts = text.split('.');
  const [header = '', claims = '', signature = ''] = parts;
  if (parts.length !== 3) return not('is not three parts of base64url');
  if (signature === '') return not('has no signature');
  const read = { header: readPart(header), claims: readPart(claims) };
  if (!isOneSpelling(signature)) return not('has a signature that is not base64url in its one form');
  if (!read.header.ok) return not(`has a header that ${read.header.refusal}`);
  if (!read.claims.ok) return not(`has claims that ${read.claims.refusal}`);
  const wrong = wrongHeader(read.header.value, form);
  if (wrong !== undefined) return not(wrong);
  return ok({ text, header: read.header.value, claims: new Claims(read.claims.value) });
}

/** Checks the signature with a key that somebody trusted named beforehand. */
export async function isSignedBy(token: CompactToken, key: CryptoKey | KeyObject | JWK): Promise<boolean> {
  const { alg } = token.header;
  if (typeof alg !== 'string') return false;
  try {
    await compactVerify(token.text, key, { algorithms: [alg] });
    return true;
  } catch {
    // Of another kind, or not by this key: not signed by it either way.
    return false;
  }
}

const not = (reason: string): { readonly ok: false; readonly refusal: string } => ({ ok: false, refusal: reason });
const shown = (value: unknown): string => `\`${escapeHostile(String(value), MAX_SHOWN)}\``;

function isOneSpelling(part: string): boolean {
  return PART.test(part) && Buffer.from(part, 'base64url').toString('base64url') === part;
}

function readPart(part: string): Result<Readonly<Record<string, JsonValue>>, string> {
  if (!isOneSpelling(part)) return not('is not base64url in its one form');
  const bytes = Buffer.from(part, 'base64url');
  const document = readStrictJson(bytes, { maxBytes: bytes.length, maxDepth: MAX_DEPTH });
  if (!document.ok) return not(`is not strict JSON: ${document.refusal.detail}`);
  const { value } = document;
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return not('is not an object');
  return ok(Object.fromEntries(Object.entries(value)));
}

/** A header that names its own key, certificate or address is refused, whether or not it would be used. */
function wrongHeader(header: Readonly<Record<string, JsonValue>>, form: TokenForm): string | undefined {
  const allowed = new Set(['alg', 'typ', 'kid', ...(form.headers ?? [])]);
  const surplus = Object.keys(header).find((name) => !allowed.has(name));
  if (surplus !== undefined) return `has a header with ${shown(surplus)}`;
  const { alg, typ, kid } = header;
  if (typeof alg !== 'string' || !form.algorithms.includes(alg)) return `names the algorithm ${shown(alg)}`;
  if (!form.types.some((type) => type === typ)) return `is of type ${shown(typ ?? 'none')}`;
  if (kid !== undefined && (typeof kid !== 'string' || kid.length > MAX_KID))
    return 'has a `kid` that is no short text';
  return undefined;
}

/** Claims are read one by one; what is not asked for means nothing. */
export class Claims {
  readonly #fields: Readonly<Record<string, JsonValue>>;

  constructor(fields: Readonly<Record<string, JsonValue>>) {
    this.#fields = fields;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#fields, name);
  }

  text(name: string, maxCharacters: number = 400): string | undefined {
    const value = this.has(name) ? this.#fields[name] : undefined;
    return typeof value === 'string' && value.length > 0 && value.length <= maxCharacters ? value : undefined;
  }

  /** Seconds since 1970, whole and not negative. */
  seconds(name: string): number | undefined {
    const value = this.has(name) ? this.#fields[name] : undefined;
    return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0 ? value : undefined;
  }

  /** One text, or a list of texts. */
  texts(name: string): readonly string[] {
    const value = this.has(name) ? this.#fields[name] : undefined;
    if (typeof value === 'string') return [value];
    return Array.isArray(value) ? value.filter((one) => typeof one === 'string') : [];
  }

  /** A text inside an object, e.g. `cnf.jkt`. */
  inside(name: string, field: string): string | undefined {
    const value = this.has(name) ? this.#fields[name] : undefined;
    if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
    const found = Object.entries(value).find(([key]) => key === field)?.[1];
    return typeof found === 'string' ? found : undefined;
  }
}

/** Clocks of honest parties differ by so much. */
export const CLOCK_SKEW_S = 5;

export interface TimeRule {
  readonly nowMs: number;
  /** Most seconds between issue and end; or between issue and now where nothing ends. */
  readonly maxLifeS: number;
  readonly needsEnd: boolean;
}

/** Why the times of a token do not allow it now; undefined when they do. A time that is missing or odd allows nothing. */
export function wrongTime(claims: Claims, { nowMs, maxLifeS, needsEnd }: TimeRule): string | undefined {
  const now = Math.floor(nowMs / 1000);
  const issued = claims.seconds('iat');
  const end = claims.seconds('exp');
  if (issued === undefined) return 'has no `iat`';
  if (issued > now + CLOCK_SKEW_S) return 'was issued in the future';
  if (claims.has('nbf') && (claims.seconds('nbf') ?? Infinity) > now + CLOCK_SKEW_S) return 'is not valid yet';
  if (end === undefined) {
    if (needsEnd || claims.has('exp')) return 'has no usable `exp`';
    return now > issued + maxLifeS ? `is older than ${maxLifeS} seconds` : undefined;
  }
  if (end <= issued || end - issued > maxLifeS) return `lives longer than ${maxLifeS} seconds, or not at all`;
  return end <= now ? 'is expired' : undefined;
}
