import { generateKeyPairSync } from 'node:crypto';
import fc from 'fast-check';
import type { Result } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { encodeHex } from './base64.ts';
import {
  decodePublicKey,
  encodePublicKey,
  generateSigner,
  keyId,
  loadSigner,
  publicKeyFromPoint,
  publicKeyOf,
  signerPem,
  type SignerKey,
} from './keys.ts';

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.refusal.detail);
  return result.value;
}
const codeOf = (result: Result<unknown>): string => (result.ok ? 'accepted' : result.refusal.code);
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));
const pemOf = (seed: string): string => {
  const der = Buffer.from(`302e020100300506032b657004220420${seed}`, 'hex').toString('base64');
  return `-----BEGIN PRIVATE KEY-----\n${der}\n-----END PRIVATE KEY-----\n`;
};
const RFC8032_SEED = '9d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60';

describe('RFC 8032 section 7.1', () => {
  test.each([
    {
      seed: RFC8032_SEED,
      point: 'd75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a',
      message: '',
      signature:
        'e5564300c360ac729086e2cc806e828a84877f1eb8e5d974d873e065224901555fb8821590a33bacc61e39701cf9b46bd25bf5f0595bbe24655141438e7a100b',
    },
    {
      seed: '4ccd089b28ff96da9db6c346ec114e0f5b8a319f35aba624da8cf6ed4fb8a6fb',
      point: '3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c',
      message: '72',
      signature:
        '92a009a9f0d4cab8720e820b5f642540a2b27b5416503f8fb3762223ebdb69da085ac1e43e15996e458f3613d0f11d8c387b2eaeb4302aeeb00d291612bb0c00',
    },
    {
      seed: 'c5aa8df43f9f837bedb7442f31dcb7b166d38535076f094b85ce3a2e0b4458f7',
      point: 'fc51cd8e6218a1a38da47ed00230f0580816ed13ba3303ac5deb911548908025',
      message: 'af82',
      signature:
        '6291d657deec24024827e69c3abe01a30ce548a284743a445e3680d7db5ac3ac18ff9b538d16f290ae67f760984dc6594a7c15e9716ed28dc027beceea1ec40a',
    },
  ])('message $message', ({ seed, point, message, signature }) => {
    const signer = must(loadSigner(pemOf(seed)));
    expect(encodeHex(publicKeyOf(signer).point())).toBe(point);
    expect(encodeHex(signer.sign(hex(message)))).toBe(signature);
    expect(must(publicKeyFromPoint('ed25519', hex(point))).verify(hex(message), hex(signature))).toBe(true);
  });
});

test('the key id is SHA-256 of the SPKI, frozen', () => {
  const publicKey = publicKeyOf(must(loadSigner(pemOf(RFC8032_SEED))));
  expect(encodePublicKey(publicKey)).toBe('MCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=');
  expect(keyId(publicKey)).toBe('06e3fd8fda29bb60ab59557de61edb0aecdb231134be30e75b455f8e1b792fa9');
});

describe.each(['ed25519', 'p256'] as const)('a key of kind %s', (kind) => {
  const signer = generateSigner(kind);
  const publicKey = publicKeyOf(signer);

  test('survives its file and its text', () => {
    const loaded = must(loadSigner(signerPem(signer)));
    expect(loaded.keyid).toBe(signer.keyid);
    expect(must(decodePublicKey(encodePublicKey(publicKey))).keyid).toBe(keyId(publicKey));
    expect(must(publicKeyFromPoint(kind, publicKey.point())).keyid).toBe(keyId(publicKey));
  });

  test('verifies what it signed in both forms, and nothing else', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 100 }),
        fc.constantFrom('der' as const, 'ieee-p1363' as const),
        (message, form) => {
          const signature = signer.sign(message, form);
          expect(publicKey.verify(message, signature, form)).toBe(true);
          expect(publicKey.verify(Buffer.concat([message, Uint8Array.of(0)]), signature, form)).toBe(false);
          expect(publicKeyOf(generateSigner(kind)).verify(message, signature, form)).toBe(false);
        },
      ),
      { numRuns: 20 },
    );
  });

  test('answers "no" to hostile signatures, never an exception', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (signature) => {
        expect(publicKey.verify(hex('00'), signature)).toBe(false);
        expect(publicKey.verify(hex('00'), signature, 'ieee-p1363')).toBe(false);
      }),
    );
  });

  test('refuses a signature with trailing bytes', () => {
    const signature = signer.sign(hex('00'));
    expect(publicKey.verify(hex('00'), Buffer.concat([signature, Uint8Array.of(0)]))).toBe(false);
  });

  test('shows its id and not its secret when printed', () => {
    expect(JSON.stringify({ signer, publicKey })).toBe(`{"signer":"${signer.keyid}","publicKey":"${signer.keyid}"}`);
    expect(Object.keys(signer)).toEqual(['publicKey']);
  });

  test('refuses a public key with one bit changed, or reads another key', () => {
    const spki = publicKey.spki();
    fc.assert(
      fc.property(fc.integer({ min: 0, max: spki.length * 8 - 1 }), (bit) => {
        const changed = Uint8Array.from(spki);
        changed[Math.floor(bit / 8)]! ^= 1 << (bit % 8);
        const result = decodePublicKey(Buffer.from(changed).toString('base64'));
        const outcome = result.ok ? result.value.keyid : result.refusal.code;
        expect(outcome).not.toBe(publicKey.keyid);
      }),
    );
  });
});

describe('public keys that are refused', () => {
  const order8 = 'c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac03';
  const otherOrder8 = '26e8958fc2b227b045c3f489f2ef98f0d5dfac05d3c63339b13802886d53fc';
  const ff = 'ff'.repeat(30);
  test.each([
    ['order 1', `01${'00'.repeat(31)}`],
    ['order 1, sign bit', `01${'00'.repeat(30)}80`],
    ['order 2', `ec${ff}7f`],
    ['order 2, sign bit', `ec${ff}ff`],
    ['order 4', '00'.repeat(32)],
    ['order 4, sign bit', `${'00'.repeat(31)}80`],
    ['order 8', `${order8}7a`],
    ['order 8, sign bit', `${order8}fa`],
    ['other order 8', `${otherOrder8}05`],
    ['other order 8, sign bit', `${otherOrder8}85`],
    ['p, not reduced', `ed${ff}7f`],
    ['p + 1, not reduced', `ee${ff}7f`],
    ['p + 1, not reduced, sign bit', `ee${ff}ff`],
    ['2^255 - 1, not reduced', `ff${ff}7f`],
  ])('Ed25519 point of %s', (_name, point) => {
    expect(codeOf(publicKeyFromPoint('ed25519', hex(point)))).toBe('bad-key');
    const spki = Buffer.concat([hex('302a300506032b6570032100'), hex(point)]).toString('base64');
    expect(codeOf(decodePublicKey(spki))).toBe('bad-key');
  });

  test('a P-256 point that is not on the curve', () => {
    expect(codeOf(publicKeyFromPoint('p256', Buffer.concat([hex('04'), new Uint8Array(64).fill(1)])))).toBe('bad-key');
  });

  test('a point of the wrong length', () => {
    expect(codeOf(publicKeyFromPoint('ed25519', new Uint8Array(31)))).toBe('bad-key');
    expect(codeOf(publicKeyFromPoint('p256', new Uint8Array(33)))).toBe('bad-key');
  });

  test.each([
    ['RSA', generateKeyPairSync('rsa', { modulusLength: 2048 }).publicKey],
    ['P-384', generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).publicKey],
    ['secp256k1', generateKeyPairSync('ec', { namedCurve: 'secp256k1' }).publicKey],
    ['X25519', generateKeyPairSync('x25519').publicKey],
    ['Ed448', generateKeyPairSync('ed448').publicKey],
  ])('another kind: %s', (_name, key) => {
    expect(codeOf(decodePublicKey(key.export({ format: 'der', type: 'spki' }).toString('base64')))).toBe('bad-key');
  });

  test('a compressed P-256 point', () => {
    const point = publicKeyOf(generateSigner('p256')).point();
    const prefix = hex('3039301306072a8648ce3d020106082a8648ce3d030107032200');
    const compressed = Buffer.concat([prefix, Uint8Array.of(2 + (point[64]! % 2)), point.subarray(1, 33)]);
    expect(codeOf(decodePublicKey(compressed.toString('base64')))).toBe('bad-key');
  });

  test('a second spelling of the same key', () => {
    const spki = publicKeyOf(generateSigner('ed25519')).spki();
    expect(codeOf(decodePublicKey(Buffer.concat([spki, Uint8Array.of(0)]).toString('base64')))).toBe('bad-key');
    const { publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1', paramEncoding: 'explicit' });
    expect(codeOf(decodePublicKey(publicKey.export({ format: 'der', type: 'spki' }).toString('base64')))).toBe(
      'bad-key',
    );
  });

  test.each(['', '*', 'AAAA', 'A'.repeat(20_000)])('text that is not a key: %.10s', (text) => {
    expect(codeOf(decodePublicKey(text))).not.toBe('accepted');
  });
});

test.each([
  ['nothing', ''],
  [
    'a public key',
    '-----BEGIN PUBLIC KEY-----\nMCowBQYDK2VwAyEA11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=\n-----END PUBLIC KEY-----\n',
  ],
  [
    'an encrypted key',
    generateKeyPairSync('ed25519')
      .privateKey.export({ format: 'pem', type: 'pkcs8', cipher: 'aes-256-cbc', passphrase: 'x' })
      .toString(),
  ],
  [
    'an RSA key',
    generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey.export({ format: 'pem', type: 'pkcs8' }).toString(),
  ],
  ['too much', 'x'.repeat(20_000)],
])('loadSigner refuses %s', (_name, pem) => {
  expect(codeOf(loadSigner(pem))).not.toBe('accepted');
});

test('a signer cannot be assembled from its parts', () => {
  const forged = { publicKey: publicKeyOf(generateSigner('ed25519')) } as unknown as SignerKey;
  expect(() => signerPem(forged)).toThrow(TypeError);
});
