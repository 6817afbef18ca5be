import { describe, expect, test } from 'vitest';
import { readShape } from '../shared/shape.ts';
import { envelopeShape } from './envelope-shape.ts';
import { wholeEnvelope } from './whole-envelope.builder.ts';

type Loose = Record<string, unknown>;
const isLoose = (value: unknown): value is Loose =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A place in the document, with what the published schema says of it. */
interface Place {
  readonly at: string;
  readonly schema: Loose;
  readonly isRequired: boolean;
  readonly isField: boolean;
}

const ITEM = { isRequired: true, isField: false };

/** Every place the sample has, found by the schema alone: a new field of the form is walked without a change here. */
function placesOf(value: unknown, own: Place): readonly Place[] {
  const { at, schema } = own;
  const chosen = Array.isArray(schema['oneOf']) ? chosenOf(schema['oneOf'] as Loose[], value) : schema;
  const { properties, items, additionalProperties: rest } = chosen;
  const required = (chosen['required'] ?? []) as readonly string[];
  if (isLoose(properties) && isLoose(value))
    return [
      own,
      ...Object.entries(properties).flatMap(([name, inner]) =>
        placesOf(value[name], {
          at: `${at}/${name}`,
          schema: inner as Loose,
          isRequired: required.includes(name),
          isField: true,
        }),
      ),
    ];
  if (isLoose(items) && Array.isArray(value))
    return [own, ...value.flatMap((item, n) => placesOf(item, { at: `${at}/${n}`, schema: items, ...ITEM }))];
  if (isLoose(rest) && isLoose(value))
    return [
      own,
      ...Object.entries(value).flatMap(([name, item]) =>
        placesOf(item, { at: `${at}/${name}`, schema: rest, ...ITEM }),
      ),
    ];
  return [own];
}
const chosenOf = (cases: readonly Loose[], value: unknown): Loose => {
  const op = isLoose(value) ? value['op'] : undefined;
  const found = cases.find(({ properties }) =>
    ((properties as Loose)['op'] as { enum: string[] }).enum.includes(String(JSON.parse(JSON.stringify(op ?? '')))),
  );
  if (found === undefined) throw new Error('no case for this condition');
  return found;
};

const GONE = Symbol('gone');
/** The sample with another value at one place. */
function withAt(at: string, value: unknown): unknown {
  // Through text: the selectors of the sample are one object, and only one of them is to change.
  const whole: unknown = JSON.parse(JSON.stringify(wholeEnvelope()));
  const steps = at.split('/').slice(1);
  const last = steps.pop();
  if (last === undefined) return value;
  const parent = steps.reduce<unknown>((inner, step) => (inner as Loose)[step], whole) as Loose;
  if (value === GONE) delete parent[last];
  else parent[last] = value;
  return whole;
}
const valueAt = (at: string): unknown =>
  at
    .split('/')
    .slice(1)
    .reduce<unknown>((inner, step) => (inner as Loose)[step], wholeEnvelope());
const complaintsAt = (document: unknown): readonly string[] => {
  const read = readShape(envelopeShape, document);
  return read.ok ? ['accepted'] : (read.refusal.complaints ?? []).map(({ at }) => at);
};

const PLACES = placesOf(wholeEnvelope(), { at: '', schema: envelopeShape.schema, ...ITEM });
const ofType = (type: string): readonly Place[] => PLACES.filter(({ schema }) => schema['type'] === type);
const isChoice = ({ schema }: Place): boolean => 'enum' in schema || 'oneOf' in schema;

test('E1: the sample has every place of the schema, and is itself accepted', () => {
  expect(readShape(envelopeShape, JSON.parse(JSON.stringify(wholeEnvelope()))).ok).toBe(true);
  expect(PLACES.length).toBeGreaterThan(200);
  expect(PLACES.filter(({ at }) => at !== '' && valueAt(at) === undefined).map(({ at }) => at)).toEqual([]);
});

/** Values of every JSON type, and some that only look like one. */
const STRANGE: readonly unknown[] = [
  null,
  true,
  'strange word',
  -1.5,
  Number.NaN,
  Number.POSITIVE_INFINITY,
  [null],
  { a: 'x' },
];
const fits = ({ schema }: Place, value: unknown): boolean => {
  switch (schema['type']) {
    case 'boolean':
      return typeof value === 'boolean';
    case 'string':
      return typeof value === 'string' && schema['pattern'] === undefined && schema['format'] === undefined;
    default:
      return false;
  }
};

test.each(PLACES)('E1: $at of a wrong type is refused at that very place', (place) => {
  for (const value of STRANGE.filter((one) => !fits(place, one))) {
    const found = complaintsAt(withAt(place.at, value));
    expect(found.length).toBeGreaterThan(0);
    // A list or an object may be refused for what it holds or lacks: then the complaint lies inside it.
    expect([value, found.filter((at) => at !== place.at && !at.startsWith(`${place.at}/`))]).toEqual([value, []]);
  }
});

test.each(PLACES.filter(({ at, isField }) => isField && at !== ''))('E1: $at left out', ({ at, isRequired }) => {
  expect(complaintsAt(withAt(at, GONE))).toEqual(isRequired ? [at] : ['accepted']);
});

test.each(ofType('object').filter(({ schema }) => schema['additionalProperties'] === false))(
  'E1: a field too many in the object at "$at" is refused by name, slashes escaped',
  ({ at }) => {
    const value = at === '' ? wholeEnvelope() : (valueAt(at) as object);
    for (const [name, step] of [
      ['extra', 'extra'],
      ['a/b', 'a~1b'],
      ['a~b', 'a~0b'],
      ['constructor', 'constructor'],
    ] as const)
      expect(complaintsAt(withAt(at, { ...value, [name]: 1 }))).toEqual([`${at}/${step}`]);
  },
);

describe('E1: bounds', () => {
  test.each(ofType('integer'))(
    '$at holds from $schema.minimum to $schema.maximum and nothing beyond',
    ({ at, schema }) => {
      const [least, most] = [Number(schema['minimum']), Number(schema['maximum'])];
      expect(complaintsAt(withAt(at, least))).toEqual(['accepted']);
      expect(complaintsAt(withAt(at, most))).toEqual(['accepted']);
      for (const value of [least - 1, most + 1, 0.5, String(least), Number.MAX_VALUE, -Number.MAX_VALUE])
        expect([value, complaintsAt(withAt(at, value))]).toEqual([value, [at]]);
    },
  );

  test.each(ofType('string').filter(({ schema }) => 'maxLength' in schema))(
    '$at is as long as it may be and no longer',
    ({ at, schema }) => {
      const [least, most] = [Number(schema['minLength']), Number(schema['maxLength'])];
      expect(complaintsAt(withAt(at, 'x'.repeat(most + 1)))).toEqual([at]);
      for (const short of least > 0 ? [least - 1] : [])
        expect(complaintsAt(withAt(at, 'x'.repeat(short)))).toEqual([at]);
      for (const fitting of schema['pattern'] === undefined ? [least, most] : [])
        expect(complaintsAt(withAt(at, 'x'.repeat(fitting)))).toEqual(['accepted']);
    },
  );

  test.each(ofType('array'))('$at has $schema.minItems to $schema.maxItems items', ({ at, schema }) => {
    const [least, most] = [Number(schema['minItems']), Number(schema['maxItems'])];
    const [first] = valueAt(at) as unknown[];
    const many = (length: number): unknown[] => Array.from({ length }, () => first);
    expect(complaintsAt(withAt(at, many(most)))).toEqual(['accepted']);
    expect(complaintsAt(withAt(at, many(most + 1)))).toEqual([at]);
    expect(complaintsAt(withAt(at, many(least)))).toEqual(['accepted']);
    expect(complaintsAt(withAt(at, []))).toEqual(least > 0 ? [at] : ['accepted']);
  });

  test.each(PLACES.filter(isChoice))('$at is one of the listed words, to the letter', ({ at, schema }) => {
    const words = schema['enum'] as readonly string[] | undefined;
    for (const word of words ?? []) {
      // The tag of a condition chooses its other fields; it is walked by type above.
      const isTag = at.endsWith('/op') || /conditions.*fact$/.test(at);
      expect(isTag ? ['accepted'] : complaintsAt(withAt(at, word))).toEqual(['accepted']);
      for (const near of [word.toUpperCase(), `${word} `, `${word}\u0000`, ''])
        expect(complaintsAt(withAt(at, near))).not.toEqual(['accepted']);
    }
  });
});

const manyNames = (count: number): Loose => Object.fromEntries(Array.from({ length: count }, (_, n) => [`w${n}`, 1]));

describe('E1: names of maps', () => {
  const maps = ofType('object').filter(({ schema }) => schema['properties'] === undefined);
  test('the three maps are the ones of the form', () => {
    expect(maps.map(({ at }) => at)).toEqual(['/severities', '/confidence', '/grants/0/caps/perTier']);
  });
  test.each(['/severities', '/confidence'])('%s takes a word, a source or both with one colon', (at) => {
    for (const name of ['high', 'scanner:high', 'a.b/c-d_e', 'x'.repeat(128)])
      expect(complaintsAt(withAt(at, { [name]: 1 }))).toEqual(['accepted']);
    for (const name of ['', ':', 'a:', ':b', 'a:b:c', ' high', 'hi gh', '.high', 'x'.repeat(129), 'hígh', 'a\nb'])
      expect([name, complaintsAt(withAt(at, { [name]: 1 }))]).toEqual([name, [`${at}/${name.replaceAll('/', '~1')}`]]);
  });
  test('a cap for a tier there is not is refused', () => {
    for (const name of ['critical', 'Non-critical', 'non-critical ', 'unknown'])
      expect(complaintsAt(withAt('/grants/0/caps/perTier', { [name]: 1 }))).toEqual([`/grants/0/caps/perTier/${name}`]);
  });
  test('more names than the map holds are refused as a whole', () => {
    expect(complaintsAt(withAt('/severities', manyNames(256)))).toEqual(['accepted']);
    expect(complaintsAt(withAt('/severities', manyNames(257)))).toEqual(['/severities']);
    expect(complaintsAt(withAt('/confidence', manyNames(1001)))).toEqual(['/confidence']);
  });
});

describe('E1: ids, digests and instants', () => {
  const byPattern = (part: string): readonly Place[] =>
    ofType('string').filter(({ schema }) => JSON.stringify(schema['pattern'] ?? '').startsWith(`"${part}`));
  test.each(byPattern('^[A-Za-z0-9]'))('$at is an id: no slash, so no rule of ours can be imitated', ({ at }) => {
    for (const text of ['', 'people/stale-graph', '.a', '-a', 'a b', 'x'.repeat(65), 'ä', 'a\u0000'])
      expect([text, complaintsAt(withAt(at, text))]).toEqual([text, [at]]);
    for (const text of ['a', 'A.b_c-9', 'x'.repeat(64)]) expect(complaintsAt(withAt(at, text))).toEqual(['accepted']);
  });
  test('the digest of the rules is a whole lower-case sha256', () => {
    for (const text of ['sha256:', `sha256:${'A'.repeat(64)}`, `sha512:${'a'.repeat(64)}`, `sha256:${'a'.repeat(63)}`])
      expect(complaintsAt(withAt('/policies', text))).toEqual(['/policies']);
  });
  test.each(ofType('string').filter(({ schema }) => schema['format'] === 'date-time'))(
    '$at is a UTC time with milliseconds, that exists',
    ({ at }) => {
      for (const text of [
        '2026-11-21',
        '2026-11-21T02:14:00Z',
        '2026-11-21T02:14:00.000+01:00',
        '2026-02-30T00:00:00.000Z',
        '2026-11-21T24:00:00.000Z',
        '2026-11-21T02:60:00.000Z',
        '02026-11-21T02:14:00.000Z',
      ])
        expect([text, complaintsAt(withAt(at, text))]).toEqual([text, [at]]);
    },
  );
});

test('E1: what is wrong in several places is said of every one of them at once', () => {
  const many = { ...wholeEnvelope(), version: 0, phase: 'free', agents: ['a b'], grants: [{}], extra: 1 };
  const found = complaintsAt(many);
  expect(found.slice(0, 1)).toEqual(['/extra']);
  expect(found).toEqual(expect.arrayContaining(['/version', '/phase', '/agents/0', '/grants/0/id', '/grants/0/caps']));
});

test('E1: an envelope that is not an object at all is refused once', () => {
  for (const value of [null, undefined, 1, 'envelope', [], [wholeEnvelope()]])
    expect(complaintsAt(value)).toEqual(['']);
});
