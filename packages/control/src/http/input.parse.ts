/** Reads the input of a request: strict JSON, then shapes; every complaint of body and query at once, nothing stored on the way. */
import { readShape, refuse, text, where, type Complaint, type Result, type Shape } from '@countersign/core';
import { readForm } from './form.parse.ts';
import { readStrictJson, type JsonLimits, type JsonValue } from '@countersign/seal';

interface Readable<Body, Query> {
  readonly body?: Shape<Body>;
  readonly query?: Shape<Query>;
  readonly limits?: Omit<JsonLimits, 'maxBytes'>;
  readonly bodyLimit?: number;
  readonly isForm?: boolean;
}
interface Received {
  readonly bytes: Uint8Array;
  readonly query: Readonly<Record<string, unknown>>;
}
interface Input<Body, Query> {
  readonly body: Body;
  readonly query: Query;
}

const pointerPart = (name: string): string => name.replaceAll('~', '~0').replaceAll('/', '~1');
const nothing: Shape<undefined> = {
  schema: { type: 'object', maxProperties: 0 },
  read(value, at, complaints) {
    if (typeof value !== 'object' || value === null || Array.isArray(value))
      complaints.push({ at, problem: 'must be empty' });
    else
      for (const name of Object.keys(value))
        complaints.push({ at: `${at}/${pointerPart(name)}`, problem: 'is not a known field' });
    return undefined;
  },
};

/** Any JSON document; for bodies that another reader takes apart. */
export const anyJson: Shape<JsonValue> = {
  schema: {},
  read: (value) => value as JsonValue,
};

/** An integer in a query. */
export function wholeText(options: { readonly min: number; readonly max: number }): Shape<number> {
  const { min, max } = options;
  return {
    schema: { type: 'integer', minimum: min, maximum: max },
    read(value, at, complaints) {
      const number = typeof value === 'string' && /^\d{1,16}$/.test(value) ? Number(value) : Number.NaN;
      if (number >= min && number <= max) return number;
      complaints.push({ at, problem: `must be an integer from ${min} to ${max}` });
      return undefined;
    },
  };
}

/** A word of a query without control characters. */
export const wordText = (max: number): Shape<string> =>
  where(text({ min: 1, max }), (word) => (/^[ -~]*$/.test(word) ? undefined : 'must be printable ASCII'));

export function readInput<Body, Query>(rule: Readable<Body, Query>, received: Received): Result<Input<Body, Query>> {
  const complaints: Complaint[] = [];
  const query = readPart(rule.query, received.query, '?', complaints);
  const body = readBody(rule, received.bytes);
  if (!body.ok) complaints.push(...(body.refusal.complaints ?? [{ at: '', problem: body.refusal.detail }]));
  if (body.ok && complaints.length === 0)
    // INVARIANT: an absent shape leaves its type parameter at `undefined`, which is what it read.
    return { ok: true, value: { body: body.value as Body, query: query as Query } };
  const detail = `${complaints.length} thing${complaints.length === 1 ? ' is' : 's are'} wrong with the request`;
  return refuse('malformed', detail, { complaints });
}

function readPart(shape: Shape<unknown> | undefined, value: unknown, at: string, complaints: Complaint[]): unknown {
  const found: Complaint[] = [];
  const read = (shape ?? nothing).read(value, '', found);
  complaints.push(...found.map((complaint) => ({ ...complaint, at: at + complaint.at })));
  return read;
}

function readBody<Body>(rule: Readable<Body, unknown>, bytes: Uint8Array): Result<Body | undefined> {
  if (bytes.length === 0)
    return rule.body === undefined
      ? { ok: true, value: undefined }
      : refuse('malformed', 'the body is missing', { complaints: [{ at: '', problem: 'is missing' }] });
  const document =
    rule.isForm === true ? readForm(bytes) : readStrictJson(bytes, { ...rule.limits, maxBytes: bytes.length });
  if (!document.ok) return document;
  if (rule.body !== undefined) return readShape(rule.body, document.value);
  const complaints: Complaint[] = [];
  nothing.read(document.value, '', complaints);
  return complaints.length === 0
    ? { ok: true, value: undefined }
    : refuse('malformed', 'the body must be empty', { complaints });
}
