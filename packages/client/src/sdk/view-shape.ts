/** Answers of a server are read leniently in one way only: fields we do not know are kept as they are; those we know must fit. */
import { object, type Shape } from '@countersign/core';

type Fields<T extends object> = Parameters<typeof object<T>>[0];

/** An object that has at least these fields. */
export function view<T extends object>(fields: Fields<T>): Shape<T> {
  const strict = object<T>(fields);
  const known = new Set(Object.keys(fields));
  return {
    schema: { ...strict.schema, additionalProperties: true },
    read(value, at, complaints) {
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        return strict.read(value, at, complaints);
      const given: Readonly<Record<string, unknown>> = { ...value };
      const picked = Object.entries(given).filter(([name, field]) => known.has(name) && field !== null);
      const read = strict.read(Object.fromEntries(picked), at, complaints);
      return read === undefined ? undefined : { ...given, ...read };
    },
  };
}

/** Anything JSON can hold; read again by whoever uses it. */
export const anything: Shape<unknown> = { schema: {}, read: (value) => (value === undefined ? null : value) };

/** Text of a server: hostile until it was escaped for where it is shown. */
export const anyText: Shape<string> = {
  schema: { type: 'string' },
  read(value, at, complaints) {
    if (typeof value === 'string') return value;
    complaints.push({ at, problem: 'must be a string' });
    return undefined;
  },
};

export const anyNumber: Shape<number> = {
  schema: { type: 'number' },
  read(value, at, complaints) {
    if (typeof value === 'number' && Number.isFinite(value)) return value;
    complaints.push({ at, problem: 'must be a number' });
    return undefined;
  },
};
