import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDigest, type Digest } from './brand.ts';
import { DIGEST_WORDS, digestWords } from './digest-words.ts';

const digestFrom = (start: string): Digest => parseDigest(`sha256:${start.padEnd(64, '0')}`)!;

test('C3: there is one word for each byte, and any two differ in their first three letters', () => {
  expect(DIGEST_WORDS).toHaveLength(256);
  expect(new Set(DIGEST_WORDS.map((word) => word.slice(0, 3))).size).toBe(256);
  expect(DIGEST_WORDS.every((word) => /^[a-z]{3,9}$/.test(word))).toBe(true);
});

test('C3: the order of the words is fixed: what was read aloud once is read the same for ever', () => {
  expect([0, 1, 127, 128, 254, 255].map((byte) => DIGEST_WORDS[byte])).toMatchInlineSnapshot(`
    [
      "abacus",
      "academy",
      "hornet",
      "hotel",
      "vanilla",
      "village",
    ]
  `);
  expect(digestWords(digestFrom('0001feff9d15'))).toMatchInlineSnapshot(`"abacus academy vanilla village 40213"`);
});

test('C3: the words are four bytes and the number two, with leading zeros', () => {
  expect(digestWords(digestFrom(''))).toBe('abacus abacus abacus abacus 00000');
  expect(digestWords(digestFrom('00000000ffff'))).toBe('abacus abacus abacus abacus 65535');
  expect(digestWords(digestFrom('000000000007'))).toBe('abacus abacus abacus abacus 00007');
});

/** The words read back. */
const bitsOf = (words: string): string => {
  const parts = words.split(' ');
  const bytes = parts.slice(0, 4).map((word) => DIGEST_WORDS.indexOf(word).toString(16).padStart(2, '0'));
  return bytes.join('') + Number(parts[4]).toString(16).padStart(4, '0');
};

test('C3: from the words the first 48 bits of the digest can be read back, so two that differ there sound different', () => {
  fc.assert(
    fc.property(fc.stringMatching(/^[0-9a-f]{64}$/), (hex) => {
      expect(bitsOf(digestWords(digestFrom(hex)))).toBe(hex.slice(0, 12));
    }),
  );
});
