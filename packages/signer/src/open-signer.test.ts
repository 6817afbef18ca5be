import { spawnSync } from 'node:child_process';
import { createPublicKey, verify } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import fc from 'fast-check';
import {
  generateSigner,
  loadOpenSshPrivateKey,
  parseSshPublicKey,
  signEnvelopeWith,
  signerPem,
  sshBlobOf,
  sshFingerprint,
  verifyEnvelope,
  verifySshSignature,
  type KeyKind,
} from '@countersign/seal';
import { readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { openSigner, openSshSigner, type Surroundings } from './open-signer.ts';
import type { Signer } from './signer.ts';
import { hasSoftToken, PIN, SoftTokens } from './testkit/soft-token.builder.ts';
import { TestAgent } from './testkit/ssh-agent.builder.ts';

/** One contract for every adapter, each over the real thing: files, OpenSSH's agent, SoftHSM. */
let folder = '';
let agent: TestAgent;
let tokens: SoftTokens;
const surroundings = (): Surroundings => ({ folder, environment: { SSH_AUTH_SOCK: agent.socket } });

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'cs-signer-'));
  for (const kind of ['ed25519', 'p256'] as const) {
    writeFileSync(join(folder, `${kind}.pem`), signerPem(generateSigner(kind)), { mode: 0o600 });
    const type = kind === 'ed25519' ? ['-t', 'ed25519'] : ['-t', 'ecdsa', '-b', '256'];
    spawnSync('ssh-keygen', ['-q', ...type, '-N', '', '-C', kind, '-f', join(folder, `ssh-${kind}`)]);
  }
  agent = new TestAgent(['ed25519', 'p256'].map((kind) => join(folder, `ssh-${kind}`)));
  tokens = new SoftTokens();
  if (!hasSoftToken()) return;
  tokens.addToken('release');
  tokens.addKey('release', 'ed25519', { curve: 'ed25519', id: '01' });
  tokens.addKey('release', 'p256', { curve: 'p256', id: '02' });
});
afterAll(() => {
  agent.stop();
  tokens.remove();
  rmSync(folder, { recursive: true });
});

function agentLocator(kind: KeyKind): string {
  const key = parseSshPublicKey(readFileSync(join(folder, `ssh-${kind}.pub`), 'utf8'));
  if (!key.ok) throw new Error(key.refusal.detail);
  return `ssh-agent:${sshFingerprint(key.value.blob)}`;
}

async function open(locator: string): Promise<Signer> {
  const signer = await openSigner(locator, surroundings());
  if (!signer.ok) throw new Error(JSON.stringify(signer.refusal));
  return signer.value;
}

interface Adapter {
  readonly name: string;
  readonly kind: KeyKind;
  readonly locator: () => string;
  readonly isToken?: boolean;
}
const KINDS = ['ed25519', 'p256'] as const;
const ADAPTERS: readonly Adapter[] = KINDS.flatMap((kind) => [
  { name: `a PEM file, ${kind}`, kind, locator: () => `file:${kind}.pem` },
  { name: `an OpenSSH file, ${kind}`, kind, locator: () => `file:${join(folder, `ssh-${kind}`)}` },
  { name: `an SSH agent, ${kind}`, kind, locator: () => agentLocator(kind) },
  { name: `a PKCS#11 token, ${kind}`, kind, locator: () => tokens.locator('release', kind), isToken: true },
]);

const isMissing = ({ isToken = false }: Adapter): boolean => isToken && !hasSoftToken();
const message = Buffer.from('exactly these bytes');

for (const adapter of ADAPTERS)
  describe.skipIf(isMissing(adapter))(`signer port: ${adapter.name}`, () => {
    test('its signature is what OpenSSL verifies under its public key', async () => {
      const signer = await open(adapter.locator());
      expect(signer.algorithm).toBe(adapter.kind);
      expect(signer.publicKey.kind).toBe(adapter.kind);
      const signature = await signer.sign(message);
      if (!signature.ok) throw new Error(signature.refusal.detail);
      const key = createPublicKey({ key: Buffer.from(signer.publicKey.spki()), format: 'der', type: 'spki' });
      const hash = adapter.kind === 'p256' ? 'sha256' : null;
      expect(verify(hash, message, key, signature.value)).toBe(true);
      expect(verify(hash, Buffer.from('exactly those bytes'), key, signature.value)).toBe(false);
      await signer.close();
    });

    test('messages of 1 to 100,000 bytes are signed, also after one that was refused', async () => {
      const signer = await open(adapter.locator());
      // Some tokens sign no empty message; whatever they answer, the next one counts.
      await signer.sign(new Uint8Array());
      for (const bytes of [Buffer.alloc(1), Buffer.alloc(100_000, 0xa5)]) {
        const signature = await signer.sign(bytes);
        expect(signature.ok && signer.publicKey.verify(bytes, signature.value)).toBe(true);
      }
      const random = fc.asyncProperty(fc.uint8Array({ minLength: 1, maxLength: 300 }), async (bytes) => {
        const signature = await signer.sign(bytes);
        expect(signature.ok && signer.publicKey.verify(bytes, signature.value)).toBe(true);
      });
      await fc.assert(random, { numRuns: 30 });
      await signer.close();
    });

    test('signatures asked for at the same time do not meet', async () => {
      const signer = await open(adapter.locator());
      const messages = Array.from({ length: 12 }, (_, index) => Buffer.from(`message ${index}`));
      const signatures = await Promise.all(messages.map((one) => signer.sign(one)));
      for (const [index, signature] of signatures.entries())
        expect(signature.ok && signer.publicKey.verify(messages[index]!, signature.value)).toBe(true);
      await signer.close();
    });

    test('opened twice it is the same key, and each is closed by itself', async () => {
      const [first, second] = [await open(adapter.locator()), await open(adapter.locator())];
      expect(second.publicKey.keyid).toBe(first.publicKey.keyid);
      await first.close();
      expect(await first.sign(message)).toMatchObject({ ok: false, refusal: { code: 'no-key' } });
      expect((await second.sign(message)).ok).toBe(true);
      await second.close();
    });

    test('C2: it signs an envelope like a key in this process', async () => {
      const signer = await open(adapter.locator());
      const other = generateSigner('ed25519');
      const envelope = await signEnvelopeWith('application/x-test', message, [signer]);
      if (!envelope.ok) throw new Error(envelope.refusal.detail);
      const rule = { payloadType: 'application/x-test', threshold: 1 };
      expect(verifyEnvelope(envelope.value, { ...rule, trusted: [signer.publicKey] })).toMatchObject({ ok: true });
      expect(verifyEnvelope(envelope.value, { ...rule, trusted: [other.publicKey] })).toMatchObject({ ok: false });
      await signer.close();
      const refused = await signEnvelopeWith('application/x-test', message, [signer]);
      expect(refused).toMatchObject({ ok: false, refusal: { code: 'no-key' } });
    });

    test('A2: it makes an SSH signature that ssh-keygen verifies, for its purpose only', async () => {
      const signer = await openSshSigner(adapter.locator(), surroundings());
      if (!signer.ok) throw new Error(signer.refusal.detail);
      const { publicKey, fingerprint } = signer.value;
      const armoured = await signer.value.signSsh('test@countersign', message);
      if (!armoured.ok) throw new Error(armoured.refusal.detail);
      expect(verifySshSignature(armoured.value, { namespace: 'test@countersign', message, publicKey })).toMatchObject({
        ok: true,
        value: { fingerprint },
      });
      expect(verifySshSignature(armoured.value, { namespace: 'other@countersign', message, publicKey }).ok).toBe(false);
      expect(sshKeygenVerifies(armoured.value, publicKey)).toBe(true);
      await signer.value.close();
    });

    test('shown or serialised, it gives away neither its key nor its PIN', async () => {
      const signer = await open(adapter.locator());
      const shown = `${inspect(signer, { depth: 9, showHidden: true })}${JSON.stringify(signer)}`;
      expect(shown).not.toMatch(/PRIVATE|CsPkcs11|seed/i);
      expect(shown).not.toContain(PIN);
      await signer.close();
    });
  });

function sshKeygenVerifies(armoured: string, publicKey: string): boolean {
  const [signature, allowed] = [join(folder, 'message.sig'), join(folder, 'allowed')];
  writeFileSync(signature, armoured);
  writeFileSync(allowed, `ana namespaces="test@countersign" ${publicKey}\n`);
  const options = ['-Y', 'verify', '-f', allowed, '-I', 'ana', '-n', 'test@countersign', '-s', signature];
  return spawnSync('ssh-keygen', options, { input: message }).status === 0;
}

test('a key is the same in its file and in the agent that loaded it', async () => {
  for (const kind of KINDS) {
    const file = await open(`file:ssh-${kind}`);
    const inAgent = await open(agentLocator(kind));
    expect(inAgent.publicKey.keyid).toBe(file.publicKey.keyid);
    const loaded = loadOpenSshPrivateKey(readFileSync(join(folder, `ssh-${kind}`), 'utf8'));
    expect(loaded.ok && sshFingerprint(sshBlobOf(loaded.value.publicKey))).toBe(
      agentLocator(kind).slice('ssh-agent:'.length),
    );
  }
});
