import { generateKeyPairSync, sign, verify, type KeyObject } from 'node:crypto';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { digestOf } from '@countersign/seal';
import { expect, test } from 'vitest';
import { BUILT_IN_KINDS, openSigner, openSignerOf, type Kinds, type Surroundings } from './open-signer.ts';
import { checkedSignature, type AnySigner, type Verifier } from './signer.ts';

/** Room for signatures that withstand quantum computers: a further algorithm is one kind more, and nothing trusts it unasked. */
type MlDsaSigner = AnySigner<'experimental-ml-dsa-44'>;
const surroundings: Surroundings = { environment: {}, folder: '.' };
const keys = generateKeyPairSync('ml-dsa-44');

function verifierOf(key: KeyObject): Verifier {
  const spki = key.export({ format: 'der', type: 'spki' });
  return {
    keyid: digestOf(spki),
    verify(message, signature) {
      return verify(null, message, key, signature);
    },
  };
}

const experimental: Kinds<MlDsaSigner> = {
  async 'experimental-ml-dsa-44'(rest) {
    if (rest !== 'held-by-the-test') return { ok: false, refusal: { code: 'no-key', detail: 'there is no such key' } };
    const publicKey = verifierOf(keys.publicKey);
    const value: MlDsaSigner = {
      algorithm: 'experimental-ml-dsa-44',
      publicKey,
      sign: (message) =>
        checkedSignature(
          publicKey,
          message,
          Promise.resolve({ ok: true, value: sign(null, message, keys.privateKey) }),
        ),
      close: async () => undefined,
    };
    return { ok: true, value };
  },
};

test('ML-DSA-44 signs and verifies through the port, behind a kind that is named experimental', async () => {
  const signer = await openSignerOf('experimental-ml-dsa-44:held-by-the-test', surroundings, experimental);
  if (!signer.ok) throw new Error(signer.refusal.detail);
  const message = Buffer.from('exactly these bytes');
  const signature = await signer.value.sign(message);
  if (!signature.ok) throw new Error(signature.refusal.detail);
  expect(signer.value.algorithm).toBe('experimental-ml-dsa-44');
  expect(signature.value.length).toBe(2420);
  expect(verify(null, message, keys.publicKey, signature.value)).toBe(true);
  expect(signer.value.publicKey.verify(Buffer.from('exactly those bytes'), signature.value)).toBe(false);
});

test('the product knows no such kind: it is refused by name, and the compiler takes no such signer for one it trusts', async () => {
  const refused = await openSigner('experimental-ml-dsa-44:held-by-the-test', surroundings);
  expect(refused).toMatchObject({ ok: false, refusal: { code: 'bad-locator' } });
  expect(refused.ok ? '' : refused.refusal.detail).toContain('`experimental-ml-dsa-44` are not known here');
  // @ts-expect-error a signer of another algorithm is no signer of the product
  await openSigner('experimental-ml-dsa-44:held-by-the-test', surroundings, { ...BUILT_IN_KINDS, ...experimental });
});

test('a key of an algorithm that is not trusted is refused from a file too', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'cs-mldsa-'));
  const others = {
    'ml-dsa-44': keys.privateKey,
    ed448: generateKeyPairSync('ed448').privateKey,
    rsa: generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey,
    p384: generateKeyPairSync('ec', { namedCurve: 'secp384r1' }).privateKey,
  };
  for (const [name, key] of Object.entries(others)) {
    writeFileSync(join(folder, name), key.export({ format: 'pem', type: 'pkcs8' }), { mode: 0o600 });
    const refused = await openSigner(`file:${name}`, { ...surroundings, folder });
    expect(refused).toMatchObject({ ok: false, refusal: { code: 'bad-key' } });
  }
  rmSync(folder, { recursive: true });
});

test('a signer whose device answers something else gives nothing away', async () => {
  const other = generateKeyPairSync('ml-dsa-44');
  const message = Buffer.from('exactly these bytes');
  const wrong = sign(null, message, other.privateKey);
  const answer = await checkedSignature(
    verifierOf(keys.publicKey),
    message,
    Promise.resolve({ ok: true, value: wrong }),
  );
  expect(answer).toMatchObject({ ok: false, refusal: { code: 'bad-answer' } });
});
