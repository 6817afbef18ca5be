import fc from 'fast-check';
import { expect, test } from 'vitest';
import { amountOf, countOf, entriesIn, inside, isRecord, itemsIn, wordIn, wordOf, wordsIn } from './read-value.ts';

const parsed = (text: string): unknown => JSON.parse(text);

test('values are found by their own names only, however deep', () => {
  const value = parsed('{"a":{"b":[{"c":1}]},"__proto__":{"x":1}}');
  expect(inside(value, 'a', 'b')).toEqual([{ c: 1 }]);
  expect(inside(value, 'a', 'b', 'c')).toBeUndefined();
  expect(inside(value, '__proto__', 'x')).toBe(1);
  expect(inside(value, 'toString')).toBeUndefined();
  expect(inside(value, 'constructor', 'name')).toBeUndefined();
  expect(inside({}, '__proto__')).toBeUndefined();
  expect(inside(value)).toBe(value);
  expect(inside(undefined, 'a')).toBeUndefined();
});

test.each([
  ['word', 'word'],
  ['  word \n', 'word'],
  [8080, '8080'],
  [true, 'true'],
  [0, '0'],
  ['two\nlines', 'two\nlines'],
  ['größe', 'größe'],
])('%j is the word %j', (value, word) => {
  expect(wordOf(value)).toBe(word);
});

test.each([
  [''],
  ['   '],
  [null],
  [undefined],
  [[]],
  [{}],
  ['x'.repeat(4097)],
  ['\u{d800}'],
  ['a\u{202e}b'],
  ['a\u{200b}b'],
  ['\u{7}'],
])('A2: %j is no word: nothing hidden gets into a graph that people sign', (value) => {
  expect(wordOf(value)).toBeUndefined();
  expect(wordIn({ a: value }, 'a')).toBeUndefined();
});

test('lists and maps are empty when they are something else', () => {
  expect(itemsIn({ a: [1, 2] }, 'a')).toEqual([1, 2]);
  expect(itemsIn([3])).toEqual([3]);
  for (const other of ['text', 7, null, { length: 2 }, undefined]) {
    expect(itemsIn({ a: other }, 'a')).toEqual([]);
    expect(isRecord([])).toBe(false);
  }
  for (const other of ['text', 7, null, [1], undefined]) expect(entriesIn({ a: other }, 'a')).toEqual([]);
  expect([...wordsIn({ a: { x: 'y', n: 1, o: {}, e: '' } }, 'a')]).toEqual([
    ['x', 'y'],
    ['n', '1'],
  ]);
});

test.each([
  [0, 0],
  ['12', 12],
  [' 12 ', 12],
  ['999999999999999', 999_999_999_999_999],
  [-1, undefined],
  [1.5, undefined],
  ['1.5', undefined],
  ['0x10', undefined],
  ['1e3', undefined],
  ['9007199254740993', undefined],
  [2 ** 53, undefined],
  [Number.NaN, undefined],
  [null, undefined],
])('the count of %j is %s', (value, count) => {
  expect(countOf(value)).toBe(count);
});

test.each([
  [0.5, 0.5],
  ['12.25', 12.25],
  ['1e3', 1000],
  ['1.5E-2', 0.015],
  ['+Inf', undefined],
  ['NaN', undefined],
  ['-1', undefined],
  [-1, undefined],
  [Number.POSITIVE_INFINITY, undefined],
  ['1e999', undefined],
  ['', undefined],
])('the amount of %j is %s', (value, amount) => {
  expect(amountOf(value)).toBe(amount);
});

test('nothing here throws', () => {
  const looked = fc.check(
    fc.property(fc.anything(), fc.string(), (value, name) => {
      inside(value, name, name);
      wordOf(value);
      itemsIn(value, name);
      wordsIn(value, name);
      countOf(value);
      amountOf(value);
    }),
  );
  expect(looked.failed).toBe(false);
});
