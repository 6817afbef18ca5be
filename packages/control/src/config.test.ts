import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { encodePublicKey, generateSigner, signerPem } from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { readConfig, shownConfig } from './config.ts';

let folder: string;
const root = generateSigner('ed25519');
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-config-'));
  mkdirSync(join(folder, 'keys'));
  for (const name of ['log', 'capsule'])
    writeFileSync(join(folder, 'keys', `${name}.pem`), signerPem(generateSigner('ed25519')), { mode: 0o600 });
  write({});
});
afterEach(() => rmSync(folder, { recursive: true }));

const organisation = (change: object = {}): object => ({
  id: 'acme',
  roots: { threshold: 1, keys: [encodePublicKey(root.publicKey)] },
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

  test('names every wrong setting at once', () => {
    write({ logKey: 'nowhere.pem', roots: { threshold: 2, keys: [encodePublicKey(root.publicKey)] } });
    expect(complaints({ PORT: 'eighty', PUBLIC_ORIGIN: 'http://example.com', INSTANCE: 'a b' }).toSorted()).toEqual([
      'CONTROL_CONFIG/organisations/0/logKey',
      'CONTROL_CONFIG/organisations/0/roots/threshold',
      'INSTANCE',
      'PORT',
      'PUBLIC_ORIGIN',
    ]);
  });

  test.each([
    ['an unknown field', { colour: 'red' }, 'CONTROL_CONFIG/organisations/0/colour'],
    [
      'a root key that is none',
      { roots: { threshold: 1, keys: ['A'.repeat(60)] } },
      'CONTROL_CONFIG/organisations/0/roots/keys/0',
    ],
    ['no root key', { roots: { threshold: 1, keys: [] } }, 'CONTROL_CONFIG/organisations/0/roots/keys'],
  ])('refuses %s', (_name, change, at) => {
    write(change);
    expect(complaints()).toContain(at);
  });

  test('refuses a file that is missing, and a database that is not named', () => {
    expect(complaints({ CONTROL_CONFIG: join(folder, 'other.json') })).toEqual(['CONTROL_CONFIG']);
    expect(readConfig({ STATE_DIR: folder }, () => 'x').ok).toBe(false);
  });

  test('one key cannot count twice towards the threshold', () => {
    const key = encodePublicKey(root.publicKey);
    write({ roots: { threshold: 2, keys: [key, key] } });
    expect(complaints()).toEqual(['CONTROL_CONFIG/organisations/0/roots/threshold']);
  });

  test('is shown without secrets', () => {
    const config = read();
    expect(JSON.stringify(config.ok && shownConfig(config.value))).not.toContain('secret');
  });
});
