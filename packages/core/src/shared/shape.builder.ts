/** For tests of shapes: every way one field can be wrong, what a schema lets through, and values made from a schema. */
import fc from 'fast-check';
import { instantOf } from './brand.ts';
import { readShape, type JsonSchema, type Shape } from './shape.ts';

type Fields = Readonly<Record<string, unknown>>;
const isFields = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
const isList = (value: unknown): value is readonly unknown[] => Array.isArray(value);
const fieldsOr = (value: unknown): Fields => (isFields(value) ? value : {});
const listOr = (value: unknown): readonly unknown[] => (isList(value) ? value : []);
const escaped = (key: string): string => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`;

/** A document with one thing done to it, and the pointer of the place where it was done. */
interface Changed {
  readonly at: string;
  readonly value: unknown;
}

/** The document with `change` done to each object in it, one at a time. */
function atEachObject(value: unknown, change: (object: Fields) => readonly Changed[]): readonly Changed[] {
  const inner = isList(value)
    ? value.flatMap((item, index) =>
        atEachObject(item, change).map((one) => ({
          at: `/${index}${one.at}`,
          value: value.map((old, place) => (place === index ? one.value : old)),
        })),
      )
    : Object.entries(fieldsOr(value)).flatMap(([key, item]) =>
        atEachObject(item, change).map((one) => ({
          at: escaped(key) + one.at,
          value: { ...fieldsOr(value), [key]: one.value },
        })),
      );
  return isFields(value) ? [...change(value), ...inner] : inner;
}

const complaintsAt = (shape: Shape<unknown>, value: unknown): readonly string[] => {
  const read = readShape(shape, value);
  return read.ok ? [] : (read.refusal.complaints ?? []).map(({ at }) => at);
};

/** Values that are no field of any document: null, and a text that no id, digest, instant or listed word is. */
const WRONG: readonly unknown[] = [null, Number.NaN, [[]]];

/** Pointers of fields that could be given a wrong type without a complaint at just that place; nothing, if a shape is strict. */
export const acceptedWrong = (shape: Shape<unknown>, example: unknown): readonly string[] =>
  WRONG.flatMap((wrong) =>
    atEachObject(example, (object) =>
      Object.keys(object).map((key) => ({ at: escaped(key), value: { ...object, [key]: wrong } })),
    ),
  ).flatMap(({ at, value }) =>
    complaintsAt(shape, value).some((place) => place === at || place.startsWith(`${at}/`)) ? [] : [at],
  );

/** Pointers of fields that may be left out. */
export const leftOut = (shape: Shape<unknown>, example: unknown): readonly string[] =>
  atEachObject(example, (object) =>
    Object.keys(object).map((key) => ({
      at: escaped(key),
      value: Object.fromEntries(Object.entries(object).filter(([name]) => name !== key)),
    })),
  ).flatMap(({ at, value }) => (complaintsAt(shape, value).length === 0 ? [at] : []));

/** Names that an attacker adds; as JSON text brings them, so that `__proto__` is a field like any other. */
const ADDED = ['zz', '__proto__', 'constructor', 'toString'] as const;

/** Pointers of fields that could be added without a complaint at just that place. */
export const acceptedUnknown = (shape: Shape<unknown>, example: unknown): readonly string[] =>
  ADDED.flatMap((name) =>
    atEachObject(example, (object) => [
      { at: escaped(name), value: Object.fromEntries([...Object.entries(object), [name, { isAdmin: true }]]) },
    ]),
  ).flatMap(({ at, value }) => (complaintsAt(shape, value).some((place) => place === at) ? [] : [at]));

const DATE_TIME = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/;
const charactersOf = (text: string): number => Array.from(text).length;
const within = (count: number, least: unknown, most: unknown): boolean =>
  (typeof least !== 'number' || count >= least) && (typeof most !== 'number' || count <= most);

function acceptsText(schema: JsonSchema, value: unknown): boolean {
  const { minLength, maxLength, pattern, format } = schema;
  return (
    typeof value === 'string' &&
    within(charactersOf(value), minLength, maxLength) &&
    (typeof pattern !== 'string' || new RegExp(pattern, 'u').test(value)) &&
    (format !== 'date-time' || DATE_TIME.test(value))
  );
}

function acceptsFields(schema: JsonSchema, value: unknown): boolean {
  if (!isFields(value)) return false;
  const { properties, required, additionalProperties, maxProperties, propertyNames } = schema;
  const known = fieldsOr(properties);
  return (
    within(Object.keys(value).length, 0, maxProperties) &&
    listOr(required).every((name) => typeof name === 'string' && Object.hasOwn(value, name)) &&
    Object.entries(value).every(([name, item]) => {
      if (propertyNames !== undefined && !acceptsText(fieldsOr(propertyNames), name)) return false;
      if (Object.hasOwn(known, name)) return accepts(fieldsOr(known[name]), item);
      return isFields(additionalProperties) && accepts(additionalProperties, item);
    })
  );
}

/** JSON Schema 2020-12, as far as shapes use it, read by its own specification and by none of the code under test. */
export function accepts(schema: JsonSchema, value: unknown): boolean {
  const { oneOf: cases, enum: allowed, items } = schema;
  if (isList(cases)) return cases.filter((one) => accepts(fieldsOr(one), value)).length === 1;
  if (isList(allowed)) return allowed.includes(value);
  switch (schema['type']) {
    case 'string':
      return acceptsText(schema, value);
    case 'integer':
      return (
        typeof value === 'number' && Number.isInteger(value) && within(value, schema['minimum'], schema['maximum'])
      );
    case 'boolean':
      return typeof value === 'boolean';
    case 'array':
      return (
        isList(value) &&
        within(value.length, schema['minItems'], schema['maxItems']) &&
        value.every((item) => accepts(fieldsOr(items), item))
      );
    case 'object':
      return acceptsFields(schema, value);
    default:
      throw new Error(`no shape makes such a schema: ${JSON.stringify(schema)}`);
  }
}

const numberOr = (value: unknown, other: number): number => (typeof value === 'number' ? value : other);
const CLASS_ONLY = /^\^(\[[^\]]+\])\+\$$/;

function textFrom({ pattern, format, minLength, maxLength }: JsonSchema): fc.Arbitrary<string> {
  const least = numberOr(minLength, 0);
  const most = Math.min(numberOr(maxLength, 200), least + 12);
  if (format === 'date-time') return fc.integer({ min: 0, max: 4e12 }).map(instantOf);
  if (typeof pattern !== 'string') return fc.string({ unit: 'grapheme-ascii', minLength: least, maxLength: most });
  const [, only] = CLASS_ONLY.exec(pattern) ?? [];
  if (only !== undefined)
    return fc.string({ unit: fc.stringMatching(new RegExp(`^${only}$`)), minLength: least, maxLength: most });
  // The generator knows no look-ahead: without it, it makes more, and what the pattern refuses is thrown away.
  const source = pattern.replaceAll(/\(\?![^()]*(?:\([^()]*\))?[^()]*\)/g, '');
  return fc
    .stringMatching(new RegExp(source))
    .filter((text) => new RegExp(pattern).test(text) && within(text.length, least, maxLength));
}

function fieldsFrom(schema: JsonSchema): fc.Arbitrary<Fields> {
  const { properties, required, additionalProperties, propertyNames, maxProperties } = schema;
  if (isFields(additionalProperties))
    return fc.dictionary(textFrom(fieldsOr(propertyNames)), valuesOf(additionalProperties), {
      maxKeys: Math.min(3, numberOr(maxProperties, 3)),
    });
  const fields = Object.entries(fieldsOr(properties)).map(
    ([name, field]) => [name, valuesOf(fieldsOr(field))] as const,
  );
  const requiredKeys = listOr(required).filter((name) => typeof name === 'string');
  return fc.record(Object.fromEntries(fields), { requiredKeys, noNullPrototype: true });
}

/** Values that fit a schema; lists and texts are kept small. */
export function valuesOf(schema: JsonSchema): fc.Arbitrary<unknown> {
  const { oneOf: cases, enum: allowed, items } = schema;
  if (isList(cases)) return fc.oneof(...cases.map((one) => valuesOf(fieldsOr(one))));
  if (isList(allowed)) return fc.constantFrom(...allowed);
  switch (schema['type']) {
    case 'string':
      return textFrom(schema);
    case 'integer':
      return fc.integer({
        min: numberOr(schema['minimum'], 0),
        max: Math.min(numberOr(schema['maximum'], 0), 2 ** 31 - 1),
      });
    case 'boolean':
      return fc.boolean();
    case 'array': {
      const least = numberOr(schema['minItems'], 0);
      return fc.array(valuesOf(fieldsOr(items)), {
        minLength: least,
        maxLength: Math.min(numberOr(schema['maxItems'], 3), least + 3),
      });
    }
    case 'object':
      return fieldsFrom(schema);
    default:
      throw new Error(`no shape makes such a schema: ${JSON.stringify(schema)}`);
  }
}

/** Values in the neighbourhood of a shape: what fits, and what fits with one thing replaced, dropped or added. */
export const near = (shape: Shape<unknown>): fc.Arbitrary<unknown> =>
  fc
    .tuple(
      valuesOf(shape.schema),
      fc.constantFrom('kept', 'dropped', 'replaced', 'added'),
      fc.nat(),
      fc.oneof(fc.jsonValue(), fc.integer({ min: -5, max: 12 }), fc.string({ unit: 'grapheme-ascii', maxLength: 5 })),
    )
    .map(([value, change, place, other]) => {
      if (change === 'kept' || typeof value !== 'object' || value === null) return value;
      if (change === 'added') return { ...value, other };
      const entries = Object.entries(value);
      const at = place % Math.max(1, entries.length);
      return Object.fromEntries(
        entries.flatMap(([key, old], index): [string, unknown][] => {
          if (index !== at) return [[key, old]];
          return change === 'dropped' ? [] : [[key, other]];
        }),
      );
    });
