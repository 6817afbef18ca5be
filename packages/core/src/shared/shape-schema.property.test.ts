import fc from 'fast-check';
import { expect, test } from 'vitest';
import { accepts, acceptedUnknown, acceptedWrong, leftOut, near, valuesOf } from './shape.builder.ts';
import {
  boolean,
  digest,
  id,
  instant,
  integer,
  list,
  map,
  object,
  oneOf,
  optional,
  readShape,
  text,
  union,
  type Shape,
} from './shape.ts';

interface Leg {
  readonly kind: 'leg';
  readonly length: number;
}
interface Head {
  readonly kind: 'head';
  readonly words?: readonly string[];
}
interface Everything {
  readonly id: string;
  readonly digest?: string;
  readonly at: string;
  readonly isOn: boolean;
  readonly colour: 'red' | 'green';
  readonly names: Readonly<Record<string, number>>;
  readonly part: Leg | Head;
}
const everything: Shape<Everything> = object<Everything>({
  id: id(),
  digest: optional(digest),
  at: instant,
  isOn: boolean,
  colour: oneOf('red', 'green'),
  names: map(integer({ min: -3, max: 3 }), { max: 2 }),
  part: union<Leg | Head>('kind', {
    leg: object<Leg>({ kind: oneOf('leg'), length: integer({ min: 0, max: 9 }) }),
    head: object<Head>({ kind: oneOf('head'), words: optional(list(text({ min: 1, max: 3 }), { min: 1, max: 2 })) }),
  }),
});

const judged = (value: unknown): readonly [boolean, boolean] => [
  readShape(everything, value).ok,
  accepts(everything.schema, value),
];

test('C2: over every combinator, the schema lets through exactly what the reader reads', () => {
  const seen = { read: 0, refused: 0 };
  fc.assert(
    fc.property(near(everything), (value) => {
      const [isRead, isAccepted] = judged(value);
      seen[isRead ? 'read' : 'refused'] += 1;
      expect([isRead, value]).toEqual([isAccepted, value]);
    }),
    { numRuns: 400 },
  );
  // The property would hold vacuously if nothing, or everything, was read.
  expect(Math.min(seen.read, seen.refused)).toBeGreaterThan(40);
});

test('C2: every value made from the schema is read, unchanged', () => {
  fc.assert(
    fc.property(valuesOf(everything.schema), (value) => {
      expect(readShape(everything, value)).toEqual({ ok: true, value });
    }),
  );
});

test('C2: every combinator writes down its own limits', () => {
  expect(everything.schema).toEqual({
    type: 'object',
    properties: {
      id: { type: 'string', pattern: '^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$' },
      digest: { type: 'string', pattern: '^sha256:[0-9a-f]{64}$' },
      at: { type: 'string', format: 'date-time' },
      isOn: { type: 'boolean' },
      colour: { enum: ['red', 'green'] },
      names: {
        type: 'object',
        additionalProperties: { type: 'integer', minimum: -3, maximum: 3 },
        maxProperties: 2,
        propertyNames: { pattern: '^[A-Za-z0-9][A-Za-z0-9._/-]{0,127}$' },
      },
      part: {
        oneOf: [
          {
            type: 'object',
            properties: { kind: { enum: ['leg'] }, length: { type: 'integer', minimum: 0, maximum: 9 } },
            required: ['kind', 'length'],
            additionalProperties: false,
          },
          {
            type: 'object',
            properties: {
              kind: { enum: ['head'] },
              words: {
                type: 'array',
                items: { type: 'string', minLength: 1, maxLength: 3 },
                minItems: 1,
                maxItems: 2,
              },
            },
            required: ['kind'],
            additionalProperties: false,
          },
        ],
      },
    },
    required: ['id', 'at', 'isOn', 'colour', 'names', 'part'],
    additionalProperties: false,
  });
});

/** A document of that shape with every optional field. */
const WHOLE = {
  id: 'a.1',
  digest: `sha256:${'0'.repeat(64)}`,
  at: '2026-11-21T10:00:00.000Z',
  isOn: true,
  colour: 'red',
  names: { one: 1 },
  part: { kind: 'head', words: ['a', 'b'] },
};

test('C2: a field of the wrong type is refused at its own place, whichever field it is', () => {
  expect(readShape(everything, WHOLE)).toEqual({ ok: true, value: WHOLE });
  expect(acceptedWrong(everything, WHOLE)).toEqual([]);
});

test('C2: only what is optional may be left out, and entries of a map', () => {
  expect(leftOut(everything, WHOLE)).toEqual(['/digest', '/names/one', '/part/words']);
});

test('C2: no field may be added anywhere, neither a new one nor a name that every object has', () => {
  expect(acceptedUnknown(everything, WHOLE)).toEqual([]);
});

test('C2: characters beyond the first plane count twice for the reader: where it differs from the schema, it lets in less', () => {
  const shape = text({ max: 3 });
  const faces = '\u{1F600}\u{1F600}';
  expect([readShape(shape, faces).ok, accepts(shape.schema, faces)]).toEqual([false, true]);
});
