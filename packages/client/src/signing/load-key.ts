/** A person's private key from a file: OpenSSH form or PEM. Used for one signature, never stored. */
import { readFileSync, statSync } from 'node:fs';
import { loadOpenSshPrivateKey, loadSigner, type SignerKey } from '@countersign/seal';
import { unverified, usage } from '../cli/failure.ts';

const MAX_KEY_BYTES = 65_536;

export function loadKey(file: string): SignerKey {
  if (statSync(file).size > MAX_KEY_BYTES) throw usage(`\`${file}\` is too large for a key`);
  const text = readFileSync(file, 'utf8');
  const isOpenSsh = text.startsWith('-----BEGIN OPENSSH');
  const signer = isOpenSsh ? loadOpenSshPrivateKey(text) : loadSigner(text);
  if (signer.ok) return signer.value;
  throw unverified({ ...signer.refusal, next: ['give an unencrypted OpenSSH or PEM key of kind Ed25519 or P-256'] });
}
