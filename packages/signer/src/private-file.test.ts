import { chmodSync, linkSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSigner, signerPem } from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { openFileSigner } from './file-signer.ts';
import { readPrivateFile } from './private-file.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cs-file-'));
});
afterEach(() => rmSync(folder, { recursive: true }));

const pem = signerPem(generateSigner('ed25519'));
function fileOf(content: string | Uint8Array, mode = 0o600): string {
  const path = join(folder, 'key');
  writeFileSync(path, content);
  chmodSync(path, mode);
  return path;
}
const codeOf = (path: string): string | undefined => {
  const opened = openFileSigner({ kind: 'file', path }, folder);
  return opened.ok ? undefined : opened.refusal.code;
};

describe('only its owner may read a key', () => {
  test.each([0o600, 0o400, 0o700, 0o500])('mode %o is accepted', (mode) => {
    expect(readPrivateFile(fileOf(pem, mode))).toEqual({ ok: true, value: pem });
  });

  test.each([0o640, 0o604, 0o660, 0o644, 0o620, 0o602, 0o610, 0o601, 0o777, 0o666])('mode %o is refused', (mode) => {
    const refused = readPrivateFile(fileOf(pem, mode));
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'key-exposed' } });
    expect(JSON.stringify(refused)).not.toContain('PRIVATE');
  });

  test('a link leads to the file that is judged, whatever the link says', () => {
    const target = fileOf(pem, 0o644);
    symlinkSync(target, join(folder, 'link'));
    linkSync(target, join(folder, 'second'));
    expect(codeOf('link')).toBe('key-exposed');
    expect(codeOf('second')).toBe('key-exposed');
    chmodSync(target, 0o600);
    expect(codeOf('link')).toBeUndefined();
  });
});

describe('what is no key in a file', () => {
  test('nothing there, a folder, and a pipe, which nobody waits for', () => {
    mkdirSync(join(folder, 'folder'));
    spawnSync('mkfifo', ['-m', '600', join(folder, 'pipe')]);
    expect(codeOf('missing')).toBe('no-key');
    expect(codeOf('folder')).toBe('no-key');
    expect(codeOf('pipe')).toBe('no-key');
    expect(codeOf('a\0b')).toBe('no-key');
  });

  test.each([
    ['an empty file', ''],
    ['text', 'not a key'],
    ['a public key', 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIA=='],
    ['half of one', pem.slice(0, 80)],
    ['a certificate', '-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n'],
    [
      'an OpenSSH key that is cut',
      '-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaA==\n-----END OPENSSH PRIVATE KEY-----\n',
    ],
    ['too much', 'x'.repeat(70_000)],
    ['a key with too much behind it', `${pem}${' '.repeat(20_000)}`],
  ])('%s', (_name, content) => {
    fileOf(content);
    expect(codeOf('key')).toBe('bad-key');
  });

  test('a key with a passphrase is named as one, and belongs into an agent', () => {
    const path = join(folder, 'locked');
    spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', 'secret words', '-f', path]);
    const refused = openFileSigner({ kind: 'file', path }, folder);
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'bad-key' } });
    expect(refused.ok ? '' : refused.refusal.detail).toContain('passphrase');
    expect(refused.ok ? '' : refused.refusal.next?.join()).toContain('SSH agent');
  });

  test('no byte of what stood in the file is repeated', () => {
    fileOf('-----BEGIN PRIVATE KEY-----\nQSECRETQSECRET\n-----END PRIVATE KEY-----\n');
    expect(JSON.stringify(openFileSigner({ kind: 'file', path: 'key' }, folder))).not.toContain('SECRET');
  });
});
