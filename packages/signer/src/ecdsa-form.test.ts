import { generateKeyPairSync, sign, verify } from 'node:crypto';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { derOf, numbersOf } from './ecdsa-form.ts';

const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const number = fc.uint8Array({ minLength: 32, maxLength: 32 }).filter((bytes) => bytes.some((byte) => byte !== 0));

test('OpenSSL verifies our DER of its numbers, and our numbers of its DER', () => {
  // Many signatures: one in 256 has a number that begins with a zero byte.
  for (let round = 0; round < 300; round += 1) {
    const message = Buffer.from(`message ${round}`);
    const numbers = sign('sha256', message, { key: privateKey, dsaEncoding: 'ieee-p1363' });
    const der = derOf(numbers);
    expect(der !== undefined && verify('sha256', message, { key: publicKey, dsaEncoding: 'der' }, der)).toBe(true);
    const back = numbersOf(sign('sha256', message, { key: privateKey, dsaEncoding: 'der' }));
    const isValid =
      back !== undefined && verify('sha256', message, { key: publicKey, dsaEncoding: 'ieee-p1363' }, back);
    expect(isValid).toBe(true);
  }
});

test('golden: numbers with leading zeros and with a high bit', () => {
  const numbers = Buffer.alloc(64);
  numbers[31] = 0x01;
  numbers[32] = 0x80;
  expect(Buffer.from(derOf(numbers) ?? []).toString('hex')).toBe(`3026020101022100${'80'.padEnd(64, '0')}`);
});

test('both spellings lead back to each other', () => {
  fc.assert(
    fc.property(number, number, (r, s) => {
      const der = derOf(Buffer.concat([r, s]));
      expect(Buffer.from(numbersOf(der ?? new Uint8Array()) ?? [])).toEqual(Buffer.concat([r, s]));
    }),
  );
});

test('a flipped bit of a DER signature is refused or is another pair of numbers', () => {
  const der = sign('sha256', Buffer.from('message'), privateKey);
  const numbers = Buffer.from(numbersOf(der) ?? []).toString('hex');
  for (let bit = 0; bit < der.length * 8; bit += 1) {
    const changed = Buffer.from(der);
    changed[Math.floor(bit / 8)]! ^= 1 << (bit % 8);
    const read = numbersOf(changed);
    expect(read === undefined ? undefined : Buffer.from(read).toString('hex')).not.toBe(numbers);
  }
});

test.each([
  ['nothing', ''],
  ['another tag', '3106020101020101'],
  ['a length that is too small', '3005020101020101'],
  ['a length that is too large', '3007020101020101'],
  ['something behind it', '300602010102010100'],
  ['a third number', '3009020101020101020101'],
  ['one number', '3003020101'],
  ['an empty number', '30050200020101'],
  ['zero', '3006020100020101'],
  ['a negative number', '3006020181020101'],
  ['a number with a zero too many', '300702020001020101'],
  ['33 significant bytes', `3026022101${'00'.repeat(32)}020101`],
  ['a number of another kind', '3006030101020101'],
  ['a long form of the length', '308106020101020101'],
])('%s is no DER signature', (_name, hex) => {
  expect(numbersOf(Buffer.from(hex, 'hex'))).toBeUndefined();
});

test.each([0, 1, 63, 65, 96, 128])('%d bytes are not two numbers', (length) => {
  expect(derOf(Buffer.alloc(length, 1))).toBeUndefined();
});

test('zero is no number of a signature', () => {
  expect(derOf(Buffer.concat([Buffer.alloc(32), Buffer.alloc(32, 1)]))).toBeUndefined();
  expect(derOf(Buffer.concat([Buffer.alloc(32, 1), Buffer.alloc(32)]))).toBeUndefined();
});
