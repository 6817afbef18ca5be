import fc from 'fast-check';
import { expect, test } from 'vitest';
import { escapeHostile, invisibleAt, isPlainAscii, quote } from './hostile-text.ts';

test('plain text stays as it is', () => {
  expect(quote('db-1.example')).toBe('`db-1.example`');
});

test('what a terminal or a page could act on is escaped', () => {
  expect(escapeHostile('\u{1b}[31m\n\u{202e}é😀')).toBe(String.raw`\u{1b}[31m\u{a}\u{202e}\u{e9}\u{1f600}`);
  expect(quote('a`b')).toBe("`a'b`");
});

test('long text is cut', () => {
  expect(quote('x'.repeat(1000))).toBe(`\`${'x'.repeat(60)}...\``);
  expect(escapeHostile('abcdef', 3)).toBe('abc...');
});

test('the result is always printable ASCII without back-ticks', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'binary' }), (text) => {
      expect(escapeHostile(text)).toMatch(/^[ -_a-~]*$/);
    }),
  );
});

test('invisible characters are found where they are; tab and line ends are not among them', () => {
  expect(invisibleAt('a\tb\r\nc é 漢字 😀 ع')).toBe(-1);
  expect(invisibleAt('ab\u{200b}')).toBe(2);
  expect(invisibleAt('\u{202e}ab')).toBe(0);
  expect(invisibleAt('a\u{0}')).toBe(1);
});

test('A2: text that is plain ASCII has nothing invisible, and every other text is looked at', () => {
  const invisible = /(?![\t\n\r])[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}\p{Zl}\p{Zp}\u2800]/u;
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.string({ unit: 'binary' })), (text) => {
      expect(invisibleAt(text)).toBe(text.search(invisible));
      expect(isPlainAscii(text) && invisible.test(text)).toBe(false);
    }),
  );
  expect(['a b~', 'a\u007f', 'a\n', 'é', ''].map(isPlainAscii)).toEqual([true, false, false, false, true]);
});
