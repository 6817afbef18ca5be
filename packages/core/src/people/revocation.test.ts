import { expect, test } from 'vitest';
import { parseInstant, plusMs, type Instant } from '../shared/brand.ts';
import { readShape } from '../shared/shape.ts';
import { acceptedUnknown, acceptedWrong, leftOut } from '../shared/shape.builder.ts';
import { isRevokedAt, revocationShape, type Revocation } from './revocation.ts';

const NOON = parseInstant('2026-11-21T12:00:00.000Z')!;
const KEY = 'a'.repeat(64);
const LOST: Revocation = { keyid: KEY, notAfter: NOON, reason: 'stolen laptop' };
const SIZED: Revocation = { ...LOST, notAfterSize: 100 };
const at = (ms: number): Instant => plusMs(NOON, ms);

test.each<[string, readonly Revocation[], string, Parameters<typeof isRevokedAt>[2], boolean]>([
  ['nothing is revoked', [], KEY, { at: at(1) }, false],
  ['another key is', [{ ...LOST, keyid: 'b'.repeat(64) }], KEY, { at: at(1) }, false],
  ['it was made before', [LOST], KEY, { at: at(-1) }, false],
  ['it was made at that moment', [LOST], KEY, { at: at(0) }, false],
  ['it was made after', [LOST], KEY, { at: at(1) }, true],
  ['it lies in the record before that size', [SIZED], KEY, { at: at(-1), index: 99 }, false],
  ['it claims an earlier time and lies behind that size', [SIZED], KEY, { at: at(-1), index: 100 }, true],
  ['it lies before that size and claims a later time', [SIZED], KEY, { at: at(1), index: 1 }, true],
  ['it claims an earlier time and its place is not known', [SIZED], KEY, { at: at(-1) }, false],
  ['one of two revocations is earlier', [{ ...LOST, notAfter: at(500) }, LOST], KEY, { at: at(1) }, true],
  ['the case of its id differs', [LOST], KEY.toUpperCase(), { at: at(1) }, false],
])('X1: a signature is judged when %s', (...row) => {
  const [, revocations, keyid, moment, isRevoked] = row;
  expect(isRevokedAt(revocations, keyid, moment)).toBe(isRevoked);
});

test('X1: a revocation is read whole and strictly', () => {
  expect(readShape(revocationShape, SIZED)).toEqual({ ok: true, value: SIZED });
  expect(readShape(revocationShape, LOST)).toEqual({ ok: true, value: LOST });
  expect(leftOut(revocationShape, LOST)).toEqual([]);
  expect(acceptedWrong(revocationShape, SIZED)).toEqual([]);
  expect(acceptedUnknown(revocationShape, SIZED)).toEqual([]);
  for (const keyid of ['', 'short', 'has blanks in it', `${KEY}\n`, 'x'.repeat(401)])
    expect(readShape(revocationShape, { ...LOST, keyid }).ok).toBe(false);
  for (const keyid of ['ssh:SHA256:abcdefgh+/', 'webauthn:Y3JlZA_-'])
    expect(readShape(revocationShape, { ...LOST, keyid }).ok).toBe(true);
});
