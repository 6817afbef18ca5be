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

const MAX_ENVELOPE_BYTES = 1_048_576;
const OWED_SIGNERS = 2;

export function checkEnvelope(
  signed: DsseEnvelope,
  about: { readonly capsule: Capsule; readonly roster: readonly Person[]; readonly now: Instant },
): Result<Envelope> {
  const { capsule, roster, now } = about;
  if (signed.payloadType !== PAYLOAD.envelope)
    return refuse('envelope-type', 'the envelope is of another type', { clause: 'E2' });
  const payload = payloadOf(signed);
  if (!payload.ok) return payload;
  if (digestOf(payload.value) !== capsule.envelope.digest)
    return refuse('envelope-other', 'the envelope is not the one the capsule names', { clause: 'E2' });
  const json = readStrictJson(payload.value, { maxBytes: MAX_ENVELOPE_BYTES });
  if (!json.ok) return json;
  const envelope = readShape(envelopeShape, json.value);
  if (!envelope.ok) return envelope;
  const signers = policyAdminsOf(signed, roster).filter(({ id }) => id !== envelope.value.owner);
  if (signers.length < OWED_SIGNERS)
    return refuse(
      'envelope-unsigned',
      `${signers.length} of ${OWED_SIGNERS} policy admins other than its owner signed`,
      {
        clause: 'E3',
      },
    );
  const duties = checkPolicySigners(signers);
  if (!duties.ok) return duties;
  return checkValidity(envelope.value, capsule, now);
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
export function policyAdminsOf(signed: DsseEnvelope, roster: readonly Person[]): readonly Person[] {
  const admins = roster.filter(({ roles }) => roles.some((role) => role === POLICY_ADMIN_ROLE));
  return admins.filter((person) => hasSigned(signed, person));
}

/** Whether any entry of the envelope verifies under a credential that the roster pins to this person. */
export const hasSigned = (signed: DsseEnvelope, person: Person): boolean =>
  person.credentials.some((credential) =>
    signed.signatures.some((_, index) => verifyHumanSignature(signed, index, credential).ok),
  );
