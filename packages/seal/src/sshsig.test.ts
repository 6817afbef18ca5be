import type { Result } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { sha256 } from './digest.ts';
import { generateSigner, loadSigner, publicKeyOf, type SignerKey } from './keys.ts';
import { sshBlobOf, sshFingerprint, sshPublicKeyLine } from './ssh-key.ts';
import { wireString, wireUint32 } from './ssh-wire.ts';
import { signSsh, verifySshSignature, type SshSignatureRule, type VerifiedSshSignature } from './sshsig.ts';

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

/** A hardware key as PROTOCOL.u2f describes it, played by a key in memory. */
function touch(
  signer: SignerKey,
  change: { flags?: number; application?: string; trailing?: boolean } = {},
): { armored: string; line: string } {
  const { flags = 1, application = 'ssh:', trailing = false } = change;
  const type = wireString('sk-ssh-ed25519@openssh.com');
  const blob = Buffer.concat([type, wireString(publicKeyOf(signer).point()), wireString(application)]);
  const inner = must(verifiable(message));
  const signedBytes = Buffer.concat([
    sha256(Buffer.from(application)),
    Uint8Array.of(flags),
    wireUint32(7),
    sha256(inner),
  ]);
  const end = trailing ? Uint8Array.of(0) : new Uint8Array();
  const signature = Buffer.concat([
    type,
    wireString(signer.sign(signedBytes)),
    Uint8Array.of(flags),
    wireUint32(7),
    end,
  ]);
  const body = Buffer.concat([
    Buffer.from('SSHSIG'),
    wireUint32(1),
    wireString(blob),
    ...[NAMESPACE, '', 'sha256'].map(wireString),
    wireString(signature),
  ]);
  const lines = body
    .toString('base64')
    .match(/.{1,70}/g)!
    .join('\n');
  return {
    armored: `-----BEGIN SSH SIGNATURE-----\n${lines}\n-----END SSH SIGNATURE-----\n`,
    line: `sk-ssh-ed25519@openssh.com ${blob.toString('base64')} key`,
  };
}
const verifiable = (bytes: Uint8Array): Result<Uint8Array> => ({
  ok: true,
  value: Buffer.concat([
    Buffer.from('SSHSIG'),
    ...[NAMESPACE, '', 'sha256'].map(wireString),
    wireString(sha256(bytes)),
  ]),
});

describe('a hardware key (sk-ssh-ed25519)', () => {
  const signer = generateSigner('ed25519');
  const verify = (
    change: Parameters<typeof touch>[1],
    more: Partial<SshSignatureRule> = {},
  ): Result<VerifiedSshSignature> => {
    const { armored, line } = touch(signer, change);
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

  test('trailing bytes and other documents are refused', () => {
    expect(verify({ trailing: true }).ok).toBe(false);
    expect(verify({}, { message: Buffer.from('other') }).ok).toBe(false);
  });
});
