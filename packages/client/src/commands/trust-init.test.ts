import { existsSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateSigner, signerPem, sshPublicKeyLine, vkeyOf } from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../cli/exit-codes.ts';
import { Ceremony, expectOk } from '../testkit/ceremony.builder.ts';

let ceremony: Ceremony;
beforeEach(() => {
  ceremony = new Ceremony();
});
afterEach(() => ceremony.remove());

describe('public keys as they are named', () => {
  test.each([
    ['a private key', (file: string) => writeFileSync(file, signerPem(generateSigner('ed25519')))],
    ['text', (file: string) => writeFileSync(file, 'hello')],
    ['an RSA key', (file: string) => writeFileSync(file, 'ssh-rsa AAAAB3NzaC1yc2EAAAADAQABAAAAgQ== x')],
    [
      'a broken PEM',
      (file: string) => writeFileSync(file, '-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----'),
    ],
    ['a passkey without its page', (file: string) => writeFileSync(file, '{"kind":"passkey","id":"AAAA"}')],
    ['a raw key in JSON', (file: string) => writeFileSync(file, '{"kind":"raw","publicKey":"AAAA"}')],
    ['a key that is too long', (file: string) => writeFileSync(file, 'ssh-ed25519 '.padEnd(20_000, 'A'))],
    [
      'an Ed25519 point of small order',
      (file: string) =>
        writeFileSync(
          file,
          `ssh-ed25519 ${Buffer.concat([Buffer.from('0000000b7373682d6564323535313900000020', 'hex'), Buffer.from([1]), Buffer.alloc(31)]).toString('base64')}`,
        ),
    ],
  ])('%s is refused, and nothing is drafted', async (_name, write) => {
    const file = join(ceremony.home, 'key');
    write(file);
    for (const name of ['anna', 'rita', 'rolf', 'online']) ceremony.person(name);
    const told = await ceremony.trust(
      'init',

      '--organisation',
      'acme',
      '--log',
      ceremony.log,
      '--root-threshold',
      '1',
      '--root',
      ceremony.pub('anna'),
      '--root',
      file,
      '--registrar',
      `rita=${ceremony.pub('rita')}`,
      '--registrar',
      `rolf=${ceremony.pub('rolf')}`,
      '--online',
      ceremony.locator('online'),
    );
    expect([EXIT.usage, EXIT.unverified]).toContain(told.exit);
    expect(told.err).not.toContain('internal');
    expect(existsSync(ceremony.folder)).toBe(false);
  });

  test('a PEM, base64 and a locator name the same key as its .pub file', async () => {
    ceremony.person('ana');
    const key = ceremony.key('ana');
    const spki = Buffer.from(key.publicKey.spki()).toString('base64');
    const pem = join(ceremony.home, 'ana.spki.pem');
    writeFileSync(pem, `-----BEGIN PUBLIC KEY-----\n${spki}\n-----END PUBLIC KEY-----\n`);
    await ceremony.found();
    const added: string[] = [];
    for (const name of [pem, spki, ceremony.locator('ana')]) {
      const told = await ceremony.trust('add-person', 'ana', '--name', 'Ana', '--key', name);
      added.push(/credentials \/ ([0-9a-f]{64})$/m.exec(told.out)?.[1] ?? '');
      rmSync(join(ceremony.folder, 'draft'), { recursive: true });
    }
    expect(new Set(added)).toEqual(new Set([key.keyid]));
  });
});

describe('cs trust init', () => {
  test('refuses too few keys, people without an id, an organisation without one, and a record key that is not Ed25519', async () => {
    for (const [line, words] of [
      [['--organisation', 'acme corp'], 'the id of an organisation'],
      [['--root-threshold', '4'], 'names 3'],
      [['--registrar', 'ruth'], 'PERSON=KEY'],
      [['--registrar-threshold', '3'], '--registrar'],
      [['--log', ceremony.person('boris')], 'must be Ed25519'],
    ] as const) {
      if (words === 'must be Ed25519')
        writeFileSync(ceremony.pub('boris'), sshPublicKeyLine(generateSigner('p256').publicKey));
      const told = await ceremony.begin(...line);
      expect(told.exit).toBe(EXIT.usage);
      expect(told.err).toContain(words);
    }
    expect(existsSync(ceremony.folder)).toBe(false);
  });

  test('one registrar is not enough in production, and two keys of one person are one registrar', async () => {
    const one = await ceremony.begin('--registrar-threshold', '1');
    expect(one.exit).toBe(EXIT.failed);
    expect(one.err).toContain('two registrars');
    rmSync(ceremony.folder, { recursive: true, force: true });
    for (const name of ['anna', 'boris', 'carla', 'key1', 'key2', 'online']) ceremony.person(name);
    await expectOk(
      ceremony.trust(
        'init',
        '--organisation',
        'acme',
        '--root-threshold',
        '1',
        '--root',
        ceremony.pub('anna'),
        '--log',
        ceremony.log,
        '--registrar',
        `rita=${ceremony.pub('key1')}`,
        '--registrar',
        `rita=${ceremony.pub('key2')}`,
        '--online',
        ceremony.locator('online'),
      ),
    );
    for (const name of ['anna', 'key1', 'key2']) await expectOk(ceremony.sign(name));
    const refused = await ceremony.publish();
    expect(refused.exit).toBe(EXIT.unverified);
    expect(refused.err).toContain('1 different people with the role registrar');
  });

  test('it is never a demo unless somebody says so, and a demo says so everywhere', async () => {
    ceremony.log = vkeyOf('log', 'DEMO/countersign/acme', generateSigner('ed25519').publicKey);
    await ceremony.found('--demo');
    expect(ceremony.opened().isDemo).toBe(true);
    const shown = await ceremony.trust('show');
    expect(shown.out).toContain('DEMO');
    expect(shown.out).toContain('warning: these are demo keys');
  });

  test('X1: the record of a demo says so in its name, or it is none', async () => {
    await expect(ceremony.found('--demo')).rejects.toThrow('/keys/log must be named DEMO/');
  });

  test('settings bring floor, keys and tiers; people cannot come that way', async () => {
    const file = join(ceremony.home, 'settings.json');
    writeFileSync(
      file,
      JSON.stringify({ floor: { quorums: [], humanOnlyActions: ['database.migrate'], autonomousTargets: 3 } }),
    );
    await ceremony.found('--settings', file);
    expect(ceremony.opened().bundle.floor.humanOnlyActions).toEqual(['database.migrate']);
    writeFileSync(
      file,
      JSON.stringify({
        keys: { witnessQuorum: 2 },
        tiers: [{ match: 'segment', id: 'vault', least: 'safety-critical' }],
      }),
    );
    const set = await ceremony.trust('set', file);
    expect(set.out).toContain('changes keys / witnessQuorum: 0 -> 2');
    await ceremony.publishedBy('rita', 'rolf');
    expect(ceremony.opened().bundle.keys.log).toBe(ceremony.log);
    for (const bad of [
      { people: [] },
      { version: 9 },
      { revocations: [] },
      { keys: [] },
      { keys: { log: 3 } },
      { floor: {} },
      [],
      3,
    ]) {
      writeFileSync(file, JSON.stringify(bad));
      expect((await ceremony.trust('set', file)).exit).toBe(EXIT.failed);
    }
    expect(existsSync(join(ceremony.folder, 'draft/targets.json'))).toBe(false);
  });

  test('nobody shortens the cooling-off time below an hour', async () => {
    await ceremony.found();
    const file = join(ceremony.home, 'settings.json');
    const enrolment = { authenticators: [], allowUnattested: false, allowBackup: false };
    writeFileSync(file, JSON.stringify({ enrolment: { ...enrolment, coolingOffMs: 1000 } }));
    const refused = await ceremony.trust('set', file);
    expect(refused.exit).toBe(EXIT.failed);
    expect(refused.err).toContain('coolingOffMs');
  });
});
