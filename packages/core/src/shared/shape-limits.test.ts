import { expect, test } from 'vitest';
import {
  boolean,
  digest,
  id,
  instant,
  integer,
  list,
  literal,
  map,
  object,
  oneOf,
  optional,
  readShape,
  text,
  union,
  where,
  type Shape,
} from './shape.ts';

const problemsOf = (shape: Shape<unknown>, value: unknown): readonly string[] => {
  const read = readShape(shape, value);
  return read.ok ? [] : (read.refusal.complaints ?? []).map(({ at, problem }) => `${at} ${problem}`.trim());
};
const characters = (count: number): string => 'x'.repeat(count);
const items = (count: number): readonly number[] => Array.from({ length: count }, (_, n) => n);
const fields = (count: number): Readonly<Record<string, number>> =>
  Object.fromEntries(items(count).map((n) => [`f${n}`, n]));

const small = integer({ min: 0, max: 9 });
const texts = text({ min: 2, max: 4 });
const lists = list(small, { min: 2, max: 4 });
const maps = map(small, { max: 2 });

test.each<[string, Shape<unknown>, unknown, boolean]>([
  ['a text of one less than the least', texts, characters(1), false],
  ['a text of the least', texts, characters(2), true],
  ['a text of the most', texts, characters(4), true],
  ['a text of one more than the most', texts, characters(5), false],
  ['an empty text without a least', text({ max: 4 }), '', true],
  ['an integer below the least', small, -1, false],
  ['the least integer', small, 0, true],
  ['the most', small, 9, true],
  ['one more than the most', small, 10, false],
  ['a list one too short', lists, items(1), false],
  ['a list of the least length', lists, items(2), true],
  ['a list of the most', lists, items(4), true],
  ['a list one too long', lists, items(5), false],
  ['an empty list without a least', list(small, { max: 4 }), [], true],
  ['an empty map', maps, {}, true],
  ['a map of the most fields', maps, fields(2), true],
  ['a map of one more', maps, fields(3), false],
])('C2: at its limit: %s', (_, shape, value, isRead) => {
  expect(readShape(shape, value).ok).toBe(isRead);
});

test.each<[string, Shape<unknown>, unknown, string]>([
  ['a text', texts, 7, 'must be a string'],
  ['a long text', texts, characters(9), 'must have 2 to 4 characters'],
  ['a patterned text', text({ max: 9, pattern: /^[a-c]+$/ }), 'abd', 'must match ^[a-c]+$'],
  ['a fraction', small, 1.5, 'must be an integer from 0 to 9'],
  ['an integer as text', small, '1', 'must be an integer from 0 to 9'],
  ['a boolean as a number', boolean, 1, 'must be true or false'],
  ['a boolean as text', boolean, 'true', 'must be true or false'],
  ['a word that is not listed', oneOf('a', 'b'), 'c', 'must be one of a, b'],
  ['a word in capitals', oneOf('a', 'b'), 'A', 'must be one of a, b'],
  ['a literal', literal('leaf'), 'tree', 'must be one of leaf'],
  ['a list that is an object', lists, { length: 2 }, 'must be a list'],
  ['a long list', lists, items(9), 'must have 2 to 4 items'],
  ['a map that is a list', maps, [1], 'must be an object'],
  ['a map that is nothing', maps, null, 'must be an object'],
  ['a large map', maps, fields(9), 'must have at most 2 fields'],
  ['an id with a space', id(), 'a b', 'must be an id: 1 to 64 characters A-Z a-z 0-9 . _ -'],
  ['a short digest', digest, 'sha256:00', 'must be sha256: and 64 lower-case hex digits'],
  ['a local time', instant, '2026-11-21T10:00:00.000+01:00', 'must be a UTC time like 2026-11-21T02:14:00.000Z'],
])('C2: the problem of %s is said in words', (_, shape, value, problem) => {
  expect(problemsOf(shape, value)).toEqual([problem]);
});

test.each([Number.NaN, Number.POSITIVE_INFINITY, 2 ** 53, -(2 ** 53), 0.1, 1e300])(
  'signed documents hold integers only: %d is none, whatever the limits',
  (value) => {
    expect(readShape(integer({ min: -Number.MAX_VALUE, max: Number.MAX_VALUE }), value).ok).toBe(false);
  },
);

test('a text that is too long is refused before its pattern is tried', () => {
  let tried = 0;
  const pattern = new (class extends RegExp {
    override test(value: string): boolean {
      tried += 1;
      return super.test(value);
    }
  })('^x*$');
  const shape = text({ max: 4, pattern });
  expect(readShape(shape, characters(5)).ok).toBe(false);
  expect(tried).toBe(0);
  expect(readShape(shape, characters(4)).ok).toBe(true);
  expect(tried).toBe(1);
});

test('a list and a map that are too long are refused before any of their items is read', () => {
  let isRead = false;
  const watched: Shape<number> = {
    schema: {},
    read: () => {
      isRead = true;
      return 1;
    },
  };
  expect(readShape(list(watched, { max: 2 }), items(3)).ok).toBe(false);
  expect(readShape(map(watched, { max: 2 }), fields(3)).ok).toBe(false);
  expect(isRead).toBe(false);
});

test.each([['a'], ['A9'], ['a.b'], ['a/b-c_d'], ['0']])('the name %j is allowed in a map', (name) => {
  expect(problemsOf(maps, { [name]: 1 })).toEqual([]);
});

test.each([[''], ['__proto__'], ['.a'], ['-a'], ['/a'], ['a b'], ['ä'], ['a\n'], ['a'.repeat(129)]])(
  'T19: the name %j is not allowed in a map',
  (name) => {
    expect(problemsOf(maps, Object.fromEntries([[name, 1]]))).toHaveLength(1);
  },
);

test('a map may say itself which names it allows, even one that objects treat as special, and nothing leaks from it', () => {
  const shape = map(map(small, { max: 2 }), { max: 2, key: /^[a-z_]+$/ });
  const hostile: unknown = JSON.parse('{"__proto__":{"polluted":1}}');
  const read = readShape(shape, hostile);
  expect(read.ok && Object.keys(read.value)).toEqual(['__proto__']);
  expect(read.ok && Object.getPrototypeOf(read.value)).toBe(Object.prototype);
  expect('polluted' in {}).toBe(false);
});

test('a union that is no object, has no tag or has a tag of another type is refused at its tag', () => {
  type Only = { readonly kind: 'a' };
  const shape = object<{ readonly u: Only }>({ u: union<Only>('kind', { a: object<Only>({ kind: literal('a') }) }) });
  for (const u of [null, 'a', ['a'], {}, { kind: 1 }, { kind: ['a'] }, { kind: '__proto__' }, { kind: 'constructor' }])
    expect(problemsOf(shape, { u })).toEqual(['/u/kind must be one of a']);
});

test('a tag that is inherited is no tag', () => {
  type Only = { readonly kind: 'a' };
  const shape = union<Only>('kind', { a: object<Only>({ kind: literal('a') }) });
  expect(readShape(shape, Object.create({ kind: 'a' })).ok).toBe(false);
});

const even = where(small, (value) => (value % 2 === 0 ? undefined : 'must be even'));

test('a further rule speaks where its value stands, and only of a value that fits otherwise', () => {
  expect(problemsOf(list(even, { max: 9 }), [2, 3, 4, 5])).toEqual(['/1 must be even', '/3 must be even']);
  expect(problemsOf(even, 11)).toEqual(['must be an integer from 0 to 9']);
  expect(even.schema).toBe(small.schema);
});

test('further rules can be set on one another: the first that is broken speaks', () => {
  const both = where(even, (value) => (value > 4 ? 'must be at most 4' : undefined));
  expect([3, 6, 4].map((value) => problemsOf(both, value))).toEqual([['must be even'], ['must be at most 4'], []]);
});

test('an optional field is absent, never null or undefined', () => {
  const shape = object<{ readonly a?: number }>({ a: optional(small) });
  expect(readShape(shape, {})).toEqual({ ok: true, value: {} });
  expect(problemsOf(shape, { a: null })).toEqual(['/a must be an integer from 0 to 9']);
  expect(problemsOf(shape, { a: undefined })).toEqual(['/a must be an integer from 0 to 9']);
});

test('a refusal says how many things are wrong, and a whole document has the empty pointer', () => {
  expect(readShape(small, 'x')).toEqual({
    ok: false,
    refusal: {
      code: 'malformed',
      detail: '1 thing is wrong with the document',
      complaints: [{ at: '', problem: 'must be an integer from 0 to 9' }],
    },
  });
  const two = readShape(list(small, { max: 9 }), ['x', 'y']);
  expect(!two.ok && two.refusal.detail).toBe('2 things are wrong with the document');
});

test('complaints keep the order of the document', () => {
  const shape = object<{ readonly b: number; readonly a: number }>({ b: small, a: small });
  expect(problemsOf(shape, { a: 'x', z: 1, b: 'y' }).map((problem) => problem.split(' ')[0])).toEqual([
    '/z',
    '/b',
    '/a',
  ]);
});

test('what is read shares nothing with what came in: changing the input later changes no document', () => {
  const shape = object<{ readonly l: readonly number[]; readonly m: Readonly<Record<string, number>> }>({
    l: list(small, { max: 9 }),
    m: map(small, { max: 9 }),
  });
  const input = { l: [1], m: { a: 1 } };
  const read = readShape(shape, input);
  input.l.push(2);
  input.m.a = 2;
  expect(read).toEqual({ ok: true, value: { l: [1], m: { a: 1 } } });
});
