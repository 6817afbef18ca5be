import fc from 'fast-check';
import { stringify } from 'yaml';
import { expect, test } from 'vitest';
import { readYaml } from './yaml-source.ts';

const dataOf = (text: string): unknown => {
  const read = readYaml(text);
  if (!read.ok) throw new Error(JSON.stringify(read.refusal));
  return read.value.data;
};
const complaints = (text: string): readonly string[] => {
  const read = readYaml(text);
  return read.ok
    ? []
    : (read.refusal.complaints ?? [{ at: '', problem: read.refusal.detail }]).map(
        ({ at, problem }) => `${at} ${problem}`,
      );
};

test('E1: what is written is read as plain data; dates and words stay text', () => {
  expect(dataOf('a: 1\nb: [on, yes, true]\nc: 2026-12-25\nd:\n')).toEqual({
    a: 1,
    b: ['on', 'yes', true],
    c: '2026-12-25',
    d: null,
  });
});

test.each([
  ['a key twice', 'a: 1\na: 2\n', /^2:1 .*unique/],
  ['a tag of its own', 'a: !secret 1\n', /1:4/],
  ['a standard tag', 'a: !!str 1\n', /^1:10 \/a must not have a tag|\/a must not have a tag/],
  ['an integer that would be rounded', 'x: 1\na: 9007199254740993\n', /^2:4 \/a is an integer beyond 2\^53-1/],
  ['a negative one', 'a: -9007199254740993\n', /beyond 2\^53-1/],
  ['a fraction', 'a: 1.5\n', /^1:4 \/a must be a whole number/],
  ['infinity', 'a: .inf\n', /must be a whole number/],
  ['two documents', 'a: 1\n---\nb: 2\n', /document/],
  ['broken brackets', 'a: [1, 2\nb: 3\n', /^\d+:\d+ /],
  ['a list as a key', '? [a]\n: 1\n', /key that is no text/],
  ['deep nesting', `a: ${'['.repeat(40)}1${']'.repeat(40)}\n`, /nested too deeply/],
])('hostile YAML is refused with its place: %s', (_what, text, said) => {
  expect(complaints(text)[0]).toMatch(said);
});

test('hostile YAML: nesting that would end the stack is a refusal, not a crash', () => {
  expect(readYaml('['.repeat(100_000)).ok).toBe(false);
  expect(readYaml('a: {'.repeat(5000)).ok).toBe(false);
});

test('hostile YAML: a bomb of aliases ends at a limit', () => {
  const lines = ['a0: &a0 [x, x, x, x, x, x, x, x, x, x]'];
  for (let level = 1; level < 9; level += 1)
    lines.push(`a${level}: &a${level} [${Array.from({ length: 10 }, () => `*a${level - 1}`).join(', ')}]`);
  expect(complaints(lines.join('\n'))[0]).toContain('too long');
});

test('a file over the limit is not parsed at all', () => {
  expect(complaints(`a: "${'x'.repeat(1_048_576)}"`)[0]).toContain('bytes');
  expect(readYaml('a: 1', 3).ok).toBe(false);
});

test('a key called __proto__ is a field like any other', () => {
  const data = dataOf('__proto__: { polluted: true }\n');
  expect(Object.keys(data as object)).toEqual(['__proto__']);
  expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
});

test('places: a value at its own line, a missing one at what is around it', () => {
  const read = readYaml('a: 1\nb:\n  - c: 2\n  - d:\n      e: [x, y]\n');
  if (!read.ok) throw new Error('not read');
  const { placeOf } = read.value;
  expect(placeOf(['a'])).toEqual({ line: 1, column: 4 });
  expect(placeOf(['b', 0, 'c'])).toEqual({ line: 3, column: 8 });
  expect(placeOf(['b', 1, 'd', 'e', 1])).toEqual({ line: 5, column: 14 });
  expect(placeOf(['b', 1, 'd', 'missing'])).toEqual({ line: 4, column: 5 });
  expect(placeOf(['b', 9])).toEqual({ line: 2, column: 1 });
});

test('whatever of JSON is written as YAML is read again as it was', () => {
  const value = fc.letrec((tie) => ({
    leaf: fc.oneof(fc.string(), fc.boolean(), fc.maxSafeInteger()),
    node: fc.oneof(
      { maxDepth: 4 },
      tie('leaf'),
      fc.array(tie('node'), { maxLength: 4 }),
      fc.dictionary(fc.stringMatching(/^[a-z]{1,8}$/), tie('node'), { maxKeys: 4 }),
    ),
  })).node;
  fc.assert(
    fc.property(value, (data) => {
      expect(JSON.stringify(dataOf(stringify({ data })))).toBe(JSON.stringify({ data }));
    }),
  );
});
