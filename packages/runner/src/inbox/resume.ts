/** The signed leave of one trip (X5, I9): verified here against the pinned roster, for this capsule and this number, once. */
import {
  checkResume,
  FLEET_OPERATOR_ROLES,
  ok,
  readShape,
  refuse,
  resumeShape,
  type Capsule,
  type Digest,
  type Instant,
  type Result,
  type Resume,
  type Resumed,
  type TrustBundle,
} from '@countersign/core';
import { keysThatSigned, PAYLOAD, payloadOf, readStrictJson, type DsseEnvelope } from '@countersign/seal';
import { ownersOf } from '../admit/approvals.ts';
import { SKEW_MS } from '../admit/context.ts';

const MAX_RESUME_BYTES = 16_384;

/** The document; whose it is and what it names is checked by `checkSignedResume`. */
export function readResume(envelope: DsseEnvelope): Result<Resume> {
  if (envelope.payloadType !== PAYLOAD.resume)
    return refuse('resume-refused', 'the resume is of another type', { clause: 'X5' });
  const payload = payloadOf(envelope);
  if (!payload.ok) return payload;
  const json = readStrictJson(payload.value, { maxBytes: MAX_RESUME_BYTES });
  return json.ok ? readShape(resumeShape, json.value) : json;
}

export interface ResumeQuestion {
  readonly capsule: Capsule;
  readonly digest: Digest;
  /** The stop that is open now. */
  readonly trip: number;
  readonly bundle: TrustBundle;
  readonly usedNonces: ReadonlySet<string>;
  readonly now: Instant;
}

export function checkSignedResume(envelope: DsseEnvelope, resume: Resume, question: ResumeQuestion): Result<Resumed> {
  const { capsule, digest, trip, bundle, usedNonces, now } = question;
  const person = bundle.people.find(({ id }) => id === resume.person);
  const keys = keysThatSigned(envelope, person?.credentials ?? []);
  if (keys === undefined)
    return refuse('resume-refused', 'the resume is not signed by a credential of the person it names', {
      clause: 'X5',
    });
  const demanded = [
    ...bundle.floor.quorums
      .filter(({ environment }) => environment === capsule.environment)
      .flatMap(({ demands }) => demands),
    ...capsule.demands,
  ];
  const operators = bundle.people.flatMap(({ roles }) => roles.filter((role) => FLEET_OPERATOR_ROLES.has(role)));
  const proof = checkResume(resume, {
    organisation: capsule.organisation,
    capsule: digest,
    trip,
    now,
    skewMs: SKEW_MS,
    roster: bundle.people,
    exclusions: [capsule.proposal.owner, ...ownersOf(capsule, bundle)].map((owner) => ({
      person: owner,
      reason: 'agent-owner' as const,
    })),
    roles: [...new Set([...demanded.map(({ role }) => role), ...operators])],
    usedNonces,
    environment: capsule.environment,
    keys,
  });
  return proof.ok ? ok(proof.value) : proof;
}
