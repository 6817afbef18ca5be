/** Who let each capsule run (I1): its dispatch in the record, and the quorum of people or the verdict that stood behind it. */
import {
  approvalShape,
  checkApprovalBinding,
  evaluateQuorum,
  exclusionsOf,
  ok,
  readShape,
  refuse,
  renderCapsule,
  type Approval,
  type Digest,
  type Instant,
  type Person,
  type Result,
  type TrustBundle,
  type ValidationReport,
} from '@countersign/core';
import { digestOf, digestWords } from './digest.ts';
import { payloadOf, type DsseEnvelope } from './dsse.ts';
import type { EvidenceBundle } from './evidence-bundle.ts';
import { verifyHumanSignature } from './human-signature.ts';
import { isJsonObject } from './statement.ts';
import { readStrictJson } from './strict-json.ts';
import type { ActContext, VerifiedCapsule } from './verify-bundle-acts.ts';
import { PAYLOAD } from './wire.ts';

export type Seats = readonly { readonly person: string; readonly role: string }[];
/** The runner's clock margin; approvals of a bundle were within it when they were used. */
const SKEW_MS = 5000;

interface Signed {
  readonly approval: Approval;
  readonly dsse: DsseEnvelope;
}

/** For every dispatched capsule the people behind it; empty when policy let it run alone. */
export function verifyAuthority(
  bundle: EvidenceBundle,
  context: ActContext,
  {
    capsules,
    validations,
  }: { readonly capsules: readonly VerifiedCapsule[]; readonly validations: readonly ValidationReport[] },
): Result<ReadonlyMap<Digest, Seats>> {
  const approvals: Signed[] = [];
  for (const dsse of bundle.approvals) {
    const approval = openApproval(dsse, context.versions);
    if (!approval.ok) return refuse(approval.refusal.code, `an approval: ${approval.refusal.detail}`, { clause: 'A2' });
    if (!capsules.some(({ digest }) => digest === approval.value.capsule))
      return refuse('bad-proof', 'an approval is for a capsule that is not in the file', { clause: 'A2' });
    approvals.push({ approval: approval.value, dsse });
  }
  const dispatched = new Map<Digest, Seats>();
  for (const one of capsules) {
    // The leaf's body is the signed statement, so the leaf holds the capsule's own digest.
    const leaf = context.leaves.find(
      ({ leaf: line }) => line.event === 'capsule.dispatched' && line.body === one.digest,
    )?.leaf;
    if (leaf === undefined) continue;
    const seats =
      one.capsule.purpose === 'validation'
        ? ok([])
        : authorityOf(one, { at: leaf.at, approvals, versions: context.versions });
    if (!seats.ok) return seats;
    const proof = stagingProof(one, validations);
    if (!proof.ok) return proof;
    dispatched.set(one.digest, seats.value);
  }
  return ok(dispatched);
}

function openApproval(dsse: DsseEnvelope, versions: readonly TrustBundle[]): Result<Approval> {
  if (dsse.payloadType !== PAYLOAD.approval) return refuse('wrong-type', 'it is of another type');
  const payload = payloadOf(dsse);
  const json = payload.ok ? readStrictJson(payload.value) : payload;
  const approval = json.ok ? readShape(approvalShape, json.value) : json;
  if (!approval.ok) return approval;
  const people = versions.flatMap((version) => version.people.filter(({ id }) => id === approval.value.person));
  return people.some((person) => hasSigned(dsse, person))
    ? approval
    : refuse('bad-signature', 'it is not signed by a credential of the person it names');
}

const hasSigned = (dsse: DsseEnvelope, { credentials }: Person): boolean =>
  dsse.signatures.every((_, index) =>
    credentials.some((credential) => verifyHumanSignature(dsse, index, credential).ok),
  );

interface Dispatch {
  readonly at: Instant;
  readonly approvals: readonly Signed[];
  readonly versions: readonly TrustBundle[];
}

function authorityOf({ capsule, digest }: VerifiedCapsule, { at, approvals, versions }: Dispatch): Result<Seats> {
  if (capsule.decision.verdict === 'autonomous' && capsule.demands.length === 0) return ok([]);
  if (capsule.decision.verdict === 'prohibited')
    return refuse('bad-proof', 'a prohibited capsule was dispatched', { clause: 'D1' });
  const shown = digestOf(new TextEncoder().encode(renderCapsule(capsule, digest, digestWords(digest))));
  const own = approvals.filter(({ approval }) => approval.capsule === digest);
  const bound = own.filter(
    ({ approval }) => checkApprovalBinding(approval, { capsule, digest, shown, skewMs: SKEW_MS }, at).ok,
  );
  if (bound.length < own.length) return refuse('bad-proof', 'an approval does not fit its capsule', { clause: 'A2' });
  const votes = bound.map(({ approval: { person, role } }) => ({ person, role, capsule: digest }));
  // The roster in force at that moment is one of these; it was the root keys that signed each of them.
  for (const { people } of versions) {
    const exclusions = exclusionsOf({
      owner: capsule.proposal.owner,
      authors: [],
      initiators: [],
      editors: [],
      contributors: [],
      environment: capsule.environment,
      roster: people,
      ties: [],
    });
    const quorum = evaluateQuorum({
      capsule: digest,
      demands: capsule.demands,
      approvals: votes,
      exclusions,
      roster: people,
    });
    if (quorum.ok) return ok(quorum.value.seats.map(({ person, role }) => ({ person, role })));
  }
  return refuse('bad-proof', 'a capsule was dispatched without the people it asks for', { clause: 'I1' });
}

/** A decision that counts on staging needs the staging runner's signed word in the same file. */
function stagingProof({ capsule, decision }: VerifiedCapsule, validations: readonly ValidationReport[]): Result<true> {
  const facts = decision['facts'] ?? null;
  const isClaimed = capsule.purpose === 'rollout' && isJsonObject(facts) && facts['stagingValidated'] === true;
  const isProved = validations.some(({ isPassed, changeDigest }) => isPassed && changeDigest === capsule.changeDigest);
  return isClaimed && !isProved
    ? refuse('bad-proof', 'staging validation is claimed and not in the file', { clause: 'L4' })
    : ok(true);
}
