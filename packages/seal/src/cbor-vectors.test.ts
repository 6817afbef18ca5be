import { expect, test } from 'vitest';
import { readCbor } from './cose-key.ts';

/** RFC 8949 appendix A: the values as published, by their bytes. */
const CBOR: readonly (readonly [string, unknown])[] = [
  ['00', 0],
  ['0a', 10],
  ['17', 23],
  ['1818', 24],
  ['1903e8', 1000],
  ['1a000f4240', 1_000_000],
  ['1b000000e8d4a51000', 1_000_000_000_000],
  ['20', -1],
  ['3863', -100],
  ['3903e7', -1000],
  ['f4', false],
  ['f5', true],
  ['f6', null],
  ['40', new Uint8Array()],
  ['4401020304', Uint8Array.of(1, 2, 3, 4)],
  ['60', ''],
  ['6449455446', 'IETF'],
  ['62225c', '"\\'],
  ['62c3bc', 'ü'],
  ['63e6b0b4', '水'],
  ['64f0908591', '𐅑'],
  ['80', []],
  ['8301820203820405', [1, [2, 3], [4, 5]]],
  ['a0', new Map()],
  [
    'a201020304',
    new Map([
      [1, 2],
      [3, 4],
    ]),
  ],
  [
    'a26161016162820203',
    new Map<string, unknown>([
      ['a', 1],
      ['b', [2, 3]],
    ]),
  ],
];

test.each(CBOR)('RFC 8949: %s is read as published, and no beginning of it', (hex, value) => {
  const bytes = Uint8Array.from(Buffer.from(hex, 'hex'));
  expect(readCbor(bytes)).toEqual(value);
  for (let length = 0; length < bytes.length; length += 1) expect(readCbor(bytes.subarray(0, length))).toBe(undefined);
  expect(readCbor(Buffer.concat([bytes, Uint8Array.of(0)]))).toBe(undefined);
});

test.each([
  '5f42010243030405ff',
  '7f657374726561646d696e67ff',
  '9fff',
  'bf61610161629f0203ffff',
  'c074323031332d30332d32315432303a30343a30305a',
  'd82076',
  'f0',
  'f818',
  'a2010203',
  '1818ff',
  '1801',
  '190017',
  '1a0000ffff',
  '1b00000000ffffffff',
  '3800',
  'a201020102',
  'ff',
  '1c',
  '5c',
  '7e',
])('RFC 8949: %s has no end, a tag, a second spelling or no meaning, and is not read', (hex) => {
  expect(readCbor(Buffer.from(hex, 'hex'))).toBe(undefined);
});
