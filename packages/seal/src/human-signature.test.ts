import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { encode } from 'cborg';
import type { Result } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { encodeBase64, encodeBase64Url } from './base64.ts';
import { sha256 } from './digest.ts';
import {
  attachSignature,
  preAuthEncoding,
  readEnvelope,
  signEnvelope,
  type DsseEnvelope,
  type DsseSignature,
} from './dsse.ts';
import {
  APPROVAL_NAMESPACE,
  keyidOfCredential,
  passkeySignature,
  sshSignature,
  verifyHumanSignature,
  type HumanCredential,
  type PasskeyCredential,
} from './human-signature.ts';
import { encodePublicKey, generateSigner, publicKeyOf } from './keys.ts';
import { challengeOf, type PasskeyAssertion } from './passkey.ts';
import { sshPublicKeyLine } from './ssh-key.ts';
import { signSsh } from './sshsig.ts';

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
const key = es256();

const empty: DsseEnvelope = { payloadType: TYPE, payload: encodeBase64(body), signatures: [] };
const withEntry = (entry: DsseSignature): DsseEnvelope => attachSignature(empty, entry);
const passkey: PasskeyCredential = {
  kind: 'passkey',
  id: 'Y3JlZA',
  cose: encodeBase64Url(key.cose),
  rpId: RP,
  origins: [ORIGIN],
  allowBackup: false,
};
const sshSigner = generateSigner('ed25519');
const ssh: HumanCredential = { kind: 'ssh', publicKey: sshPublicKeyLine(publicKeyOf(sshSigner)) };
const rawSigner = generateSigner('p256');
const raw: HumanCredential = { kind: 'raw', publicKey: encodePublicKey(publicKeyOf(rawSigner)) };
const byPasskey = withEntry(passkeySignature(passkey.id, assertion(key)));
const bySsh = withEntry(
  must(sshSignature(signSsh(sshSigner, APPROVAL_NAMESPACE, preAuthEncoding(TYPE, body)), ssh.publicKey)),
);
const byRaw = signEnvelope(TYPE, body, [rawSigner]);

describe('A2: one question for every scheme', () => {
  test.each([
    ['passkey', byPasskey, passkey, { scheme: 'passkey', origin: ORIGIN, isUserVerified: true }],
    ['ssh', bySsh, ssh, { scheme: 'ssh', isUserVerified: false }],
    ['raw', byRaw, raw, { scheme: 'raw', isUserVerified: false }],
  ] as const)('%s verifies, also after a trip through a file', (_name, envelope, credential, expected) => {
    const read = must(readEnvelope(Buffer.from(JSON.stringify(envelope))));
    expect(must(verifyHumanSignature(read, 0, credential))).toEqual({
      ...expected,
      keyid: keyidOfCredential(credential),
    });
  });

  test('key ids say the scheme', () => {
    expect(keyidOfCredential(passkey)).toBe('webauthn:Y3JlZA');
    expect(keyidOfCredential(ssh)).toMatch(/^ssh:SHA256:[A-Za-z0-9+/]{43}$/);
    expect(keyidOfCredential(raw)).toBe(rawSigner.keyid);
    expect(keyidOfCredential({ kind: 'ssh', publicKey: 'x' })).toBe(undefined);
    expect(keyidOfCredential({ kind: 'raw', publicKey: 'x' })).toBe(undefined);
  });

  const all = [
    ['passkey', byPasskey, passkey],
    ['ssh', bySsh, ssh],
    ['raw', byRaw, raw],
  ] as const;

  test.each(all)(
    'I8: %s does not verify over another document, another type or under another credential',
    (name, envelope, credential) => {
      expect(
        verifyHumanSignature({ ...envelope, payload: encodeBase64(Buffer.from('{"approve":"cap-2"}')) }, 0, credential)
          .ok,
      ).toBe(false);
      expect(verifyHumanSignature({ ...envelope, payloadType: 'text/plain' }, 0, credential).ok).toBe(false);
      const unnamed = { ...envelope, signatures: envelope.signatures.map(({ keyid: _keyid, ...entry }) => entry) };
      expect(verifyHumanSignature(unnamed, 0, credential).ok).toBe(true);
      for (const [other, , stranger] of all) expect(verifyHumanSignature(unnamed, 0, stranger).ok).toBe(other === name);
    },
  );

  test.each(all)('%s: an entry that names another credential is refused', (_name, envelope, credential) => {
    const renamed = {
      ...envelope,
      signatures: envelope.signatures.map((entry) => ({ ...entry, keyid: 'webauthn:other' })),
    };
    expect(detailOf(verifyHumanSignature(renamed, 0, credential))).toBe('the signature names another credential');
  });

  test.each(all)(
    'I8: %s: every single changed bit of the stored envelope is refused or changes only the missing hint',
    (_name, envelope, credential) => {
      const original = Buffer.from(JSON.stringify(envelope));
      let accepted = 0;
      for (let bit = 0; bit < original.length * 8; bit += 1) {
        const flipped = Uint8Array.from(original);
        flipped[Math.floor(bit / 8)]! ^= 1 << (bit % 8);
        const read = readEnvelope(flipped);
        if (read.ok && verifyHumanSignature(read.value, 0, credential).ok) accepted += 1;
      }
      expect(accepted).toBe(0);
    },
  );

  test.each(all)('%s: a missing entry and a broken payload are refused', (_name, envelope, credential) => {
    for (const index of [-1, 1, 0.5, Number.NaN])
      expect(verifyHumanSignature(envelope, index, credential).ok).toBe(false);
    expect(verifyHumanSignature({ ...envelope, payload: '*' }, 0, credential).ok).toBe(false);
    const broken = { ...envelope, signatures: envelope.signatures.map((entry) => ({ ...entry, sig: '*' })) };
    expect(verifyHumanSignature(broken, 0, credential).ok).toBe(false);
  });

  test('an SSH signature for files or commits is not an approval', () => {
    const armored = signSsh(sshSigner, 'git', preAuthEncoding(TYPE, body));
    expect(detailOf(verifyHumanSignature(withEntry(must(sshSignature(armored, ssh.publicKey))), 0, ssh))).toContain(
      'another purpose',
    );
  });

  test('an SSH key in a file cannot satisfy required user verification', () => {
    expect(detailOf(verifyHumanSignature(bySsh, 0, { ...ssh, requireUserVerification: true }))).toContain(
      'without user verification',
    );
  });

  test('a passkey without user verification is never an approval', () => {
    const envelope = withEntry(passkeySignature(passkey.id, assertion(key, { flags: 0x01 })));
    expect(detailOf(verifyHumanSignature(envelope, 0, passkey))).toContain('did not verify the person');
  });

  test.each<readonly [string, DsseEnvelope, HumanCredential, string]>([
    ['a passkey entry without assertion', withEntry({ sig: 'AA==' }), passkey, 'not a passkey assertion'],
    [
      'an SSH entry with an assertion',
      { ...bySsh, signatures: [{ ...bySsh.signatures[0]!, webauthn: byPasskey.signatures[0]!.webauthn! }] },
      ssh,
      'not an SSH signature',
    ],
    ['an SSH entry that is not text', withEntry({ sig: '/w==' }), ssh, 'not an SSH signature'],
    [
      'a raw entry with an assertion',
      { ...byRaw, signatures: [{ ...byRaw.signatures[0]!, webauthn: byPasskey.signatures[0]!.webauthn! }] },
      raw,
      'not base64',
    ],
    ['a broken enrolled passkey', byPasskey, { ...passkey, cose: '*' }, 'the enrolled credential is not valid'],
    ['a broken enrolled SSH key', bySsh, { kind: 'ssh', publicKey: 'x' }, 'the enrolled credential is not valid'],
    ['a broken enrolled raw key', byRaw, { kind: 'raw', publicKey: 'x' }, 'the enrolled credential is not valid'],
  ])('refuses %s', (_name, envelope, credential, detail) => {
    expect(detailOf(verifyHumanSignature(envelope, 0, credential))).toContain(detail);
  });

  test('an entry cannot be made for a key that cannot be read', () => {
    expect(sshSignature('x', 'x').ok).toBe(false);
  });
});
