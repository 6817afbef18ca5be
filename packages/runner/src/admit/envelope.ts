/** The envelope behind the decision: two policy admins signed it, it is valid now, and it is the one the capsule names (E1-E3). */
import {
  digest as digestShape,
  integer,
  object,
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
  type Shape,
  type Status,
} from '@countersign/core';
import {
  digestOf,
  openPolicy,
  PAYLOAD,
  payloadOf,
  verifyHumanSignature,
  type DsseEnvelope,
  type PolicyChain,
  type PolicyVersion,
} from '@countersign/seal';
import { readBytes } from '../preflight/read-file.ts';
import { SKEW_MS } from './context.ts';
import type { KnownDocuments } from './known-documents.ts';
import type { Trust } from './trust.ts';
import { withUsableKeys } from './usable-keys.ts';

export interface VerifiedPolicy {
  readonly envelope: Envelope;
  /** Policy admins whose signature verifies, its owner among them when they signed. */
  readonly signers: readonly Person[];
  /** One person signed, and here it was proved that this version only narrows one that two people signed (E3). */
  readonly narrowing?: ProvedNarrowing;
  /** This version and those its proof rests on, newest first; the last one was signed by two people. */
  readonly restsOn: readonly PolicyVersion[];
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
  const { envelope, signers, narrowing, restsOn } = opened.value;
  return ok({ envelope, signers, restsOn, ...(narrowing !== undefined && { narrowing }) });
}

interface PolicyQuestion {
  readonly capsule: Capsule;
  readonly status: Status | undefined;
  readonly trust: Trust;
  readonly documents: KnownDocuments;
  /** The newest version under which anything was admitted here. */
  readonly newest: PolicyVersion | undefined;
  readonly now: Instant;
}

/** `chain` is absent when the envelope was delivered before. */
export function checkEnvelope(chain: PolicyChain | undefined, question: PolicyQuestion): Result<VerifiedPolicy> {
  const { capsule, status, documents, newest, now } = question;
  const trust = withUsableKeys(question.trust, now);
  const { digest } = capsule.envelope;
  const policy = chain === undefined ? documents.envelope(digest, trust) : verifyPolicy(chain, trust, digest);
  if (!policy.ok) return policy;
  const valid = checkValidity(policy.value.envelope, capsule, now);
  if (!valid.ok) return valid;
  const moved = checkMovesOn(policy.value, newest);
  if (!moved.ok) return moved;
  const followed = checkFollows(policy.value, status);
  return followed.ok ? policy : followed;
}

/**
 * One signature narrows what stands, not something that stood before (E3). A single policy admin with the control plane's keys could
 * otherwise narrow a wide old version into a new number, and take back what was narrowed or decided by two people since.
 */
function checkMovesOn({ envelope, restsOn }: VerifiedPolicy, newest: PolicyVersion | undefined): Result<true> {
  const signedByTwo = restsOn.at(-1);
  if (newest === undefined || signedByTwo === undefined) return ok(true);
  // A memory that cannot be read names no version: then only what two people signed is left.
  if (newest.version !== UNREADABLE && envelope.version < newest.version)
    return refuse(
      'envelope-superseded',
      `the envelope of the capsule has version ${envelope.version}, version ${newest.version} was in force here`,
      { clause: 'E2' },
    );
  if (restsOn.length < 2) return ok(true);
  const isNewer = signedByTwo.version > newest.version;
  if (isNewer || restsOn.some(({ digest }) => digest === newest.digest)) return ok(true);
  return refuse(
    'envelope-forked',
    `one person signed version ${restsOn[0]?.version ?? 0}, and it does not narrow version ${newest.version}, the newest known here`,
    { clause: 'E3' },
  );
}

/**
 * A runner that remembers nothing asks the witness: what one person signed narrows the very version that ruled until it came. The
 * number is that of the document, so that an old one under a new number in the record is not it (E3).
 */
function checkFollows({ restsOn }: VerifiedPolicy, status: Status | undefined): Result<true> {
  const [own, narrowed] = restsOn;
  if (narrowed === undefined || status?.envelope === undefined || status.envelope.digest !== own?.digest)
    return ok(true);
  const { follows } = status.envelope;
  if (follows?.digest === narrowed.digest && follows.version === narrowed.version) return ok(true);
  return refuse(
    'envelope-forked',
    `one person signed version ${own.version}, and it does not narrow the version that ruled when it came`,
    { clause: 'E3' },
  );
}

/** Stands for a version nobody knows. */
const UNREADABLE = Number.MAX_SAFE_INTEGER;

const versionShape: Shape<PolicyVersion> = object<PolicyVersion>({
  version: integer({ min: 1, max: 1_000_000_000 }),
  digest: digestShape,
});

/** What the journal remembers of the newest version; what cannot be read counts as one that nothing narrows. */
export function parseNewest(stored: string | undefined): PolicyVersion | undefined {
  if (stored === undefined) return undefined;
  const read = readBytes(Buffer.from(stored), versionShape);
  return read.ok ? read.value : { version: UNREADABLE, digest: digestOf(Buffer.from(stored)) };
}

/** What to remember from now on. */
export const newestOf = ({ restsOn }: VerifiedPolicy, known: PolicyVersion | undefined): PolicyVersion | undefined => {
  const [own] = restsOn;
  return own === undefined || (known !== undefined && known.version > own.version) ? known : own;
};

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
const hasSigned = (signed: DsseEnvelope, person: Person): boolean =>
  person.credentials.some((credential) =>
    signed.signatures.some((_, index) => verifyHumanSignature(signed, index, credential).ok),
  );
