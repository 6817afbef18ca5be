/**
 * Ed25519 points of small order. Under such a key one signature is valid for many messages, so it must never be enrolled.
 * The eight points have five values of y; x only decides the sign bit.
 */
import { encodeHex } from './base64.ts';

/** Little-endian y of the points of order 1, 2, 4 and 8 (two values). */
const SMALL_ORDER_Y: ReadonlySet<string> = new Set([
  '0100000000000000000000000000000000000000000000000000000000000000',
  'ecffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff7f',
  '0000000000000000000000000000000000000000000000000000000000000000',
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
]);
const SMALLEST_NOT_REDUCED = 0xed;

/** Also true for every y that is not reduced modulo 2^255 - 19: RFC 8032 gives a point one encoding. */
export function isSmallOrderEd25519(point: Uint8Array): boolean {
  const y = Uint8Array.from(point);
  y[31] = (y[31] ?? 0) & 0x7f;
  const isNotReduced =
    y[31] === 0x7f && y.subarray(1, 31).every((byte) => byte === 0xff) && (y[0] ?? 0) >= SMALLEST_NOT_REDUCED;
  return isNotReduced || SMALL_ORDER_Y.has(encodeHex(y));
}
