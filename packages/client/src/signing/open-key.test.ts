import { spawnSync } from 'node:child_process';
import { chmodSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  generateSigner,
  keyidOfCredential,
  signerPem,
  sshPublicKeyLine,
  verifyHumanSignature,
} from '@countersign/seal';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { Failure } from '../cli/failure.ts';
import { TestAgent } from '../testkit/ssh-agent.builder.ts';
import { openKey } from './open-key.ts';
import { signDocument } from './sign-document.ts';

let folder = '';
let agent: TestAgent | undefined;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'cs-key-'));
});
afterEach(() => {
  agent?.stop();
  agent = undefined;
  rmSync(folder, { recursive: true, force: true });
});

const NOBODY = { environment: {} };
const document = { type: 'approval', proposal: 'P-1' };

/** Whether the document counts for whoever holds this key. */
async function countsFor(
  publicKey: string,
  locator: string,
  environment: Record<string, string> = {},
): Promise<boolean> {
  const envelope = await signDocument('application/x-test', document, await openKey(locator, { environment }));
  const credential = { kind: 'ssh', publicKey } as const;
  expect(envelope.signatures[0]?.keyid).toBe(keyidOfCredential(credential));
  return verifyHumanSignature(envelope, 0, credential).ok;
}

test.each(['ed25519', 'p256'] as const)(
  'A2: a %s key signs from its file, named as a path or as a locator',
  async (kind) => {
    const key = generateSigner(kind);
    const file = join(folder, 'ana.pem');
    writeFileSync(file, signerPem(key), { mode: 0o600 });
    const line = sshPublicKeyLine(key.publicKey);
    expect(await countsFor(line, file)).toBe(true);
    expect(await countsFor(line, `file:${file}`)).toBe(true);
  },
);

test('A2: a key that only an agent holds signs like one in a file', async () => {
  agent = new TestAgent();
  const file = join(folder, 'ana');
  spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
  agent.add(file);
  rmSync(file);
  const [type = '', blob = ''] = readFileSync(`${file}.pub`, 'utf8').split(' ');
  const fingerprint = spawnSync('ssh-keygen', ['-lf', `${file}.pub`], { encoding: 'utf8' }).stdout.split(' ')[1] ?? '';
  expect(await countsFor(`${type} ${blob}`, `ssh-agent:${fingerprint}`, { SSH_AUTH_SOCK: agent.socket })).toBe(true);
});

test.each<[string, (file: string) => string, string]>([
  ['a file that others can read', (file) => file, 'key-exposed'],
  ['a file that is not there', (file) => `${file}.gone`, 'no-key'],
  ['an agent that is not there', () => `ssh-agent:SHA256:${'A'.repeat(43)}`, 'agent-unreachable'],
  ['half a fingerprint', () => 'ssh-agent:SHA256:AAAA', 'bad-locator'],
  ['a PIN on the command line', () => 'pkcs11:module=/x.so;token=t;object=o;pin=493817', 'bad-locator'],
])('%s is refused with its reason and what to do', async (_name, name, code) => {
  const file = join(folder, 'ana.pem');
  writeFileSync(file, signerPem(generateSigner('ed25519')));
  chmodSync(file, 0o644);
  const refused = await openKey(name(file), NOBODY).then(
    () => undefined,
    (error: unknown) => error,
  );
  expect(refused).toBeInstanceOf(Failure);
  expect((refused as Failure).refusal).toMatchObject({ code });
  expect((refused as Failure).refusal.next).not.toEqual([]);
  expect(JSON.stringify((refused as Failure).refusal)).not.toContain('493817');
});
