/** The envelope behind the decision: two policy admins signed it, it is valid now, and it is the one the capsule names (E1-E3). */
import {
  ok,
  plusMs,
  POLICY_ADMIN_ROLE,
  refuse,
  type Capsule,
  type Digest,
  type Envelope,
  type Instant,
  type Person,
  type ProvedNarrowing,
  type Result,
} from '@countersign/core';
import {
  digestOf,
  openPolicy,
  PAYLOAD,
  payloadOf,
  verifyHumanSignature,
  type DsseEnvelope,
  type PolicyChain,
} from '@countersign/seal';
import { SKEW_MS } from './context.ts';
import type { KnownDocuments } from './known-documents.ts';
import type { Trust } from './trust.ts';

export interface VerifiedPolicy {
  readonly envelope: Envelope;
  /** Policy admins whose signature verifies, its owner among them when they signed. */
  readonly signers: readonly Person[];
  /** One person signed, and here it was proved that this version only narrows one that two people signed (E3). */
  readonly narrowing?: ProvedNarrowing;
}

/** Signed by enough policy admins over exactly the bytes of this digest; nothing about its validity now. */
export function verifyPolicy(chain: PolicyChain, { bundle }: Trust, digest: Digest): Result<VerifiedPolicy> {
  const { policy } = chain;
  if (policy.payloadType !== PAYLOAD.envelope)
    return refuse('envelope-type', 'the envelope is of another type', { clause: 'E2' });
  const payload = payloadOf(policy);
  if (!payload.ok) return payload;
  if (digestOf(payload.value) !== digest)
    return refuse('envelope-other', 'the envelope is not the one the capsule names', { clause: 'E2' });
  const opened = openPolicy(chain, { signersOf: (one) => policyAdminsOf(one, bundle.people) });
  if (!opened.ok) return opened;
  const { envelope, signers, narrowing } = opened.value;
  return ok({ envelope, signers, ...(narrowing !== undefined && { narrowing }) });
}

interface PolicyQuestion {
  readonly capsule: Capsule;
  readonly trust: Trust;
  readonly documents: KnownDocuments;
  readonly now: Instant;
}

/** `chain` is absent when the envelope was delivered before. */
export function checkEnvelope(chain: PolicyChain | undefined, question: PolicyQuestion): Result<VerifiedPolicy> {
  const { capsule, trust, documents, now } = question;
  const { digest } = capsule.envelope;
  const policy = chain === undefined ? documents.envelope(digest, trust) : verifyPolicy(chain, trust, digest);
  if (!policy.ok) return policy;
  const valid = checkValidity(policy.value.envelope, capsule, now);
  return valid.ok ? policy : valid;
}

function checkValidity(envelope: Envelope, capsule: Capsule, now: Instant): Result<Envelope> {
  if (envelope.organisation !== capsule.organisation || envelope.version !== capsule.envelope.version)
    return refuse('envelope-other', 'the envelope is not the one the capsule names', { clause: 'E2' });
  if (now < envelope.validFrom || plusMs(now, SKEW_MS) >= envelope.validUntil)
    return refuse('envelope-expired', `the envelope is valid from ${envelope.validFrom} until ${envelope.validUntil}`, {
      clause: 'E2',
    });
  return ok(envelope);
}

/** Different people who hold the role and of whose credentials one verifies. */
function policyAdminsOf(signed: DsseEnvelope, roster: readonly Person[]): readonly Person[] {
  const admins = roster.filter(({ roles }) => roles.some((role) => role === POLICY_ADMIN_ROLE));
  return admins.filter((person) => hasSigned(signed, person));
}

/** Whether any entry of the envelope verifies under a credential that the roster pins to this person. */
export const hasSigned = (signed: DsseEnvelope, person: Person): boolean =>
  person.credentials.some((credential) =>
    signed.signatures.some((_, index) => verifyHumanSignature(signed, index, credential).ok),
  );
