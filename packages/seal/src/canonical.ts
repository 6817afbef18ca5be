/**
 * The one encoder for bytes that are hashed or signed: RFC 8785 (JCS), restricted to what every language agrees on:
 * strings, booleans, null, integers within 2^53-1, plain lists and objects. Used at creation only; on the way back the
 * bytes as received count, nothing is ever re-encoded to be verified (I8).
 */
import canonicalize from 'canonicalize';
import { ok, refuse, type Result } from '@countersign/core';
import { escapeHostile } from './hostile-text.ts';
import { pointerStep } from './strict-json.ts';

const MAX_DEPTH = 64;

/** Canonical bytes of a document this program made; throws when the document has no canonical form, which is a defect. */
export function canonicalBytes(value: unknown): Uint8Array {
  const bytes = readCanonicalBytes(value);
  if (bytes.ok) return bytes.value;
  throw new TypeError(bytes.refusal.detail);
}

/** The same for a value from outside: refuses instead of throwing. */
export function readCanonicalBytes(value: unknown): Result<Uint8Array> {
  const problem = problemIn(value, () => '', 0);
  if (problem !== undefined) return refuse('malformed', problem);
  const text = canonicalize(value);
  return text === undefined ? refuse('malformed', 'the document is empty') : ok(encoded(text));
}

/** Out of Node's pool, which an encoder of texts does not use: a buffer of its own costs three times as much. */
function encoded(text: string): Uint8Array {
  const { buffer, byteOffset, length } = Buffer.from(text, 'utf8');
  return new Uint8Array(buffer, byteOffset, length);
}

/** `at` says where the value stands; it is asked only when there is something to say. */
function problemIn(value: unknown, at: () => string, depth: number): string | undefined {
  const where = (): string => `at \`${escapeHostile(at(), 200)}\``;
  if (value === null || typeof value === 'boolean') return undefined;
  if (typeof value === 'string') return value.isWellFormed() ? undefined : `a lone surrogate ${where()}`;
  if (typeof value === 'number')
    return Number.isSafeInteger(value) ? undefined : `a number that is not a safe integer ${where()}`;
  if (typeof value !== 'object') return `a value of type ${typeof value} ${where()}`;
  // The depth also ends a cycle.
  if (depth >= MAX_DEPTH) return `more than ${MAX_DEPTH} levels ${where()}`;
  if (Array.isArray(value))
    return problemInMembers(
      Array.from<unknown, [string, unknown]>(value, (item, i) => [String(i), item]),
      at,
      depth,
    );
  if (!isPlain(value)) return `an object that is not plain ${where()}`;
  return problemInMembers(Object.entries(value), at, depth);
}

function problemInMembers(
  members: readonly (readonly [string, unknown])[],
  at: () => string,
  depth: number,
): string | undefined {
  for (const [key, item] of members) {
    if (!key.isWellFormed()) return `a lone surrogate in a key at \`${escapeHostile(at(), 200)}\``;
    const problem = problemIn(item, () => at() + pointerStep(key), depth + 1);
    if (problem !== undefined) return problem;
  }
  return undefined;
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === null || prototype === Object.prototype) && Object.getOwnPropertySymbols(value).length === 0;
}
