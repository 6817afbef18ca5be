/**
 * Keys that sign at once, for a program that seals inside a transaction. An agent waits for a person, so it is none of them. What
 * goes wrong when the key is opened is a refusal; a token that fails later is broken infrastructure and throws.
 */
import { ok, type Result } from '@countersign/core';
import type { SealKey } from '@countersign/seal';
import { no } from './codes.ts';
import { readKeyFile } from './file-signer.ts';
import { parseLocator } from './locator.ts';
import type { Surroundings } from './open-signer.ts';
import { openPkcs11Signer, type TokenSigner } from './pkcs11/pkcs11-signer.ts';

export function openLocalSigner(text: string, surroundings: Surroundings): Result<SealKey> {
  const locator = parseLocator(text);
  if (!locator.ok) return locator;
  switch (locator.value.kind) {
    case 'file':
      return readKeyFile(locator.value, surroundings.folder);
    case 'pkcs11': {
      const signer = openPkcs11Signer(locator.value, surroundings);
      return signer.ok ? ok(sealKeyOf(signer.value)) : signer;
    }
    case 'ssh-agent':
      return no('bad-locator', 'an SSH agent waits for a person, so a program cannot seal with it');
  }
}

export const sealKeyOf = (signer: TokenSigner): SealKey => ({
  keyid: signer.publicKey.keyid,
  publicKey: signer.publicKey,
  sign(message) {
    const signature = signer.signNow(message);
    if (signature.ok) return signature.value;
    throw new Error(`${signature.refusal.code}: ${signature.refusal.detail}`);
  },
});
