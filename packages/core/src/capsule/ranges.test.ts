import fc from 'fast-check';
import { expect, test } from 'vitest';
import { compactIds } from './ranges.ts';

test.each([
  [[], []],
  [['web-1'], ['web-1']],
  [
    ['web-1', 'web-2'],
    ['web-1', 'web-2'],
  ],
  [['web-1', 'web-2', 'web-3'], ['web-1 to web-3 (3)']],
  [
    ['web-08', 'web-09', 'web-10', 'web-12'],
    ['web-08 to web-10 (3)', 'web-12'],
  ],
  // Another width is another name: web-9 and web-10 are not neighbours on paper.
  [
    ['web-8', 'web-9', 'web-10'],
    ['web-8', 'web-9', 'web-10'],
  ],
  [
    ['a', 'b', 'a'],
    ['a', 'b', 'a'],
  ],
  [['1', '2', '3'], ['1 to 3 (3)']],
  [
    ['db..1', 'db..1'],
    ['db..1', 'db..1'],
  ],
])('%j is shown as %j', (ids, shown) => {
  expect(compactIds(ids)).toEqual(shown);
});

/** Reads the short form back. */
function expand(shown: string): readonly string[] {
  const [, prefix = '', first = '', , last = ''] = /^(.*?)(\d+) to (.*?)(\d+) \(\d+\)$/.exec(shown) ?? [];
  if (first === '') return [shown];
  const count = Number(last) - Number(first) + 1;
  return Array.from({ length: count }, (_, n) => `${prefix}${String(Number(first) + n).padStart(first.length, '0')}`);
}

test('C3: no id is lost or invented by the short form', () => {
  const id = fc.tuple(fc.constantFrom('web-', 'db', ''), fc.integer({ min: 0, max: 120 }), fc.constantFrom(1, 3));
  fc.assert(
    fc.property(fc.array(id, { maxLength: 60 }), (parts) => {
      const ids = parts.map(([prefix, n, width]) => `${prefix}${String(n).padStart(width, '0')}`).toSorted();
      expect(compactIds(ids).flatMap(expand)).toEqual(ids);
    }),
  );
});
