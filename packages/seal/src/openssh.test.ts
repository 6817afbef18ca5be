import { execFileSync, spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Result } from '@countersign/core';
import { afterAll, describe, expect, test } from 'vitest';
import { touch, type TouchPlan } from './hardware-key.builder.ts';
import { generateSigner, publicKeyOf, type SignerKey } from './keys.ts';
import { loadOpenSshPrivateKey, parseSshPublicKey, sshFingerprint, sshPublicKeyLine } from './ssh-key.ts';
import { signSsh, verifySshSignature, type SshSignatureRule } from './sshsig.ts';

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

const hasSshKeygen = spawnSync('ssh-keygen', ['-?']).error === undefined;
if (!hasSshKeygen)
  process.stderr.write('SKIPPED: ssh-keygen is not installed, SSH signatures were not checked against OpenSSH\n');

const keygen = (args: readonly string[], input: Uint8Array = new Uint8Array()): Buffer =>
  execFileSync('ssh-keygen', args, { input, stdio: 'pipe' });

describe.skipIf(!hasSshKeygen)('together with OpenSSH', () => {
  const folder = mkdtempSync(join(tmpdir(), 'seal-ssh-'));
  afterAll(() => rmSync(folder, { recursive: true }));
  const newKey = (name: string, type: string, passphrase = ''): string => {
    const file = join(folder, name);
    keygen([
      '-q',
      '-t',
      type,
      ...(type === 'ecdsa' ? ['-b', '256'] : []),
      '-N',
      passphrase,
      '-C',
      `${name}@host`,
      '-f',
      file,
    ]);
    return file;
  };

  test.each(['ed25519', 'ecdsa'])('A2: ssh-keygen -Y sign with %s is verified here', (type) => {
    const file = newKey(`sign-${type}`, type);
    for (const hashName of ['sha256', 'sha512']) {
      const armored = keygen(
        ['-q', '-Y', 'sign', '-O', `hashalg=${hashName}`, '-n', NAMESPACE, '-f', file],
        message,
      ).toString();
      expect(detailOf(verifySshSignature(armored, rule(readFileSync(`${file}.pub`, 'utf8'))))).toBe('accepted');
    }
    const fingerprint = keygen(['-l', '-f', `${file}.pub`])
      .toString()
      .split(' ')[1];
    expect(sshFingerprint(must(parseSshPublicKey(readFileSync(`${file}.pub`, 'utf8'))).blob)).toBe(fingerprint);
  });

  test.each(['ed25519', 'ecdsa'])(
    'a private key file of %s is loaded, and ssh-keygen -Y verify accepts what it signs here',
    (type) => {
      const file = newKey(`load-${type}`, type);
      const signer = must(loadOpenSshPrivateKey(readFileSync(file, 'utf8')));
      expect(readFileSync(`${file}.pub`, 'utf8')).toContain(lineOf(signer));
      const [allowed, signature] = [join(folder, `allowed-${type}`), join(folder, `${type}.sig`)];
      writeFileSync(allowed, `alice namespaces="${NAMESPACE}" ${lineOf(signer)}\n`);
      writeFileSync(signature, signSsh(signer, NAMESPACE, message));
      const args = ['-Y', 'verify', '-f', allowed, '-I', 'alice', '-n', NAMESPACE, '-s', signature];
      expect(keygen(args, message).toString()).toContain('Good');
      expect(() => keygen(args, Buffer.from('other'))).toThrow('Command failed');
    },
  );

  test.each(['ed25519', 'p256'] as const)(
    'A2: ssh-keygen -Y verify accepts what a hardware key of kind %s signs with a touch, for this application only',
    (kind) => {
      const signer = generateSigner(kind);
      const said = (name: string, plan: Partial<TouchPlan>): Buffer => {
        const { armored, line } = touch(signer, { namespace: NAMESPACE, message, ...plan });
        const [allowed, signature] = [
          join(folder, `allowed-sk-${kind}-${name}`),
          join(folder, `sk-${kind}-${name}.sig`),
        ];
        writeFileSync(allowed, `alice namespaces="${NAMESPACE}" ${line}\n`);
        writeFileSync(signature, armored);
        return keygen(['-Y', 'verify', '-f', allowed, '-I', 'alice', '-n', NAMESPACE, '-s', signature], message);
      };
      expect(said('touched', {}).toString()).toContain('Good');
      expect(said('verified', { flags: 5 }).toString()).toContain('Good');
      expect(() => said('asked', { asked: 'ssh:other' })).toThrow('Command failed');
      expect(() => said('other', { message: Buffer.from('other') })).toThrow('Command failed');
    },
  );

  test('private keys that cannot be used are refused with the reason', () => {
    const encrypted = readFileSync(newKey('encrypted', 'ed25519', 'secret'), 'utf8');
    expect(detailOf(loadOpenSshPrivateKey(encrypted))).toContain('protected by a passphrase');
    expect(detailOf(loadOpenSshPrivateKey(readFileSync(newKey('rsa', 'rsa'), 'utf8')))).toContain('are not supported');
  });

  test('a private key file with any changed byte is refused or is not another key', () => {
    const text = readFileSync(newKey('flip', 'ed25519'), 'utf8');
    const body = Buffer.from(text.split('\n').slice(1, -2).join(''), 'base64');
    const original = must(loadOpenSshPrivateKey(text)).keyid;
    let refused = 0;
    for (let at = 0; at < body.length; at += 1) {
      const flipped = Buffer.from(body);
      flipped[at]! ^= 1;
      const armored = `-----BEGIN OPENSSH PRIVATE KEY-----\n${flipped.toString('base64')}\n-----END OPENSSH PRIVATE KEY-----\n`;
      const loaded = loadOpenSshPrivateKey(armored);
      if (!loaded.ok) refused += 1;
      expect(loaded.ok ? loaded.value.keyid : original).toBe(original);
    }
    // Only the comment says nothing about the key.
    expect(body.length - refused).toBe('flip@host'.length);
  });
});

test.each([
  '',
  'x',
  '-----BEGIN OPENSSH PRIVATE KEY-----\nAAAA\n-----END OPENSSH PRIVATE KEY-----\n',
  'x'.repeat(20_000),
])('what is not a private key file is refused: %.20s', (text) => {
  expect(loadOpenSshPrivateKey(text).ok).toBe(false);
});
