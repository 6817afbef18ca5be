/** The refused points, derived here from the curve itself and not from the list. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { isSmallOrderEd25519 } from './ed25519-points.ts';
import { publicKeyFromPoint } from './keys.ts';

const P = 2n ** 255n - 19n;
const mod = (value: bigint): bigint => ((value % P) + P) % P;
function power(base: bigint, exponent: bigint): bigint {
  let [result, square] = [1n, mod(base)];
  for (let rest = exponent; rest > 0n; rest >>= 1n) {
    if (rest & 1n) result = mod(result * square);
    square = mod(square * square);
  }
  return result;
}
const inverse = (value: bigint): bigint => power(value, P - 2n);
/** RFC 8032 5.1: -x^2 + y^2 = 1 + d x^2 y^2. */
const D = mod(-121_665n * inverse(121_666n));
const ROOT_OF_MINUS_ONE = power(2n, (P - 1n) / 4n);

/** A square root, when there is one (RFC 8032 5.1.3). */
function root(square: bigint): bigint | undefined {
  const candidate = power(square, (P + 3n) / 8n);
  return [candidate, mod(candidate * ROOT_OF_MINUS_ONE)].find((one) => mod(one * one) === mod(square));
}
type Point = readonly [x: bigint, y: bigint];
const double = ([x, y]: Point): Point => {
  const product = mod(D * x * x * y * y);
  return [mod(2n * x * y * inverse(1n + product)), mod((y * y + x * x) * inverse(1n - product))];
};
const pointAt = (y: bigint): Point | undefined => {
  const x = root(mod((y * y - 1n) * inverse(D * y * y + 1n)));
  return x === undefined ? undefined : [x, y];
};
/** Whether eight times the point with this y is the neutral one. */
function isOfOrder8(y: bigint): boolean {
  const point = pointAt(mod(y));
  if (point === undefined) return false;
  const [x, eightfold] = double(double(double(point)));
  return x === 0n && eightfold === 1n;
}
/** The y of points of order 8: doubled they have y = 0, so x^2 = -y^2 there. */
function ofOrder8(): readonly bigint[] {
  // -x^2 + y^2 = 1 + d x^2 y^2 with x^2 = -y^2 is d y^4 + 2 y^2 - 1 = 0.
  const half = root(1n + D);
  const squares = half === undefined ? [] : [mod((half - 1n) * inverse(D)), mod((-half - 1n) * inverse(D))];
  return squares.flatMap((square) => {
    const y = root(square);
    return y === undefined ? [] : [y, mod(-y)];
  });
}
function encoded(y: bigint, isOdd = false): Uint8Array {
  const bytes = Buffer.from(y.toString(16).padStart(64, '0'), 'hex').toReversed();
  bytes[31]! |= isOdd ? 0x80 : 0;
  return Uint8Array.from(bytes);
}

describe('A2, RFC 8032: keys under which one signature is good for many documents', () => {
  const small = [0n, 1n, P - 1n, ...ofOrder8()];
  test('are the five y of the points whose order divides 8, with either sign', () => {
    expect(new Set(small).size).toBe(5);
    for (const y of small) {
      expect(isOfOrder8(y)).toBe(true);
      for (const sign of [false, true]) {
        expect(isSmallOrderEd25519(encoded(y, sign))).toBe(true);
        expect(publicKeyFromPoint('ed25519', encoded(y, sign))).toMatchObject({
          ok: false,
          refusal: { code: 'bad-key' },
        });
      }
    }
  });

  test('are all there are: the neighbours of each, and any other, are none', () => {
    for (const y of small)
      for (const near of [mod(y + 1n), mod(y - 1n), mod(y + 2n ** 64n)])
        expect(isSmallOrderEd25519(encoded(near))).toBe(isOfOrder8(near));
    fc.assert(
      fc.property(fc.bigInt({ min: 2n, max: P - 2n }), (y) => {
        expect(isSmallOrderEd25519(encoded(y))).toBe(small.includes(y));
      }),
    );
  });

  test('and every second spelling: the 19 y that are not reduced, with either sign, and no y below them', () => {
    for (let above = 0n; above < 19n; above += 1n)
      for (const sign of [false, true])
        expect([above, isSmallOrderEd25519(encoded(P + above, sign))]).toEqual([above, true]);
    expect(isSmallOrderEd25519(encoded(P - 2n))).toBe(false);
    const high = encoded(P + 18n);
    for (let place = 1; place < 32; place += 1) {
      const lower = Uint8Array.from(high);
      lower[place]! -= 1;
      expect([place, isSmallOrderEd25519(lower)]).toEqual([place, false]);
    }
    for (const byte of [0x00, 0x7f, 0xeb]) {
      const lower = Uint8Array.from(high);
      lower[0] = byte;
      expect([byte, isSmallOrderEd25519(lower)]).toEqual([byte, false]);
    }
  });
});
