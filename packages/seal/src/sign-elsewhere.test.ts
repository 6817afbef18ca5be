import fc from 'fast-check';
import { refuse } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { preAuthEncoding, signEnvelope, signEnvelopeWith, verifyEnvelope, type EnvelopeSigner } from './dsse.ts';
import { generateSigner, type SealKey, type SignerKey } from './keys.ts';
import { sshBlobOf, sshPublicKeyLine } from './ssh-key.ts';
import { armourSshSignature, signSsh, sshSignatureBlob, sshSignedData, verifySshSignature } from './sshsig.ts';

const keys = { ed25519: generateSigner('ed25519'), p256: generateSigner('p256') } as const;
const TYPE = 'application/x-test';
const message = Buffer.from('exactly these bytes');

/** A key that is somewhere else and answers later. */
const elsewhere = (key: SignerKey, asked: Uint8Array[] = []): EnvelopeSigner => ({
  publicKey: key.publicKey,
  async sign(bytes) {
    asked.push(bytes);
    return { ok: true, value: key.sign(bytes) };
  },
});

describe('C2: an envelope signed by keys that are not in this process', () => {
  test('is the one that the same keys would make here', async () => {
    const signers = [keys.ed25519, keys.p256];
    const made = await signEnvelopeWith(
      TYPE,
      message,
      signers.map((key) => elsewhere(key)),
    );
    if (!made.ok) throw new Error(made.refusal.detail);
    const here = signEnvelope(TYPE, message, signers);
    expect(made.value.payload).toBe(here.payload);
    expect(made.value.signatures[0]).toEqual(here.signatures[0]);
    expect(made.value.signatures.map(({ keyid }) => keyid)).toEqual(signers.map(({ keyid }) => keyid));
    const rule = { payloadType: TYPE, trusted: signers.map(({ publicKey }) => publicKey), threshold: 2 };
    expect(verifyEnvelope(made.value, rule)).toMatchObject({ ok: true });
  });

  test('each is asked for the encoding with the type, once and one after the other', async () => {
    const asked: Uint8Array[] = [];
    await signEnvelopeWith(TYPE, message, [elsewhere(keys.p256, asked), elsewhere(keys.ed25519, asked)]);
    expect(asked).toEqual([preAuthEncoding(TYPE, message), preAuthEncoding(TYPE, message)]);
  });

  test('one refusal and there is no envelope; nobody is asked after it', async () => {
    const asked: Uint8Array[] = [];
    const refusing: EnvelopeSigner = {
      publicKey: keys.p256.publicKey,
      sign: async () => refuse('agent-refused', 'not now'),
    };
    const made = await signEnvelopeWith(TYPE, message, [refusing, elsewhere(keys.ed25519, asked)]);
    expect(made).toMatchObject({ ok: false, refusal: { code: 'agent-refused' } });
    expect(asked).toEqual([]);
  });

  test('a key that signs at once seals like one of ours, and what it throws is passed on', () => {
    const { keyid, publicKey } = keys.p256;
    const token: SealKey = { keyid, publicKey, sign: (bytes) => keys.p256.sign(bytes) };
    const rule = { payloadType: TYPE, trusted: [publicKey], threshold: 1 };
    expect(verifyEnvelope(signEnvelope(TYPE, message, [token]), rule)).toMatchObject({ ok: true });
    const broken: SealKey = {
      ...token,
      sign() {
        throw new Error('token-failed');
      },
    };
    expect(() => signEnvelope(TYPE, message, [broken])).toThrow('token-failed');
  });
});

describe('A2: an SSH signature put together from parts', () => {
  test.each(['ed25519', 'p256'] as const)('of a %s key verifies for its purpose and message alone', (kind) => {
    const key = keys[kind];
    const publicKey = sshPublicKeyLine(key.publicKey);
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 200 }), (bytes) => {
        const raw = key.sign(sshSignedData('test@countersign', bytes), 'ieee-p1363');
        const armoured = armourSshSignature({
          publicBlob: sshBlobOf(key.publicKey),
          namespace: 'test@countersign',
          signature: sshSignatureBlob(kind, raw),
        });
        const rule = { namespace: 'test@countersign', message: bytes, publicKey };
        expect(verifySshSignature(armoured, rule).ok).toBe(true);
        expect(verifySshSignature(armoured, { ...rule, namespace: 'approval@countersign' }).ok).toBe(false);
        expect(verifySshSignature(armoured, { ...rule, message: Buffer.concat([bytes, Buffer.from([0])]) }).ok).toBe(
          false,
        );
      }),
    );
  });

  test('of Ed25519 is byte for byte the one we make in one step', () => {
    const raw = keys.ed25519.sign(sshSignedData('test@countersign', message));
    const parts = {
      publicBlob: sshBlobOf(keys.ed25519.publicKey),
      namespace: 'test@countersign',
      signature: sshSignatureBlob('ed25519', raw),
    };
    expect(armourSshSignature(parts)).toBe(signSsh(keys.ed25519, 'test@countersign', message));
  });

  test('with the blob of another key or namespace is refused', () => {
    const signature = sshSignatureBlob('ed25519', keys.ed25519.sign(sshSignedData('test@countersign', message)));
    const publicKey = sshPublicKeyLine(keys.ed25519.publicKey);
    const rule = { namespace: 'test@countersign', message, publicKey };
    const other = {
      publicBlob: sshBlobOf(generateSigner('ed25519').publicKey),
      namespace: 'test@countersign',
      signature,
    };
    expect(verifySshSignature(armourSshSignature(other), rule).ok).toBe(false);
    const renamed = { publicBlob: sshBlobOf(keys.ed25519.publicKey), namespace: 'other@countersign', signature };
    expect(verifySshSignature(armourSshSignature(renamed), { ...rule, namespace: 'other@countersign' }).ok).toBe(false);
  });
});
