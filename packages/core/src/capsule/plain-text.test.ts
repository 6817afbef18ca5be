import fc from 'fast-check';
import { expect, test } from 'vitest';
import { contentLines, field, hiddenCharacters, PAGE_WIDTH, plain, wrap } from './plain-text.ts';

test.each([
  ['right-to-left override', 'a\u202Eb', String.raw`a\u{202e}b`],
  ['zero width space', 'a\u200Bb', String.raw`a\u{200b}b`],
  ['a terminal sequence', '\u001B[2Jx', String.raw`\u{1b}[2Jx`],
  ['a carriage return', 'good\rbad', String.raw`good\u{d}bad`],
  ['a tab', 'a\tb', String.raw`a\u{9}b`],
  ['a line feed', 'a\nb', String.raw`a\u{a}b`],
  ['a look-alike letter', 'p\u0430ypal', String.raw`p\u{430}ypal`],
  ['a lone surrogate', 'a\uD800b', String.raw`a\u{d800}b`],
  ['an astral character', '\u{1F600}', String.raw`\u{1f600}`],
  ['a tag character', '\u{E0041}', String.raw`\u{e0041}`],
  ['text that looks escaped already', String.raw`\u{202e}`, String.raw`\\u{202e}`],
])('T19: %s is spelled out', (_, text, shown) => {
  expect(plain(text)).toBe(shown);
});

const unplain = (shown: string): string =>
  shown.replaceAll(/\\\\|\\u\{([0-9a-f]+)\}/g, (_, hex: string | undefined) =>
    hex === undefined ? '\\' : String.fromCodePoint(Number.parseInt(hex, 16)),
  );

test('T19: two different texts never look alike, and every page character is printable ASCII', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(plain(text)).toMatch(/^[ -~]*$/);
      expect(unplain(plain(text))).toBe(text);
    }),
  );
});

test('wrapping loses no word and keeps the width', () => {
  fc.assert(
    fc.property(
      fc.array(fc.stringMatching(/^[a-z]{1,40}$/), { maxLength: 30 }),
      fc.integer({ min: 5, max: 60 }),
      (words, width) => {
        const lines = wrap(words.join(' '), width);
        expect(lines.every((line) => line.length <= width)).toBe(true);
        expect(lines.join(' ').replaceAll('\\ ', '')).toBe(words.join(' '));
      },
    ),
  );
});

test('a field puts its continuation under its value', () => {
  expect(field('label', 'one two', 8)).toEqual(['label   one two']);
  const lines = field('label', 'x'.repeat(120), 8);
  expect(lines).toEqual([`label   ${'x'.repeat(91)}\\`, `        ${'x'.repeat(29)}`]);
});

test('C3: a content is shown whole, with its ends and its last line', () => {
  expect(contentLines('')).toEqual(['      (empty)']);
  expect(contentLines('a\n')).toEqual(['      | a']);
  expect(contentLines('a\n\nb')).toEqual([
    '      | a',
    '      | ',
    '      | b',
    '      (no line end after the last line)',
  ]);
  expect(contentLines('a \n')).toEqual([String.raw`      | a\u{20}`]);
  expect(contentLines(`${'y'.repeat(93)}\n`)).toEqual([`      | ${'y'.repeat(92)}`, '      + y']);
});

/** Reads a shown content back. */
function uncontent(lines: readonly string[]): string {
  const hasEnd = !(lines.at(-1) ?? '').startsWith('      (');
  const parts = lines.filter((line) => !line.startsWith('      ('));
  const text = parts
    .map((line) => `${line[6] === '|' ? '\n' : ''}${line.slice(8)}`)
    .join('')
    .slice(1);
  return unplain(text) + (hasEnd ? '\n' : '');
}

test('C3: from the page the exact content can be read back, whatever it is', () => {
  const piece = fc.oneof(
    fc.string({ unit: 'binary' }),
    fc.constantFrom(' ', '\n', '\n\n', ' '.repeat(120), 'x'.repeat(300), '\\'),
  );
  fc.assert(
    fc.property(fc.array(piece, { maxLength: 12 }), (pieces) => {
      const content = pieces.join('');
      const lines = contentLines(content);
      expect(lines.every((line) => line.length <= PAGE_WIDTH)).toBe(true);
      expect(uncontent(lines)).toBe(content);
    }),
  );
});

test('characters that are not shown as themselves are counted, line ends are not', () => {
  expect(hiddenCharacters('plain\ntext\n')).toBe(0);
  expect(hiddenCharacters('a\u200Bb\r\u{1F600}')).toBe(3);
});

const shown = (value: string): string => field('label', value, 8).join('\n');

test('C3, T19: spaces at an end, or beside another, are spelled out: two values that differ in them never look alike', () => {
  expect(shown('a ')).toBe(String.raw`label   a\u{20}`);
  expect(shown(' a')).toBe(String.raw`label   \u{20}a`);
  expect(shown('a  b')).toBe(String.raw`label   a\u{20} b`);
  expect(shown('a b')).toBe('label   a b');
  expect(shown(' ')).toBe(String.raw`label   \u{20}`);
  expect(shown('')).toBe('label');
});

test('C3, T19: from a field of short words the exact value can be read back, spaces and all', () => {
  const word = fc.stringMatching(/^[a-z]{1,12}$/);
  const spaces = fc.constantFrom(' ', ' ', '  ', '   ');
  fc.assert(
    fc.property(spaces, fc.array(fc.tuple(word, spaces), { maxLength: 40 }), (start, parts) => {
      const value = start + parts.flat().join('');
      const lines = field('label', value);
      expect(lines.every((line) => line.length <= PAGE_WIDTH)).toBe(true);
      expect(unplain(lines.map((line) => line.slice(16)).join(' '))).toBe(value);
    }),
  );
});
