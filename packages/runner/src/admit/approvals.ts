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
  type Instant,
  type Person,
  type PersonId,
  type Quorum,
  type Result,
  type TrustBundle,
} from '@countersign/core';
import { digestOf, PAYLOAD, payloadOf, readStrictJson, type DsseEnvelope } from '@countersign/seal';
import type { SignedCapsule } from './capsule.ts';
import { SKEW_MS } from './context.ts';
import { hasSigned } from './envelope.ts';

const MAX_APPROVAL_BYTES = 16_384;

export interface VerifiedApproval {
  readonly approval: Approval;
  /** Digest of the signed bytes. */
  readonly digest: Digest;
}

export interface ApprovalQuestion extends SignedCapsule {
  readonly roster: readonly Person[];
  /** Digest of the page as rendered here. */
  readonly shown: Digest;
  readonly now: Instant;
}

/** All of them must be good: a forged one beside a real one means that somebody is trying. */
export function checkApprovals(
  envelopes: readonly DsseEnvelope[],
  question: ApprovalQuestion,
): Result<readonly VerifiedApproval[]> {
  const verified: VerifiedApproval[] = [];
  for (const envelope of envelopes) {
    const approval = checkApproval(envelope, question);
    if (!approval.ok) return approval;
    verified.push(approval.value);
  }
  return ok(verified);
}

function checkApproval(envelope: DsseEnvelope, question: ApprovalQuestion): Result<VerifiedApproval> {
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
  if (!hasSigned(envelope, person))
    return refuse('approval-forged', `the approval of \`${person.id}\` is not signed by a credential of that person`, {
      clause: 'A2',
    });
  const { capsule, digest, shown, now } = question;
  const bound = checkApprovalBinding(approval.value, { capsule, digest, shown, skewMs: SKEW_MS }, now);
  return bound.ok ? ok({ approval: bound.value, digest: digestOf(payload.value) }) : bound;
}

export function checkQuorum(
  approvals: readonly VerifiedApproval[],
  {
    capsule,
    digest,
    bundle,
    demands,
  }: SignedCapsule & { readonly bundle: TrustBundle; readonly demands: readonly Demand[] },
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
  const votes = approvals.map(({ approval: { person, role } }) => ({ person, role, capsule: digest }));
  return evaluateQuorum({ capsule: digest, demands, approvals: votes, exclusions, roster });
}

/** Owners of the proposing agent as the root keys signed them. */
export const ownersOf = ({ proposal }: Capsule, { agents }: TrustBundle): readonly PersonId[] =>
  agents.filter(({ id }) => id === proposal.agent).map(({ owner }) => owner);

/** For each role the largest count anyone demands: sources can only add to each other. */
export function mergeDemands(sources: readonly (readonly Demand[])[]): readonly Demand[] {
  const counts = new Map<Demand['role'], number>();
  for (const { role, count } of sources.flat()) counts.set(role, Math.max(counts.get(role) ?? 0, count));
  return [...counts].map(([role, count]) => ({ role, count })).toSorted((a, b) => (a.role < b.role ? -1 : 1));
}
