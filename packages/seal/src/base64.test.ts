import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  decodeBase64,
  decodeBase64Url,
  decodeEitherBase64,
  encodeBase64,
  encodeBase64Url,
  encodeHex,
} from './base64.ts';

describe('RFC 4648 section 10', () => {
  test.each([
    ['', ''],
    ['f', 'Zg=='],
    ['fo', 'Zm8='],
    ['foo', 'Zm9v'],
    ['foob', 'Zm9vYg=='],
    ['fooba', 'Zm9vYmE='],
    ['foobar', 'Zm9vYmFy'],
  ])('%j is %s', (text, encoded) => {
    expect(encodeBase64(Buffer.from(text))).toBe(encoded);
    expect(decodeBase64(encoded)).toEqual(new TextEncoder().encode(text));
    expect(decodeBase64Url(encoded.replaceAll('=', ''))).toEqual(new TextEncoder().encode(text));
  });

  test('hex is lower case', () => {
    expect(encodeHex(Uint8Array.of(0, 171, 255))).toBe('00abff');
  });
});

test('every value survives both alphabets', () => {
  fc.assert(
    fc.property(fc.uint8Array(), (bytes) => {
      expect(decodeBase64(encodeBase64(bytes))).toEqual(bytes);
      expect(decodeBase64Url(encodeBase64Url(bytes))).toEqual(bytes);
      for (const text of [
        encodeBase64(bytes),
        encodeBase64Url(bytes),
        encodeBase64(bytes).replaceAll('+', '-').replaceAll('/', '_'),
      ])
        expect(decodeEitherBase64(text)).toEqual(bytes);
    }),
  );
});

test('one value has one spelling: a text that is accepted is the text that is written', () => {
  fc.assert(
    fc.property(fc.string({ unit: fc.constantFrom(...'AZaz09+/-_= \n'), maxLength: 9 }), (text) => {
      const [standard, url] = [decodeBase64(text), decodeBase64Url(text)];
      expect(standard === undefined || encodeBase64(standard) === text).toBe(true);
      expect(url === undefined || encodeBase64Url(url) === text).toBe(true);
    }),
    { numRuns: 2000 },
  );
});

test.each([
  'Zg',
  'Zg=',
  'Zh==',
  'Zm9=',
  'Zg==\n',
  ' Zg==',
  'Zg==Zg==',
  'Zm9vYg===',
  'Z',
  '====',
  'Zm9v-_8='.slice(0, 5),
  'Z!==',
])('standard base64 refuses %j', (text) => {
  expect(decodeBase64(text)).toBe(undefined);
});

test.each(['Zg==', 'Zh', 'Z', 'Zg\n', '+/8', 'Zm9v Zg'])('URL-safe base64 refuses %j', (text) => {
  expect(decodeBase64Url(text)).toBe(undefined);
});

test.each(['+_8=', '-/8=', '-_9=', '-_8==', '-_8=='.slice(0, 6), '*', '-_8 '])('either base64 refuses %j', (text) => {
  expect(decodeEitherBase64(text)).toBe(undefined);
});
