import { cpSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../cli/exit-codes.ts';
import { Ceremony, expectOk } from '../testkit/ceremony.builder.ts';

let ceremony: Ceremony;
beforeEach(() => {
  ceremony = new Ceremony();
});
afterEach(() => ceremony.remove());

describe('X1: nothing goes back, and nothing signed is written over', () => {
  beforeEach(() => ceremony.found());

  test('an older folder is refused by a runner that saw a newer one, and by a drop folder', async () => {
    const old = join(ceremony.home, 'old');
    cpSync(ceremony.folder, old, { recursive: true });
    ceremony.person('ana');
    await ceremony.trust('add-person', 'ana', '--name', 'Ana', '--key', ceremony.pub('ana'));
    await ceremony.publishedBy('rita', 'rolf');
    const drop = join(ceremony.home, 'drop');
    await expectOk(ceremony.trust('publish', '--out', drop));
    expect(ceremony.opened(drop).versions.targets).toBe(2);
    expect(ceremony.tryToOpen(old, ceremony.opened().versions)).toMatchObject({
      ok: false,
      refusal: { code: 'trust-rolled-back' },
    });
    const refused = await ceremony.run(['trust', 'publish', old, '--out', drop]);
    expect(refused.exit).toBe(EXIT.unverified);
    expect(refused.err).toMatch(/version 1, version 2 was seen/);
    expect(ceremony.opened(drop).versions.targets).toBe(2);
  });

  test('renewing dates the same bundle anew, with the online key alone', async () => {
    ceremony.now = ceremony.later(5);
    const renewed = await ceremony.publish('--fresh-days', '10');
    expect(renewed.exit).toBe(EXIT.ok);
    expect(ceremony.opened()).toMatchObject({
      versions: { root: 1, targets: 1, snapshot: 2, timestamp: 2 },
      expiresAt: ceremony.later(10).replace(/\d{3}Z$/, '000Z'),
    });
  });

  test('a draft that somebody signed is not changed, and a signature is not written twice', async () => {
    ceremony.person('ana');
    await ceremony.trust('add-person', 'ana', '--name', 'Ana', '--key', ceremony.pub('ana'));
    await expectOk(ceremony.sign('rita'));
    const bytes = ceremony.draftText('trust-bundle.json');
    for (const line of [
      ['add-person', 'ana', '--role', 'auditor'],
      ['remove-person', 'ana'],
      ['revoke', 'f'.repeat(64), '--reason', 'x'],
      ['rotate', '--add', `capsule-signer/a=${ceremony.pub('ana')}`],
    ])
      expect((await ceremony.trust(line[0]!, ...line.slice(1))).exit).toBe(EXIT.conflict);
    expect((await ceremony.sign('rita')).exit).toBe(EXIT.conflict);
    expect(ceremony.draftText('trust-bundle.json')).toBe(bytes);
  });

  test('init does not begin where a ceremony is', async () => {
    const roots = ceremony.file('1.root.json');
    expect((await ceremony.begin()).exit).toBe(EXIT.conflict);
    expect(ceremony.file('1.root.json')).toEqual(roots);
  });

  test('a draft from before somebody published is not taken for the next one', async () => {
    ceremony.person('ana');
    await ceremony.trust('add-person', 'ana', '--name', 'Ana', '--key', ceremony.pub('ana'));
    const kept = join(ceremony.home, 'kept');
    cpSync(join(ceremony.folder, 'draft'), kept, { recursive: true });
    await ceremony.publishedBy('rita', 'rolf');
    cpSync(kept, join(ceremony.folder, 'draft'), { recursive: true });
    const stale = await ceremony.trust('show');
    expect(stale.exit).toBe(EXIT.conflict);
    expect(stale.err).toContain('has version 2, and version 2 is published');
  });

  test('--pinned: a folder with other roots is refused before anything in it is shown or signed', async () => {
    const pinned = join(ceremony.home, 'pinned.json');
    writeFileSync(pinned, ceremony.file('1.root.json'));
    expect((await ceremony.trust('show', '--pinned', pinned)).exit).toBe(EXIT.ok);
    const other = new Ceremony();
    await other.found('--root-days', '364');
    const foreign = await other.trust('show', '--pinned', pinned);
    expect(foreign.exit).toBe(EXIT.unverified);
    expect(foreign.err).toContain('is not the root that you pinned');
    other.remove();
  });
});
