/** A key in a file of mode 0600: PEM, or OpenSSH's own form. Without hardware this is what there is, so its mode is enforced. */
import { resolve } from 'node:path';
import { ok, type Result } from '@countersign/core';
import { loadOpenSshPrivateKey, loadSigner, type SignerKey } from '@countersign/seal';
import { no } from './codes.ts';
import type { FileLocator } from './locator.ts';
import { readPrivateFile } from './private-file.ts';
import { checkedSignature, type Signer } from './signer.ts';

const OPENSSH = '-----BEGIN OPENSSH PRIVATE KEY-----';

export function openFileSigner(locator: FileLocator, folder: string): Result<Signer> {
  const key = readKeyFile(locator, folder);
  return key.ok ? ok(signerOf(key.value)) : key;
}

export function readKeyFile({ path }: FileLocator, folder: string): Result<SignerKey> {
  const text = readPrivateFile(resolve(folder, path));
  if (!text.ok) return text;
  const key = text.value.startsWith(OPENSSH) ? loadOpenSshPrivateKey(text.value) : loadSigner(text.value);
  return key.ok ? key : no('bad-key', key.refusal.detail);
}

/** The port for a key this process already holds. */
export function signerOf(key: SignerKey): Signer {
  let isClosed = false;
  return {
    algorithm: key.kind,
    publicKey: key.publicKey,
    sign: (message) =>
      checkedSignature(
        key.publicKey,
        message,
        Promise.resolve(isClosed ? no('no-key', 'the key was closed') : ok(key.sign(message))),
      ),
    close: async () => {
      isClosed = true;
    },
  };
}
