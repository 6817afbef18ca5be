import fc from 'fast-check';
import { DIGEST_WORDS as WORDS, parseDigest } from '@countersign/core';
import { expect, test } from 'vitest';
import { digestOf, digestOfDocument, digestOfHash, digestWords, hashOfDigest, sha256 } from './digest.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);

test.each([
  ['', 'sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855'],
  ['abc', 'sha256:ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad'],
  [
    'abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq',
    'sha256:248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1',
  ],
])('FIPS 180-4: the digest of %j', (text, digest) => {
  expect(digestOf(bytes(text))).toBe(digest);
});

test('a hash is plain bytes and goes to its digest and back', () => {
  const hash = sha256(bytes('abc'));
  expect(hash).toBeInstanceOf(Uint8Array);
  expect(Buffer.isBuffer(hash)).toBe(false);
  expect(hashOfDigest(digestOfHash(hash))).toEqual(hash);
  expect(() => digestOfHash(hash.subarray(1))).toThrow('32 bytes');
});

test('the digest of a document is the digest of its canonical bytes', () => {
  expect(digestOfDocument({ b: 1, a: 'x' })).toBe(digestOf(bytes('{"a":"x","b":1}')));
  expect(digestOfDocument({ a: 'x', b: 1 })).toBe(digestOfDocument({ b: 1, a: 'x' }));
  expect(() => digestOfDocument({ a: 0.5 })).toThrow(TypeError);
});

test('there are 256 words and any two differ in their first three letters', () => {
  expect(WORDS).toHaveLength(256);
  expect(new Set(WORDS.map((word) => word.slice(0, 3))).size).toBe(256);
  expect(WORDS.filter((word) => !/^[a-z]{3,9}$/.test(word))).toEqual([]);
});

test('the words of a digest are frozen: two screens of different versions must agree', () => {
  const zero = parseDigest(`sha256:${'00'.repeat(32)}`);
  const ones = parseDigest(`sha256:${'ff'.repeat(32)}`);
  expect(digestWords(zero!)).toBe('abacus abacus abacus abacus 00000');
  expect(digestWords(ones!)).toBe('village village village village 65535');
  expect(digestWords(digestOf(bytes('abc')))).toBe('olive guppy badge orchid 36609');
  expect(digestOfDocument(WORDS)).toBe('sha256:4953565b15be214cfbbc16585eaf27afc825ccbb61f2c6119262f676d8452b9c');
});

test('words change whenever one of the first 48 bits of the digest changes', () => {
  const digest = digestOf(bytes('abc'));
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 47 }), (bit) => {
      const hash = hashOfDigest(digest);
      hash[Math.floor(bit / 8)]! ^= 1 << (bit % 8);
      expect(digestWords(digestOfHash(hash))).not.toBe(digestWords(digest));
    }),
  );
});
