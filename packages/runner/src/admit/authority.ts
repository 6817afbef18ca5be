/** Who lets this capsule run: people over exactly these bytes, or the envelope over facts that are backed here (I1, I2, L7). */
import {
  floorDemands,
  floorReasons,
  mergeDemands,
  ok,
  refuse,
  type Capsule,
  type Decision,
  type Demand,
  type Digest,
  type Instant,
  type PersonId,
  type RecordedDecision,
  type Result,
  type TrustBundle,
} from '@countersign/core';
import { checkQuorum, type VerifiedApproval } from './approvals.ts';
import type { SignedCapsule } from './capsule.ts';

/** `staging` runs a validation where nobody is owed; it needs the witness like everything that runs alone. */
export type Authority =
  | { readonly kind: 'people'; readonly seats: readonly ApprovalSeat[] }
  | { readonly kind: 'envelope' }
  | { readonly kind: 'staging' };

export interface ApprovalSeat {
  readonly person: PersonId;
  readonly role: string;
  /** Digest of the signed approval. */
  readonly envelope: Digest;
}

/** L7 on the recorded facts: nothing here can be lowered by a document from outside. */
export function checkFloor(capsule: Capsule, recorded: RecordedDecision, { floor }: TrustBundle): Result<true> {
  const reasons = floorReasons(recorded.facts, floor, recorded.stage);
  const stop = reasons.find(({ effect }) => effect === 'prohibit');
  if (stop !== undefined && capsule.purpose === 'rollout') return refuse('floor', stop.text, { clause: stop.clause });
  const people = reasons.find(({ effect }) => effect === 'people');
  if (people !== undefined && capsule.decision.verdict === 'autonomous')
    return refuse('floor', people.text, { clause: people.clause });
  return ok(true);
}

export interface AuthorityQuestion extends SignedCapsule {
  readonly bundle: TrustBundle;
  readonly approvals: readonly VerifiedApproval[];
  /** Decided here from backed facts. */
  readonly own: Decision;
  /** The most critical system touched, by the signed graph and by this enclave. */
  readonly isSafetyCritical: boolean;
  readonly now: Instant;
}

export function checkAuthority(question: AuthorityQuestion): Result<Authority> {
  const { capsule, bundle, own } = question;
  if (capsule.decision.verdict === 'prohibited')
    return refuse('prohibited', 'the decision prohibits it', { clause: 'D1' });
  if (capsule.purpose === 'validation') return checkValidation(question);
  if (capsule.decision.verdict === 'needs-approval') {
    const demands = [
      ...floorDemands(bundle.floor, [capsule.environment]),
      ...capsule.demands,
      ...(own.requirement?.demands ?? []),
    ];
    return byPeople(question, mergeDemands(demands));
  }
  if (own.verdict === 'autonomous') return ok({ kind: 'envelope' });
  const why = own.reasons[0]?.text ?? own.verdict;
  return refuse('not-autonomous', `with the facts that are backed here this is ${own.verdict}: ${why}`, {
    clause: 'X1',
  });
}

/** A validation may run alone in staging unless the floor or the capsule asks for people there too (L4). */
function checkValidation(question: AuthorityQuestion): Result<Authority> {
  const { capsule, bundle } = question;
  if (capsule.environment !== 'staging')
    return refuse('not-staging', 'a validation runs in staging only', { clause: 'L4' });
  const demands = mergeDemands([...floorDemands(bundle.floor, [capsule.environment]), ...capsule.demands]);
  if (demands.length > 0) return byPeople(question, demands);
  // L7: human-only whatever the severity, and staging is no exception.
  if (question.isSafetyCritical)
    return refuse('floor', 'a safety-critical or unknown system is touched in staging, and nobody is asked', {
      clause: 'AG-706 4.7',
    });
  return ok({ kind: 'staging' });
}

function byPeople(question: AuthorityQuestion, demands: readonly Demand[]): Result<Authority> {
  const { capsule, digest, bundle, approvals, now } = question;
  const quorum = checkQuorum(approvals, { capsule, digest, bundle, demands, now });
  if (!quorum.ok) return quorum;
  const seats = quorum.value.seats.flatMap(({ person, role }) => {
    const found = approvals.find(({ approval }) => approval.person === person && approval.role === role);
    return found === undefined ? [] : [{ person, role, envelope: found.digest }];
  });
  return ok({ kind: 'people', seats });
}
