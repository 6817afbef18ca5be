import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Result } from '@countersign/core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { readSignature } from './agent/agent-messages.ts';
import { SIGNER_CODES, type SignerCode } from './codes.ts';
import { openSigner } from './open-signer.ts';
import { startModule } from './pkcs11/module.parse.ts';
import { openOnModule } from './pkcs11/pkcs11-signer.ts';
import { CkrError, FAKE_PIN, FakeCryptoki } from './testkit/fake-cryptoki.builder.ts';
import { hasSoftToken, SOFTHSM, SoftTokens } from './testkit/soft-token.builder.ts';
import { TestAgent } from './testkit/ssh-agent.builder.ts';

let folder = '';
let agent: TestAgent;
let tokens: SoftTokens;
const has = hasSoftToken();

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cs-codes-'));
  agent = new TestAgent();
  tokens = new SoftTokens();
  writeFileSync(join(folder, 'open'), 'x');
  chmodSync(join(folder, 'open'), 0o644);
  writeFileSync(join(folder, 'text'), 'x', { mode: 0o600 });
  writeFileSync(join(folder, 'wrong-pin'), '000000', { mode: 0o600 });
  writeFileSync(join(folder, 'empty-pin'), '\n', { mode: 0o600 });
  writeFileSync(join(folder, 'two-lines'), '12\n34\n', { mode: 0o600 });
  if (!has) return;
  tokens.addToken('release');
  tokens.addKey('release', 'good', { curve: 'p256', id: '01' });
  tokens.addKey('release', 'twice', { curve: 'p256', id: '02' });
  tokens.addKey('release', 'twice', { curve: 'p256', id: '03' });
  tokens.addKey('release', 'loose', { curve: 'p256', id: '04', options: ['--extractable'] });
  tokens.addKey('release', 'p384', { curve: 'p384', id: '05' });
  tokens.addKey('release', 'rsa', { curve: 'rsa', id: '06' });
  tokens.addKey('release', 'halved', { curve: 'ed25519', id: '07' });
  tokens.removePublicKey('release', 'halved');
});
afterAll(() => {
  agent.stop();
  tokens.remove();
  rmSync(folder, { recursive: true });
});

const FINGERPRINT = `SHA256:${'A'.repeat(43)}`;
const open = (locator: string, more: Readonly<Record<string, string>> = {}): Promise<Result<unknown>> =>
  openSigner(locator, { folder, environment: { SSH_AUTH_SOCK: agent.socket, ...more } });
const token = (object: string): Promise<Result<unknown>> => open(tokens.locator('release', object));
const withPin = (pin: string, more: Readonly<Record<string, string>> = {}): Promise<Result<unknown>> =>
  open(`pkcs11:module=${SOFTHSM};token=release;object=good;${pin}`, more);

async function onFake(spoil: (fake: FakeCryptoki) => void): Promise<Result<unknown>> {
  const fake = new FakeCryptoki();
  const locator = {
    kind: 'pkcs11',
    module: '/fake.so',
    token: 'release',
    object: 'capsule',
    pin: { in: 'environment', name: 'P' },
  } as const;
  const signer = openOnModule(fake, locator, FAKE_PIN);
  if (!signer.ok) return signer;
  spoil(fake);
  return signer.value.sign(Buffer.from('message'));
}

interface Refused {
  readonly code: SignerCode;
  readonly when: string;
  readonly make: () => Promise<Result<unknown>>;
  readonly needsToken?: boolean;
}
const REFUSED: readonly Refused[] = [
  { code: 'bad-locator', when: 'nothing is named', make: () => open('') },
  { code: 'no-key', when: 'the file is missing', make: () => open('file:missing') },
  { code: 'no-key', when: 'the agent holds no key', make: () => open(`ssh-agent:${FINGERPRINT}`) },
  { code: 'no-key', when: 'the token has no such key', make: () => token('missing'), needsToken: true },
  { code: 'no-key', when: 'the public half is missing', make: () => token('halved'), needsToken: true },
  { code: 'key-exposed', when: 'others may read the file', make: () => open('file:open') },
  { code: 'key-exposed', when: 'others may read the PIN', make: () => withPin('pin-file=open') },
  { code: 'key-exposed', when: 'the key may leave the token', make: () => token('loose'), needsToken: true },
  { code: 'bad-key', when: 'the file holds text', make: () => open('file:text') },
  { code: 'bad-key', when: 'the key is of another curve', make: () => token('p384'), needsToken: true },
  { code: 'bad-key', when: 'the key is RSA', make: () => token('rsa'), needsToken: true },
  { code: 'key-ambiguous', when: 'two keys share a label', make: () => token('twice'), needsToken: true },
  {
    code: 'agent-unreachable',
    when: 'no agent is known',
    make: () => open(`ssh-agent:${FINGERPRINT}`, { SSH_AUTH_SOCK: '' }),
  },
  {
    code: 'module-failed',
    when: 'there is no library',
    make: () => open('pkcs11:module=/nonexistent.so;token=t;object=o;pin-env=PIN', { PIN: '1' }),
    needsToken: true,
  },
  {
    code: 'module-failed',
    when: 'the library is text',
    make: () =>
      open(`pkcs11:module=${join(import.meta.dirname, 'codes.ts')};token=t;object=o;pin-env=PIN`, { PIN: '1' }),
    needsToken: true,
  },
  { code: 'no-pkcs11', when: 'the bridge is not built', make: async () => startModule('/fake.so', () => undefined) },
  {
    code: 'token-missing',
    when: 'no token has the label',
    make: () => open(tokens.locator('other', 'good')),
    needsToken: true,
  },
  { code: 'pin-missing', when: 'the file of the PIN is missing', make: () => withPin('pin-file=missing') },
  { code: 'pin-missing', when: 'the file of the PIN is empty', make: () => withPin('pin-file=empty-pin') },
  { code: 'pin-missing', when: 'the PIN has two lines', make: () => withPin('pin-file=two-lines') },
  { code: 'pin-missing', when: 'the variable is not set', make: () => withPin('pin-env=HSM_PIN') },
  {
    code: 'pin-missing',
    when: 'the variable is too long',
    make: () => withPin('pin-env=HSM_PIN', { HSM_PIN: '1'.repeat(257) }),
  },
  {
    code: 'pin-wrong',
    when: 'the token knows another PIN',
    make: () => withPin('pin-file=wrong-pin'),
    needsToken: true,
  },
  {
    code: 'pin-locked',
    when: 'the PIN is locked',
    make: () =>
      onFake((fake) => {
        fake.faults.set('C_SignInit', new CkrError('CKR_PIN_LOCKED', 0xa4));
      }),
  },
  {
    code: 'token-failed',
    when: 'the token fails',
    make: () =>
      onFake((fake) => {
        fake.faults.set('C_Sign', new CkrError('CKR_GENERAL_ERROR', 5));
      }),
  },
  {
    code: 'bad-answer',
    when: 'the token answers noise',
    make: () =>
      onFake((fake) => {
        fake.answer = Buffer.alloc(64, 3);
      }),
  },
];

describe('every code, from a real refusal', () => {
  for (const { code, when, make, needsToken = false } of REFUSED)
    test.skipIf(needsToken && !has)(`${code}: ${when}`, async () => {
      const refused = await make();
      expect(refused).toMatchObject({ ok: false, refusal: { code, next: [SIGNER_CODES[code].next] } });
      expect(refused.ok ? '' : refused.refusal.detail).not.toMatch(/000000|493817|Error:|\n/);
    });

  test('agent-refused: the agent says no', () => {
    expect(readSignature(Uint8Array.of(5))).toMatchObject({ refusal: { code: 'agent-refused' } });
  });

  test('the table has no code that is never used, and says what happened and what to do', () => {
    const seen = new Set<string>([...REFUSED.map(({ code }) => code), 'agent-refused']);
    expect([...seen].toSorted()).toEqual(Object.keys(SIGNER_CODES).toSorted());
    for (const { happened, next } of Object.values(SIGNER_CODES)) {
      expect(happened).toMatch(/^[A-Z].*\.$/);
      expect(next).toMatch(/^[a-z].*[^.]$/);
    }
  });
});

test('what a library says is shown without anything that could move a cursor', async () => {
  const refused = await onFake((fake) => {
    fake.faults.set('C_Sign', new CkrError('\u{1b}[2J weird', 5));
  });
  expect(refused.ok ? '' : refused.refusal.detail).toMatch(/^[ -~]+$/);
});
