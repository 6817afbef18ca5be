/** The approval document: made from a capsule, and bound to it field by field before it counts (A2, T14, trap 1). */
import { plusMs, type Digest, type Instant } from '../shared/brand.ts';
import { ok, refuse, type Complaint, type Result } from '../shared/result.ts';
import type { Capsule } from '../capsule/capsule.ts';
import type { Surface } from '../people/person.ts';
import type { Approval } from './approval.ts';

/** What the signer's surface adds. */
export type Signing = Pick<Approval, 'person' | 'role' | 'surface' | 'shown' | 'signedAt' | 'expiresAt' | 'nonce'> & {
  /** Digest of the capsule bytes as received. */
  readonly capsuleDigest: Digest;
  /** The version signed before, when only what changed since was shown. */
  readonly since?: Digest;
};

/** The document that one person signs over one capsule. */
export const approvalFor = (capsule: Capsule, signing: Signing): Approval => ({
  type: 'approval',
  organisation: capsule.organisation,
  enclave: capsule.audience.enclave,
  proposal: capsule.proposal.id,
  revision: capsule.proposal.revision,
  capsule: signing.capsuleDigest,
  changeDigest: capsule.changeDigest,
  riskAssessment: capsule.riskAssessment,
  ...(signing.since !== undefined && { since: signing.since }),
  shown: signing.shown,
  verdict: 'approve',
  person: signing.person,
  role: signing.role,
  surface: signing.surface,
  signedAt: signing.signedAt,
  expiresAt: signing.expiresAt,
  nonce: signing.nonce,
});

/** What the checker computed by itself; nothing of it comes from the approval. */
export interface ApprovalFacts {
  readonly capsule: Capsule;
  readonly digest: Digest;
  /** Digest of the page rendered here from the capsule's bytes, or of the page of what changed since `since`. */
  readonly shown: Digest;
  /** The version before, for an approval of the delta; absent: nothing but a whole approval is bound. */
  readonly since?: Digest;
  /** Largest clock difference that is reckoned with. */
  readonly skewMs: number;
  /** Where the keys that verified sign, as the roster has it. */
  readonly surfaces: readonly Surface[];
}

/** Every field that differs is named; one is enough to refuse. */
export function checkApprovalBinding(approval: Approval, facts: ApprovalFacts, now: Instant): Result<Approval> {
  const { capsule, digest, shown } = facts;
  const expected: readonly (readonly [keyof Approval, string | number | undefined])[] = [
    ['type', 'approval'],
    ['organisation', capsule.organisation],
    ['enclave', capsule.audience.enclave],
    ['proposal', capsule.proposal.id],
    ['revision', capsule.proposal.revision],
    ['capsule', digest],
    ['changeDigest', capsule.changeDigest],
    ['riskAssessment', capsule.riskAssessment],
    ['since', facts.since],
    ['shown', shown],
    ['verdict', 'approve'],
  ];
  const differing = expected.flatMap(([field, value]) =>
    approval[field] === value ? [] : [{ at: `/${field}`, problem: 'is not that of the capsule' }],
  );
  // A page of the server that claims to be something else would make the record lie about what the signer saw.
  const isTrue = approval.surface === 'console' || facts.surfaces.includes('own');
  const surface = isTrue ? [] : [{ at: '/surface', problem: 'is not where this key signs' }];
  const complaints = [...differing, ...surface, ...timeComplaints(approval, facts.skewMs, now)];
  if (complaints.length === 0) return ok(approval);
  return refuse('approval-not-bound', `the approval of \`${approval.person}\` does not fit the capsule`, {
    clause: 'A2',
    complaints,
  });
}

/** On the safe side of the skew (trap 15): not from the future, and not about to end. */
export function timeComplaints(
  signed: { readonly signedAt: Instant; readonly expiresAt: Instant },
  skewMs: number,
  now: Instant,
): readonly Complaint[] {
  const future = signed.signedAt > plusMs(now, skewMs) ? [{ at: '/signedAt', problem: 'lies in the future' }] : [];
  const over =
    plusMs(now, skewMs) >= signed.expiresAt
      ? [{ at: '/expiresAt', problem: 'is over, or within the clock margin' }]
      : [];
  const upside = signed.signedAt >= signed.expiresAt ? [{ at: '/expiresAt', problem: 'is not after signedAt' }] : [];
  return [...future, ...over, ...upside];
}
