/** Opaque cursors: the key of the last item of a page, so that a page costs the same wherever it starts. */
import {
  integer,
  list,
  object,
  optional,
  parseInstant,
  readShape,
  refuse,
  text,
  type Optional,
  type Result,
  type Shape,
} from '@countersign/core';
import { decodeBase64Url, encodeBase64Url, readStrictJson } from '@countersign/seal';
import { wholeText } from './input.parse.ts';

export interface Page<T> {
  readonly items: readonly T[];
  /** Absent on the last page. */
  readonly next?: string;
}
export interface PageQuery {
  readonly cursor?: string;
  readonly limit?: number;
}
/** Sort key of the last item, e.g. `[createdAt, id]`. */
type Key = readonly (string | number)[];

const MAX_PAGE = 200;
const DEFAULT_PAGE = 50;

/** Fields of a page for the shape of a query: `object<MyQuery>({ ...pageFields, state: … })`. */
export const pageFields: { readonly cursor: Optional<string>; readonly limit: Optional<number> } = {
  cursor: optional(text({ min: 1, max: 400, pattern: /^[A-Za-z0-9_-]+$/ })),
  limit: optional(wholeText({ min: 1, max: MAX_PAGE })),
};
export const pageQuery: Shape<PageQuery> = object<PageQuery>(pageFields);

const part: Shape<string | number> = {
  schema: { type: ['string', 'integer'] },
  read: (value, at, complaints) =>
    typeof value === 'string'
      ? text({ max: 200 }).read(value, at, complaints)
      : integer({ min: 0, max: Number.MAX_SAFE_INTEGER }).read(value, at, complaints),
};
const keyShape = list(part, { min: 1, max: 4 });

export const encodeCursor = (key: Key): string => encodeBase64Url(Buffer.from(JSON.stringify(key)));

/** The key in a cursor, undefined when there is no cursor; the types of its parts are checked against `form`. */
export function decodeCursor<const Form extends readonly ('string' | 'number')[]>(
  cursor: string | undefined,
  form: Form,
): Result<KeyOf<Form> | undefined> {
  if (cursor === undefined) return { ok: true, value: undefined };
  const document = readStrictJson(decodeBase64Url(cursor) ?? new Uint8Array());
  const key = document.ok ? readShape(keyShape, document.value) : document;
  const fits =
    key.ok && key.value.length === form.length && key.value.every((value, index) => typeof value === form[index]);
  // INVARIANT: length and type of every part were compared with `form`.
  if (fits) return { ok: true, value: key.value as unknown as KeyOf<Form> };
  return refuse('malformed', 'the cursor is not one of this list', {
    complaints: [{ at: '?/cursor', problem: 'is not a cursor' }],
  });
}
/** Cursors of lists by time: `[instant, id]`. A time that is none, and text no table can hold, is no cursor. */
export function decodeTimeCursor(
  cursor: string | undefined,
): Result<{ readonly at: Date; readonly id: string } | undefined> {
  const key = decodeCursor(cursor, ['string', 'string']);
  if (!key.ok || key.value === undefined) return key.ok ? { ok: true, value: undefined } : key;
  const [time, id] = key.value;
  const instant = parseInstant(time);
  if (instant !== undefined) return { ok: true, value: { at: new Date(instant), id } };
  return refuse('malformed', 'the cursor is not one of this list', {
    complaints: [{ at: '?/cursor', problem: 'is not a cursor' }],
  });
}
type KeyOf<Form extends readonly ('string' | 'number')[]> = {
  readonly [I in keyof Form]: Form[I] extends 'string' ? string : number;
};

export const limitOf = (query: PageQuery): number => query.limit ?? DEFAULT_PAGE;

/** Cuts a page from rows that were selected with `limit + 1`. */
export function pageOf<Row, T>(
  rows: readonly Row[],
  rule: { readonly limit: number; readonly key: (row: Row) => Key; readonly item: (row: Row) => T },
): Page<T> {
  const shown = rows.slice(0, rule.limit);
  const last = shown.at(-1);
  const items = shown.map(rule.item);
  return rows.length > rule.limit && last !== undefined ? { items, next: encodeCursor(rule.key(last)) } : { items };
}
