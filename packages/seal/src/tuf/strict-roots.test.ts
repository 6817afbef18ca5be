/** Roots that name their keys wrongly, files with a signature too many, and passkeys that did not check the person (A2, X1). */
import { encode } from 'cborg';
import type { Result } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { decodeBase64, encodeBase64, encodeBase64Url } from '../base64.ts';
import { canonicalBytes } from '../canonical.ts';
import { sha256 } from '../digest.ts';
import { generateSigner } from '../keys.ts';
import { sshPublicKeyLine } from '../ssh-key.ts';
import { signSsh } from '../sshsig.ts';
import { makeTufHouse, rootOf, trustOf } from './house.builder.ts';
import { readTufKey, TUF_SSH_NAMESPACE, tufKeyOf, tufKeyOfPasskey, tufKeyOfSsh } from './keys.ts';
import { readTufRoot, readTufTimestamp, tufFileBytes, type RootSigned } from './metadata.ts';
import { openTrust } from './open-trust.ts';
import { signTufMetadata, tufSignature, tufSignatureOfPasskey, tufSignatureOfSsh } from './sign.ts';

function must<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(JSON.stringify(result.refusal));
}
const HOUSE = makeTufHouse();
const ROOT = rootOf(HOUSE);
const codeOf = (result: Result<unknown>): string => (result.ok ? 'ok' : result.refusal.code);
const root = must(readTufRoot(ROOT)).signed;
/** A root with something changed, signed by everyone who signs roots. */
const opened = (change: Partial<Record<keyof RootSigned, unknown>>): string => {
  const signed = { ...root, ...change } as RootSigned;
  const pinned = tufFileBytes(signTufMetadata(signed, [...HOUSE.roots]));
  return codeOf(openTrust(trustOf(HOUSE, {}, { roots: [pinned] }), { root: pinned }));
};
const role = (name: keyof RootSigned['roles'], change: object): object => ({
  roles: { ...root.roles, [name]: { ...root.roles[name], ...change } },
});

describe('X1: a root', () => {
  test('opens as it was made', () => {
    expect(opened({})).toBe('ok');
  });

  test('names each key of a role once, and no more than it has', () => {
    for (const name of ['root', 'targets', 'snapshot', 'timestamp'] as const) {
      const { keyids } = root.roles[name];
      expect([name, opened(role(name, { keyids: [...keyids, keyids[0]] }))]).toEqual([name, 'malformed']);
      expect([name, opened(role(name, { threshold: keyids.length + 1 }))]).toEqual([name, 'malformed']);
      expect([name, opened(role(name, { threshold: 0 }))]).toEqual([name, 'malformed']);
      expect([name, opened(role(name, { keyids: [], threshold: 0 }))]).toEqual([name, 'malformed']);
      expect([name, opened(role(name, { keyids: [...keyids, 'f'.repeat(64)] }))]).toEqual([name, 'bad-key']);
    }
  });

  test('holds each key under its own id, and no key that cannot be read', () => {
    const [[first, one], [second, two]] = Object.entries(root.keys) as [[string, object], [string, object]];
    expect(opened({ keys: { ...root.keys, [first]: two, [second]: one } })).toBe('malformed');
    expect(opened({ keys: { ...root.keys, ['0'.repeat(64)]: one } })).toBe('malformed');
    const weak = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: '0'.repeat(64) } };
    const id = Buffer.from(sha256(canonicalBytes(weak))).toString('hex');
    expect(opened({ keys: { ...root.keys, [id]: weak } })).toBe('bad-key');
    const unknown = { ...weak, scheme: 'rsassa-pss-sha256' };
    const unknownId = Buffer.from(sha256(canonicalBytes(unknown))).toString('hex');
    expect(opened({ keys: { ...root.keys, [unknownId]: unknown } })).toBe('bad-key');
  });

  test('is of consistent snapshots, two registrars and online keys that sign nothing else', () => {
    expect(opened({ consistent_snapshot: false })).toBe('malformed');
    expect(opened(role('targets', { threshold: 1 }))).toBe('bad-key');
    for (const name of ['snapshot', 'timestamp'] as const)
      for (const offline of ['root', 'targets'] as const)
        expect(opened(role(name, { keyids: [root.roles[offline].keyids[0]] }))).toBe('bad-key');
  });
});

test('X1: a timestamp holds no signature that nobody asked for', () => {
  const metadata = trustOf(HOUSE);
  const read = must(readTufTimestamp(decodeBase64(metadata.timestamp)!));
  const { signatures } = signTufMetadata(read.signed, [HOUSE.online, generateSigner('ed25519')]);
  const surplus = encodeBase64(tufFileBytes({ ...read, signatures }));
  expect(codeOf(openTrust(metadata, { root: ROOT }))).toBe('ok');
  expect(codeOf(openTrust({ ...metadata, timestamp: surplus }, { root: ROOT }))).toBe('trust-unsigned');
});

describe('A2: a signature on trust', () => {
  const message = Buffer.from('{"what":"a document"}');
  const signer = generateSigner('p256');
  const point = signer.publicKey.point();
  const cose = encode(
    new Map<number, unknown>([
      [1, 2],
      [3, -7],
      [-1, 1],
      [-2, point.slice(1, 33)],
      [-3, point.slice(33)],
    ]),
  );
  const keyFor = (allowBackup: boolean) =>
    must(
      tufKeyOfPasskey({
        id: 'Y3JlZA',
        cose: encodeBase64Url(cose),
        rpId: 'trust.example',
        origins: ['https://trust.example'],
        allowBackup,
      }),
    );
  const byPasskey = (flags: number, allowBackup = false): boolean => {
    const challenge = encodeBase64Url(sha256(message));
    const clientDataJSON = Buffer.from(
      JSON.stringify({ type: 'webauthn.get', challenge, origin: 'https://trust.example' }),
    );
    const authenticatorData = Buffer.concat([sha256(Buffer.from('trust.example')), Uint8Array.of(flags, 0, 0, 0, 1)]);
    const signature = signer.sign(Buffer.concat([authenticatorData, sha256(clientDataJSON)]));
    const key = keyFor(allowBackup);
    const made = tufSignatureOfPasskey(key, { clientDataJSON, authenticatorData, signature });
    return must(readTufKey(key)).verify(message, made);
  };

  test('by a passkey needs a touch and the person', () => {
    expect([0x05, 0x01, 0x04, 0x00].map((flags) => byPasskey(flags))).toEqual([true, false, false, false]);
  });

  test('by a synced passkey counts only where the root says so', () => {
    for (const flags of [0x0d, 0x1d]) expect([byPasskey(flags), byPasskey(flags, true)]).toEqual([false, true]);
    expect(byPasskey(0x05, true)).toBe(true);
  });

  test('by a key of another kind carries no assertion', () => {
    const webauthn = { authenticatorData: 'AA', clientDataJSON: 'AA' };
    const ed = generateSigner('ed25519');
    const raw = tufKeyOf(ed.publicKey);
    const made = tufSignature(raw, ed.sign(message));
    const ssh = must(tufKeyOfSsh(sshPublicKeyLine(ed.publicKey)));
    const armored = must(tufSignatureOfSsh(ssh, signSsh(ed, TUF_SSH_NAMESPACE, message)));
    for (const [key, signature] of [
      [raw, made],
      [ssh, armored],
    ] as const) {
      const read = must(readTufKey(key));
      expect([read.verify(message, signature), read.verify(message, { ...signature, webauthn })]).toEqual([
        true,
        false,
      ]);
    }
  });
});
