import { expect, test } from 'vitest';
import { integer, list, map, object, optional, readShape, text, union, literal, type Shape } from './shape.ts';

const word = text({ max: 5 });
const complaintsOf = (shape: Shape<unknown>, value: unknown): readonly string[] => {
  const read = readShape(shape, value);
  return read.ok ? [] : (read.refusal.complaints ?? []).map(({ at, problem }) => `${at} ${problem}`);
};

test('C2: every complaint has the JSON pointer of its place, escaped where a name needs it', () => {
  const fields = {
    'a/b': word,
    'c~d': optional(word),
    e: list(object({ n: integer({ min: 0, max: 9 }) }), { max: 9 }),
  };
  const shape = object<{
    readonly 'a/b': string;
    readonly 'c~d'?: string;
    readonly e: readonly { readonly n: number }[];
  }>(fields);
  const found = complaintsOf(shape, { 'c~d': 1, 'x~/y': 2, e: [{ n: 1 }, { n: 10, m: 0 }, 3] });
  expect(found).toEqual([
    '/x~0~1y is not a known field',
    '/a~1b is missing',
    '/c~0d must be a string',
    '/e/1/m is not a known field',
    '/e/1/n must be an integer from 0 to 9',
    '/e/2 must be an object',
  ]);
});

test('a map tells the place of a name that is not allowed and of a value that does not fit', () => {
  expect(complaintsOf(map(word, { max: 9 }), { 'a/b': 1, '~': 'ok' })).toEqual([
    '/a~1b must be a string',
    '/~0 is not an allowed name',
  ]);
});

test('a read object has exactly the fields that were there, in the order of its shape', () => {
  const shape = object<{ readonly a: string; readonly b?: string; readonly c: readonly string[] }>({
    a: word,
    b: optional(word),
    c: list(word, { max: 2 }),
  });
  const read = readShape(shape, { c: ['x'], a: 'y' });
  expect(read.ok && Object.entries(read.value)).toEqual([
    ['a', 'y'],
    ['c', ['x']],
  ]);
});

test('a name of every object is no field: it is missing or unknown like any other', () => {
  const shape = object<{ readonly toString: string }>({ toString: word });
  expect(complaintsOf(shape, {})).toEqual(['/toString is missing']);
  expect(complaintsOf(object<{ readonly a?: string }>({ a: optional(word) }), { constructor: 1 })).toEqual([
    '/constructor is not a known field',
  ]);
});

test('a union reads by its tag and by nothing else', () => {
  type Kind = { readonly kind: 'a'; readonly n: string };
  const shape = union<Kind>('kind', { a: object<Kind>({ kind: literal('a'), n: word }) });
  expect(readShape(shape, { kind: 'a', n: 'x' })).toEqual({ ok: true, value: { kind: 'a', n: 'x' } });
  expect(complaintsOf(shape, { kind: 'toString' })).toEqual(['/kind must be one of a']);
});
