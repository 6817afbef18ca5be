import { createHash } from 'node:crypto';
import type { Result } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { wireMpint, wireString } from './ssh-wire.ts';
import { touch, type TouchPlan } from './hardware-key.builder.ts';
import { generateSigner, loadSigner, publicKeyOf, type SignerKey } from './keys.ts';
import { sshBlobOf, sshFingerprint, sshPublicKeyLine } from './ssh-key.ts';
import {
  armourSshSignature,
  readSshArmour,
  signSsh,
  sshArmour,
  sshSignatureBlob,
  sshSignedData,
  verifySshSignature,
  type SshSignatureRule,
  type VerifiedSshSignature,
} from './sshsig.ts';

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.refusal.detail);
  return result.value;
}
const detailOf = (result: Result<unknown>): string => (result.ok ? 'accepted' : result.refusal.detail);
const NAMESPACE = 'approval@countersign';
const message = Buffer.from('the document');
const lineOf = (signer: SignerKey): string => sshPublicKeyLine(publicKeyOf(signer));
const rule = (publicKey: string | Uint8Array, change: Partial<SshSignatureRule> = {}): SshSignatureRule => ({
  namespace: NAMESPACE,
  message,
  publicKey,
  ...change,
});

test('golden bytes: an Ed25519 SSH signature is frozen', () => {
  const der = Buffer.from(
    '302e020100300506032b6570042204209d61b19deffd5a60ba844af492ec2cc44449c5697b326919703bac031cae7f60',
    'hex',
  );
  const signer = must(
    loadSigner(`-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`),
  );
  expect(lineOf(signer)).toBe('ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAINdamAGCsQq31Uv+08lkBzoO4XLz2qYjJa8CGmj3B1Ea');
  expect(signSsh(signer, NAMESPACE, Buffer.from('hello'))).toBe(
    [
      '-----BEGIN SSH SIGNATURE-----',
      'U1NIU0lHAAAAAQAAADMAAAALc3NoLWVkMjU1MTkAAAAg11qYAYKxCrfVS/7TyWQHOg7hcv',
      'PapiMlrwIaaPcHURoAAAAUYXBwcm92YWxAY291bnRlcnNpZ24AAAAAAAAABnNoYTUxMgAA',
      'AFMAAAALc3NoLWVkMjU1MTkAAABAfkkCJAsvs2fZux/Kmqnwx/PLES4g3Y1UPODnGOCdGX',
      'hi/y9pOY7VHGCv7T/MpS+MfDmxej7b8engabhG6iZUAw==',
      '-----END SSH SIGNATURE-----',
      '',
    ].join('\n'),
  );
});

describe.each(['ed25519', 'p256'] as const)('an SSH signature with a key of kind %s', (kind) => {
  const signer = generateSigner(kind);
  const armored = signSsh(signer, NAMESPACE, message);

  test('verifies by line, by line with comment and by blob', () => {
    const expected = { fingerprint: sshFingerprint(sshBlobOf(publicKeyOf(signer))), isUserVerified: false };
    for (const key of [lineOf(signer), `${lineOf(signer)} alice@host\n`, sshBlobOf(publicKeyOf(signer))])
      expect(must(verifySshSignature(armored, rule(key)))).toMatchObject(expected);
  });

  test('is good for this document, this purpose and this key only', () => {
    const key = lineOf(signer);
    expect(detailOf(verifySshSignature(armored, rule(key, { message: Buffer.from('other') })))).toContain(
      'does not fit the document',
    );
    expect(detailOf(verifySshSignature(armored, rule(key, { namespace: 'file' })))).toContain('another purpose');
    expect(detailOf(verifySshSignature(armored, rule(lineOf(generateSigner(kind)))))).toContain('of another key');
    expect(detailOf(verifySshSignature(armored, rule(key, { requireUserVerification: true })))).toContain(
      'without user verification',
    );
  });

  test('verifies again and again, whatever the numbers of the signature start with', () => {
    for (let round = 0; round < 40; round += 1) {
      const bytes = Buffer.from(`round ${round}`);
      expect(
        detailOf(verifySshSignature(signSsh(signer, NAMESPACE, bytes), rule(lineOf(signer), { message: bytes }))),
      ).toBe('accepted');
    }
  });

  test('a signature that uses the reserved field is refused', () => {
    const [, ...rest] = armored.split('\n');
    const blob = Buffer.from(rest.slice(0, -2).join(''), 'base64');
    const at = blob.indexOf(NAMESPACE) + NAMESPACE.length;
    const reserved = Buffer.concat([blob.subarray(0, at), wireString('x'), blob.subarray(at + 4)]);
    const lines = reserved
      .toString('base64')
      .match(/.{1,70}/g)!
      .join('\n');
    const forged = `-----BEGIN SSH SIGNATURE-----\n${lines}\n-----END SSH SIGNATURE-----\n`;
    expect(detailOf(verifySshSignature(forged, rule(lineOf(signer))))).toBe('the SSH signature is not complete');
  });

  test('I8: every single changed bit is refused', () => {
    const original = Buffer.from(armored.trimEnd());
    for (let bit = 0; bit < original.length * 8; bit += 1) {
      const flipped = Uint8Array.from(original);
      flipped[Math.floor(bit / 8)]! ^= 1 << (bit % 8);
      expect(verifySshSignature(Buffer.from(flipped).toString('utf8'), rule(lineOf(signer))).ok, `bit ${bit}`).toBe(
        false,
      );
    }
  });

  test.each([
    ['nothing', () => ''],
    ['text before', () => `x${armored}`],
    ['text after', () => `${armored}x`],
    ['two signatures', () => armored + armored],
    ['Windows line ends', () => armored.replaceAll('\n', '\r\n')],
    ['an empty body', () => '-----BEGIN SSH SIGNATURE-----\n\n-----END SSH SIGNATURE-----\n'],
    ['a cut blob', () => armored.replace(/.{8}\n-----END/, '\n-----END')],
    ['too much', () => armored.replace('\n', `\n${'A'.repeat(70)}\n`.repeat(80))],
  ])('refuses an armour with %s', (_name, make) => {
    expect(verifySshSignature(make(), rule(lineOf(signer))).ok).toBe(false);
  });
});

describe.each(['ed25519', 'p256'] as const)('a hardware key of kind %s', (kind) => {
  const signer = generateSigner(kind);
  const verify = (change: Partial<TouchPlan>, more: Partial<SshSignatureRule> = {}): Result<VerifiedSshSignature> => {
    const { armored, line } = touch(signer, { namespace: NAMESPACE, message, ...change });
    return verifySshSignature(armored, rule(line, more));
  };

  test('A2: verifies with a touch, and says whether the person was verified', () => {
    expect(must(verify({})).isUserVerified).toBe(false);
    expect(must(verify({ flags: 5 })).isUserVerified).toBe(true);
  });

  test('A2: without a touch it does not count', () => {
    expect(detailOf(verify({ flags: 0 }))).toBe('nobody touched the hardware key');
    expect(detailOf(verify({ flags: 4 }))).toBe('nobody touched the hardware key');
  });

  test('user verification can be required', () => {
    expect(detailOf(verify({}, { requireUserVerification: true }))).toContain('without user verification');
    expect(verify({ flags: 5 }, { requireUserVerification: true }).ok).toBe(true);
  });

  test('a key made for web pages is refused', () => {
    expect(detailOf(verify({ application: 'https://example' }))).toContain('was not made for SSH');
  });

  test('A2: one that signed for another application does not fit', () => {
    expect(detailOf(verify({ asked: 'ssh:other' }))).toContain('does not fit the document');
  });

  test('A2: a signature of a plain key is none of a hardware key with the same numbers, nor the other way round', () => {
    const { armored, line } = touch(signer, { namespace: NAMESPACE, message });
    expect(verifySshSignature(armored, rule(lineOf(signer))).ok).toBe(false);
    expect(verifySshSignature(signSsh(signer, NAMESPACE, message), rule(line)).ok).toBe(false);
  });

  test('A2: every flipped bit of it is refused', () => {
    const { armored, line } = touch(signer, { namespace: NAMESPACE, message });
    const bytes = must(readSshArmour(armored));
    for (let bit = 0; bit < bytes.length * 8; bit += 1) {
      const turned = Uint8Array.from(bytes);
      turned[bit >> 3]! ^= 1 << (bit & 7);
      expect([bit, verifySshSignature(sshArmour(turned), rule(line)).ok]).toEqual([bit, false]);
    }
  });

  test('trailing bytes and other documents are refused', () => {
    expect(verify({ trailing: Buffer.of(0) }).ok).toBe(false);
    expect(verify({}, { message: Buffer.from('other') }).ok).toBe(false);
  });
});

describe('I8: a P-256 signature of SSH has one spelling', () => {
  const signer = generateSigner('p256');
  const raw = signer.sign(sshSignedData(NAMESPACE, message), 'ieee-p1363');
  const [r, s] = [raw.subarray(0, 32), raw.subarray(32)];
  const zero = Uint8Array.of(0);
  const made = (...numbers: readonly Uint8Array[]): string =>
    armourSshSignature({
      publicBlob: sshBlobOf(publicKeyOf(signer)),
      namespace: NAMESPACE,
      signature: Buffer.concat(['ecdsa-sha2-nistp256', Buffer.concat(numbers)].map(wireString)),
    });
  test.each([
    ['as it is', made(wireMpint(r), wireMpint(s)), 'accepted'],
    ['with a byte behind its numbers', made(wireMpint(r), wireMpint(s), zero), 'does not fit the document'],
    ['with a third number', made(wireMpint(r), wireMpint(s), wireMpint(s)), 'does not fit the document'],
    ['with one number', made(wireMpint(r)), 'does not fit the document'],
    [
      'with needless zeros',
      made(wireString(Buffer.concat([zero, zero, r])), wireMpint(s)),
      'does not fit the document',
    ],
    ['with its numbers exchanged', made(wireMpint(s), wireMpint(r)), 'does not fit the document'],
    ['with a number that is zero', made(wireString(new Uint8Array()), wireMpint(s)), 'does not fit the document'],
    ['as 64 bytes', made(raw), 'does not fit the document'],
    ['as DER', made(signer.sign(sshSignedData(NAMESPACE, message))), 'does not fit the document'],
  ])('%s', (_what, armored, detail) => {
    expect(detailOf(verifySshSignature(armored, rule(lineOf(signer))))).toContain(detail);
  });
});

test('I8: a signature over SHA-256 counts as one over SHA-512 does, and under no other name', () => {
  const signer = generateSigner('ed25519');
  const by = (name: string, digest: Uint8Array): string => {
    const signed = Buffer.concat([Buffer.from('SSHSIG'), ...[NAMESPACE, '', name, digest].map(wireString)]);
    const parts = [
      sshBlobOf(publicKeyOf(signer)),
      NAMESPACE,
      '',
      name,
      sshSignatureBlob('ed25519', signer.sign(signed)),
    ];
    return sshArmour(Buffer.concat([Buffer.from('SSHSIG'), Uint8Array.of(0, 0, 0, 1), ...parts.map(wireString)]));
  };
  const digests: readonly (readonly [string, string, string])[] = [
    ['sha256', 'sha256', 'accepted'],
    ['sha512', 'sha512', 'accepted'],
    ['sha256', 'sha512', 'does not fit the document'],
    ['sha1', 'sha1', 'another hash'],
    ['SHA512', 'sha512', 'another hash'],
    ['', 'sha512', 'another hash'],
  ];
  for (const [name, algorithm, detail] of digests) {
    const armored = by(name, createHash(algorithm).update(message).digest());
    expect([name, detailOf(verifySshSignature(armored, rule(lineOf(signer))))]).toEqual([
      name,
      expect.stringContaining(detail),
    ]);
  }
});
