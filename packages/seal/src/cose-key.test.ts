import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { encode } from 'cborg';
import { describe, expect, test } from 'vitest';
import { readCoseKey } from './cose-key.ts';

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
