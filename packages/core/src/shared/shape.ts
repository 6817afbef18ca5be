/**
 * Structured input is read once, here, into a narrower type; every complaint is collected with its JSON pointer.
 * A shape also yields its JSON Schema, so the API description and the check cannot differ.
 * Objects refuse unknown fields; optional fields are absent, never null.
 */
import { parseDigest, parseId, parseInstant, type Digest, type Id, type Instant } from './brand.ts';
import type { Complaint, Result } from './result.ts';

/** Plain JSON Schema 2020-12 of a shape. */
export type JsonSchema = { readonly [key: string]: unknown };

export interface Shape<T> {
  /** Reads `value` found at `at`; adds to `complaints` and returns undefined when it does not fit. */
  readonly read: (value: unknown, at: string, complaints: Complaint[]) => T | undefined;
  readonly schema: JsonSchema;
}
export interface Optional<T> {
  readonly optional: Shape<T>;
}
export type Fields<T> = {
  readonly [K in keyof T]-?: undefined extends T[K] ? Optional<Exclude<T[K], undefined>> : Shape<T[K]>;
};

/** The step of a JSON pointer to a field; nearly no name needs escaping. */
const stepTo = (key: string): string =>
  key.includes('~') || key.includes('/') ? `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}` : `/${key}`;
const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isOptional = (field: Shape<unknown> | Optional<unknown>): field is Optional<unknown> => 'optional' in field;

function complain(complaints: Complaint[], at: string, problem: string): undefined {
  complaints.push({ at, problem });
  return undefined;
}

/** Reads a whole document; all complaints at once. */
export function readShape<T>(shape: Shape<T>, value: unknown): Result<T> {
  const complaints: Complaint[] = [];
  const read = shape.read(value, '', complaints);
  if (read !== undefined && complaints.length === 0) return { ok: true, value: read };
  const detail = `${complaints.length} thing${complaints.length === 1 ? ' is' : 's are'} wrong with the document`;
  return { ok: false, refusal: { code: 'malformed', detail, complaints } };
}

export function text(options: {
  readonly max: number;
  readonly min?: number;
  readonly pattern?: RegExp;
}): Shape<string> {
  const { max, min = 0, pattern } = options;
  return {
    schema: { type: 'string', minLength: min, maxLength: max, ...(pattern && { pattern: pattern.source }) },
    read(value, at, complaints) {
      if (typeof value !== 'string') return complain(complaints, at, 'must be a string');
      if (value.length < min || value.length > max)
        return complain(complaints, at, `must have ${min} to ${max} characters`);
      if (pattern !== undefined && !pattern.test(value))
        return complain(complaints, at, `must match ${pattern.source}`);
      return value;
    },
  };
}

export function integer(options: { readonly min: number; readonly max: number }): Shape<number> {
  const { min, max } = options;
  return {
    schema: { type: 'integer', minimum: min, maximum: max },
    read(value, at, complaints) {
      const fits = typeof value === 'number' && Number.isSafeInteger(value) && value >= min && value <= max;
      return fits ? value : complain(complaints, at, `must be an integer from ${min} to ${max}`);
    },
  };
}

export const boolean: Shape<boolean> = {
  schema: { type: 'boolean' },
  read: (value, at, complaints) =>
    typeof value === 'boolean' ? value : complain(complaints, at, 'must be true or false'),
};

export function oneOf<const T extends string>(...allowed: readonly T[]): Shape<T> {
  return {
    schema: { enum: allowed },
    read: (value, at, complaints) =>
      allowed.find((item) => item === value) ?? complain(complaints, at, `must be one of ${allowed.join(', ')}`),
  };
}

function parsed<T extends string>(
  parse: (text: string) => T | undefined,
  problem: string,
  schema: JsonSchema,
): Shape<T> {
  return {
    schema: { type: 'string', ...schema },
    read: (value, at, complaints) =>
      (typeof value === 'string' ? parse(value) : undefined) ?? complain(complaints, at, problem),
  };
}

/** An id; the brand follows from the place it is used in. */
export const id = <Name extends string>(): Shape<Id<Name>> =>
  parsed(parseId<Name>, 'must be an id: 1 to 64 characters A-Z a-z 0-9 . _ -', {
    pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$',
  });
export const digest: Shape<Digest> = parsed(parseDigest, 'must be sha256: and 64 lower-case hex digits', {
  pattern: '^sha256:[0-9a-f]{64}$',
});
export const instant: Shape<Instant> = parsed(parseInstant, 'must be a UTC time like 2026-11-21T02:14:00.000Z', {
  format: 'date-time',
});

export function list<T>(item: Shape<T>, options: { readonly max: number; readonly min?: number }): Shape<readonly T[]> {
  const { max, min = 0 } = options;
  return {
    schema: { type: 'array', items: item.schema, minItems: min, maxItems: max },
    read(value, at, complaints) {
      if (!Array.isArray(value)) return complain(complaints, at, 'must be a list');
      if (value.length < min || value.length > max) return complain(complaints, at, `must have ${min} to ${max} items`);
      const found: readonly unknown[] = value;
      const before = complaints.length;
      const items: T[] = [];
      for (const [index, entry] of found.entries()) {
        const read = item.read(entry, `${at}/${index}`, complaints);
        if (read !== undefined) items.push(read);
      }
      return complaints.length === before ? items : undefined;
    },
  };
}

/** A map with free keys; the keys are checked by `key`. */
export function map<T>(
  item: Shape<T>,
  options: { readonly max: number; readonly key?: RegExp },
): Shape<Readonly<Record<string, T>>> {
  const { max, key = /^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$/ } = options;
  return {
    schema: {
      type: 'object',
      additionalProperties: item.schema,
      maxProperties: max,
      propertyNames: { pattern: key.source },
    },
    read(value, at, complaints) {
      if (!isRecord(value)) return complain(complaints, at, 'must be an object');
      const entries = Object.entries(value);
      if (entries.length > max) return complain(complaints, at, `must have at most ${max} fields`);
      const before = complaints.length;
      const read: [string, T][] = [];
      for (const [name, entry] of entries) {
        const place = at + stepTo(name);
        if (!key.test(name)) complain(complaints, place, 'is not an allowed name');
        const one = item.read(entry, place, complaints);
        if (one !== undefined) read.push([name, one]);
      }
      return complaints.length === before ? Object.fromEntries(read) : undefined;
    },
  };
}

export const optional = <T>(shape: Shape<T>): Optional<T> => ({ optional: shape });

/** An object with exactly these fields. */
export function object<T extends object>(fields: Fields<T>): Shape<T> {
  const named = Object.entries<Shape<unknown> | Optional<unknown>>(fields);
  const shapes = named.map(([name, field]) => ({
    name,
    // Made once: a document has many more fields than complaints.
    step: stepTo(name),
    isRequired: !isOptional(field),
    shape: isOptional(field) ? field.optional : field,
  }));
  const known = new Set(shapes.map(({ name }) => name));
  return {
    schema: {
      type: 'object',
      properties: Object.fromEntries(shapes.map(({ name, shape }) => [name, shape.schema])),
      required: shapes.filter(({ isRequired }) => isRequired).map(({ name }) => name),
      additionalProperties: false,
    },
    read(value, at, complaints) {
      if (!isRecord(value)) return complain(complaints, at, 'must be an object');
      const before = complaints.length;
      for (const name of Object.keys(value))
        if (!known.has(name)) complain(complaints, at + stepTo(name), 'is not a known field');
      const read: Record<string, unknown> = {};
      for (const { name, step, isRequired, shape } of shapes) {
        if (!Object.hasOwn(value, name)) {
          if (isRequired) complain(complaints, at + step, 'is missing');
          continue;
        }
        const one = shape.read(value[name], at + step, complaints);
        if (one !== undefined) read[name] = one;
      }
      // INVARIANT: every field was read by its own shape and none is left over, so the whole has type T.
      return complaints.length === before ? (read as T) : undefined;
    },
  };
}

/** A tagged union: the field `tag` says which object it is. */
export function union<T extends object>(tag: string, cases: Readonly<Record<string, Shape<T>>>): Shape<T> {
  return {
    schema: { oneOf: Object.values(cases).map(({ schema }) => schema) },
    read(value, at, complaints) {
      const name = isRecord(value) ? value[tag] : undefined;
      const shape = typeof name === 'string' && Object.hasOwn(cases, name) ? cases[name] : undefined;
      if (shape !== undefined) return shape.read(value, at, complaints);
      return complain(complaints, `${at}/${tag}`, `must be one of ${Object.keys(cases).join(', ')}`);
    },
  };
}

/** Exactly this text; for tags of unions and document types. */
export const literal = <const T extends string>(value: T): Shape<T> => oneOf(value);

/** A shape with a further rule: `rule` returns the problem, or undefined when the value is fine. */
export function where<T>(shape: Shape<T>, rule: (value: T) => string | undefined): Shape<T> {
  return {
    schema: shape.schema,
    read(value, at, complaints) {
      const read = shape.read(value, at, complaints);
      const problem = read === undefined ? undefined : rule(read);
      return problem === undefined ? read : complain(complaints, at, problem);
    },
  };
}
