import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { encode } from 'cborg';
import fc from 'fast-check';
import type { Result } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { encodeBase64Url } from './base64.ts';
import { sha256 } from './digest.ts';
import { preAuthEncoding } from './dsse.ts';
import { challengeOf, verifyPasskeyAssertion, type PasskeyAssertion, type PasskeyRule } from './passkey.ts';

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.refusal.detail);
  return result.value;
}
const detailOf = (result: Result<unknown>): string => (result.ok ? 'accepted' : result.refusal.detail);

const TYPE = 'application/vnd.countersign.approval.v1+json';
const body = Buffer.from('{"approve":"cap-1"}');
const RP = 'approve.example';
const ORIGIN = 'https://approve.example';

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
function eddsa(): Authenticator {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519');
  return {
    cose: coseOf([
      [1, 1],
      [3, -8],
      [-1, 6],
      [-2, coordinate(publicKey, 'x')],
    ]),
    sign: signerOf(privateKey, null),
  };
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

interface Ceremony {
  readonly client?: Readonly<Record<string, unknown>>;
  readonly clientText?: string;
  readonly flags?: number;
  readonly rpId?: string;
  readonly extra?: Uint8Array;
}
/** What a browser and an authenticator return; tests change one thing. */
function assertion(key: Authenticator, change: Ceremony = {}): PasskeyAssertion {
  const { client = {}, flags = 0x05, rpId = RP, extra = new Uint8Array() } = change;
  const data = {
    type: 'webauthn.get',
    challenge: encodeBase64Url(challengeOf(TYPE, body)),
    origin: ORIGIN,
    crossOrigin: false,
    ...client,
  };
  const clientDataJSON = Buffer.from(change.clientText ?? JSON.stringify(data));
  const authenticatorData = Buffer.concat([sha256(Buffer.from(rpId)), Uint8Array.of(flags, 0, 0, 0, 9), extra]);
  return {
    authenticatorData,
    clientDataJSON,
    signature: key.sign(Buffer.concat([authenticatorData, sha256(clientDataJSON)])),
  };
}
const ruleFor = (key: Authenticator, change: Partial<PasskeyRule> = {}): PasskeyRule => ({
  cose: key.cose,
  rpId: RP,
  origins: [ORIGIN],
  challenge: challengeOf(TYPE, body),
  requireUserVerification: true,
  allowBackup: false,
  ...change,
});
const key = es256();

test('the challenge is SHA-256 of the pre-authentication encoding', () => {
  expect(challengeOf(TYPE, body)).toEqual(sha256(preAuthEncoding(TYPE, body)));
});

describe('A2: a passkey assertion', () => {
  test.each([
    ['ES256', key],
    ['EdDSA', eddsa()],
    ['RS256', rs256()],
  ])('with %s verifies', (_name, authenticator) => {
    const verified = must(verifyPasskeyAssertion(assertion(authenticator), ruleFor(authenticator)));
    expect(verified).toEqual({ origin: ORIGIN, isUserVerified: true, isBackedUp: false });
  });

  test.each<readonly [string, Ceremony, string]>([
    ['of a registration', { client: { type: 'webauthn.create' } }, 'something else than a signature'],
    [
      'on another origin',
      { client: { origin: 'https://approve.example.evil' } },
      '`https://approve.example.evil`, which is not an allowed origin',
    ],
    ['on the origin in another spelling', { client: { origin: 'https://approve.example/' } }, 'not an allowed origin'],
    ['without origin', { client: { origin: undefined } }, 'not an allowed origin'],
    ['with a list as origin', { client: { origin: [ORIGIN] } }, 'not an allowed origin'],
    ['inside a foreign page', { client: { crossOrigin: true } }, 'inside a page of another origin'],
    ['with a top origin', { client: { topOrigin: ORIGIN } }, 'inside a page of another origin'],
    [
      'over another challenge',
      { client: { challenge: encodeBase64Url(challengeOf(TYPE, Buffer.from('other'))) } },
      'signed another document',
    ],
    [
      'over the challenge with padding',
      { client: { challenge: `${encodeBase64Url(challengeOf(TYPE, body))}=` } },
      'signed another document',
    ],
    ['over a short challenge', { client: { challenge: '' } }, 'signed another document'],
    ['without challenge', { client: { challenge: 7 } }, 'signed another document'],
    ['with client data that is a list', { clientText: '[]' }, 'not an object'],
    ['with client data that is not JSON', { clientText: '{' }, 'a member name is missing'],
    ['with a field given twice', { clientText: `{"type":"webauthn.get","type":"webauthn.get"}` }, 'duplicate key'],
    ['with too much client data', { client: { padding: 'x'.repeat(5000) } }, 'more than 4096'],
    ['for another relying party', { rpId: 'other.example' }, 'another relying party'],
    ['without touch', { flags: 0x04 }, 'nobody touched'],
    ['without user verification', { flags: 0x01 }, 'did not verify the person'],
    ['of a synced passkey', { flags: 0x0d }, 'synced passkeys are not allowed'],
    ['of a backed-up passkey', { flags: 0x1d }, 'synced passkeys are not allowed'],
    ['with contradicting backup flags', { flags: 0x15 }, 'contradict each other'],
    ['with credential data', { flags: 0x45 }, 'form of an assertion'],
    ['with trailing bytes', { extra: Uint8Array.of(0) }, 'form of an assertion'],
    ['with announced but missing extensions', { flags: 0x85 }, 'form of an assertion'],
    ['with extensions that are not a map', { flags: 0x85, extra: encode('x') }, 'form of an assertion'],
    [
      'with bytes after the extensions',
      { flags: 0x85, extra: Buffer.concat([encode({ a: 1 }), Uint8Array.of(0)]) },
      'form of an assertion',
    ],
  ])('%s is refused', (_name, ceremony, detail) => {
    expect(detailOf(verifyPasskeyAssertion(assertion(key, ceremony), ruleFor(key)))).toContain(detail);
  });

  test('members and extensions that a platform adds are tolerated', () => {
    const added = assertion(key, {
      client: { other_keys_can_be_added_here: 'x' },
      flags: 0x85,
      extra: encode({ credProtect: 2 }),
    });
    expect(detailOf(verifyPasskeyAssertion(added, ruleFor(key)))).toBe('accepted');
  });

  test('where the roster allows it, a synced passkey counts and says so', () => {
    const verified = verifyPasskeyAssertion(assertion(key, { flags: 0x1d }), ruleFor(key, { allowBackup: true }));
    expect(must(verified).isBackedUp).toBe(true);
  });

  test('user verification may be left out only by rule', () => {
    const verified = verifyPasskeyAssertion(
      assertion(key, { flags: 0x01 }),
      ruleFor(key, { requireUserVerification: false }),
    );
    expect(must(verified).isUserVerified).toBe(false);
  });

  test('another credential is refused', () => {
    expect(detailOf(verifyPasskeyAssertion(assertion(key), ruleFor(es256())))).toContain('does not fit the document');
  });

  test('I8: every single changed bit is refused', () => {
    const original = assertion(key);
    for (const part of ['authenticatorData', 'clientDataJSON', 'signature'] as const)
      for (let bit = 0; bit < original[part].length * 8; bit += 1) {
        const flipped = Uint8Array.from(original[part]);
        flipped[Math.floor(bit / 8)]! ^= 1 << (bit % 8);
        expect(verifyPasskeyAssertion({ ...original, [part]: flipped }, ruleFor(key)).ok, `${part} bit ${bit}`).toBe(
          false,
        );
      }
  });

  test('hostile bytes are refused without an exception', () => {
    fc.assert(
      fc.property(
        fc.uint8Array({ maxLength: 60 }),
        fc.uint8Array({ maxLength: 60 }),
        fc.uint8Array({ maxLength: 60 }),
        (a, b, c) => {
          const original = assertion(key);
          expect(
            verifyPasskeyAssertion({ authenticatorData: a, clientDataJSON: b, signature: c }, ruleFor(key)).ok,
          ).toBe(false);
          expect(verifyPasskeyAssertion({ ...original, authenticatorData: a }, ruleFor(key)).ok).toBe(false);
          expect(verifyPasskeyAssertion({ ...original, signature: c }, ruleFor(key)).ok).toBe(false);
          expect(verifyPasskeyAssertion(original, ruleFor(key, { cose: a })).ok).toBe(false);
        },
      ),
    );
  });

  test('a signature that is too long is refused before it is checked', () => {
    expect(
      detailOf(verifyPasskeyAssertion({ ...assertion(key), signature: new Uint8Array(2000) }, ruleFor(key))),
    ).toContain('too long');
  });
});

const extended = (length: number): Ceremony => {
  const text = 'x'.repeat(length - 37 - 6);
  return { flags: 0x85, extra: Buffer.concat([Buffer.from('a16161', 'hex'), encode(text)]) };
};
test('authenticator data has 37 to 2048 bytes, and extensions are one map that ends where it ends', () => {
  const outcome = (ceremony: Ceremony): string => {
    const made = assertion(key, ceremony);
    return `${made.authenticatorData.length} ${detailOf(verifyPasskeyAssertion(made, ruleFor(key)))}`;
  };
  expect(outcome(extended(2048))).toBe('2048 accepted');
  expect(outcome(extended(2049))).toMatch(/^2049 .*form of an assertion/);
  const whole = assertion(key);
  for (let length = 0; length < 37; length += 1)
    expect(
      detailOf(
        verifyPasskeyAssertion(
          { ...whole, authenticatorData: whole.authenticatorData.subarray(0, length) },
          ruleFor(key),
        ),
      ),
    ).toContain('form of an assertion');
});
