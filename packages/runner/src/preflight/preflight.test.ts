import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { changeShape, readShape, type Change } from '@countersign/core';
import { encodePublicKey, generateSigner, publicKeyOf, signerPem } from '@countersign/seal';
import { KEYS } from '../testkit/attack.ts';
import { rootOf } from '../testkit/house.ts';
import { made } from '../testkit/made.ts';
import { catalogue } from '../testkit/runner-house.ts';
import { catalogueShape, checkCatalogue } from './catalogue.ts';
import { higherTier, inventoryOf, inventoryShape, probeBase } from './inventory.ts';
import { logTo } from './log.ts';
import { readBounded, readDocument } from './read-file.ts';
import { loadKey, ownKey } from './own-key.ts';
import { loadRunnerConfig } from './runner-config.ts';

let folder = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'countersign-preflight-'));
  writeFileSync(join(folder, '1.root.json'), ROOT);
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));
const write = (name: string, document: unknown): string => {
  const file = join(folder, name);
  writeFileSync(file, typeof document === 'string' ? document : JSON.stringify(document));
  return file;
};

const ROOT = rootOf(KEYS);
const config = {
  organisation: 'acme',
  enclave: 'prod',
  runner: 'runner-1',
  environment: 'production',
  keyFile: 'key.pem',
  root: '1.root.json',
  allowDemo: false,
  inbox: 'inbox',
  outbox: 'outbox',
  state: 'state',
  targets: 'targets.json',
  catalogue: 'catalogue.json',
  egress: 'local-only',
};

test('the configuration is strict, frozen, and its paths are relative to its file', () => {
  const loaded = loadRunnerConfig(write('runner.json', config));
  expect(loaded.ok && [loaded.value.inbox, loaded.value.targets, Object.isFrozen(loaded.value)]).toEqual([
    join(folder, 'inbox'),
    join(folder, 'targets.json'),
    true,
  ]);
});

test('every complaint comes at once, with its pointer', () => {
  const loaded = loadRunnerConfig(
    write('runner.json', { ...config, environment: 'moon', listenPort: 80, runner: '../x' }),
  );
  expect(!loaded.ok && loaded.refusal.complaints?.map(({ at }) => at)).toEqual([
    '/listenPort',
    '/runner',
    '/environment',
  ]);
});

test('X1: without a root of trust that can be read there is no runner', () => {
  expect(loadRunnerConfig(write('a.json', { ...config, root: 'none.json' })).ok).toBe(false);
  write('broken.json', '{}');
  expect(loadRunnerConfig(write('b.json', { ...config, root: 'broken.json' })).ok).toBe(false);
  const loaded = loadRunnerConfig(write('c.json', config));
  expect(loaded.ok && Buffer.compare(loaded.value.root, ROOT)).toBe(0);
});

const secret = (name: string, content: string): string => {
  const file = write(name, content);
  chmodSync(file, 0o600);
  return file;
};

test('O4: the key of a runner is made where it is used, once, for its owner alone, and its public half stands beside', () => {
  const [file, known] = [join(folder, 'made', 'runner.pem'), join(folder, 'made', 'runner.pem.pub')];
  const first = ownKey(file, known);
  expect(statSync(file).mode & 0o777).toBe(0o600);
  const again = ownKey(file, known);
  expect(first.ok && again.ok && first.value.keyid === again.value.keyid).toBe(true);
  expect(first.ok && readFileSync(known, 'utf8')).toBe(first.ok && `${encodePublicKey(publicKeyOf(first.value))}\n`);
  expect(readdirSync(join(folder, 'made')).toSorted()).toEqual(['runner.pem', 'runner.pem.pub']);
});

test.each([0o640, 0o604, 0o660, 0o644, 0o610])(
  'O4: a key file with the rights %o is refused, and not made anew',
  (mode) => {
    const file = secret('shared.pem', signerPem(generateSigner('ed25519')));
    chmodSync(file, mode);
    const refused = ownKey(file, `${file}.pub`);
    expect(!refused.ok && refused.refusal.code).toBe('key-exposed');
    expect(existsSync(`${file}.pub`)).toBe(false);
  },
);

test('a key file is a key or a refusal that does not show it', () => {
  const signer = generateSigner('p256');
  const loaded = loadKey(secret('key.pem', signerPem(signer)));
  expect(loaded.ok && loaded.value.keyid).toBe(signer.keyid);
  const refused = loadKey(secret('bad.pem', '-----BEGIN PRIVATE KEY-----\nSECRET\n-----END PRIVATE KEY-----'));
  expect(JSON.stringify(refused)).not.toContain('SECRET');
  expect(loadKey(join(folder, 'none')).ok).toBe(false);
  // A file stands where the folder of the key would have to be.
  const inside = join(write('file', ''), 'key.pem');
  const unmade = ownKey(inside, `${inside}.pub`);
  expect(!unmade.ok && unmade.refusal.code).toBe('unreadable');
});

test('a file is read up to its limit and no further', () => {
  const file = write('large', 'x'.repeat(100));
  expect([readBounded(file, 100).ok, readBounded(file, 99).ok, readBounded(join(folder, 'missing')).ok]).toEqual([
    true,
    false,
    false,
  ]);
  expect(readDocument(write('dup.json', '{"type":"catalogue","type":"x"}'), catalogueShape).ok).toBe(false);
});

const change = (steps: readonly object[], action = 'package.patch'): Change =>
  made(changeShape, { action, summary: 's', steps, intendedVersions: {} });
const config1 = { adapter: 'config', path: 'lib/app.json', content: '', validate: 'none' };

test.each([
  ['a listed file', change([config1]), true],
  ['a listed service', change([{ adapter: 'service', operation: 'restart', service: 'app' }]), true],
  ['a file that is not listed', change([{ ...config1, path: 'lib/other.json' }]), false],
  ['a file below a listed name', change([{ ...config1, path: 'lib/app.json/x' }]), false],
  [
    'a service that is not listed',
    change([config1, { adapter: 'service', operation: 'restart', service: 'sshd' }]),
    false,
  ],
  ['an action that is not listed', change([config1], 'secret.change'), false],
])('X2: the catalogue and %s', (_name, asked, isAllowed) => {
  expect(checkCatalogue(made(catalogueShape, catalogue), asked).ok).toBe(isAllowed);
});

const target = {
  id: 'h',
  root: 'hosts/h',
  healthUrl: 'http://127.0.0.1:9/hosts/h/health',
  restartUrl: 'http://127.0.0.1:9/r',
  tier: 'non-critical',
  labels: {},
};

test('the inventory names each target once, with absolute paths and a place for probes', () => {
  const file = made(inventoryShape, { targets: [target], dependants: [] });
  const local = inventoryOf(file, (path) => join('/enclave', path)).targets.get('h')!;
  expect([local.root, probeBase(local), probeBase({ ...local, baseUrl: 'http://x' })]).toEqual([
    '/enclave/hosts/h',
    'http://127.0.0.1:9/hosts/h',
    'http://x',
  ]);
  expect(readShape(inventoryShape, { targets: [target, target], dependants: [] }).ok).toBe(false);
  expect(
    readShape(inventoryShape, { targets: [{ ...target, healthUrl: 'file:///etc/passwd' }], dependants: [] }).ok,
  ).toBe(false);
});

test('G1: of two tiers the more critical counts', () => {
  expect(higherTier('non-critical', 'safety-critical')).toBe('safety-critical');
  expect(higherTier('production-critical', 'non-critical')).toBe('production-critical');
});

test('a log line is one line of JSON whatever is in it', () => {
  const lines: string[] = [];
  logTo('runner', (line) => void lines.push(line))('refused', { detail: 'a\n{"event":"forged"}\u202e', count: 1 });
  expect(lines).toHaveLength(1);
  expect(lines[0]?.trimEnd().includes('\n')).toBe(false);
  expect(JSON.parse(lines[0]!)).toMatchObject({ program: 'runner', event: 'refused', count: 1 });
  expect(lines[0]).not.toContain('\u202e');
});
