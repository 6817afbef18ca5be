import fc from 'fast-check';
import type { Refusal, Result } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { canonicalBytes } from './canonical.ts';
import { readStrictJson, type JsonLimits, type JsonValue } from './strict-json.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const read = (text: string, limits?: JsonLimits): Result<JsonValue> => readStrictJson(bytes(text), limits);
function refusalOf(result: Result<JsonValue>): Refusal {
  if (result.ok) throw new Error(`accepted ${JSON.stringify(result.value).slice(0, 200)}`);
  expect(result.refusal.code).toBe('malformed');
  return result.refusal;
}

describe('what is read', () => {
  test.each([
    ['null', null],
    [' true\r\n\t', true],
    ['0', 0],
    ['-17', -17],
    ['9007199254740991', Number.MAX_SAFE_INTEGER],
    ['-9007199254740991', Number.MIN_SAFE_INTEGER],
    ['""', ''],
    [String.raw`"a\n\"\\\/\u00e9\ud83d\ude00"`, 'a\n"\\/é😀'],
    ['[]', []],
    ['[ 1 , [ ] , { } ]', [1, [], {}]],
    ['{"a":{"b":[null,false]},"toString":1}', { a: { b: [null, false] }, toString: 1 }],
  ])('reads %s', (text, value) => {
    const result = read(text);
    expect(result.ok && result.value).toEqual(value);
  });

  test('an absent field is not found on a prototype', () => {
    const result = read('{"a":1}');
    expect(result.ok && Object.getPrototypeOf(result.value)).toBe(null);
    expect(result.ok && (result.value as Record<string, unknown>)['toString']).toBe(undefined);
  });

  test('reads back every document that has a canonical form', () => {
    const document = fc.letrec((tie) => ({
      value: fc.oneof(
        { depthSize: 'small' },
        fc.constantFrom(null, true, false),
        fc.maxSafeInteger(),
        fc.string({ unit: fc.constantFrom('a', 'é', '😀', '"', '\\', '/', '\n', '~') }),
        fc.array(tie('value'), { maxLength: 5 }),
        fc.dictionary(fc.stringMatching(/^[a-z~/"]{0,6}$/), tie('value'), { maxKeys: 5 }),
      ),
    })).value;
    fc.assert(
      fc.property(document, (value) => {
        fc.pre(!JSON.stringify(value).includes('__proto__'));
        const canonical = canonicalBytes(value);
        const result = readStrictJson(canonical);
        expect(result.ok && canonicalBytes(result.value)).toEqual(canonical);
        expect(result.ok && JSON.stringify(result.value)).toBe(
          JSON.stringify(JSON.parse(Buffer.from(canonical).toString())),
        );
      }),
    );
  });

  test('agrees with JSON.parse about every text it accepts, and accepts nothing JSON.parse refuses', () => {
    const noise = fc.string({ unit: fc.constantFrom(...'{}[]",:\\u0019ae-+. \ntrfn'), maxLength: 14 });
    fc.assert(
      fc.property(noise, (text) => {
        const result = read(text, { allowFloats: true });
        expect(!result.ok || JSON.stringify(result.value) === JSON.stringify(JSON.parse(text))).toBe(true);
      }),
      { numRuns: 3000 },
    );
  });
});

describe('what is refused, with its place', () => {
  test.each([
    ['', 'a value is missing at character 0'],
    ['{"a":1,"a":2}', 'duplicate key `a` at character 10'],
    [String.raw`{"a":1,"\u0061":2}`, 'duplicate key `a`'],
    ['{"__proto__":1}', 'forbidden key `__proto__`'],
    ['{"constructor":1}', 'forbidden key `constructor`'],
    [String.raw`{"proto\u0074ype":1}`, 'forbidden key `prototype`'],
    [String.raw`"\ud800"`, 'a lone surrogate'],
    [String.raw`"\ude00\ud83d"`, 'a lone surrogate'],
    [String.raw`{"\udfff":1}`, 'a lone surrogate'],
    ['1e400', 'not an integer'],
    ['1.0', 'not an integer'],
    ['1e2', 'not an integer'],
    ['-0', 'a negative zero'],
    ['9007199254740992', 'outside'],
    ['-9007199254740993', 'outside'],
    [`1${'0'.repeat(400)}`, 'outside'],
    ['01', 'text after the end of the document at character 1'],
    ['+1', 'a value is missing'],
    ['.5', 'a value is missing'],
    ['NaN', 'a value is missing'],
    ["'a'", 'a value is missing'],
    ['"a', 'an unfinished string'],
    ['"a\\', 'an unknown escape'],
    [String.raw`"\x41"`, 'an unknown escape'],
    [String.raw`"\u12g4"`, 'an unknown escape'],
    ['"a\nb"', 'an unfinished string or a control character'],
    ['[1,]', 'a value is missing'],
    ['[1 2]', '`,` or `]` is missing'],
    ['{"a":1,}', 'a member name is missing'],
    ['{"a" 1}', '`:` is missing'],
    ['{"a":1 "b":2}', '`,` or `}` is missing'],
    ['{a:1}', 'a member name is missing'],
    ['[1]]', 'text after the end of the document'],
    ['{} {}', 'text after the end of the document'],
    ['// c\n1', 'a value is missing'],
    ['\u{feff}1', 'a byte order mark'],
    ['\u{a0}1', 'a value is missing'],
  ])('refuses %s', (text, problem) => {
    expect(refusalOf(read(text)).detail).toContain(problem);
  });

  test('the complaint points at the member', () => {
    const refusal = refusalOf(read('{"a":[0,{"b/c~d":1.5}]}'));
    expect(refusal.complaints?.[0]?.at).toBe('/a/1/b~1c~0d');
    expect(refusal.detail).toMatch(/at character 17$/);
  });

  test.each([
    ['overlong slash', [0x22, 0xc0, 0xaf, 0x22], 1],
    ['encoded surrogate', [0x22, 0xed, 0xa0, 0x80, 0x22], 2],
    ['cut sequence', [0x22, 0xe2, 0x82, 0x22], 3],
    ['cut sequence at the end', [0x22, 0xe2, 0x82], 3],
    ['beyond Unicode', [0x22, 0xf4, 0x90, 0x80, 0x80, 0x22], 2],
  ])('refuses bytes that are not UTF-8: %s', (_name, raw, place) => {
    expect(refusalOf(readStrictJson(Uint8Array.from(raw))).detail).toBe(`the document is not UTF-8 at byte ${place}`);
  });

  test('names the byte wherever it is', () => {
    const text = fc.string({ unit: 'grapheme', maxLength: 40 });
    fc.assert(
      fc.property(text, text, (before, after) => {
        const [head, tail] = [bytes(before), bytes(after)];
        const broken = Uint8Array.from([...head, 0xff, ...tail]);
        expect(refusalOf(readStrictJson(broken)).detail).toBe(`the document is not UTF-8 at byte ${head.length}`);
      }),
    );
  });

  test.each([
    '\u{202e}',
    '\u{2066}',
    '\u{200b}',
    '\u{200d}',
    '\u{ad}',
    '\u{e0041}',
    '\u{7f}',
    '\u{85}',
    '\u{2028}',
    '\u{3164}',
    '\u{fe0f}',
  ])(
    'A2: refuses the invisible character %j in strings and names, raw or escaped, and shows it escaped',
    (character) => {
      const escaped = [...character].map((c) => JSON.stringify(c)).join('');
      for (const text of [`["a${character}"]`, `{"a${character}":1}`, `[${escaped}]`]) {
        const { detail } = refusalOf(read(text));
        expect(detail).toContain('\\u{');
        expect(detail).toMatch(/^[ -~]*$/);
      }
      expect(read(`["a${character}"]`, { allowInvisible: true }).ok).toBe(true);
    },
  );

  test('an escaped NUL is refused in strict documents', () => {
    expect(refusalOf(read(String.raw`"\u0000"`)).detail).toContain('invisible character');
  });

  test('hostile text never reaches the message unescaped, nor at full length', () => {
    const key = `\u{1b}[2J\`${'x'.repeat(500)}`;
    const encoded = JSON.stringify(key);
    const refusal = refusalOf(read(`{${encoded}:1,${encoded}:2}`, { allowInvisible: true }));
    const shown = JSON.stringify(refusal);
    expect(shown).toMatch(/^[ -~]*$/);
    expect(refusal.detail).not.toContain('\u{1b}');
    expect(refusal.detail.length).toBeLessThan(140);
    const deep = refusalOf(read(`{${encoded}:1.5}`, { allowInvisible: true }));
    expect(deep.complaints?.[0]?.at.length).toBeLessThan(400);
  });
});

describe('limits', () => {
  test('64 levels are read, 65 are refused', () => {
    expect(read('['.repeat(64) + ']'.repeat(64)).ok).toBe(true);
    expect(refusalOf(read('['.repeat(65) + ']'.repeat(65))).detail).toContain('more than 64 levels');
    expect(refusalOf(read('[[[]]]', { maxDepth: 2 })).detail).toContain('more than 2 levels');
    expect(refusalOf(read('['.repeat(65) + ']'.repeat(65), { maxDepth: 1e9 })).detail).toContain('more than 64 levels');
  });

  test.each(['[', '{"a":', '[{"a":['])(
    'input 100,000 levels deep made of %s is refused without exhausting the stack',
    (step) => {
      expect(refusalOf(read(step.repeat(100_000))).detail).toContain('more than 64 levels');
    },
  );

  test('2 MiB are refused by default and read with a larger limit, in linear time', () => {
    const text = `["${'x'.repeat(2 * 1_048_576)}"]`;
    expect(refusalOf(read(text)).detail).toBe('the document has 2097156 bytes, more than 1048576');
    expect(read(text, { maxBytes: 3_000_000 }).ok).toBe(true);
  });

  test.each([
    ['escapes', `"${String.raw`\u0041`.repeat(150_000)}"`],
    ['digits', `[${'1,'.repeat(400_000)}1]`],
    ['names', `{${Array.from({ length: 60_000 }, (_, i) => `"k${i}":0`).join(',')}}`],
    ['one long number', '1'.repeat(900_000)],
    ['spaces', ' '.repeat(900_000)],
    ['quotes that never end', `"${'\\"'.repeat(450_000)}`],
  ])('a large document of %s is answered', (_name, text) => {
    const result = read(text);
    expect(result.ok || result.refusal.code === 'malformed').toBe(true);
  });

  test('telemetry may hold fractions but no number that is too large', () => {
    const limits = { allowFloats: true };
    const result = read('[1.5,-2e-3,1E2]', limits);
    expect(result.ok && result.value).toEqual([1.5, -0.002, 100]);
    expect(refusalOf(read('1e400', limits)).detail).toContain('too large');
    expect(refusalOf(read('9007199254740993', limits)).detail).toContain('outside');
  });
});

test('C2: a document that was not UTF-8 leaves nothing behind for the next', () => {
  expect(readStrictJson(Uint8Array.of(0x22, 0xf0, 0x9f, 0x98)).ok).toBe(false);
  expect(readStrictJson(Uint8Array.of(0x22, 0xe9)).ok).toBe(false);
  expect(read('"é😀"')).toEqual({ ok: true, value: 'é😀' });
  expect(refusalOf(read('\u{feff}1')).detail).toContain('byte order mark');
});

test('A2: one special character among plain strings is found, and the strings after it are plain again', () => {
  expect(read(String.raw`["a","\u0061","é","a"]`)).toEqual({ ok: true, value: ['a', 'a', 'é', 'a'] });
  expect(refusalOf(read('["a","\u007f","a"]')).detail).toContain('invisible');
  expect(refusalOf(read(String.raw`["\ud800","a"]`)).detail).toContain('surrogate');
});
