/** Telemetry is read leniently in one way only: fields we do not know are ignored; those we know keep their strict shape. */
import { object, type Shape } from '../shared/shape.ts';

type Fields<T extends object> = Parameters<typeof object<T>>[0];

export function looseObject<T extends object>(fields: Fields<T>): Shape<T> {
  const strict = object<T>(fields);
  const known = Object.keys(fields);
  return {
    schema: { ...strict.schema, additionalProperties: true },
    read(value, at, complaints) {
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        return strict.read(value, at, complaints);
      const entries = Object.entries(value).filter(([name]) => known.includes(name));
      return strict.read(Object.fromEntries(entries), at, complaints);
    },
  };
}
