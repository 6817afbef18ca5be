/** Whose keys may stand in a roster: by the hundred. */
import { generateKeyPairSync } from 'node:crypto';
import { encode } from 'cborg';
import { describe, expect, test } from 'vitest';
import { encodeBase64, encodeBase64Url } from './base64.ts';
import { keyMaterialOf, type HumanCredential, type RawCredential, type SshCredential } from './human-signature.ts';
import { encodePublicKey, generateSigner, publicKeyOf } from './keys.ts';
import { sshPublicKeyLine } from './ssh-key.ts';
import { wireString } from './ssh-wire.ts';

const spkiOf = (point: Uint8Array): string =>
  encodeBase64(Buffer.concat([Buffer.from('302a300506032b6570032100', 'hex'), point]));
const coseOf = (entries: readonly (readonly [number, unknown])[]): string => encodeBase64Url(encode(new Map(entries)));
const okp = (x: Uint8Array, alg = -8): string =>
  coseOf([
    [1, 1],
    [3, alg],
    [-1, 6],
    [-2, x],
  ]);
const line = (type: string, ...parts: readonly (string | Uint8Array)[]): string =>
  `${type} ${encodeBase64(Buffer.concat([wireString(type), ...parts.map(wireString)]))}`;
const raw = (publicKey: string): RawCredential => ({ kind: 'raw', publicKey });
const ssh = (publicKey: string): SshCredential => ({ kind: 'ssh', publicKey });
const passkey = (cose: string): HumanCredential => ({
  kind: 'passkey',
  id: 'AAAA',
  cose,
  rpId: 'a.example',
  origins: ['https://a.example'],
  allowBackup: false,
});
const everyForm = (point: Uint8Array): readonly HumanCredential[] => [
  raw(spkiOf(point)),
  ssh(line('ssh-ed25519', point)),
  ssh(line('sk-ssh-ed25519@openssh.com', point, 'ssh:')),
  passkey(okp(point)),
];

/** Little-endian y of the points of small order, and of every y that is not reduced: 2^255 - 19 to 2^255 - 1. */
const SMALL = [
  '01'.padEnd(64, '0'),
  `ec${'ff'.repeat(30)}7f`,
  '0'.repeat(64),
  '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc05',
  'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a',
];
const NOT_REDUCED = Array.from({ length: 19 }, (_, more) => `${(0xed + more).toString(16)}${'ff'.repeat(30)}7f`);
const withSign = (point: string, sign: 0 | 1): Buffer => {
  const bytes = Buffer.from(point, 'hex');
  bytes.writeUInt8(bytes.readUInt8(31) | (sign << 7), 31);
  return bytes;
};

describe('A2, A4: the key behind a credential', () => {
  test('is the same in every form: one person cannot be two by writing their key differently', () => {
    const point = publicKeyOf(generateSigner('ed25519')).point();
    const materials = everyForm(point).map(keyMaterialOf);
    expect(new Set(materials).size).toBe(1);
    expect(materials[0]).toMatch(/^[0-9a-f]{64}$/);
    const p256 = publicKeyOf(generateSigner('p256'));
    const cose = coseOf([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, p256.point().subarray(1, 33)],
      [-3, p256.point().subarray(33)],
    ]);
    expect(keyMaterialOf(passkey(cose))).toBe(keyMaterialOf(raw(encodePublicKey(p256))));
    expect(keyMaterialOf(ssh(sshPublicKeyLine(p256)))).toBe(keyMaterialOf(raw(encodePublicKey(p256))));
    const hardware = line('sk-ecdsa-sha2-nistp256@openssh.com', 'nistp256', p256.point(), 'ssh:');
    expect(keyMaterialOf(ssh(hardware))).toBe(keyMaterialOf(raw(encodePublicKey(p256))));
  });

  test('is none for a point of small order or in a second spelling, in any form and with either sign', () => {
    let tried = 0;
    for (const point of [...SMALL, ...NOT_REDUCED])
      for (const sign of [0, 1] as const)
        for (const credential of everyForm(withSign(point, sign))) {
          expect([point, sign, credential.kind, keyMaterialOf(credential)]).toEqual([
            point,
            sign,
            credential.kind,
            undefined,
          ]);
          tried += 1;
        }
    expect(tried).toBe(192);
  });

  test.each<[string, () => HumanCredential]>([
    ['RSA as a passkey', () => passkey(rsa())],
    ['RSA for SSH', () => ssh(line('ssh-rsa', Uint8Array.of(1, 0, 1), new Uint8Array(256).fill(0x7f)))],
    ['DSA for SSH', () => ssh(line('ssh-dss', new Uint8Array(128).fill(1)))],
    ['P-384 for SSH', () => ssh(line('ecdsa-sha2-nistp384', 'nistp384', new Uint8Array(97).fill(4)))],
    [
      'a hardware key of P-256 that is no point',
      () => ssh(line('sk-ecdsa-sha2-nistp256@openssh.com', 'nistp256', new Uint8Array(65).fill(4), 'ssh:')),
    ],
    [
      'a hardware key made for web pages',
      () => ssh(line('sk-ssh-ed25519@openssh.com', generateSigner('ed25519').publicKey.point(), 'https://a.example')),
    ],
    ['a certificate for SSH', () => ssh(line('ssh-ed25519-cert-v01@openssh.com', new Uint8Array(32)))],
    [
      'ES384',
      () =>
        passkey(
          coseOf([
            [1, 2],
            [3, -35],
            [-1, 2],
            [-2, new Uint8Array(48)],
            [-3, new Uint8Array(48)],
          ]),
        ),
    ],
    [
      'ES512',
      () =>
        passkey(
          coseOf([
            [1, 2],
            [3, -36],
            [-1, 3],
            [-2, new Uint8Array(66)],
            [-3, new Uint8Array(66)],
          ]),
        ),
    ],
    [
      'ES256K',
      () =>
        passkey(
          coseOf([
            [1, 2],
            [3, -47],
            [-1, 8],
            [-2, new Uint8Array(32)],
            [-3, new Uint8Array(32)],
          ]),
        ),
    ],
    [
      'RS1',
      () =>
        passkey(
          coseOf([
            [1, 3],
            [3, -65_535],
            [-1, new Uint8Array(256)],
            [-2, Uint8Array.of(1, 0, 1)],
          ]),
        ),
    ],
    ['an algorithm that is not there', () => passkey(okp(generateSigner('ed25519').publicKey.point(), -999))],
    [
      'a point of P-256 that is not on the curve',
      () =>
        passkey(
          coseOf([
            [1, 2],
            [3, -7],
            [-1, 1],
            [-2, new Uint8Array(32).fill(1)],
            [-3, new Uint8Array(32).fill(1)],
          ]),
        ),
    ],
    [
      'the point at infinity',
      () =>
        passkey(
          coseOf([
            [1, 2],
            [3, -7],
            [-1, 1],
            [-2, new Uint8Array(32)],
            [-3, new Uint8Array(32)],
          ]),
        ),
    ],
    ['a key that is too short', () => passkey(okp(new Uint8Array(31).fill(9)))],
    ['a key that is too long', () => passkey(okp(new Uint8Array(33).fill(9)))],
    [
      'a private key',
      () =>
        passkey(
          coseOf([
            [1, 1],
            [3, -8],
            [-1, 6],
            [-2, generateSigner('ed25519').publicKey.point()],
            [-4, new Uint8Array(32)],
          ]),
        ),
    ],
    ['nothing', () => raw('')],
    ['text', () => passkey('!')],
  ])('is none for %s', (_, credential) => {
    expect(keyMaterialOf(credential())).toBeUndefined();
  });
});

function rsa(): string {
  const jwk = generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey.export({ format: 'jwk' });
  return coseOf([
    [1, 3],
    [3, -257],
    [-1, Buffer.from(jwk.n ?? '', 'base64url')],
    [-2, Buffer.from(jwk.e ?? '', 'base64url')],
  ]);
}
