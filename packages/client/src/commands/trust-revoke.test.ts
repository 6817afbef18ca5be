import { spawnSync } from 'node:child_process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../cli/exit-codes.ts';
import { Ceremony, expectOk } from '../testkit/ceremony.builder.ts';

let ceremony: Ceremony;
beforeEach(() => {
  ceremony = new Ceremony();
});
afterEach(() => ceremony.remove());

const keyidOf = (name: string): string => {
  const shown = spawnSync('ssh-keygen', ['-lf', ceremony.pub(name)], { encoding: 'utf8' });
  return `ssh:${shown.stdout.split(' ')[1] ?? ''}`;
};

describe('X1: a key that no longer speaks', () => {
  beforeEach(() => ceremony.found());

  test('goes from the roster and is named with its last moment and the reason', async () => {
    ceremony.person('ana');
    await ceremony.trust(
      'add-person',
      'ana',
      '--name',
      'Ana',
      '--role',
      'release-approver',
      '--key',
      ceremony.pub('ana'),
    );
    await ceremony.publishedBy('rita', 'rolf');
    const revoked = await ceremony.trust(
      'revoke',
      keyidOf('ana'),
      '--not-after',
      '2026-11-20T00:00:00.000Z',
      '--not-after-size',
      '812',
      '--reason',
      'laptop stolen',
    );
    expect(revoked.exit).toBe(EXIT.ok);
    expect(revoked.out).toContain(`adds    revocations / ${keyidOf('ana')} / reason: laptop stolen`);
    await ceremony.publishedBy('rita', 'rolf');
    const { people, revocations } = ceremony.opened().bundle;
    expect(revocations).toEqual([
      { keyid: keyidOf('ana'), notAfter: '2026-11-20T00:00:00.000Z', notAfterSize: 812, reason: 'laptop stolen' },
    ]);
    expect(people.find(({ id }) => id === 'ana')?.credentials).toEqual([]);

    const again = await ceremony.trust(
      'revoke',
      keyidOf('ana'),
      '--not-after',
      '2026-11-21T00:00:00.000Z',
      '--reason',
      'found',
    );
    expect(again.exit).toBe(EXIT.failed);
    expect(again.err).toContain('would give it days back');
    await expectOk(
      ceremony.trust('revoke', keyidOf('ana'), '--not-after', '2026-11-19T00:00:00.000Z', '--reason', 'earlier'),
    );
  });

  test('a capsule signer goes from the keys too; a key of the root has to be rotated as well, and that is said', async () => {
    ceremony.person('capsules');
    await ceremony.trust('rotate', '--add', `capsule-signer/east=${ceremony.pub('capsules')}`);
    await ceremony.publishedBy('rita', 'rolf');
    const keyid = ceremony.key('capsules').keyid;
    await expectOk(ceremony.trust('revoke', keyid, '--reason', 'rotated'));
    const rolf = await ceremony.trust('revoke', keyidOf('rolf'), '--reason', 'left');
    expect(rolf.err).toContain('also stands in the root');
    const unknown = await ceremony.trust('revoke', 'f'.repeat(64), '--reason', 'unknown');
    expect(unknown.err).toContain('stands nowhere');
    expect(ceremony.draftText('trust-bundle.json')).toContain('"capsuleSigners":[]');
  });

  test.each([
    ['a name that is no key', 'rolf', []],
    ['a short id', 'abcdef', []],
    ['capital letters', 'F'.repeat(64), []],
    ['a day without a time', 'f'.repeat(64), ['--not-after', '2026-11-20']],
    ['a day that does not exist', 'f'.repeat(64), ['--not-after', '2026-02-30T00:00:00.000Z']],
    ['a size that is no number', 'f'.repeat(64), ['--not-after-size', 'many']],
  ])('%s is refused', async (_name, keyid, more) => {
    expect((await ceremony.trust('revoke', keyid, '--reason', 'x', ...more)).exit).toBe(EXIT.usage);
  });
});
