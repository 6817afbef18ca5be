import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { sshPublicKeyLine } from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../cli/exit-codes.ts';
import { Ceremony, expectOk } from '../testkit/ceremony.builder.ts';

let ceremony: Ceremony;
beforeEach(() => {
  ceremony = new Ceremony();
});
afterEach(() => ceremony.remove());

describe('X1: keys of the root', () => {
  beforeEach(() => ceremony.found());

  test('a lost root key is replaced by the two others; the old root and the new one both count', async () => {
    ceremony.person('dora');
    const carla = sshPublicKeyLine(ceremony.key('carla').publicKey);
    const shown = await ceremony.trust('show');
    const lines = shown.out.split('\n').filter((line) => line.includes('ssh:SHA256'));
    const carlaName = lines[2]?.trim() ?? '';
    const told = await ceremony.trust(
      'rotate',
      '--add',
      `root=${ceremony.pub('dora')}`,
      '--remove',
      `root=${carlaName}`,
    );
    expect(told.exit).toBe(EXIT.ok);
    expect(carla).toContain('ssh-ed25519');
    expect(told.out).toContain('changes against root 1');
    expect(told.out).toContain(`removes roles / root / keys / ${carlaName}`);

    for (const name of ['carla', 'dora']) await expectOk(ceremony.sign(name));
    const early = await ceremony.publish();
    expect(early.exit).toBe(EXIT.pending);
    expect(early.err).toContain('1 of 2 root keys of root 1');
    expect(early.err).toContain('1 of 2 root keys of root 2');
    rmSync(join(ceremony.folder, 'draft/signatures'), { recursive: true });

    for (const name of ['anna', 'boris']) await expectOk(ceremony.sign(name));
    await expectOk(ceremony.publish());
    expect(ceremony.opened().versions).toMatchObject({ root: 2, targets: 1, timestamp: 2 });
    expect(ceremony.names()).toContain('1.root.json');

    const before = ceremony.file('2.root.json');
    expect((await ceremony.trust('rotate', '--threshold', 'root=3')).exit).toBe(EXIT.ok);
    expect((await ceremony.sign('carla')).exit).toBe(EXIT.prohibited);
    for (const name of ['anna', 'boris', 'dora']) await expectOk(ceremony.sign(name));
    await expectOk(ceremony.publish());
    expect(ceremony.opened().versions.root).toBe(3);
    expect(ceremony.file('2.root.json')).toEqual(before);
  });

  test('the online key is exchanged; the old one renews nothing any more', async () => {
    ceremony.person('online2');
    const shown = await ceremony.run(['--json', 'trust', 'show', ceremony.folder]);
    const root = (JSON.parse(shown.out) as { root: { roles: { timestamp: { keyids: string[] } } } }).root;
    const [old = ''] = root.roles.timestamp.keyids;
    await expectOk(
      ceremony.trust('rotate', '--add', `online=${ceremony.locator('online2')}`, '--remove', `online=${old}`),
    );
    for (const name of ['anna', 'carla']) await expectOk(ceremony.sign(name));
    const refused = await ceremony.publish();
    expect(refused.exit).toBe(EXIT.prohibited);
    await expectOk(ceremony.trust('publish', '--key', ceremony.locator('online2')));
    expect(ceremony.opened().versions).toMatchObject({ root: 2, timestamp: 2 });
  });

  test('a key may not be offline and online at once, and the roster always needs two registrars', async () => {
    const online = await ceremony.trust('rotate', '--add', `online=${ceremony.pub('anna')}`);
    expect(online.exit).toBe(EXIT.failed);
    expect(online.err).toContain('is also a key of the role root or targets');
    const one = await ceremony.trust('rotate', '--threshold', 'registrar=1');
    expect(one.exit).toBe(EXIT.failed);
    expect(one.err).toContain('two registrars');
    const same = await ceremony.trust('rotate', '--add', `root=${ceremony.locator('anna')}`);
    expect(same.exit).toBe(EXIT.failed);
    expect(same.err).toContain('one key in two encodings');
    const many = await ceremony.trust('rotate', '--threshold', 'root=4');
    expect(many.err).toContain('must not need more keys than it names');
    expect(existsSync(join(ceremony.folder, 'draft/root.json'))).toBe(false);
  });

  test('service keys come and go by name, in the bundle', async () => {
    ceremony.person('capsules');
    ceremony.person('graphs');
    await expectOk(
      ceremony.trust(
        'rotate',

        '--add',
        `capsule-signer/east=${ceremony.pub('capsules')}`,
        '--add',
        `graph-owner/estate=${ceremony.locator('graphs')}`,
      ),
    );
    expect((await ceremony.trust('rotate', '--add', `capsule-signer/east=${ceremony.pub('graphs')}`)).exit).toBe(
      EXIT.usage,
    );
    await ceremony.publishedBy('rita', 'rolf');
    expect(ceremony.opened().bundle.keys.capsuleSigners.map(({ name }) => name)).toEqual(['east']);
    await expectOk(ceremony.trust('rotate', '--remove', 'capsule-signer=east'));
    await ceremony.publishedBy('rita', 'rolf');
    expect(ceremony.opened().bundle.keys.capsuleSigners).toEqual([]);
    expect(ceremony.opened().bundle.keys.graphOwners.map(({ name }) => name)).toEqual(['estate']);
  });

  test.each([
    ['nothing', []],
    ['no value', ['--add', 'root=']],
    ['no key', ['--add', 'root']],
    ['another part', ['--add', 'timestamp=KEY']],
    ['a part of the prototype', ['--add', 'constructor=KEY']],
    ['a service without a name', ['--add', 'capsule-signer=KEY']],
    ['a service that is not there', ['--remove', 'capsule-signer=west']],
    ['a key that is not there', ['--remove', `root=${'0'.repeat(64)}`]],
    ['a threshold in words', ['--threshold', 'root=two']],
    ['a threshold of a service', ['--threshold', 'capsule-signer=2']],
  ])('%s is refused and nothing is drafted', async (_name, line) => {
    const real = line.map((part) => part.replace('KEY', ceremony.pub('anna')));
    expect((await ceremony.trust('rotate', ...real)).exit).toBe(EXIT.usage);
    expect(existsSync(join(ceremony.folder, 'draft/root.json'))).toBe(false);
  });
});
