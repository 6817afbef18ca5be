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
  type Enrolled,
  type Exclusion,
  type Instant,
  type Person,
  type Result,
} from '@countersign/core';
import {
  approvalFactsIn,
  digestOf,
  digestWords,
  keysThatSigned,
  PAYLOAD,
  payloadOf,
  readStrictJson,
  type CapsuleChain,
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
  readonly stored: Pick<StoredCapsule, 'capsule' | 'digest'>;
  readonly roster: readonly Person[];
  readonly now: Instant;
  readonly shown: Digest;
  /** The version before, when the page is that of what changed (D6). */
  readonly since?: Digest;
}

export interface VerifiedApproval {
  readonly approval: Approval;
  /** Keys of the roster that verified. */
  readonly keys: readonly Enrolled[];
}

function verifyApproval(dsse: DsseEnvelope, rule: ApprovalRule): Result<VerifiedApproval> {
  const approval = readApproval(dsse);
  if (!approval.ok) return approval;
  const person = rule.roster.find(({ id }) => id === approval.value.person);
  if (person === undefined) return refuse('approver-unknown', 'this person is not on the roster', { clause: 'A2' });
  const keys = keysThatSigned(dsse, person.credentials);
  if (keys === undefined)
    return refuse('bad-signature', 'no credential that the roster pins to this person made this signature', {
      clause: 'A2',
    });
  const { capsule, digest } = rule.stored;
  const facts = {
    capsule,
    digest,
    shown: rule.shown,
    ...(rule.since !== undefined && { since: rule.since }),
    surfaces: keys.map(({ surface }) => surface),
    skewMs: APPROVAL_SKEW_MS,
  };
  const bound = checkApprovalBinding(approval.value, facts, rule.now);
  return bound.ok ? { ok: true, value: { approval: bound.value, keys } } : bound;
}

/** The same for an approval of any version of a chain: it is bound to the one it names (D6). */
export function verifyInChain(
  dsse: DsseEnvelope,
  chain: CapsuleChain,
  rule: Pick<ApprovalRule, 'roster' | 'now'>,
): Result<VerifiedApproval> {
  const claimed = readApproval(dsse);
  if (!claimed.ok) return claimed;
  const facts = approvalFactsIn(chain, claimed.value);
  if (facts === undefined)
    return refuse('stale-capsule', 'another capsule is up for approval now: read and sign that one', { clause: 'D6' });
  const { capsule, digest, shown, since } = facts;
  return verifyApproval(dsse, { stored: { capsule, digest }, shown, ...(since !== undefined && { since }), ...rule });
}

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
