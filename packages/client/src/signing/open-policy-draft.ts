/** A draft as its signer has to see it: read here from the bytes that are signed, compared here with what is in force. */
import { wideningLines, wideningOf, type Envelope } from '@countersign/core';
import { checkPolicies, payloadOf, readPolicy, type ReadPolicy } from '@countersign/seal';
import { unverified } from '../cli/failure.ts';
import type { DraftView } from '../sdk/authority.ts';
import type { SignedDocument } from '../sdk/views.ts';

export interface OpenedDraft extends ReadPolicy {
  readonly payload: Uint8Array;
}

/** Throws when the bytes are not what the server says they are, or their rules not the ones they name. */
export function openDraft({ envelope: document, digest }: Pick<DraftView, 'envelope' | 'digest'>): OpenedDraft {
  const payload = payloadOf(document);
  if (!payload.ok) throw unverified(payload.refusal);
  const read = readPolicy(document);
  if (!read.ok) throw unverified(read.refusal);
  if (read.value.digest !== digest)
    throw unverified({ code: 'bad-proof', detail: 'the draft has another digest than the server says' });
  const rules = checkPolicies(read.value.envelope);
  if (!rules.ok) throw unverified(rules.refusal);
  return { ...read.value, payload: payload.value };
}

/** What the draft newly permits, computed here; without a version in force everything is new. */
export function newlyPermitted(draft: Envelope, active: SignedDocument | undefined): readonly string[] {
  const before = active === undefined ? undefined : readPolicy(active);
  if (before === undefined) return ['nothing is in force, so everything is newly permitted'];
  if (!before.ok) throw unverified(before.refusal);
  const report = wideningOf(before.value.envelope, draft);
  return report.isWidening ? wideningLines(report) : [];
}
