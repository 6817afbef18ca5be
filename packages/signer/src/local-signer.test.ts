import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { generateSigner, signEnvelope, signerPem, verifyEnvelope } from '@countersign/seal';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openLocalSigner, sealKeyOf } from './local-signer.ts';
import { openOnModule } from './pkcs11/pkcs11-signer.ts';
import { CkrError, FAKE_PIN, FakeCryptoki } from './testkit/fake-cryptoki.builder.ts';
import { hasSoftToken, SoftTokens } from './testkit/soft-token.builder.ts';

let folder = '';
let tokens: SoftTokens;
const message = Buffer.from('exactly these bytes');
const rule = { payloadType: 'application/x-test', threshold: 1 };

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cs-local-'));
  writeFileSync(join(folder, 'key.pem'), signerPem(generateSigner('p256')), { mode: 0o600 });
  tokens = new SoftTokens();
  if (!hasSoftToken()) return;
  tokens.addToken('release');
  tokens.addKey('release', 'capsules', { curve: 'p256', id: '01' });
});
afterAll(() => {
  tokens.remove();
  rmSync(folder, { recursive: true });
});

test('C2: a key in a file seals like one of this process', () => {
  const key = openLocalSigner('file:key.pem', { folder, environment: {} });
  if (!key.ok) throw new Error(key.refusal.detail);
  const envelope = signEnvelope(rule.payloadType, message, [key.value]);
  expect(verifyEnvelope(envelope, { ...rule, trusted: [key.value.publicKey] })).toMatchObject({ ok: true });
});

test.skipIf(!hasSoftToken())('C2: a key on a token seals in the same step, and its private part stays there', () => {
  const key = openLocalSigner(tokens.locator('release', 'capsules'), { folder, environment: {} });
  if (!key.ok) throw new Error(key.refusal.detail);
  for (let round = 0; round < 20; round += 1) {
    const envelope = signEnvelope(rule.payloadType, Buffer.from(`capsule ${round}`), [key.value]);
    expect(envelope.signatures[0]?.keyid).toBe(key.value.keyid);
    expect(verifyEnvelope(envelope, { ...rule, trusted: [key.value.publicKey] })).toMatchObject({ ok: true });
  }
});

test('what a program cannot seal with is refused when it starts', () => {
  for (const locator of [`ssh-agent:SHA256:${'A'.repeat(43)}`, 'kms:somewhere', 'file:', 'file:missing'])
    expect(openLocalSigner(locator, { folder, environment: {} }).ok).toBe(false);
});

test('a token that fails while it is needed throws, and nothing is half signed', () => {
  const fake = new FakeCryptoki();
  const locator = {
    kind: 'pkcs11',
    module: '/fake.so',
    token: 'release',
    object: 'capsule',
    pin: { in: 'environment', name: 'PIN' },
  } as const;
  const signer = openOnModule(fake, locator, FAKE_PIN);
  if (!signer.ok) throw new Error(signer.refusal.detail);
  const key = sealKeyOf(signer.value);
  fake.faults.set('C_Sign', new CkrError('CKR_GENERAL_ERROR', 5));
  expect(() => signEnvelope(rule.payloadType, message, [key])).toThrow(
    'token-failed: the token did not sign: CKR_GENERAL_ERROR',
  );
  expect(verifyEnvelope(signEnvelope(rule.payloadType, message, [key]), { ...rule, trusted: [key.publicKey] }).ok).toBe(
    true,
  );
});
