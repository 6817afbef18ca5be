/**
 * Step-up at the desk (A1, O4): where a decision asks for a fresh strong authentication, a signature alone is not enough. It was made
 * either by a key that asked for the person there and then (a passkey, a hardware key with PIN or touch), or it comes with a session
 * that signed in within the last minutes. The control plane asks; a runner counts signatures and knows nothing of sign-ins.
 */
import type { Credential } from '@countersign/core';
import { keysThatSigned, type DsseEnvelope } from '@countersign/seal';
import type { Means } from '../http/principal.ts';

export function isStrongEnough(
  dsse: DsseEnvelope,
  credentials: readonly Credential[],
  means: Means | undefined,
): boolean {
  if (means?.kind === 'session' && means.isFresh) return true;
  return keysThatSigned(dsse, credentials.filter(asksForThePerson)) !== undefined;
}

function asksForThePerson(credential: Credential): boolean {
  switch (credential.kind) {
    case 'passkey':
      return true;
    case 'ssh':
      return credential.requireUserVerification === true && credential.publicKey.startsWith('sk-');
    case 'raw':
      return false;
  }
}
