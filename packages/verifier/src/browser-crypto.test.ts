// The page's cryptography held against Node's own: the same answer for what is right, what is turned and what is nonsense.
import { createHash, createPublicKey, generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as page from './browser-crypto.ts';
import { Buffer as PageBuffer } from './browser-buffer.ts';

const bytes = fc.uint8Array({ maxLength: 200 });
const spkiOf = (key: KeyObject): Uint8Array => key.export({ format: 'der', type: 'spki' });

interface Kind {
  readonly name: string;
  readonly hash: string | null;
  readonly pair: { readonly publicKey: KeyObject; readonly privateKey: KeyObject };
  readonly form?: 'der' | 'ieee-p1363';
}
const ec = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 });
const KINDS: readonly Kind[] = [
  { name: 'Ed25519', hash: null, pair: generateKeyPairSync('ed25519') },
  { name: 'P-256, DER', hash: 'sha256', pair: ec },
  { name: 'P-256, two numbers', hash: 'sha256', pair: ec, form: 'ieee-p1363' },
  { name: 'RSA', hash: 'sha256', pair: rsa },
];
const pageKey = ({ pair }: Kind): ReturnType<typeof page.createPublicKey> =>
  pair.publicKey.asymmetricKeyType === 'rsa'
    ? page.createPublicKey({ format: 'jwk', key: pair.publicKey.export({ format: 'jwk' }) as Record<string, string> })
    : page.createPublicKey({ format: 'der', type: 'spki', key: spkiOf(pair.publicKey) });

describe.each(KINDS)('$name', (kind) => {
  const { hash, pair, form = 'der' } = kind;
  const key = pageKey(kind);
  const both = (message: Uint8Array, signature: Uint8Array): readonly boolean[] => [
    page.verify(hash, message, { key, dsaEncoding: form }, signature),
    verify(hash, message, { key: pair.publicKey, dsaEncoding: form }, signature),
  ];

  test('a signature of Node verifies, and no bit of it may differ', () => {
    fc.assert(
      fc.property(bytes, fc.nat(), (message, place) => {
        const signature = sign(hash, message, { key: pair.privateKey, dsaEncoding: form });
        expect(both(message, signature)).toEqual([true, true]);
        const turned = Uint8Array.from(signature);
        const at = place % (turned.length * 8);
        turned[at >> 3]! ^= 1 << (at & 7);
        const [ours, theirs] = both(message, turned);
        expect(ours).toBe(theirs);
        expect(ours).toBe(false);
      }),
      { numRuns: 40 },
    );
  });

  test('nonsense is no signature, and no exception', () => {
    fc.assert(
      fc.property(bytes, bytes, (message, signature) => {
        expect(both(message, signature)).toEqual([false, false]);
      }),
    );
    for (const length of [0, 1, 63, 64, 65, 256])
      expect(both(new Uint8Array(), new Uint8Array(length))).toEqual([false, false]);
  });

  test('the key is given back in the same DER form', () => {
    expect(Buffer.from(key.export())).toEqual(Buffer.from(spkiOf(pair.publicKey)));
    const details = createPublicKey(pair.publicKey.export({ format: 'pem', type: 'spki' })).asymmetricKeyDetails;
    expect(key.asymmetricKeyDetails).toEqual(details);
  });
});

test('digests are those of Node', () => {
  fc.assert(
    fc.property(bytes, (data) => {
      for (const name of ['sha256', 'sha512']) {
        expect(page.hash(name, data, 'hex')).toBe(createHash(name).update(data).digest('hex'));
        expect(page.hash(name, data, 'buffer')).toEqual(createHash(name).update(data).digest());
      }
    }),
  );
});

test.each([
  ['a point that is not on the curve', `3059301306072a8648ce3d020106082a8648ce3d03010703420004${'11'.repeat(64)}`],
  ['a key of another kind', '302a300506032b656e032100'.padEnd(88, '0')],
  ['a truncated key', '302a300506032b6570032100aa'],
  ['nothing', ''],
])('%s is not read', (_what, hex) => {
  expect(() => page.createPublicKey({ format: 'der', type: 'spki', key: Buffer.from(hex, 'hex') })).toThrow(Error);
});

test('the page cannot sign', () => {
  for (const make of [page.sign, page.createPrivateKey, page.generateKeyPairSync]) expect(make).toThrow('verifies');
});

test('its Buffer knows base64url, and everything else as before', () => {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 70 }), (data) => {
      for (const encoding of ['base64', 'base64url', 'hex', 'latin1'] as const) {
        const text = Buffer.from(data).toString(encoding);
        expect(PageBuffer.from(data).toString(encoding)).toBe(text);
        expect(Uint8Array.from(PageBuffer.from(text, encoding))).toEqual(Uint8Array.from(data));
      }
    }),
  );
  expect(PageBuffer.from('käse').toString()).toBe('käse');
});
