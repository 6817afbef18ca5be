/** Signs a capsule (C2): an in-toto statement in one DSSE envelope. The payload's digest is its name. */
import type { Capsule } from '@countersign/core';
import { capsuleStatementOf, signCapsule, type SealKey } from '@countersign/seal';
import { remember, type StoredCapsule } from './stored-capsule.ts';

export interface SealedCapsule extends StoredCapsule {
  /** The document whose canonical bytes are the payload: the body of its leaves, so that a leaf names the capsule's own digest. */
  readonly statement: object;
}

export function sealCapsule(capsule: Capsule, signer: SealKey): SealedCapsule {
  const sealed = signCapsule(capsule, [signer]);
  remember(sealed);
  return { ...sealed, statement: statementOf(sealed) };
}

/** The statement of a capsule that was made earlier. */
export const statementOf = ({ capsule }: StoredCapsule): object => capsuleStatementOf(capsule);
