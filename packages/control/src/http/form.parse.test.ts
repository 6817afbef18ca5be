import * as fc from 'fast-check';
import { expect, test } from 'vitest';
import { readForm } from './form.parse.ts';

const read = (text: string) => readForm(Buffer.from(text));

test('RFC 6749: what a client encodes is read back', () => {
  const name = fc.stringMatching(/^[a-z_]{1,10}$/);
  fc.assert(
    fc.property(
      fc.dictionary(name, fc.string({ unit: 'binary', maxLength: 40 }), { minKeys: 1, maxKeys: 8 }),
      (fields) => {
        const plain = { ...fields };
        expect(read(new URLSearchParams(plain).toString())).toEqual({ ok: true, value: plain });
      },
    ),
  );
});

test.each([
  ['a name twice', 'a=1&a=2'],
  ['a name twice, once escaped', 'a=1&%61=2'],
  ['no name', '=1'],
  ['nothing', ''],
  ['an empty field', 'a=1&&b=2'],
  ['a name in capitals', 'A=1'],
  ['a name with brackets', 'a[]=1'],
  ['a prototype', '__Proto__=1'],
  ['a broken escape', 'a=%'],
  ['half an escape', 'a=%4'],
  ['an escape of no digits', 'a=%zz'],
  ['escapes that are no UTF-8', 'a=%ff'],
  ['overlong UTF-8', 'a=%c0%af'],
  ['a raw space', 'a=b c'],
  ['a line break', 'a=b\n'],
  ['a NUL', 'a=\0'],
  ['bytes beyond ASCII', 'a=é'],
  ['many fields', Array.from({ length: 33 }, (_, at) => `${'a'.repeat(at + 1)}=1`).join('&')],
])('RFC 6749: a form with %s is refused', (_, text) => {
  expect(read(text)).toMatchObject({ ok: false, refusal: { code: 'malformed' } });
});

test('a name that means something to the language is a name like any other', () => {
  const form = read('constructor=1&__proto__=2');
  expect(form.ok && Object.keys(form.value).toSorted()).toEqual(['__proto__', 'constructor']);
});
