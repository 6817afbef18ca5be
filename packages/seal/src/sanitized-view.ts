/**
 * A sanitised view with its signature (V2): by the key that signed the evidence it is about, over the same root, and with a list of
 * masking rules that is known here. What it says is the runner's word; only that it is the runner's is proved.
 */
import {
  MASKING_RULES,
  ok,
  refuse,
  sanitizedViewShape,
  type Digest,
  type EvidenceStatement,
  type Result,
  type SanitizedView,
} from '@countersign/core';
import { openSigned } from './bundle-envelope.ts';
import { digestOfDocument } from './digest.ts';
import type { DsseEnvelope } from './dsse.ts';
import type { PublicKey } from './keys.ts';
import { PAYLOAD } from './payload.ts';

/** Of the list as this version of the program has it; `cs evidence masking` prints both. */
export const maskingDigest = (): Digest => digestOfDocument(MASKING_RULES);

export interface ViewQuestion {
  readonly statement: EvidenceStatement;
  /** Keys that signed the statement. */
  readonly signers: readonly PublicKey[];
}

export function verifySanitizedView(view: DsseEnvelope, { statement, signers }: ViewQuestion): Result<SanitizedView> {
  const opened = openSigned(view, { payloadType: PAYLOAD.sanitizedView, trusted: signers }, sanitizedViewShape);
  if (!opened.ok) return refuse(opened.refusal.code, `the sanitised view: ${opened.refusal.detail}`, { clause: 'V2' });
  const { document } = opened.value;
  const isSame =
    document.organisation === statement.organisation &&
    document.runner === statement.runner &&
    document.capsule === statement.capsule &&
    document.proposal === statement.proposal &&
    document.root === statement.root;
  if (!isSame) return refuse('bad-proof', 'the sanitised view is of other evidence', { clause: 'V2' });
  if (document.masking !== maskingDigest())
    return refuse('bad-proof', 'the sanitised view was made with masking rules that are not known here', {
      clause: 'V2',
    });
  return ok(document);
}
