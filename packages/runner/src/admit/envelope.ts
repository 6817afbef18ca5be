/** The envelope behind the decision: two policy admins signed it, it is valid now, and it is the one the capsule names (E1-E3). */
import {
  checkPolicySigners,
  envelopeShape,
  ok,
  plusMs,
  POLICY_ADMIN_ROLE,
  readShape,
  refuse,
  type Capsule,
  type Digest,
  type Envelope,
  type Instant,
  type Person,
  type Result,
} from '@countersign/core';
import {
  digestOf,
  PAYLOAD,
  payloadOf,
  readStrictJson,
  verifyHumanSignature,
  type DsseEnvelope,
} from '@countersign/seal';
import { SKEW_MS } from './context.ts';
import type { KnownDocuments } from './known-documents.ts';
import type { Trust } from './trust.ts';

const MAX_ENVELOPE_BYTES = 1_048_576;
const OWED_SIGNERS = 2;

export interface VerifiedPolicy {
  readonly envelope: Envelope;
  /** Policy admins whose signature verifies, its owner among them when they signed. */
  readonly signers: readonly Person[];
}

/** Signed by enough policy admins over exactly the bytes of this digest; nothing about its validity now. */
export function verifyPolicy(signed: DsseEnvelope, { bundle }: Trust, digest: Digest): Result<VerifiedPolicy> {
  if (signed.payloadType !== PAYLOAD.envelope)
    return refuse('envelope-type', 'the envelope is of another type', { clause: 'E2' });
  const payload = payloadOf(signed);
  if (!payload.ok) return payload;
  if (digestOf(payload.value) !== digest)
    return refuse('envelope-other', 'the envelope is not the one the capsule names', { clause: 'E2' });
  const json = readStrictJson(payload.value, { maxBytes: MAX_ENVELOPE_BYTES });
  if (!json.ok) return json;
  const envelope = readShape(envelopeShape, json.value);
  if (!envelope.ok) return envelope;
  const signers = policyAdminsOf(signed, bundle.people);
  const others = signers.filter(({ id }) => id !== envelope.value.owner);
  if (others.length < OWED_SIGNERS)
    return refuse(
      'envelope-unsigned',
      `${others.length} of ${OWED_SIGNERS} policy admins other than its owner signed`,
      {
        clause: 'E3',
      },
    );
  const duties = checkPolicySigners(others);
  return duties.ok ? ok({ envelope: envelope.value, signers }) : duties;
}

interface PolicyQuestion {
  readonly capsule: Capsule;
  readonly trust: Trust;
  readonly documents: KnownDocuments;
  readonly now: Instant;
}

/** `signed` is absent when the envelope was delivered before. */
export function checkEnvelope(signed: DsseEnvelope | undefined, question: PolicyQuestion): Result<VerifiedPolicy> {
  const { capsule, trust, documents, now } = question;
  const { digest } = capsule.envelope;
  const policy = signed === undefined ? documents.envelope(digest, trust) : verifyPolicy(signed, trust, digest);
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
