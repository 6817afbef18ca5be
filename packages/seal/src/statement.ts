/**
 * in-toto Statement v1: what (subjects, by digest) is said (predicate) in which vocabulary (predicate type).
 * https://github.com/in-toto/attestation/blob/main/spec/v1/statement.md
 */
import {
  list,
  literal,
  object,
  ok,
  readShape,
  text,
  where,
  type Digest,
  type Result,
  type Shape,
} from '@countersign/core';
import { canonicalBytes } from './canonical.ts';
import { no, quote } from './hostile-text.ts';
import { readStrictJson, type JsonObject, type JsonValue } from './strict-json.ts';

export const INTOTO_TYPE = 'application/vnd.in-toto+json';
export const STATEMENT_TYPE = 'https://in-toto.io/Statement/v1';

export interface StatementSubject {
  readonly name: string;
  /** 64 lower-case hex digits, without prefix: the in-toto form. */
  readonly digest: { readonly sha256: string };
}
export interface Statement {
  readonly _type: typeof STATEMENT_TYPE;
  readonly subject: readonly StatementSubject[];
  readonly predicateType: string;
  readonly predicate: JsonObject;
}

const MAX_STATEMENT_BYTES = 3_145_728;

export const isJsonObject = (value: JsonValue): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A field that is read again by the owner of the predicate type. */
const anyObject: Shape<JsonObject> = {
  schema: { type: 'object' },
  read(value, at, complaints) {
    if (isUnknownObject(value)) return value;
    complaints.push({ at, problem: 'must be an object' });
    return undefined;
  },
};
// INVARIANT: only called on values that `readStrictJson` made.
const isUnknownObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const subjects = where(
  list(
    object<StatementSubject>({
      name: text({ min: 1, max: 500 }),
      digest: object<{ readonly sha256: string }>({ sha256: text({ min: 64, max: 64, pattern: /^[0-9a-f]{64}$/ }) }),
    }),
    { min: 1, max: 1000 },
  ),
  (items) =>
    new Set(items.map(({ name }) => name)).size === items.length ? undefined : 'must not name a subject twice',
);
const STATEMENT = object<Statement>({
  _type: literal(STATEMENT_TYPE),
  subject: subjects,
  predicateType: text({ min: 1, max: 200 }),
  predicate: anyObject,
});

export const subjectOf = (name: string, digest: Digest): StatementSubject => ({
  name,
  digest: { sha256: digest.slice('sha256:'.length) },
});

/** Canonical bytes of a statement, ready to be signed as `INTOTO_TYPE`. */
export function statementBytes(content: {
  readonly subject: readonly StatementSubject[];
  readonly predicateType: string;
  readonly predicate: object;
}): Uint8Array {
  const { subject, predicateType, predicate } = content;
  return canonicalBytes({ _type: STATEMENT_TYPE, subject, predicateType, predicate });
}

/** Reads the payload of a verified envelope; the predicate is left for the shape of its type. */
export function readStatement(payload: Uint8Array, predicateType: string): Result<Statement> {
  const json = readStrictJson(payload, { maxBytes: MAX_STATEMENT_BYTES });
  if (!json.ok) return json;
  const statement = readShape(STATEMENT, json.value);
  if (!statement.ok) return statement;
  const found = statement.value.predicateType;
  return found === predicateType
    ? ok(statement.value)
    : no('wrong-type', `the statement is of type ${quote(found)}, expected ${quote(predicateType)}`);
}
