import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../cli/exit-codes.ts';
import { Ceremony, expectOk } from '../testkit/ceremony.builder.ts';

let ceremony: Ceremony;
beforeEach(() => {
  ceremony = new Ceremony();
});
afterEach(() => ceremony.remove());

const personIn = (held: Ceremony, name: string): unknown => held.opened().bundle.people.find(({ id }) => id === name);

describe('A2, A4: people', () => {
  beforeEach(() => ceremony.found());

  test('somebody new comes with roles, and their key counts after the cooling-off time only', async () => {
    ceremony.person('ana');
    const added = await ceremony.trust(
      'add-person',
      'ana',
      '--name',
      'Ana Roe',
      '--role',
      'release-approver',
      '--key',
      ceremony.pub('ana'),
    );
    expect(added.exit).toBe(EXIT.ok);
    expect(added.out).toContain('changes against bundle 1');
    expect(added.out).toContain('adds    people / ana / roles / release-approver');
    expect(added.out).toContain(`usableFrom: ${ceremony.later(1)}`);
    await ceremony.publishedBy('rita', 'rolf');
    const person = ceremony.opened().bundle.people.find(({ id }) => id === 'ana');
    expect(person).toMatchObject({ name: 'Ana Roe', roles: ['release-approver'] });
    expect(person?.credentials[0]).toMatchObject({ kind: 'ssh', surface: 'own', usableFrom: ceremony.later(1) });
    expect(ceremony.opened().versions).toMatchObject({ root: 1, targets: 2, timestamp: 2 });
  });

  test('whoever is on the roster gets a role by a grant that waits, and holds it in a later bundle', async () => {
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
    const granted = await ceremony.trust('add-person', 'ana', '--role', 'service-owner');
    expect(granted.out).toContain(`adds    people / ana / grants / service-owner / usableFrom: ${ceremony.later(1)}`);
    await ceremony.publishedBy('rita', 'rolf');
    expect(personIn(ceremony, 'ana')).toMatchObject({
      roles: ['release-approver'],
      grants: [{ role: 'service-owner' }],
    });

    ceremony.now = ceremony.later(2);
    ceremony.person('bert');
    const next = await ceremony.trust('add-person', 'bert', '--name', 'Bert', '--key', ceremony.pub('bert'));
    expect(next.out).toContain('adds    people / ana / roles / service-owner');
    expect(next.out).toContain('removes people / ana / grants / service-owner');
    await ceremony.publishedBy('rita', 'rolf');
    expect(personIn(ceremony, 'ana')).toMatchObject({ roles: ['release-approver', 'service-owner'] });
    expect(personIn(ceremony, 'ana')).not.toHaveProperty('grants');
  });

  test('duties that conflict are refused when they are given, also against a grant that still waits', async () => {
    ceremony.person('ana');
    const both = ['--role', 'release-approver', '--role', 'operator'];
    const refused = await ceremony.trust('add-person', 'ana', '--name', 'Ana', '--key', ceremony.pub('ana'), ...both);
    expect(refused.exit).toBe(EXIT.prohibited);
    expect(refused.err).toContain('fleet operators do not approve production');
    expect(existsSync(join(ceremony.folder, 'draft/targets.json'))).toBe(false);
    await expectOk(ceremony.trust('add-person', 'rita', '--role', 'operator'));
    expect((await ceremony.trust('add-person', 'rita', '--role', 'release-approver')).exit).toBe(EXIT.prohibited);
  });

  test('A2: nobody puts their own key into the roster: two other registrars have to sign', async () => {
    ceremony.person('second-key-of-rita');
    await ceremony.trust('add-person', 'rita', '--key', ceremony.pub('second-key-of-rita'));
    await expectOk(ceremony.sign('rita'));
    await expectOk(ceremony.sign('rolf'));
    const refused = await ceremony.publish();
    expect(refused.exit).toBe(EXIT.unverified);
    expect(refused.err).toContain('needs 2 registrars other than');
    expect(ceremony.opened().versions.targets).toBe(1);
  });

  test('with a third registrar the other two can', async () => {
    ceremony.person('ruth');
    await ceremony.trust('add-person', 'ruth', '--name', 'Ruth', '--role', 'registrar', '--key', ceremony.pub('ruth'));
    await ceremony.trust('rotate', '--add', `registrar=${ceremony.pub('ruth')}`);
    await ceremony.publishedBy('anna', 'boris', 'rita', 'rolf');
    ceremony.person('second-key-of-rita');
    await ceremony.trust('add-person', 'rita', '--key', ceremony.pub('second-key-of-rita'));
    await ceremony.publishedBy('rolf', 'ruth');
    expect(ceremony.opened().bundle.people.find(({ id }) => id === 'rita')?.credentials).toHaveLength(2);
  });

  test('one key is one person: the key of somebody else is refused', async () => {
    const refused = await ceremony.trust('add-person', 'ana', '--name', 'Ana', '--key', ceremony.pub('rolf'));
    expect(refused.exit).toBe(EXIT.failed);
    expect(refused.err).toMatch(/must not be enrolled twice|is the key of/);
  });

  test('somebody leaves; their name and keys go, and others stay as they are', async () => {
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
    const gone = await ceremony.trust('remove-person', 'ana');
    expect(gone.out).toContain('removes people / ana');
    await ceremony.publishedBy('rita', 'rolf');
    expect(ceremony.opened().bundle.people.map(({ id }) => id)).toEqual(['rita', 'rolf']);
    expect((await ceremony.trust('remove-person', 'ana')).exit).toBe(EXIT.failed);
  });

  test.each([
    ['nothing to add', ['ana', '--name', 'Ana'], EXIT.ok],
    ['nobody known and no name', ['ana', '--role', 'auditor'], EXIT.failed],
    ['nothing said', ['rita'], EXIT.usage],
    ['a name that is no id', ['ana maria', '--name', 'Ana'], EXIT.usage],
    ['a role that is no id', ['ana', '--name', 'Ana', '--role', 'release approver'], EXIT.usage],
    ['a key that is not there', ['ana', '--name', 'Ana', '--key', '/nonexistent/key.pub'], EXIT.unverified],
    ['a path out of the folder', ['../ana', '--name', 'Ana'], EXIT.usage],
  ])('%s', async (_name, line, exit) => {
    expect((await ceremony.trust('add-person', ...line)).exit).toBe(exit);
  });
});
