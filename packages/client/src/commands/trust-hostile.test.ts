import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../cli/exit-codes.ts';
import { Ceremony } from '../testkit/ceremony.builder.ts';

let ceremony: Ceremony;
beforeEach(() => {
  ceremony = new Ceremony();
});
afterEach(() => ceremony.remove());

const swap = (name: string, change: (bytes: Buffer) => Uint8Array): void => {
  const path = join(ceremony.folder, name);
  writeFileSync(path, change(readFileSync(path)));
};
const bundleFile = (): string => ceremony.names().find((name) => /targets\/.*trust-bundle/.test(name)) ?? '';

describe('X1: whatever lies in the folder, it is refused before use with the exact place', () => {
  beforeEach(() => ceremony.found());

  test.each([
    ['1.root.json', () => '1.root.json'],
    ['1.targets.json', () => '1.targets.json'],
    ['1.snapshot.json', () => '1.snapshot.json'],
    ['timestamp.json', () => 'timestamp.json'],
    ['the bundle', bundleFile],
  ])('a flipped bit anywhere in %s', async (_name, file) => {
    const whole = ceremony.file(file());
    const step = Math.max(1, Math.floor(whole.length / 12));
    for (let at = 0; at < whole.length; at += step) {
      swap(file(), (bytes) => {
        const changed = Buffer.from(bytes);
        changed[at]! ^= 1;
        return changed;
      });
      const told = await ceremony.trust('show');
      expect(told.exit).toBe(EXIT.unverified);
      expect(told.err).not.toMatch(/\bat .*\.ts:\d+/);
      expect(told.out).toBe('');
      swap(file(), () => whole);
    }
    expect((await ceremony.trust('show')).exit).toBe(EXIT.ok);
  });

  test.each([
    ['cut short', (bytes: Buffer) => bytes.subarray(0, -2)],
    ['empty', () => Buffer.alloc(0)],
    ['text', () => Buffer.from('hello')],
    ['with a key twice', () => Buffer.from('{"signatures":[],"signatures":[],"signed":{}}')],
    ['very deep', () => Buffer.from('['.repeat(100_000))],
    ['larger than any', () => Buffer.alloc(4_194_305, 0x20)],
    ['with a line end more', (bytes: Buffer) => Buffer.concat([bytes, Buffer.from('\n')])],
  ])('a root that is %s', async (_name, change) => {
    swap('1.root.json', change);
    const told = await ceremony.trust('show');
    expect(told.exit).toBe(EXIT.unverified);
    expect(told.err).toMatch(/^error: '1\.root\.json'/);
  });

  test('a link, a folder and a pipe where a file should be', async () => {
    const path = join(ceremony.folder, 'timestamp.json');
    renameSync(path, join(ceremony.home, 'elsewhere'));
    symlinkSync(join(ceremony.home, 'elsewhere'), path);
    expect((await ceremony.trust('show')).err).toContain('is a link');
    rmSync(path);
    mkdirSync(path);
    expect((await ceremony.trust('show')).err).toContain('is not a plain file');
    rmSync(path, { recursive: true });
    spawnSync('mkfifo', [path]);
    expect((await ceremony.trust('show')).err).toContain('is not a plain file');
  });

  test('a draft whose bundle was exchanged, and one that is not canonical', async () => {
    ceremony.person('ana');
    await ceremony.trust('add-person', 'ana', '--name', 'Ana', '--key', ceremony.pub('ana'));
    swap('draft/trust-bundle.json', (bytes) => Buffer.from(bytes.toString().replace('"name":"Ana"', '"name":"Ann"')));
    expect((await ceremony.trust('show')).err).toContain('its length or hash differs');
    rmSync(join(ceremony.folder, 'draft/trust-bundle.json'));
    expect((await ceremony.trust('show')).err).toContain('is missing');
  });

  test.each([
    ['a later end', '"expires":"2027', '"expires":"2037'],
    ['another organisation', '"organisation":"acme"', '"organisation":"acne"'],
    ['a demo', '"demo":false', '"demo":true'],
  ])('a draft whose signed part says %s than the bundle that is read', async (_name, from, to) => {
    ceremony.person('ana');
    await ceremony.trust('add-person', 'ana', '--name', 'Ana', '--key', ceremony.pub('ana'));
    expect(ceremony.draftText('targets.json')).toContain(from);
    swap('draft/targets.json', (bytes) => Buffer.from(bytes.toString().replace(from, to)));
    const told = await ceremony.trust('show');
    expect(told.exit).toBe(EXIT.unverified);
    expect(told.err).toContain('says something else than the bundle');
  });

  test.each([
    ['of another name', (name: string) => name.replace(/-[0-9a-f]{4}/, '-0000')],
    ['with a name that leads elsewhere', () => 'root-..%2f..json'],
    ['with no name of a signature', () => 'notes.txt'],
  ])('a signature file %s', async (_name, rename) => {
    ceremony.person('ana');
    await ceremony.trust('add-person', 'ana', '--name', 'Ana', '--key', ceremony.pub('ana'));
    await ceremony.sign('rita');
    const folder = join(ceremony.folder, 'draft/signatures');
    const name =
      ceremony
        .names()
        .find((one) => one.startsWith('draft/signatures/'))
        ?.split('/')[2] ?? '';
    renameSync(join(folder, name), join(folder, rename(name)));
    expect((await ceremony.trust('show')).exit).toBe(EXIT.unverified);
    expect((await ceremony.publish()).exit).toBe(EXIT.unverified);
  });

  test('a signature over another draft, and one that does not verify', async () => {
    ceremony.person('ana');
    await ceremony.trust('add-person', 'ana', '--name', 'Ana', '--key', ceremony.pub('ana'));
    await ceremony.sign('rita');
    const name = ceremony.names().find((one) => one.startsWith('draft/signatures/')) ?? '';
    const whole = ceremony.file(name).toString();
    swap(name, () => Buffer.from(whole.replace(/"digest":"sha256:..../, '"digest":"sha256:0000')));
    expect((await ceremony.trust('show')).err).toContain('is a signature over another draft');
    const [, sig = ''] = /"sig":"([0-9a-f]+)"/.exec(whole) ?? [];
    swap(name, () => Buffer.from(whole.replace(sig, `${sig.slice(0, -2)}${sig.endsWith('00') ? '01' : '00'}`)));
    expect((await ceremony.trust('show')).exit).toBe(EXIT.unverified);
    swap(name, () => Buffer.from(whole.replace('"targets"', '"root"')));
    expect((await ceremony.trust('publish', '--key', ceremony.locator('online'))).exit).toBe(EXIT.unverified);
  });

  test.each([
    ['text that reads backwards', 'Ana\u202e'],
    ['a control character', 'Ana\u001b[2J'],
    ['a name that is too long', 'A'.repeat(121)],
    ['no name', ''],
  ])('%s comes into no draft, and the folder stays as it was', async (_name, name) => {
    const before = ceremony.names();
    const told = await ceremony.trust('add-person', 'ana', '--name', name);
    expect(told.exit).toBe(EXIT.failed);
    expect(`${told.out}${told.err}`).not.toMatch(/[^\n -~]/);
    expect(ceremony.names()).toEqual(before);
  });
});
