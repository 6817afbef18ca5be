import {
  canonicalBytes,
  CAPSULE_PREDICATE,
  PAYLOAD,
  preAuthEncoding,
  challengeOf,
  STATEMENT_TYPE,
} from '@countersign/seal';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { preAuthEncoding as ownEncoding } from '../passkey/approval.ts';
import { canonical, readCanonical } from './canonical.ts';
import { bytesOf, fromBase64, fromBase64Url, sha256, textOf, toBase64, toBase64Url } from './encoding.ts';
import { CAPSULE_PREDICATE as OWN_PREDICATE, PAYLOAD_TYPES, STATEMENT_TYPE as OWN_STATEMENT } from './payload-types.ts';

const document = fc.letrec<{ value: unknown }>((tie) => ({
  value: fc.oneof(
    { maxDepth: 4 },
    fc.constant(null),
    fc.boolean(),
    fc.maxSafeInteger().map((number) => (Object.is(number, -0) ? 0 : number)),
    fc.string({ unit: 'binary' }),
    fc.array(tie('value'), { maxLength: 4 }),
    fc.dictionary(fc.string({ unit: 'binary' }), tie('value'), { maxKeys: 4 }),
  ),
})).value;

test('I8: the page writes the same canonical bytes as seal does', () => {
  fc.assert(
    fc.property(document, (value) => {
      expect(canonical(value)).toBe(new TextDecoder().decode(canonicalBytes(value)));
    }),
  );
});

test.each([1.5, Number.NaN, Infinity, 2 ** 53, -0, '\ud800', undefined, { a: undefined }, [() => 1]])(
  'what has no canonical form has none here either: %s',
  (value) => {
    expect(canonical(value)).toBeUndefined();
  },
);

test.each(['{"a":1,"a":1}', '{"b":1,"a":2}', '{"a": 1}', '1.0', '"\\u0041"', '{', '', '\ufeff{}'])(
  'T19: a text that two readers could read differently is refused: %s',
  (text) => {
    expect(readCanonical(text)).toBeUndefined();
  },
);

test('what is canonical is read', () => {
  expect(readCanonical('{"a":[1,null,"x"]}')).toEqual({ value: { a: [1, null, 'x'] } });
});

test('bytes survive both alphabets, and other spellings are refused', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
      expect(toBase64(bytes)).toBe(Buffer.from(bytes).toString('base64'));
      expect(toBase64Url(bytes)).toBe(Buffer.from(bytes).toString('base64url'));
      expect(fromBase64(toBase64(bytes))).toEqual(bytes);
      expect(fromBase64Url(toBase64Url(bytes))).toEqual(bytes);
    }),
  );
  for (const text of ['AB==', 'A', 'AA', 'AA=A', '-_', 'AA AA']) expect(fromBase64(text)).toBeUndefined();
  for (const text of ['AB', '+/', 'AA==', 'A']) expect(fromBase64Url(text)).toBeUndefined();
});

test('text that is not UTF-8 is no text', () => {
  expect(textOf(Uint8Array.of(0xff))).toBeUndefined();
  expect(textOf(bytesOf('ä'))).toBe('ä');
});

test('the names of documents are those of seal', () => {
  expect(PAYLOAD_TYPES).toEqual({
    capsule: PAYLOAD.capsule,
    approval: PAYLOAD.approval,
  });
  expect([OWN_PREDICATE, OWN_STATEMENT]).toEqual([CAPSULE_PREDICATE, STATEMENT_TYPE]);
});

test('A2: the challenge is made of the same bytes that seal verifies', async () => {
  const text = '{"a":"ä"}';
  expect(Buffer.from(ownEncoding(PAYLOAD.approval, text))).toEqual(
    Buffer.from(preAuthEncoding(PAYLOAD.approval, bytesOf(text))),
  );
  expect(toBase64Url(await sha256(ownEncoding(PAYLOAD.approval, text)))).toBe(
    Buffer.from(challengeOf(PAYLOAD.approval, bytesOf(text))).toString('base64url'),
  );
});
