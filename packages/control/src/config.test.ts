import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseId } from '@countersign/core';
import { generateSigner, signerPem } from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readConfig, shownConfig } from './config.ts';
import { rootOf } from './testkit/world.ts';

let folder: string;
const root = generateSigner('ed25519');
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-config-'));
  mkdirSync(join(folder, 'keys'));
  for (const name of ['log', 'capsule'])
    writeFileSync(join(folder, 'keys', `${name}.pem`), signerPem(generateSigner('ed25519')), { mode: 0o600 });
  writeFileSync(join(folder, '1.root.json'), rootOf(parseId<'Organisation'>('acme')!, root));
  write({});
});
afterEach(() => rmSync(folder, { recursive: true }));

const organisation = (change: object = {}): object => ({
  id: 'acme',
  root: '1.root.json',
  logKey: 'keys/log.pem',
  capsuleSigner: 'keys/capsule.pem',
  ...change,
});
const write = (change: object): void =>
  writeFileSync(join(folder, 'control.json'), JSON.stringify({ organisations: [organisation(change)] }));
const read = (environment: Record<string, string> = {}) =>
  readConfig(
    { STATE_DIR: folder, DATABASE_URL: 'postgresql://u:secret@127.0.0.1:1/x', ...environment },
    () => 'control-1',
  );
const complaints = (environment: Record<string, string> = {}): readonly string[] => {
  const config = read(environment);
  return config.ok ? [] : (config.refusal.complaints ?? []).map(({ at }) => at);
};

describe('configuration', () => {
  test('is loopback and port 4600 unless told otherwise, and frozen', () => {
    const config = read();
    expect(config.ok && [config.value.host, config.value.port, config.value.origin, config.value.instance]).toEqual([
      '127.0.0.1',
      4600,
      'http://localhost:4600',
      'control-1',
    ]);
    expect(config.ok && Object.isFrozen(config.value)).toBe(true);
    expect(config.ok && [...config.value.hosts]).toEqual(['localhost:4600', '127.0.0.1:4600']);
  });

  test('O4: proxies are addresses and networks; a name that could be anybody is refused', () => {
    const config = read({ TRUSTED_PROXIES: ' 10.0.0.1, 192.0.2.0/24,2001:db8::/32 ' });
    expect(config.ok && config.value.trustedProxies).toEqual(['10.0.0.1', '192.0.2.0/24', '2001:db8::/32']);
    expect(read().ok && read()).toMatchObject({ value: { trustedProxies: [] } });
    for (const wrong of ['proxy.example', '10.0.0.0/99', '*', 'true'])
      expect(complaints({ TRUSTED_PROXIES: wrong })).toEqual(['TRUSTED_PROXIES']);
  });

  test('names every wrong setting at once', () => {
    write({ logKey: 'nowhere.pem', root: 'none.json' });
    expect(complaints({ PORT: 'eighty', PUBLIC_ORIGIN: 'http://example.com', INSTANCE: 'a b' }).toSorted()).toEqual([
      'CONTROL_CONFIG/organisations/0/logKey',
      'CONTROL_CONFIG/organisations/0/root',
      'INSTANCE',
      'PORT',
      'PUBLIC_ORIGIN',
    ]);
  });

  test.each<[string, readonly string[]]>([
    ['', []],
    ['https://approve.example', ['https://approve.example']],
    [' https://a.example , http://localhost:4700 ', ['https://a.example', 'http://localhost:4700']],
  ])('A2: takes the origins of approval pages: %j', (value, origins) => {
    const found = read({ APPROVAL_ORIGINS: value });
    expect(found.ok && found.value.approvalOrigins).toEqual(origins);
  });

  test.each([
    'http://localhost:4600',
    'http://approve.example',
    'https://approve.example/page',
    'null',
    '*',
    'https://a.example,x',
  ])('A2: %j is no origin of an approval page: it is open, not an origin, or the server itself', (value) => {
    expect(complaints({ APPROVAL_ORIGINS: value })).toEqual(['APPROVAL_ORIGINS']);
  });

  test('takes a locator for the capsule signer, and says what is wrong with one', () => {
    write({ capsuleSigner: 'file:keys/capsule.pem' });
    expect(read().ok).toBe(true);
    for (const capsuleSigner of [
      `ssh-agent:SHA256:${'A'.repeat(43)}`,
      'pkcs11:module=/nonexistent.so;token=t;object=o;pin-env=HSM_PIN',
      'pkcs11:module=relative.so;token=t;object=o;pin-env=HSM_PIN',
      'kms:somewhere',
      'file:keys/missing.pem',
    ]) {
      write({ capsuleSigner });
      expect(complaints()).toEqual(['CONTROL_CONFIG/organisations/0/capsuleSigner']);
    }
  });

  test.each([
    ['an unknown field', { colour: 'red' }, 'CONTROL_CONFIG/organisations/0/colour'],
    ['a root that is none', { root: 'keys/log.pem' }, 'CONTROL_CONFIG/organisations/0/root'],
    ['no root', { root: undefined }, 'CONTROL_CONFIG/organisations/0/root'],
  ])('refuses %s', (_name, change, at) => {
    write(change);
    expect(complaints()).toContain(at);
  });

  test('refuses a file that is missing, and a database that is not named', () => {
    expect(complaints({ CONTROL_CONFIG: join(folder, 'other.json') })).toEqual(['CONTROL_CONFIG']);
    expect(readConfig({ STATE_DIR: folder }, () => 'x').ok).toBe(false);
  });

  test('X1: the pinned root is read once and as it is', () => {
    const config = read();
    const pinned = config.ok ? [...config.value.organisations.values()].map((one) => one.root) : [];
    expect(pinned).toEqual([rootOf(parseId<'Organisation'>('acme')!, root)]);
  });

  test('is shown without secrets', () => {
    const config = read();
    expect(JSON.stringify(config.ok && shownConfig(config.value))).not.toContain('secret');
  });
});
