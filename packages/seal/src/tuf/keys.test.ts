/** Who may sign trust metadata, and with what: every kind of key, and every way a signature is not one. */
import { spawnSync } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encode } from 'cborg';
import { plusMs, type Result } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { encodeBase64Url } from '../base64.ts';
import { sha256 } from '../digest.ts';
import { generateSigner, type SignerKey } from '../keys.ts';
import type { PasskeyAssertion } from '../passkey.ts';
import { sshPublicKeyLine } from '../ssh-key.ts';
import { signSsh } from '../sshsig.ts';
import { bundleOf, makeTufHouse, NOW } from './house.builder.ts';
import { readTufKey, tufKeyId, tufKeyOf, tufKeyOfPasskey, tufKeyOfSsh, TUF_SSH_NAMESPACE } from './keys.ts';
import { makeRoot, makeTimestamp } from './make.ts';
import { tufFileBytes, tufSignedBytes, type TufKey, type TufMetadata, type TufSignature } from './metadata.ts';
import { openTrust } from './open-trust.ts';
import { publishTrust } from './publish-trust.ts';
import { tufSignersOf } from './roles.ts';
import { addTufSignature, signTufMetadata, tufSignature, tufSignatureOfPasskey, tufSignatureOfSsh } from './sign.ts';

function must<T>(result: Result<T>): T {
  if (result.ok) return result.value;
  throw new Error(JSON.stringify(result.refusal));
}
const DAY_MS = 86_400_000;
const RP = 'trust.example';
const ORIGIN = 'https://trust.example';
const HOUSE = makeTufHouse();
const message = Buffer.from('{"what":"a document"}');

function passkey(): {
  readonly key: TufKey;
  readonly assert: (bytes: Uint8Array, change?: object) => PasskeyAssertion;
} {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const cose = new Map<number, unknown>([
    [1, 2],
    [3, -7],
    [-1, 1],
    [-2, Buffer.from(x, 'base64url')],
    [-3, Buffer.from(y, 'base64url')],
  ]);
  const credential = {
    id: 'Y3JlZA',
    cose: encodeBase64Url(encode(cose)),
    rpId: RP,
    origins: [ORIGIN],
    allowBackup: false,
  };
  const key = must(tufKeyOfPasskey(credential));
  return {
    key,
    assert(bytes, change = {}) {
      const data = { type: 'webauthn.get', challenge: encodeBase64Url(sha256(bytes)), origin: ORIGIN, ...change };
      const clientDataJSON = Buffer.from(JSON.stringify(data));
      const authenticatorData = Buffer.concat([sha256(Buffer.from(RP)), Uint8Array.of(5, 0, 0, 0, 1)]);
      const signed = Buffer.concat([authenticatorData, sha256(clientDataJSON)]);
      return { clientDataJSON, authenticatorData, signature: sign('sha256', signed, privateKey) };
    },
  };
}
const ssh = (signer: SignerKey): TufKey => must(tufKeyOfSsh(`${sshPublicKeyLine(signer.publicKey)} kim@laptop`));
const material = (key: TufKey): string => must(readTufKey(key)).material;
const verifies = (key: TufKey, signature: TufSignature, bytes: Uint8Array = message): boolean =>
  must(readTufKey(key)).verify(bytes, signature);

describe('key ids and bytes', () => {
  test('are those every TUF program makes: frozen for an Ed25519 key', () => {
    const key = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: 'ab'.repeat(32) } };
    expect(tufKeyId(key)).toBe('05584cc3bfabb85de26cb80479f075fa802c97add45fd61feebaa0423da7f57a');
  });

  test('a signed document has exactly these bytes, and the signature is over them', () => {
    const timestamp = makeTimestamp({
      version: 7,
      expires: NOW,
      snapshot: Buffer.from('snapshot'),
      snapshotVersion: 3,
    });
    const bytes = Buffer.from(tufSignedBytes(timestamp)).toString();
    expect(bytes).toBe(
      '{"_type":"timestamp","expires":"2026-11-21T12:00:00Z","meta":{"snapshot.json":{"hashes":{"sha256":"' +
        '16a0eeb0791b6c92451fd284dd9f599e0a7dbe7f6ebea6e2d2d06c7f74aec112' +
        '"},"length":8,"version":3}},"spec_version":"1.0.31","version":7}',
    );
    const file = Buffer.from(tufFileBytes(signTufMetadata(timestamp, [HOUSE.online]))).toString();
    expect(file).toMatch(/^\{"signatures":\[\{"keyid":"[0-9a-f]{64}","sig":"[0-9a-f]{128}"\}\],"signed":\{"_type"/);
    expect(file.endsWith(`"signed":${bytes}}`)).toBe(true);
  });
});

describe('A2: signatures', () => {
  const person = passkey();
  const ed = generateSigner('ed25519');
  const p256 = generateSigner('p256');
  const made: readonly (readonly [string, TufKey, TufSignature])[] = [
    ['Ed25519', tufKeyOf(ed.publicKey), tufSignature(tufKeyOf(ed.publicKey), ed.sign(message))],
    ['P-256', tufKeyOf(p256.publicKey), tufSignature(tufKeyOf(p256.publicKey), p256.sign(message))],
    ['SSH Ed25519', ssh(ed), must(tufSignatureOfSsh(ssh(ed), signSsh(ed, TUF_SSH_NAMESPACE, message)))],
    ['SSH P-256', ssh(p256), must(tufSignatureOfSsh(ssh(p256), signSsh(p256, TUF_SSH_NAMESPACE, message)))],
    ['passkey', person.key, tufSignatureOfPasskey(person.key, person.assert(message))],
  ];

  test.each(made)('of %s verify, over these bytes only', (_, key, signature) => {
    expect(verifies(key, signature)).toBe(true);
    expect(verifies(key, signature, Buffer.from('{"what":"a documenT"}'))).toBe(false);
    expect(verifies(key, signature, new Uint8Array())).toBe(false);
  });

  test.each(made)('of %s fail with any flipped bit', (_, key, signature) => {
    const bytes = Buffer.from(signature.sig, 'hex');
    const passed = Array.from({ length: bytes.length }, (_unused, place) => {
      const flipped = Buffer.from(bytes);
      flipped[place] = (flipped[place] ?? 0) ^ (1 << (place % 8));
      return verifies(key, { ...signature, sig: flipped.toString('hex') });
    }).filter(Boolean);
    expect(passed).toEqual([]);
    expect(verifies(key, { ...signature, sig: '' })).toBe(false);
    expect(verifies(key, { ...signature, sig: signature.sig.slice(2) })).toBe(false);
    expect(verifies(key, { ...signature, sig: signature.sig.toUpperCase() })).toBe(false);
  });

  test.each(made.flatMap(([a, key]) => made.map(([b, , signature]) => [a, b, key, signature] as const)))(
    'a key of %s takes a signature of %s only when it is its own',
    (a, b, key, signature) => {
      expect(verifies(key, signature)).toBe(a === b);
    },
  );

  test('an SSH signature for an approval is none for trust', () => {
    const approval = must(tufSignatureOfSsh(ssh(ed), signSsh(ed, 'approval@countersign', message)));
    expect(verifies(ssh(ed), approval)).toBe(false);
    expect(tufSignatureOfSsh(ssh(ed), 'not armoured').ok).toBe(false);
  });

  test.each([
    ['on another page', { origin: 'https://evil.example' }],
    ['for another document', { challenge: encodeBase64Url(sha256(Buffer.from('x'))) }],
    ['of a registration', { type: 'webauthn.create' }],
    ['inside a page of another origin', { crossOrigin: true }],
  ])('a passkey %s does not count', (_, change) => {
    expect(verifies(person.key, tufSignatureOfPasskey(person.key, person.assert(message, change)))).toBe(false);
  });

  test('a passkey signature without its client data is none', () => {
    const { webauthn: _, ...bare } = tufSignatureOfPasskey(person.key, person.assert(message));
    expect(verifies(person.key, bare)).toBe(false);
  });

  const hasSshKeygen = spawnSync('ssh-keygen', ['-?']).error === undefined;
  test.skipIf(!hasSshKeygen)('ssh-keygen signs for a ceremony', () => {
    const folder = mkdtempSync(join(tmpdir(), 'countersign-tuf-'));
    const file = join(folder, 'key');
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'kim', '-f', file]);
    const key = must(tufKeyOfSsh(readFileSync(`${file}.pub`, 'utf8')));
    writeFileSync(join(folder, 'signed'), message);
    spawnSync('ssh-keygen', ['-Y', 'sign', '-q', '-f', file, '-n', TUF_SSH_NAMESPACE, join(folder, 'signed')]);
    const armoured = readFileSync(join(folder, 'signed.sig'), 'utf8');
    rmSync(folder, { recursive: true });
    expect(verifies(key, must(tufSignatureOfSsh(key, armoured)))).toBe(true);
  });
});

describe('A2: keys that are refused', () => {
  const good = tufKeyOf(HOUSE.online.publicKey);
  const line = ssh(HOUSE.online).keyval.public;
  const person = passkey().key;
  test.each<[string, TufKey]>([
    ['an unknown type', { ...good, keytype: 'rsa' }],
    ['an unknown scheme', { ...good, scheme: 'rsassa-pss-sha256' }],
    ['a type and a scheme that do not belong together', { ...good, keytype: 'ssh' }],
    ['a point that is too short', { ...good, keyval: { public: good.keyval.public.slice(2) } }],
    ['upper case', { ...good, keyval: { public: good.keyval.public.toUpperCase().replace(/[0-9]/g, 'A') } }],
    ['a point of small order', { ...good, keyval: { public: '00'.repeat(32) } }],
    ['a point of order one', { ...good, keyval: { public: `01${'00'.repeat(31)}` } }],
    ['a PEM', { ...good, keyval: { public: '-----BEGIN PUBLIC KEY-----' } }],
    ['a field more', { ...good, keyval: { public: good.keyval.public, private: 'x' } }],
    ['an SSH line with a comment', { keytype: 'ssh', scheme: 'sshsig', keyval: { public: `${line} kim` } }],
    [
      'an SSH key of another type',
      { keytype: 'ssh', scheme: 'sshsig', keyval: { public: 'ssh-rsa AAAAB3NzaC1yc2E=' } },
    ],
    ['a passkey without its page', { ...person, keyval: { ...person.keyval, rpid: '' } }],
    ['a passkey with a word for backup', { ...person, keyval: { ...person.keyval, backup: 'maybe' } }],
    ['a passkey that is no COSE key', { ...person, keyval: { ...person.keyval, public: 'AAAA' } }],
    [
      'a passkey with a field less',
      { ...person, keyval: { public: person.keyval.public, credential: 'a', rpid: 'b' } },
    ],
  ])('%s', (_, key) => {
    expect(readTufKey(key).ok).toBe(false);
  });

  test('one key in two encodings is one key', () => {
    const signer = generateSigner('p256');
    expect(material(ssh(signer))).toBe(material(tufKeyOf(signer.publicKey)));
    expect(tufKeyId(ssh(signer))).not.toBe(tufKeyId(tufKeyOf(signer.publicKey)));
  });

  test('and so it fills one seat of a role: a root that lists both is refused', () => {
    const signer = generateSigner('ed25519');
    const twice = { keys: [tufKeyOf(signer.publicKey), ssh(signer)], threshold: 2 };
    const alone = { keys: [tufKeyOf(HOUSE.online.publicKey)], threshold: 1 };
    const signed = makeRoot({
      organisation: 'acme',
      isDemo: true,
      version: 1,
      expires: plusMs(NOW, DAY_MS),
      roles: { root: twice, targets: twice, snapshot: alone, timestamp: alone },
    });
    const bytes = tufSignedBytes(signed);
    const both = addTufSignature(
      signTufMetadata(signed, [signer]),
      must(tufSignatureOfSsh(ssh(signer), signSsh(signer, TUF_SSH_NAMESPACE, bytes))),
    );
    expect(tufSignersOf(both, signed)).toHaveLength(2);
    const trust = publishTrust({
      bundle: bundleOf(HOUSE),
      roots: [],
      registrars: [],
      online: HOUSE.online,
      onlineExpires: NOW,
    });
    const opened = openTrust(trust, { root: tufFileBytes(both) });
    expect(!opened.ok && opened.refusal.code).toBe('bad-key');
  });
});

describe('a ceremony', () => {
  const person = passkey();
  const sshSigner = generateSigner('ed25519');
  const file = generateSigner('p256');
  const role = { keys: [person.key, ssh(sshSigner), tufKeyOf(file.publicKey)], threshold: 2 };
  const alone = { keys: [tufKeyOf(HOUSE.online.publicKey)], threshold: 1 };
  const signed = makeRoot({
    organisation: 'acme',
    isDemo: false,
    version: 1,
    expires: plusMs(NOW, DAY_MS),
    roles: { root: role, targets: role, snapshot: alone, timestamp: alone },
  });
  const empty: TufMetadata<typeof signed> = { signatures: [], signed };
  const bytes = tufSignedBytes(signed);

  test('with an SSH key, a passkey and a file in any order; who is missing is shown', () => {
    expect(tufSignersOf(empty, signed)).toEqual([]);
    const bySsh = addTufSignature(
      empty,
      must(tufSignatureOfSsh(role.keys[1]!, signSsh(sshSigner, TUF_SSH_NAMESPACE, bytes))),
    );
    expect(tufSignersOf(bySsh, signed)).toEqual([tufKeyId(role.keys[1]!)]);
    const byTwo = addTufSignature(bySsh, tufSignatureOfPasskey(person.key, person.assert(bytes)));
    expect(tufSignersOf(byTwo, signed)).toHaveLength(2);
    const again = addTufSignature(byTwo, tufSignatureOfPasskey(person.key, person.assert(bytes)));
    expect([again.signatures.length, tufSignersOf(again, signed).length]).toEqual([2, 2]);
  });

  test('a signature of somebody else, or of the right person on another draft, does not count', () => {
    const other = tufSignedBytes({ ...signed, version: 2 });
    const wrong = addTufSignature(empty, tufSignatureOfPasskey(person.key, person.assert(other)));
    expect(tufSignersOf(wrong, signed)).toEqual([]);
    expect(tufSignersOf(signTufMetadata(signed, [generateSigner('ed25519')]), signed)).toEqual([]);
    expect(tufSignersOf(signTufMetadata(signed, [HOUSE.online]), signed)).toEqual([]);
    expect(tufSignersOf(signTufMetadata(signed, [HOUSE.online]), signed, 'timestamp')).toHaveLength(1);
  });
});
