import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ColumnWriter, listKey, sameKey, valueAt } from './column.ts';

const columnOf = <T extends string | number>(values: readonly (T | undefined)[]) => {
  const writer = new ColumnWriter<T>(values.length, sameKey);
  values.forEach((value, position) => writer.set(position, value));
  return writer.column();
};

test('a column gives back what was set, absent values too', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.constantFrom('a', 'b', '', '0'), { nil: undefined })), (values) => {
      const column = columnOf(values);
      expect(values.map((_, position) => valueAt(column, position))).toEqual(values);
    }),
  );
});

test('a column that nobody set holds nothing', () => {
  const column = columnOf<string>([undefined, undefined]);
  expect([column.codes.length, valueAt(column, 1), valueAt(column, 99)]).toEqual([0, undefined, undefined]);
});

test.each([
  { distinct: 255, bytes: 1 },
  { distinct: 256, bytes: 2 },
  { distinct: 65_535, bytes: 2 },
  { distinct: 65_536, bytes: 4 },
])('$distinct values need $bytes byte a node', ({ distinct, bytes }) => {
  const column = columnOf(Array.from({ length: distinct }, (_, n) => n));
  expect(column.codes.BYTES_PER_ELEMENT).toBe(bytes);
  expect([valueAt(column, 0), valueAt(column, distinct - 1)]).toEqual([0, distinct - 1]);
});

test('equal lists are one value; lists that only look alike when joined are two', () => {
  const writer = new ColumnWriter<readonly string[]>(4, listKey);
  [['a', 'b'], ['a', 'b'], ['a,b'], []].forEach((list, position) => writer.set(position, list));
  const column = writer.column();
  expect(column.values).toEqual([['a', 'b'], ['a,b'], []]);
  expect(valueAt(column, 1)).toEqual(['a', 'b']);
  expect(valueAt(column, 3)).toEqual([]);
});
