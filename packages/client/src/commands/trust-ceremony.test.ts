import { cpSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../cli/exit-codes.ts';
import { Ceremony, expectOk } from '../testkit/ceremony.builder.ts';
import { FakeControl } from '../testkit/fake-control.builder.ts';

let ceremony: Ceremony;
beforeEach(() => {
  ceremony = new Ceremony();
});
afterEach(() => ceremony.remove());

describe('A2, X1: a whole ceremony in a folder, each on a machine of their own', () => {
  test('three root holders, two registrars: two of three sign the root, both the roster, and a runner opens it', async () => {
    const begun = await ceremony.begin();
    expect(begun.exit).toBe(EXIT.ok);
    expect(begun.err).toContain('next: each of them signs');
    expect(begun.out).toContain('root keys: 2 of 3');
    expect(begun.out).toContain('registrars: 2 of 2');
    expect(begun.out).toMatch(/in words [a-z]+ [a-z]+ [a-z]+ [a-z]+ \d+/);
    expect(ceremony.names()).toEqual(['draft', 'draft/root.json', 'draft/targets.json', 'draft/trust-bundle.json']);

    expect((await ceremony.publish()).exit).toBe(EXIT.pending);
    for (const name of ['anna', 'rita', 'rolf']) expect((await ceremony.sign(name)).exit).toBe(EXIT.ok);
    const early = await ceremony.publish();
    expect(early.exit).toBe(EXIT.pending);
    expect(early.err).toContain('1 of 2 root keys of root 1');
    expect((await ceremony.sign('carla')).exit).toBe(EXIT.ok);
    const published = await ceremony.publish();
    expect(published.exit).toBe(EXIT.ok);
    expect(published.err).toContain('wrote 1.root.json');

    const trust = ceremony.opened();
    expect(trust.bundle).toMatchObject({ organisation: 'acme', version: 1, isDemo: false });
    expect(trust.bundle.people.map(({ id, roles }) => [id, roles])).toEqual([
      ['rita', ['registrar']],
      ['rolf', ['registrar']],
    ]);
    expect(trust.versions).toEqual({ root: 1, timestamp: 1, snapshot: 1, targets: 1 });
    expect(ceremony.names().filter((name) => name.startsWith('draft/') && name.endsWith('.json'))).toEqual([]);
  });

  test('each signs a copy on a machine of their own, and only the file of the signature is carried back', async () => {
    await ceremony.begin();
    for (const name of ['boris', 'carla', 'rita', 'rolf']) {
      const copy = join(ceremony.home, `machine-of-${name}`);
      cpSync(ceremony.folder, copy, { recursive: true });
      const digests = (await ceremony.digests()).flatMap((digest) => ['--digest', digest]);
      await expectOk(ceremony.run(['trust', 'sign', copy, '--key', ceremony.locator(name), ...digests]));
      cpSync(join(copy, 'draft/signatures'), join(ceremony.folder, 'draft/signatures'), { recursive: true });
    }
    await expectOk(ceremony.publish());
    expect(ceremony.opened().versions.root).toBe(1);
  });

  test('the same people and keys make the same drafts, whose words can be compared over the telephone', async () => {
    await ceremony.begin();
    const first = await ceremony.digests();
    rmSync(join(ceremony.folder, 'draft'), { recursive: true });
    await ceremony.begin();
    expect(await ceremony.digests()).toEqual(first);
  });

  test('a person at the keyboard types the first of the words; anything else signs nothing', async () => {
    await ceremony.begin();
    const line = ['trust', 'sign', ceremony.folder, '--key', ceremony.locator('rita')];
    const { out } = await ceremony.run(line, { typed: 'something', isTerminal: false });
    const [, word = ''] = /in words ([a-z]+)/.exec(out) ?? [];
    expect(ceremony.names()).not.toContain('draft/signatures');
    expect((await ceremony.run(line, { typed: word })).exit).toBe(EXIT.ok);
    expect(ceremony.names().filter((name) => name.startsWith('draft/signatures/targets-'))).toHaveLength(1);
  });

  test('who cannot be asked has to name the digest, and exactly this one', async () => {
    await ceremony.begin();
    const line = ['--key', ceremony.locator('rita')];
    expect((await ceremony.trust('sign', ...line)).exit).toBe(EXIT.usage);
    expect((await ceremony.trust('sign', ...line, '--digest', `sha256:${'0'.repeat(64)}`)).exit).toBe(EXIT.unverified);
    expect(ceremony.names()).not.toContain('draft/signatures');
  });

  test('a key that has no say is told whose would count, and signs nothing', async () => {
    await ceremony.begin();
    ceremony.person('mallory');
    const told = await ceremony.sign('mallory');
    expect(told.exit).toBe(EXIT.prohibited);
    expect(told.err).toContain('this key has no say');
    expect(told.err).toMatch(/eligible: ssh:SHA256:/);
    const onlyRoot = await ceremony.sign('anna', '--document', 'targets');
    expect(onlyRoot.exit).toBe(EXIT.prohibited);
    expect(ceremony.names()).not.toContain('draft/signatures');
  });
});

describe('cs trust show', () => {
  test('says what ends soon and what is over', async () => {
    await ceremony.found('--root-days', '100', '--days', '60');
    expect((await ceremony.trust('show')).out).not.toMatch(/warning: the (root|trust bundle|timestamp)/);
    ceremony.now = ceremony.later(6);
    expect((await ceremony.trust('show')).out).toContain('warning: the timestamp ends');
    ceremony.now = ceremony.later(44);
    const late = (await ceremony.trust('show')).out;
    expect(late).toContain('warning: the root ends');
    expect(late).toContain('warning: the trust bundle ends');
    expect(late).toContain('warning: the timestamp is over');
  });

  test('says who could lock everybody out, or decide alone', async () => {
    await ceremony.begin('--root-threshold', '3');
    await ceremony.publishedBy('anna', 'boris', 'carla', 'rita', 'rolf');
    expect((await ceremony.trust('show')).out).toContain('warning: every root key is needed');
    expect((await ceremony.trust('show')).out).toContain('warning: no witness has to cosign');
  });

  test('before anything is published it shows the drafts and who is owed', async () => {
    await ceremony.begin();
    const { out } = await ceremony.trust('show');
    expect(out).toContain('nothing is published');
    expect(out).toContain('root keys of root 1: 0 of 2');
    expect(out).toMatch(/owed {4}ssh:SHA256:\S+ \(rita\)/);
    expect((await ceremony.trust('show', '--pinned', '/nonexistent')).exit).toBe(EXIT.unverified);
  });

  test('an empty folder holds nothing, and nothing can be signed or published there', async () => {
    expect((await ceremony.trust('show')).out).toContain('nothing is published');
    ceremony.person('anna');
    expect((await ceremony.trust('sign', '--key', ceremony.locator('anna'))).exit).toBe(EXIT.conflict);
    ceremony.person('online');
    expect((await ceremony.publish()).exit).toBe(EXIT.failed);
    expect((await ceremony.trust('publish')).exit).toBe(EXIT.usage);
    expect((await ceremony.trust('add-person', 'ana', '--name', 'Ana')).exit).toBe(EXIT.failed);
    expect((await ceremony.trust('rotate', '--threshold', 'root=1')).exit).toBe(EXIT.failed);
  });
});

test('X1: publish --send hands the server what a runner would open, byte for byte', async () => {
  await ceremony.found();
  const server = await FakeControl.start({ 'POST /trust': { status: 201, json: { version: 1 } } });
  const told = await ceremony.run(['trust', 'publish', ceremony.folder, '--send'], { url: server.url });
  expect(told.exit).toBe(EXIT.ok);
  const body = server.to('POST /trust')[0]?.body as {
    readonly trust: { readonly roots: readonly string[]; readonly bundle: string };
  };
  expect(Buffer.from(body.trust.roots[0] ?? '', 'base64')).toEqual(ceremony.file('1.root.json'));
  expect(JSON.parse(Buffer.from(body.trust.bundle, 'base64').toString())).toMatchObject({ organisation: 'acme' });
  await server.stop();
});
