/** Signs a capsule: an in-toto statement about the change digest, in one DSSE envelope (C2). The payload's digest is its name. */
import type { Capsule, Digest } from '@countersign/core';
import {
  CAPSULE_PREDICATE,
  digestOf,
  INTOTO_TYPE,
  signEnvelope,
  statementBytes,
  STATEMENT_TYPE,
  subjectOf,
  type SignerKey,
} from '@countersign/seal';
import { remember, type StoredCapsule } from './stored-capsule.ts';

export interface SealedCapsule extends StoredCapsule {
  /** The document whose canonical bytes are the payload: the body of its leaves, so that a leaf names the capsule's own digest. */
  readonly statement: object;
}

export function sealCapsule(capsule: Capsule, signer: SignerKey): SealedCapsule {
  const content = {
    subject: [subjectOf('change', capsule.changeDigest)],
    predicateType: CAPSULE_PREDICATE,
    predicate: capsule,
  };
  const payload = statementBytes(content);
  const digest: Digest = digestOf(payload);
  const sealed = { digest, capsule, dsse: signEnvelope(INTOTO_TYPE, payload, [signer]) };
  remember(sealed);
  return { ...sealed, statement: { _type: STATEMENT_TYPE, ...content } };
}

/** The statement of a capsule that was made earlier. */
export const statementOf = ({ capsule }: StoredCapsule): object => ({
  _type: STATEMENT_TYPE,
  subject: [subjectOf('change', capsule.changeDigest)],
  predicateType: CAPSULE_PREDICATE,
  predicate: capsule,
});
