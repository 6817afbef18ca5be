import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { bytesOf, fromBase64, fromBase64Url, sha256, textOf, toBase64, toBase64Url, toHex } from './encoding.ts';

const anyBytes = fc.uint8Array({ maxLength: 300 });

const comesBack = (bytes: Uint8Array): boolean =>
  toHex(fromBase64(toBase64(bytes)) ?? bytes.subarray(0, 0)) === Buffer.from(bytes).toString('hex') &&
  toHex(fromBase64Url(toBase64Url(bytes)) ?? bytes.subarray(0, 0)) === toHex(bytes) &&
  toBase64(bytes) === Buffer.from(bytes).toString('base64');

const isOneSpelling = (text: string): boolean => {
  const [bytes, urlBytes] = [fromBase64(text), fromBase64Url(text)];
  return (
    (bytes === undefined || toBase64(bytes) === text) && (urlBytes === undefined || toBase64Url(urlBytes) === text)
  );
};

describe('X2: bytes and their text', () => {
  test('come back as they were, in both alphabets', () => {
    expect(fc.check(fc.property(anyBytes, comesBack)).failed).toBe(false);
  });

  test('have one spelling: whatever is accepted is what would be written', () => {
    const near = fc.string({ maxLength: 40, unit: fc.constantFrom(...'ABab01+/-_= \n') });
    expect(fc.check(fc.property(near, isOneSpelling)).failed).toBe(false);
  });

  test.each(['A', 'AAA', 'AA=A', 'AB==', 'AAB=', 'AA==\n', ' AAAA', 'AA-_', '====', 'é'])(
    '`%s` is no base64',
    (text) => {
      expect(fromBase64(text)).toBeUndefined();
    },
  );

  test.each(['A', 'AB', 'AA==', 'AA+/', 'AA\n'])('`%s` is no base64url', (text) => {
    expect(fromBase64Url(text)).toBeUndefined();
  });

  test.each([
    ['a byte that begins nothing', [0xff]],
    ['half a character', [0xc3]],
    ['a longer form than is needed', [0xc0, 0xaf]],
    ['half of a pair', [0xed, 0xa0, 0x80]],
  ])('%s is no UTF-8, and is not repaired', (_, bytes) => {
    expect(textOf(Uint8Array.from(bytes))).toBeUndefined();
  });

  test('a mark at the beginning stays: the digest is over it', () => {
    expect(textOf(bytesOf('\ufeffx'))).toBe('\ufeffx');
  });

  test('the digest is the one everybody computes', async () => {
    expect(toHex(await sha256(bytesOf('abc')))).toBe(
      'ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad',
    );
  });
});
