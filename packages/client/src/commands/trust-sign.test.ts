import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { openTrust, readTrustFolder } from '@countersign/seal';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { EXIT } from '../cli/exit-codes.ts';
import { Ceremony } from '../testkit/ceremony.builder.ts';
import { TestPasskey } from '../testkit/passkey.builder.ts';
import { TestAgent } from '../testkit/ssh-agent.builder.ts';

let ceremony: Ceremony;
beforeEach(() => {
  ceremony = new Ceremony();
});
afterEach(() => ceremony.remove());

const at = (name: string): string => join(ceremony.home, name);
const written = (name: string): Record<string, unknown> =>
  JSON.parse(readFileSync(at(name), 'utf8')) as Record<string, unknown>;

/** The challenge from a request file, as the page of the organisation reads it. */
async function requested(): Promise<string> {
  const told = await ceremony.trust('sign', '--document', 'targets', '--request', at('request.json'));
  expect(told.exit).toBe(EXIT.ok);
  return String(written('request.json')['challenge']);
}

const bring = (assertion: object): ReturnType<typeof ceremony.trust> => {
  writeFileSync(at('assertion.json'), JSON.stringify(assertion));
  return ceremony.trust('sign', '--document', 'targets', '--signature', at('assertion.json'));
};

/** The person's key in the form of OpenSSH, made by `ssh-keygen` from the PEM. */
function opensshKey(name: string): string {
  const file = at(`${name}.openssh`);
  const key = ceremony.key(name);
  writeFileSync(`${file}.pub`, readFileSync(ceremony.pub(name)));
  if (key.kind === 'p256') writeFileSync(file, key.pem(), { mode: 0o600 });
  else writeFileSync(file, ed25519File(name), { mode: 0o600 });
  return file;
}

const sshString = (bytes: Buffer | string): Buffer => {
  const content = Buffer.from(bytes);
  const length = Buffer.alloc(4);
  length.writeUInt32BE(content.length);
  return Buffer.concat([length, content]);
};

/** `openssh-key-v1` of an Ed25519 key, as `ssh-keygen` writes it. */
function ed25519File(name: string): string {
  const key = ceremony.key(name);
  const point = Buffer.from(key.publicKey.point());
  const seed = Buffer.from(key.pem().split('\n').slice(1, -2).join(''), 'base64').subarray(-32);
  const blob = Buffer.concat([sshString('ssh-ed25519'), sshString(point)]);
  const check = Buffer.alloc(8, 5);
  const open = Buffer.concat([check, blob, sshString(Buffer.concat([seed, point])), sshString('')]);
  const padding = Buffer.from(Array.from({ length: (8 - (open.length % 8)) % 8 }, (_one, index) => index + 1));
  const count = Buffer.from([0, 0, 0, 1]);
  const whole = Buffer.concat([
    Buffer.from('openssh-key-v1\0'),
    sshString('none'),
    sshString('none'),
    sshString(''),
    count,
    sshString(blob),
    sshString(Buffer.concat([open, padding])),
  ]);
  const lines = whole.toString('base64').match(/.{1,70}/g) ?? [];
  return `-----BEGIN OPENSSH PRIVATE KEY-----\n${lines.join('\n')}\n-----END OPENSSH PRIVATE KEY-----\n`;
}

const read = (name: string): Uint8Array | undefined =>
  existsSync(join(ceremony.folder, name)) ? readFileSync(join(ceremony.folder, name)) : undefined;
function isOpened(): boolean {
  const metadata = readTrustFolder(read);
  return metadata.ok && openTrust(metadata.value, { root: read('1.root.json')! }).ok;
}

describe('A2: a registrar with a passkey, whose browser is on another machine', () => {
  const passkey = new TestPasskey();
  beforeEach(async () => {
    writeFileSync(at('rolf.json'), JSON.stringify(passkey.credential));
    for (const name of ['anna', 'boris', 'carla', 'rita', 'online']) ceremony.person(name);
    const begun = await ceremony.trust(
      'init',
      '--organisation',
      'acme',
      '--root-threshold',
      '1',
      '--log',
      ceremony.log,
      '--root',
      ceremony.pub('anna'),
      '--registrar',
      `rita=${ceremony.pub('rita')}`,
      '--registrar',
      `rolf=${at('rolf.json')}`,
      '--online',
      ceremony.locator('online'),
    );
    expect(begun).toMatchObject({ exit: EXIT.ok });
    for (const name of ['anna', 'rita']) expect((await ceremony.sign(name)).exit).toBe(EXIT.ok);
  });

  test('takes a request away, brings an assertion back, and a runner opens what is published', async () => {
    const challenge = await requested();
    const request = written('request.json');
    expect(request).toMatchObject({
      type: 'trust-sign-request',
      document: 'targets',
      passkeys: [{ credential: passkey.id, rpId: passkey.rpId }],
    });
    expect(request['page']).toContain(`in words ${String(request['words'])}`);
    // The root names the page on which the passkey signs, and the key behind its name.
    const shown = await ceremony.trust('sign', '--document', 'root', '--request', at('root.json'));
    expect(shown.exit).toBe(EXIT.ok);
    expect(JSON.stringify(written('root.json')['page'])).toContain('approve.example');
    expect(JSON.stringify(written('root.json')['page'])).toContain(passkey.cose);
    const brought = await bring(passkey.assert(challenge));
    expect(brought.err).toContain(`signed  webauthn:${passkey.id} (rolf)`);
    expect(brought.exit).toBe(EXIT.ok);
    expect((await ceremony.publish()).exit).toBe(EXIT.ok);
    expect(isOpened()).toBe(true);
  });

  test.each<[string, (challenge: string) => object]>([
    ['on another page', (challenge) => passkey.assert(challenge, { origin: 'https://evil.example' })],
    ['without PIN or biometrics', (challenge) => passkey.assert(challenge, { flags: 0x01 })],
    ['without a touch', (challenge) => passkey.assert(challenge, { flags: 0x04 })],
    ['with a key that could be synchronised', (challenge) => passkey.assert(challenge, { flags: 0x1d })],
    ['of something else', () => passkey.assert(Buffer.alloc(32, 7).toString('base64url'))],
    ['with the key of somebody else', (challenge) => ({ ...new TestPasskey().assert(challenge) })],
  ])('an assertion made %s is refused', async (_name, make) => {
    const told = await bring(make(await requested()));
    expect(told.exit).toBe(EXIT.unverified);
    expect((await ceremony.publish()).exit).toBe(EXIT.pending);
  });

  test.each<[string, unknown]>([
    ['nothing', ''],
    ['a list', []],
    ['without a signature', { id: 'AAAA', response: { authenticatorData: 'AAAA', clientDataJSON: 'AAAA' } }],
    ['with fields nobody knows', { ...passkey.assert('AAAA'), extra: 1 }],
    [
      'not base64url',
      { id: passkey.id, response: { authenticatorData: '++', clientDataJSON: 'AAAA', signature: 'AAAA' } },
    ],
    [
      'far too long',
      {
        id: passkey.id,
        response: { authenticatorData: 'A'.repeat(20_000), clientDataJSON: 'AAAA', signature: 'AAAA' },
      },
    ],
  ])('an assertion that is %s is refused', async (_name, assertion) => {
    writeFileSync(at('assertion.json'), JSON.stringify(assertion));
    const told = await ceremony.trust('sign', '--document', 'targets', '--signature', at('assertion.json'));
    expect([EXIT.unverified, EXIT.usage]).toContain(told.exit);
    expect(told.err).not.toContain('internal');
  });

  test('a credential that has no say here is told so', async () => {
    const other = passkey.assert(await requested(), { id: 'b3RoZXI' });
    expect((await bring(other)).exit).toBe(EXIT.prohibited);
  });

  test('a request is not written over', async () => {
    await requested();
    expect((await ceremony.trust('sign', '--document', 'targets', '--request', at('request.json'))).exit).not.toBe(
      EXIT.ok,
    );
  });
});

describe('A2: SSH keys elsewhere', () => {
  beforeEach(() => ceremony.begin());

  test('the bytes go to a machine with ssh-keygen alone, and its signature comes back', async () => {
    for (const [name, document] of [
      ['anna', 'root'],
      ['boris', 'root'],
      ['rita', 'targets'],
      ['rolf', 'targets'],
    ] as const) {
      const bytes = at(`${name}.bytes`);
      expect((await ceremony.trust('sign', '--document', document, '--bytes', bytes)).exit).toBe(EXIT.ok);
      // ssh-keygen reads PEM keys too, but of Ed25519 only its own form.
      const key = opensshKey(name);
      const signed = spawnSync('ssh-keygen', ['-Y', 'sign', '-q', '-n', 'trust@countersign', '-f', key, bytes], {
        encoding: 'utf8',
      });
      expect(signed.stderr).toBe('');
      const told = await ceremony.trust('sign', '--document', document, '--signature', `${bytes}.sig`);
      expect(told).toMatchObject({ exit: EXIT.ok });
    }
    expect((await ceremony.publish()).exit).toBe(EXIT.ok);
    expect(isOpened()).toBe(true);
  });

  test.each([
    ['for another purpose', ['-n', 'approval@countersign'], (bytes: Buffer) => bytes],
    ['over other bytes', ['-n', 'trust@countersign'], (bytes: Buffer) => Buffer.concat([bytes, Buffer.from(' ')])],
  ])('a signature made %s is refused', async (_name, options, change) => {
    await ceremony.trust('sign', '--document', 'targets', '--bytes', at('bytes'));
    writeFileSync(at('changed'), change(readFileSync(at('bytes'))));
    spawnSync('ssh-keygen', ['-Y', 'sign', '-q', ...options, '-f', opensshKey('rita'), at('changed')]);
    const told = await ceremony.trust('sign', '--document', 'targets', '--signature', at('changed.sig'));
    expect(told.exit).toBe(EXIT.unverified);
    expect(told.err).toContain('ssh-keygen -Y sign -n trust@countersign');
  });

  test('a signature of a stranger, of half its bytes, and of one bit less', async () => {
    await ceremony.trust('sign', '--document', 'targets', '--bytes', at('bytes'));
    ceremony.person('mallory');
    spawnSync('ssh-keygen', ['-Y', 'sign', '-q', '-n', 'trust@countersign', '-f', opensshKey('mallory'), at('bytes')]);
    const whole = readFileSync(at('bytes.sig'), 'utf8');
    for (const text of [whole, whole.slice(0, 120), whole.replace(/\n.{4}/, '\nAAAA'), `${whole}${whole}`]) {
      writeFileSync(at('bytes.sig'), text);
      const told = await ceremony.trust('sign', '--document', 'targets', '--signature', at('bytes.sig'));
      expect(told.exit).toBe(EXIT.unverified);
    }
    expect(ceremony.names()).not.toContain('draft/signatures');
  });

  test.each([
    ['no way to sign', []],
    ['two ways at once', ['--key', 'file:x', '--signature', 'y']],
    ['bytes of two drafts', ['--bytes', '/nonexistent/bytes']],
    ['a draft that there is not', ['--document', 'snapshot', '--key', 'file:x']],
  ])('%s', async (_name, line) => {
    expect((await ceremony.trust('sign', ...line)).exit).toBe(EXIT.usage);
  });

  test.each([
    ['a key that is not there', 'file:/nonexistent', 'cannot be read'],
    ['no locator', 'rita.pem', 'KIND:PLACE'],
    ['an agent that is not there', `ssh-agent:SHA256:${'A'.repeat(43)}`, 'SSH_AUTH_SOCK'],
    ['a token that is not there', 'pkcs11:module=/nonexistent.so;token=t;object=o;pin-env=PIN', 'no PIN'],
  ])('%s', async (_name, locator, words) => {
    const told = await ceremony.trust('sign', '--key', locator);
    expect(told.exit).toBe(EXIT.unverified);
    expect(told.err).toContain(words);
    expect(told.err).toMatch(/next: /);
  });
});

describe('A2: keys in an SSH agent', () => {
  let agent: TestAgent;
  beforeEach(() => {
    agent = new TestAgent();
  });
  afterEach(() => agent.stop());

  test('a whole ceremony whose keys never are in a file that this program reads', async () => {
    const environment = { SSH_AUTH_SOCK: agent.socket };
    const fingerprints = new Map<string, string>();
    for (const [index, name] of ['anna', 'boris', 'rita', 'rolf', 'online'].entries()) {
      const file = at(name);
      const type = index % 2 === 0 ? ['-t', 'ed25519'] : ['-t', 'ecdsa', '-b', '256'];
      spawnSync('ssh-keygen', ['-q', ...type, '-N', '', '-C', name, '-f', file]);
      agent.add(file);
      rmSync(file);
      const shown = spawnSync('ssh-keygen', ['-lf', `${file}.pub`], { encoding: 'utf8' });
      fingerprints.set(name, shown.stdout.split(' ')[1] ?? '');
    }
    const locator = (name: string): string => `ssh-agent:${fingerprints.get(name) ?? ''}`;
    const cs = (...line: readonly string[]): ReturnType<typeof ceremony.run> => ceremony.run(line, { environment });
    const begun = await cs(
      'trust',
      'init',
      ceremony.folder,
      '--organisation',
      'acme',
      '--root-threshold',
      '2',
      '--log',
      ceremony.log,
      '--root',
      locator('anna'),
      '--root',
      ceremony.pub('boris'),
      '--registrar',
      `rita=${locator('rita')}`,
      '--registrar',
      `rolf=${ceremony.pub('rolf')}`,
      '--online',
      ceremony.pub('online'),
    );
    expect(begun).toMatchObject({ exit: EXIT.ok });
    const digests = (await ceremony.digests()).flatMap((digest) => ['--digest', digest]);
    for (const name of ['anna', 'boris', 'rita', 'rolf']) {
      const told = await cs('trust', 'sign', ceremony.folder, '--key', locator(name), ...digests);
      expect(told).toMatchObject({ exit: EXIT.ok });
    }
    const published = await cs('trust', 'publish', ceremony.folder, '--key', locator('online'));
    expect(published).toMatchObject({ exit: EXIT.ok });
    expect(isOpened()).toBe(true);
  });
});
