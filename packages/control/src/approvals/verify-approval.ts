/**
 * One approval against one capsule and the roster as it is now: a credential the roster pins to this person signed exactly this
 * capsule, revision, risk assessment and page (A2, I1, traps 1 and 4).
 */
import {
  approvalShape,
  checkApprovalBinding,
  exclusionsOf,
  readShape,
  refuse,
  renderCapsule,
  type Approval,
  type Capsule,
  type Digest,
  type Exclusion,
  type Instant,
  type Person,
  type Result,
} from '@countersign/core';
import {
  digestOf,
  digestWords,
  PAYLOAD,
  payloadOf,
  readStrictJson,
  verifyHumanSignature,
  type DsseEnvelope,
} from '@countersign/seal';
import type { StoredCapsule } from '../capsules/stored-capsule.ts';

/** The same margin as at the runner: what it would refuse is refused here first. */
export const APPROVAL_SKEW_MS = 5000;
const MAX_APPROVAL_BYTES = 16_384;

/** The plain text of a capsule, the same on every channel (C3). */
export const pageOf = ({ capsule, digest }: Pick<StoredCapsule, 'capsule' | 'digest'>): string =>
  renderCapsule(capsule, digest, digestWords(digest));
export const shownDigest = (stored: Pick<StoredCapsule, 'capsule' | 'digest'>): Digest =>
  digestOf(new TextEncoder().encode(pageOf(stored)));

export function readApproval(dsse: DsseEnvelope): Result<Approval> {
  if (dsse.payloadType !== PAYLOAD.approval)
    return refuse('wrong-type', 'the document is not an approval', { clause: 'A2' });
  const payload = payloadOf(dsse);
  if (!payload.ok) return payload;
  const json = readStrictJson(payload.value, { maxBytes: MAX_APPROVAL_BYTES });
  return json.ok ? readShape(approvalShape, json.value) : json;
}

export interface ApprovalRule {
  readonly stored: StoredCapsule;
  readonly roster: readonly Person[];
  readonly now: Instant;
  readonly shown: Digest;
}

export function verifyApproval(dsse: DsseEnvelope, rule: ApprovalRule): Result<Approval> {
  const approval = readApproval(dsse);
  if (!approval.ok) return approval;
  const person = rule.roster.find(({ id }) => id === approval.value.person);
  if (person === undefined) return refuse('approver-unknown', 'this person is not on the roster', { clause: 'A2' });
  if (!hasSigned(dsse, person))
    return refuse('bad-signature', 'no credential that the roster pins to this person made this signature', {
      clause: 'A2',
    });
  const { capsule, digest } = rule.stored;
  return checkApprovalBinding(
    approval.value,
    { capsule, digest, shown: rule.shown, skewMs: APPROVAL_SKEW_MS },
    rule.now,
  );
}

/** Every entry of the envelope must be this person's: a second, foreign signature means that somebody is trying something. */
export const hasSigned = (dsse: DsseEnvelope, person: Person): boolean =>
  dsse.signatures.every((_, index) =>
    person.credentials.some((credential) => verifyHumanSignature(dsse, index, credential).ok),
  );

/** Who has no say on this capsule (A4). */
export const exclusionsFor = (capsule: Capsule, roster: readonly Person[]): readonly Exclusion[] =>
  exclusionsOf({
    owner: capsule.proposal.owner,
    authors: [],
    initiators: [],
    editors: [],
    contributors: [],
    environment: capsule.environment,
    roster,
    ties: [],
  });
