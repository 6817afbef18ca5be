/** What a named human signs (A2): exactly one capsule, one revision, one role, with what was shown. */
import type { Digest, EnclaveId, Instant, OrganisationId, PersonId, ProposalId } from '../shared/brand.ts';
import type { Role } from '../people/person.ts';
import { digest, id, instant, integer, literal, object, oneOf, optional, text, type Shape } from '../shared/shape.ts';

export interface Approval {
  readonly type: 'approval';
  readonly organisation: OrganisationId;
  /** The enclave this approval is for; elsewhere it counts nothing. */
  readonly enclave: EnclaveId;
  readonly proposal: ProposalId;
  readonly revision: number;
  readonly capsule: Digest;
  readonly changeDigest: Digest;
  readonly riskAssessment: Digest;
  /** The version this person had signed before; then `shown` is the page of what changed since, and only that is approved (D6). */
  readonly since?: Digest;
  /** Digest of the plain text the signer was shown, recomputed by the runner from the capsule. */
  readonly shown: Digest;
  readonly verdict: 'approve';
  readonly person: PersonId;
  readonly role: Role;
  /** What the signer used: the server's console, `cs`, or the page that the organisation hosts itself. */
  readonly surface: 'console' | 'cli' | 'page';
  readonly signedAt: Instant;
  readonly expiresAt: Instant;
  readonly nonce: string;
}

/** Leave of one numbered trip; used once (I9, trap 10). */
export interface Resume {
  readonly type: 'resume';
  readonly organisation: OrganisationId;
  readonly capsule: Digest;
  readonly trip: number;
  readonly person: PersonId;
  readonly role: Role;
  readonly reason: string;
  readonly signedAt: Instant;
  readonly expiresAt: Instant;
  readonly nonce: string;
}

const nonce = text({ min: 32, max: 32, pattern: /^[0-9a-f]{32}$/ });
export const approvalShape: Shape<Approval> = object<Approval>({
  type: literal('approval'),
  organisation: id(),
  enclave: id(),
  proposal: id(),
  revision: integer({ min: 1, max: 1_000_000 }),
  capsule: digest,
  changeDigest: digest,
  riskAssessment: digest,
  since: optional(digest),
  shown: digest,
  verdict: literal('approve'),
  person: id(),
  role: id(),
  surface: oneOf('console', 'cli', 'page'),
  signedAt: instant,
  expiresAt: instant,
  nonce,
});
export const resumeShape: Shape<Resume> = object<Resume>({
  type: literal('resume'),
  organisation: id(),
  capsule: digest,
  trip: integer({ min: 1, max: 1000 }),
  person: id(),
  role: id(),
  reason: text({ min: 3, max: 1000 }),
  signedAt: instant,
  expiresAt: instant,
  nonce,
});
