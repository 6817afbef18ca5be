import { SIGNER_CODES } from '@countersign/signer';
import { expect, test } from 'vitest';
import { CODES } from './explanations.ts';

test('every refusal of a key has its explanation, also without the package of keys', () => {
  const codes = Object.keys(SIGNER_CODES);
  expect(codes.length).toBeGreaterThan(10);
  expect(codes.filter((code) => !Object.hasOwn(CODES, code))).toEqual([]);
});
