import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { encode } from 'cborg';
import { describe, expect, test } from 'vitest';
import { readCoseKey } from './cose-key.ts';
import { generateSigner, publicKeyOf } from './keys.ts';

interface Authenticator {
  readonly cose: Uint8Array;
  readonly sign: (bytes: Uint8Array) => Uint8Array;
}
const coordinate = (key: KeyObject, name: 'x' | 'y' | 'n' | 'e'): Uint8Array =>
  Buffer.from(key.export({ format: 'jwk' })[name]!, 'base64url');
const coseOf = (entries: readonly (readonly [number, unknown])[]): Uint8Array => encode(new Map(entries));
const signerOf =
  (key: KeyObject, hash: string | null): Authenticator['sign'] =>
  (bytes) =>
    Uint8Array.from(sign(hash, bytes, key));

function es256(): Authenticator {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const cose = coseOf([
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, coordinate(publicKey, 'x')],
    [-3, coordinate(publicKey, 'y')],
  ]);
  return { cose, sign: signerOf(privateKey, 'sha256') };
}
function rs256(modulusLength = 2048): Authenticator {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength });
  const cose = coseOf([
    [1, 3],
    [3, -257],
    [-1, coordinate(publicKey, 'n')],
    [-2, coordinate(publicKey, 'e')],
  ]);
  return { cose, sign: signerOf(privateKey, 'sha256') };
}

const key = es256();

describe('COSE keys', () => {
  const x = new Uint8Array(32).fill(1);
  test.each([
    ['nothing', new Uint8Array()],
    ['a text', encode('key')],
    ['trailing bytes', Buffer.concat([key.cose, Uint8Array.of(0)])],
    [
      'an unknown label',
      coseOf([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, x],
        [-3, x],
        [4, 1],
      ]),
    ],
    [
      'the key type of another algorithm',
      coseOf([
        [1, 1],
        [3, -7],
        [-1, 1],
        [-2, x],
        [-3, x],
      ]),
    ],
    [
      'another curve',
      coseOf([
        [1, 2],
        [3, -7],
        [-1, 2],
        [-2, x],
        [-3, x],
      ]),
    ],
    [
      'a point that is not on the curve',
      coseOf([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, x],
        [-3, x],
      ]),
    ],
    [
      'a missing coordinate',
      coseOf([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, x],
      ]),
    ],
    [
      'a text as coordinate',
      coseOf([
        [1, 2],
        [3, -7],
        [-1, 1],
        [-2, 'x'],
        [-3, x],
      ]),
    ],
    [
      'an Ed25519 point of small order',
      coseOf([
        [1, 1],
        [3, -8],
        [-1, 6],
        [-2, new Uint8Array(32)],
      ]),
    ],
    [
      'an algorithm that is not supported',
      coseOf([
        [1, 2],
        [3, -35],
        [-1, 2],
        [-2, x],
        [-3, x],
      ]),
    ],
    [
      'a private key',
      coseOf([
        [1, 1],
        [3, -8],
        [-1, 6],
        [-2, x],
        [-4, x],
      ]),
    ],
    ['RSA with 1024 bits', rs256(1024).cose],
    [
      'RSA without modulus',
      coseOf([
        [1, 3],
        [3, -257],
        [-2, Uint8Array.of(1, 0, 1)],
      ]),
    ],
    [
      'RSA with exponent 1',
      coseOf([
        [1, 3],
        [3, -257],
        [-1, new Uint8Array(256).fill(255)],
        [-2, Uint8Array.of(1)],
      ]),
    ],
    ['too much', new Uint8Array(2000)],
    [
      'a whole key with one label given twice',
      Buffer.concat([Uint8Array.of(0xa6), key.cose.subarray(1), Uint8Array.of(1, 2)]),
    ],
    ['a map with a label given twice', Uint8Array.from([0xa2, 0x01, 0x02, 0x01, 0x02])],
  ])('refused: %s', (_name, bytes) => {
    expect(readCoseKey(bytes).ok).toBe(false);
  });
});

const pointOf = (kind: 'ed25519' | 'p256'): Uint8Array => publicKeyOf(generateSigner(kind)).point();
const p256 = pointOf('p256');
const [ed, x, y] = [pointOf('ed25519'), p256.slice(1, 33), p256.slice(33)];
const ec = (change: Readonly<Record<number, unknown>> = {}): Uint8Array =>
  coseOf(
    [1, 3, -1, -2, -3].map((label) => [label, { 1: 2, 3: -7, '-1': 1, '-2': x, '-3': y, ...change }[label]] as const),
  );
const okp = (change: Readonly<Record<number, unknown>> = {}): Uint8Array =>
  coseOf([1, 3, -1, -2].map((label) => [label, { 1: 1, 3: -8, '-1': 6, '-2': ed, ...change }[label]] as const));
const codeOf = (bytes: Uint8Array): string => {
  const read = readCoseKey(bytes);
  return read.ok ? read.value.algorithm : read.refusal.code;
};

const rsaOf = (count: number): Uint8Array =>
  coseOf([
    [1, 3],
    [3, -257],
    [-1, Uint8Array.from({ length: count / 8 }, () => 0xff)],
    [-2, Uint8Array.of(1, 0, 1)],
  ]);
describe('A2, I8: a passkey has one spelling', () => {
  test('each kind says what it is', () => {
    expect([ec(), okp(), rs256().cose].map(codeOf)).toEqual(['ES256', 'EdDSA', 'RS256']);
  });

  test.each<readonly [string, Uint8Array, string]>([
    ['the key type as text', ec({ 1: '2' }), 'bad-key'],
    ['the key type in a list', ec({ 1: [2] }), 'bad-key'],
    ['the algorithm as text', ec({ 3: '-7' }), 'bad-key'],
    ['the curve as text', ec({ '-1': '1' }), 'bad-key'],
    ['another curve with a point of P-256', ec({ '-1': 2 }), 'bad-key'],
    ['another curve with a point of Ed25519', okp({ '-1': 4 }), 'bad-key'],
    ['coordinates of 31 and 33 bytes', ec({ '-2': p256.slice(1, 32), '-3': p256.slice(32) }), 'bad-key'],
    ['coordinates of 33 and 31 bytes', ec({ '-2': p256.slice(1, 34), '-3': p256.slice(34) }), 'bad-key'],
    ['a coordinate that is too long', ec({ '-3': Buffer.concat([y, Uint8Array.of(0)]) }), 'bad-key'],
    ['the compressed point', ec({ '-3': true }), 'bad-key'],
    [
      'the second coordinate of a kind that has none',
      Buffer.concat([Uint8Array.of(0xa5), okp().subarray(1), encode(-3), encode(true)]),
      'bad-key',
    ],
    [
      'an empty second coordinate',
      Buffer.concat([Uint8Array.of(0xa5), okp().subarray(1), encode(-3), encode(new Uint8Array())]),
      'bad-key',
    ],
    [
      'its labels in another order',
      Buffer.concat([Uint8Array.of(0xa5), encode(3), encode(-7), encode(1), encode(2), ec().subarray(5)]),
      'malformed',
    ],
    [
      'a number as a fraction',
      Buffer.concat([Uint8Array.of(0xa5, 0x01, 0xf9, 0x40, 0x00), ec().subarray(3)]),
      'malformed',
    ],
    [
      'a number in more bytes than it needs',
      Buffer.concat([Uint8Array.of(0xa5, 0x01, 0x18, 0x02), ec().subarray(3)]),
      'malformed',
    ],
    ['the map in more bytes than it needs', Buffer.concat([Uint8Array.of(0xb8, 0x05), ec().subarray(1)]), 'malformed'],
    [
      'a length in more bytes than it needs',
      Buffer.from(Buffer.from(ec()).toString('hex').replace('215820', '21590020'), 'hex'),
      'malformed',
    ],
    [
      'a map without an announced end',
      Buffer.concat([Uint8Array.of(0xbf), ec().subarray(1), Uint8Array.of(0xff)]),
      'malformed',
    ],
  ])('with %s it is refused', (_name, bytes, code) => {
    expect(codeOf(bytes)).toBe(code);
  });

  test('every beginning of it, and every key with one bit changed, is another key or none', () => {
    for (const bytes of [ec(), okp()]) {
      const own = readCoseKey(bytes);
      for (let length = 0; length < bytes.length; length += 1)
        expect(codeOf(bytes.subarray(0, length))).toBe('malformed');
      for (let bit = 0; bit < bytes.length * 8; bit += 1) {
        const flipped = Uint8Array.from(bytes);
        flipped[bit >> 3]! ^= 1 << (bit & 7);
        const read = readCoseKey(flipped);
        expect(read.ok && own.ok && read.value.keyid === own.value.keyid, `bit ${bit}`).toBe(false);
      }
    }
  });

  test('RSA has 2048 to 4096 bits', () => {
    expect([2040, 2048, 4096, 4104].map((count) => codeOf(rsaOf(count)))).toEqual([
      'bad-key',
      'RS256',
      'RS256',
      'bad-key',
    ]);
  });
});
