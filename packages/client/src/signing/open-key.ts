/**
 * A person's own key for one signature: a file, an SSH agent (hardware keys included) or a token. The private part is never
 * stored, and is in this process only when it comes from a file.
 */
import { openSshSigner, type SshSigner } from '@countersign/signer';
import { EXIT } from '../cli/exit-codes.ts';
import { Failure, unverified } from '../cli/failure.ts';
import type { World } from '../cli/world.ts';

const LOCATOR = /^(?:file|ssh-agent|pkcs11):/;

/** `text` is a locator, or just the name of a file. */
export async function openKey(text: string, { environment }: Pick<World, 'environment'>): Promise<SshSigner> {
  const signer = await openSshSigner(LOCATOR.test(text) ? text : `file:${text}`, { environment, folder: '.' });
  if (signer.ok) return signer.value;
  if (signer.refusal.code === 'no-key') throw new Failure(EXIT.failed, signer.refusal);
  throw unverified(signer.refusal);
}
