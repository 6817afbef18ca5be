/**
 * The one reader for JSON from outside. `JSON.parse` takes the last of duplicate keys, lone surrogates and any depth;
 * two readers that disagree about a document must not exist at a trust boundary (C2, A2).
 * Linear in the input; the depth is checked before each step down, so deep input cannot exhaust the stack.
 */
import { ok, type Result } from '@countersign/core';
import { escapeHostile, invisibleAt, quote } from './hostile-text.ts';

export type JsonValue = null | boolean | number | string | readonly JsonValue[] | JsonObject;
export interface JsonObject {
  readonly [key: string]: JsonValue;
}
export interface JsonLimits {
  /** Default 1 MiB. */
  readonly maxBytes?: number;
  /** Nested lists and objects, default and most 64. */
  readonly maxDepth?: number;
  /** Telemetry only: fractions and exponents. Signed documents hold integers. */
  readonly allowFloats?: boolean;
  /** Telemetry only: invisible and bidirectional characters. */
  readonly allowInvisible?: boolean;
}

const MAX_DEPTH = 64;
const DEFAULT_MAX_BYTES = 1_048_576;
const MAX_POINTER = 300;
const FORBIDDEN_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
const INTEGER = /^-?\d+$/;
const HEX4 = /^[0-9a-fA-F]{4}$/;
const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const LOWER_U = 0x75;
const OPEN_LIST = 0x5b;
const OPEN_OBJECT = 0x7b;
const LAST_PLAIN = 0x7e;
const LITERALS = [
  ['true', true],
  ['false', false],
  ['null', null],
] as const;
// Strict UTF-8 that keeps a byte order mark visible. Without `stream` a decoder keeps nothing from one call to the next.
const UTF8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true });

/** Reads hostile bytes as one JSON document; refuses with `malformed`, the place and a JSON pointer. */
export function readStrictJson(bytes: Uint8Array, limits: JsonLimits = {}): Result<JsonValue> {
  const maxBytes = limits.maxBytes ?? DEFAULT_MAX_BYTES;
  if (bytes.length > maxBytes) return malformed(`the document has ${bytes.length} bytes, more than ${maxBytes}`, '');
  const text = decodeUtf8(bytes);
  if (text === undefined) return malformed(`the document is not UTF-8 at byte ${utf8End(bytes)}`, '');
  if (text.startsWith('\u{feff}')) return malformed('a byte order mark at character 0 is not allowed', '');
  return new Reader(text, limits).document();
}

const malformed = (problem: string, at: string): Result<never> => ({
  ok: false,
  refusal: { code: 'malformed', detail: problem, complaints: [{ at: escapeHostile(at, MAX_POINTER), problem }] },
});

/** Strict UTF-8 that keeps a byte order mark visible; undefined when the bytes are not UTF-8. */
export function decodeUtf8(bytes: Uint8Array): string | undefined {
  try {
    return UTF8.decode(bytes);
  } catch {
    return undefined;
  }
}

/** Where the first byte is that no text goes on with; looked for only when it is known that there is one. */
function utf8End(bytes: Uint8Array): number {
  let [good, bad] = [0, bytes.length];
  while (good < bad) {
    const middle = Math.ceil((good + bad) / 2);
    if (isBeginning(bytes.subarray(0, middle))) good = middle;
    else bad = middle - 1;
  }
  return good;
}

/** A character that is cut off at the end may still be one. */
function isBeginning(bytes: Uint8Array): boolean {
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: true });
    return true;
  } catch {
    return false;
  }
}

export const pointerStep = (key: string | number): string =>
  `/${String(key).replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** Recursive descent. A method returns undefined exactly when it recorded the problem; the first one ends the reading. */
class Reader {
  readonly #text: string;
  readonly #maxDepth: number;
  readonly #allowFloats: boolean;
  readonly #allowInvisible: boolean;
  readonly #path: (string | number)[] = [];
  #at = 0;
  /** Whether the string read last has escapes or anything but printable ASCII, and so has to be looked at again. */
  #isSpecial = false;
  #problem: string | undefined;

  constructor(text: string, { maxDepth = MAX_DEPTH, allowFloats = false, allowInvisible = false }: JsonLimits) {
    this.#text = text;
    this.#maxDepth = Math.min(maxDepth, MAX_DEPTH);
    this.#allowFloats = allowFloats;
    this.#allowInvisible = allowInvisible;
  }

  document(): Result<JsonValue> {
    const value = this.#value();
    this.#skipSpace();
    if (value !== undefined && this.#at === this.#text.length) return ok(value);
    this.#fail('text after the end of the document');
    return malformed(this.#problem ?? 'not a JSON document', this.#path.map(pointerStep).join(''));
  }

  #fail(problem: string): undefined {
    this.#problem ??= `${problem} at character ${this.#at}`;
    return undefined;
  }

  #skipSpace(): void {
    for (;;) {
      const code = this.#text.charCodeAt(this.#at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.#at += 1;
    }
  }

  /** Skips white space and takes `character` when it is next. */
  #take(character: string): boolean {
    this.#skipSpace();
    if (this.#text[this.#at] !== character) return false;
    this.#at += 1;
    return true;
  }

  #value(): JsonValue | undefined {
    this.#skipSpace();
    const code = this.#text.charCodeAt(this.#at);
    if (code === QUOTE) return this.#string();
    if (code === OPEN_OBJECT || code === OPEN_LIST) {
      if (this.#path.length >= this.#maxDepth) return this.#fail(`more than ${this.#maxDepth} levels`);
      return code === OPEN_OBJECT ? this.#object() : this.#list();
    }
    // The words begin with letters, numbers do not.
    if (code < 0x40) return this.#number();
    for (const [word, value] of LITERALS) {
      if (!this.#text.startsWith(word, this.#at)) continue;
      this.#at += word.length;
      return value;
    }
    return this.#number();
  }

  #list(): JsonValue | undefined {
    const items: JsonValue[] = [];
    this.#at += 1;
    if (this.#take(']')) return items;
    for (;;) {
      this.#path.push(items.length);
      const item = this.#value();
      if (item === undefined) return undefined;
      items.push(item);
      this.#path.pop();
      if (this.#take(']')) return items;
      if (!this.#take(',')) return this.#fail('`,` or `]` is missing');
    }
  }

  #object(): JsonValue | undefined {
    // No prototype: a field that is absent must not be found on Object.prototype.
    const fields: Record<string, JsonValue> = { __proto__: null };
    this.#at += 1;
    if (this.#take('}')) return fields;
    for (;;) {
      const key = this.#key(fields);
      if (key === undefined) return undefined;
      this.#path.push(key);
      const value = this.#value();
      if (value === undefined) return undefined;
      fields[key] = value;
      this.#path.pop();
      if (this.#take('}')) return fields;
      if (!this.#take(',')) return this.#fail('`,` or `}` is missing');
    }
  }

  /** One member name and its colon. */
  #key(fields: Readonly<Record<string, JsonValue>>): string | undefined {
    this.#skipSpace();
    if (this.#text.charCodeAt(this.#at) !== QUOTE) return this.#fail('a member name is missing');
    const key = this.#string();
    if (key === undefined) return undefined;
    if (Object.hasOwn(fields, key)) return this.#fail(`duplicate key ${quote(key)}`);
    if (FORBIDDEN_KEYS.has(key)) return this.#fail(`forbidden key ${quote(key)}`);
    return this.#take(':') ? key : this.#fail('`:` is missing');
  }

  #string(): string | undefined {
    const start = this.#at;
    const end = this.#endOfString();
    if (end === undefined) return undefined;
    if (!this.#isSpecial) {
      this.#at = end;
      return this.#text.slice(start + 1, end - 1);
    }
    const raw = this.#text.slice(start, end);
    // INVARIANT: every escape in `raw` was checked, so this cannot throw.
    const value: unknown = raw.includes('\\') ? JSON.parse(raw) : raw.slice(1, -1);
    if (typeof value !== 'string' || !value.isWellFormed()) return this.#fail('a lone surrogate in the string');
    const hidden = this.#allowInvisible ? -1 : invisibleAt(value);
    if (hidden >= 0) return this.#fail(`the invisible character ${quote(firstCharacter(value, hidden))} in the string`);
    this.#at = end;
    return value;
  }

  /** Index after the closing quote; notes on the way whether every character is plain. */
  #endOfString(): number | undefined {
    const text = this.#text;
    let at = this.#at + 1;
    this.#isSpecial = false;
    for (;;) {
      const code = text.charCodeAt(at);
      if (code === QUOTE) return at + 1;
      // NaN at the end of the text fails this comparison too.
      if (!(code >= 0x20)) return this.#fail('an unfinished string or a control character in the string');
      if (code === BACKSLASH || code > LAST_PLAIN) this.#isSpecial = true;
      if (code === BACKSLASH) {
        const length = this.#escapeLength(at);
        if (length === 0) return this.#fail('an unknown escape in the string');
        at += length;
      } else at += 1;
    }
  }

  #escapeLength(at: number): number {
    if (this.#text.charCodeAt(at + 1) === LOWER_U) return HEX4.test(this.#text.slice(at + 2, at + 6)) ? 6 : 0;
    return '"\\/bfnrt'.includes(this.#text[at + 1] ?? ' ') ? 2 : 0;
  }

  #number(): number | undefined {
    NUMBER.lastIndex = this.#at;
    const [raw] = NUMBER.exec(this.#text) ?? [];
    if (raw === undefined) return this.#fail('a value is missing');
    const value = Number(raw);
    if (INTEGER.test(raw)) {
      if (!Number.isSafeInteger(value)) return this.#fail('an integer outside -(2^53-1) to 2^53-1');
      if (Object.is(value, -0)) return this.#fail('a negative zero');
    } else {
      if (!this.#allowFloats) return this.#fail('a number that is not an integer');
      if (!Number.isFinite(value)) return this.#fail('a number that is too large');
    }
    this.#at += raw.length;
    return value;
  }
}

const firstCharacter = (text: string, at: number): string => String.fromCodePoint(text.codePointAt(at) ?? 0);
