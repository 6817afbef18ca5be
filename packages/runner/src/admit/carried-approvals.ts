/**
 * Approvals over earlier versions of the capsule (D6), judged here from the versions themselves, offline: every parent is signed by a
 * capsule signer and is the one the next version names, and what was signed over it counts only as far as the difference lets it.
 */
import { approvalShape, ok, readShape, refuse, weakestKeys, wideningOf, type Result } from '@countersign/core';
import {
  approvalFactsIn,
  capsuleChain,
  payloadOf,
  readStrictJson,
  standingApprovals,
  type CapsuleChain,
  type DsseEnvelope,
  type NarrowsEnvelope,
  type ReadCapsule,
} from '@countersign/seal';
import { checkApprovals, type ApprovalQuestion, type BoundApproval, type VerifiedApproval } from './approvals.ts';
import { checkCapsule, type SignedCapsule } from './capsule.ts';
import type { GateContext } from './context.ts';
import type { Trust } from './trust.ts';

export interface CarriedQuestion extends SignedCapsule, Pick<ApprovalQuestion, 'roster' | 'now'> {
  readonly trust: Trust;
  readonly documents: GateContext['documents'];
}

/** Every approval of the delivery must be good for the version it names; what comes out is one word a person and role. */
export function checkCarriedApprovals(
  { approvals, parents }: { readonly approvals: readonly DsseEnvelope[]; readonly parents: readonly DsseEnvelope[] },
  question: CarriedQuestion,
): Result<readonly VerifiedApproval[]> {
  const chain = checkChain(parents, question);
  if (!chain.ok) return chain;
  const bound: BoundApproval[] = [];
  for (const envelope of approvals) {
    const one = checkOne(envelope, chain.value, question);
    if (!one.ok) return one;
    bound.push(...one.value);
  }
  return ok(
    standingApprovals(chain.value, bound).flatMap(({ signed }) => {
      const [first] = signed;
      if (first === undefined) return [];
      // It ends with the first of the signatures it is made of.
      const expiresAt = signed.map(({ approval }) => approval.expiresAt).toSorted()[0] ?? first.approval.expiresAt;
      return [{ ...first, approval: { ...first.approval, expiresAt }, keys: weakestKeys(signed, question.now) }];
    }),
  );
}

function checkChain(parents: readonly DsseEnvelope[], question: CarriedQuestion): Result<CapsuleChain> {
  const { capsule, digest, trust } = question;
  const read: ReadCapsule[] = [];
  for (const parent of parents) {
    const checked = checkCapsule(parent, trust);
    if (!checked.ok) return checked;
    read.push(checked.value);
  }
  const chain = capsuleChain({ capsule, digest }, read, narrowsEnvelope(question));
  if (!chain.ok) return chain;
  const wide = chain.value.versions.flatMap(({ since }) => (since?.kind === 'void' ? [since] : []))[0];
  if (wide === undefined) return chain;
  return refuse('carry-void', 'what changed since people signed is wider than a delta may be: they have to sign anew', {
    clause: 'D6',
    complaints: wide.changes
      .filter(({ effect }) => effect === 'voids')
      .map(({ at }) => ({ at, problem: 'is wider than what was signed' })),
  });
}

/** Proved here from two envelopes this runner has verified; one it does not have proves nothing. */
function narrowsEnvelope({ documents, trust }: CarriedQuestion): NarrowsEnvelope {
  return (before, after) => {
    const [was, is] = [documents.envelope(before, trust), documents.envelope(after, trust)];
    return was.ok && is.ok && !wideningOf(was.value.envelope, is.value.envelope).isWidening;
  };
}

function checkOne(
  envelope: DsseEnvelope,
  chain: CapsuleChain,
  question: CarriedQuestion,
): Result<readonly BoundApproval[]> {
  const facts = factsOf(envelope, chain);
  const { capsule, digest, roster, now } = question;
  const newest = { capsule, digest, shown: chain.versions[0]?.shown ?? digest };
  return checkApprovals([envelope], { ...(facts ?? newest), roster, now });
}

/** Of the version the approval says it is about; anything that can't be read is refused by the check that follows. */
function factsOf(envelope: DsseEnvelope, chain: CapsuleChain): ReturnType<typeof approvalFactsIn> {
  const payload = payloadOf(envelope);
  const json = payload.ok ? readStrictJson(payload.value) : payload;
  const claimed = json.ok ? readShape(approvalShape, json.value) : json;
  return claimed.ok ? approvalFactsIn(chain, claimed.value) : undefined;
}
