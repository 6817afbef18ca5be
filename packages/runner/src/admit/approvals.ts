/**
 * Each approval is verified under a credential the roster pins to the person, and bound to this capsule field by field;
 * what was shown is rendered here again from the bytes (A2, I1, I3).
 */
import {
  approvalShape,
  checkApprovalBinding,
  exclusionsOf,
  evaluateQuorum,
  ok,
  readShape,
  refuse,
  type Approval,
  type Capsule,
  type Demand,
  type Digest,
  type Enrolled,
  type Instant,
  type Person,
  type PersonId,
  type Quorum,
  type Result,
  type TrustBundle,
} from '@countersign/core';
import { digestOf, keysThatSigned, PAYLOAD, payloadOf, readStrictJson, type DsseEnvelope } from '@countersign/seal';
import type { SignedCapsule } from './capsule.ts';
import { SKEW_MS } from './context.ts';

const MAX_APPROVAL_BYTES = 16_384;

export interface VerifiedApproval {
  /** What counts of an approval of this capsule, or of the campaign that holds it (C4). */
  readonly approval: Pick<Approval, 'person' | 'role' | 'expiresAt'>;
  /** Digest of the signed bytes. */
  readonly digest: Digest;
  /** Keys of the roster that verified. */
  readonly keys: readonly Enrolled[];
}

/** Of a capsule: the whole document, as it was signed. */
export interface BoundApproval extends VerifiedApproval {
  readonly approval: Approval;
}

export interface ApprovalQuestion extends SignedCapsule {
  readonly roster: readonly Person[];
  /** Digest of the page as rendered here. */
  readonly shown: Digest;
  /** The version before, when the page is that of what changed (D6). */
  readonly since?: Digest;
  readonly now: Instant;
}

/** All of them must be good: a forged one beside a real one means that somebody is trying. */
export function checkApprovals(
  envelopes: readonly DsseEnvelope[],
  question: ApprovalQuestion,
): Result<readonly BoundApproval[]> {
  const verified: BoundApproval[] = [];
  for (const envelope of envelopes) {
    const approval = checkApproval(envelope, question);
    if (!approval.ok) return approval;
    verified.push(approval.value);
  }
  return ok(verified);
}

function checkApproval(envelope: DsseEnvelope, question: ApprovalQuestion): Result<BoundApproval> {
  if (envelope.payloadType !== PAYLOAD.approval)
    return refuse('approval-type', 'an approval is of another type', { clause: 'A2' });
  const payload = payloadOf(envelope);
  if (!payload.ok) return payload;
  const json = readStrictJson(payload.value, { maxBytes: MAX_APPROVAL_BYTES });
  if (!json.ok) return json;
  const approval = readShape(approvalShape, json.value);
  if (!approval.ok) return approval;
  const person = question.roster.find(({ id }) => id === approval.value.person);
  if (person === undefined)
    return refuse('approver-unknown', 'an approval is of a person who is not on the roster', { clause: 'A2' });
  const keys = keysThatSigned(envelope, person.credentials);
  if (keys === undefined)
    return refuse('approval-forged', `the approval of \`${person.id}\` is not signed by a credential of that person`, {
      clause: 'A2',
    });
  const { capsule, digest, shown, since, now } = question;
  const surfaces = keys.map(({ surface }) => surface);
  const facts = { capsule, digest, shown, surfaces, skewMs: SKEW_MS, ...(since !== undefined && { since }) };
  const bound = checkApprovalBinding(approval.value, facts, now);
  return bound.ok ? ok({ approval: bound.value, digest: digestOf(payload.value), keys }) : bound;
}

export function checkQuorum(
  approvals: readonly VerifiedApproval[],
  {
    capsule,
    digest,
    bundle,
    demands,
    now,
  }: SignedCapsule & { readonly bundle: TrustBundle; readonly demands: readonly Demand[]; readonly now: Instant },
): Result<Quorum> {
  const { people: roster } = bundle;
  const exclusions = exclusionsOf({
    owner: capsule.proposal.owner,
    // Whoever answers for the agent in the trust bundle, whatever owner the capsule names (A4).
    authors: ownersOf(capsule, bundle),
    initiators: [],
    editors: [],
    contributors: [],
    environment: capsule.environment,
    roster,
    ties: [],
  });
  const votes = approvals.map(({ approval: { person, role }, keys }) => ({ person, role, capsule: digest, keys }));
  const { environment } = capsule;
  return evaluateQuorum({ capsule: digest, demands, approvals: votes, exclusions, roster, environment, now });
}

/** Owners of the proposing agent as the root keys signed them. */
export const ownersOf = ({ proposal }: Capsule, { agents }: TrustBundle): readonly PersonId[] =>
  agents.filter(({ id }) => id === proposal.agent).map(({ owner }) => owner);
