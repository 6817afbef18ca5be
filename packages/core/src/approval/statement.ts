/** The approval document: made from a capsule, and bound to it field by field before it counts (A2, T14, trap 1). */
import { plusMs, type Digest, type Instant } from '../shared/brand.ts';
import { ok, refuse, type Complaint, type Result } from '../shared/result.ts';
import type { Capsule } from '../capsule/capsule.ts';
import type { Approval } from './approval.ts';

/** What the signer's surface adds. */
export type Signing = Pick<Approval, 'person' | 'role' | 'surface' | 'shown' | 'signedAt' | 'expiresAt' | 'nonce'> & {
  /** Digest of the capsule bytes as received. */
  readonly capsuleDigest: Digest;
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
  /** Digest of the page rendered here from the capsule's bytes. */
  readonly shown: Digest;
  /** Largest clock difference that is reckoned with. */
  readonly skewMs: number;
}

/** Every field that differs is named; one is enough to refuse. */
export function checkApprovalBinding(approval: Approval, facts: ApprovalFacts, now: Instant): Result<Approval> {
  const { capsule, digest, shown } = facts;
  const expected: readonly (readonly [keyof Approval, string | number])[] = [
    ['type', 'approval'],
    ['organisation', capsule.organisation],
    ['enclave', capsule.audience.enclave],
    ['proposal', capsule.proposal.id],
    ['revision', capsule.proposal.revision],
    ['capsule', digest],
    ['changeDigest', capsule.changeDigest],
    ['riskAssessment', capsule.riskAssessment],
    ['shown', shown],
    ['verdict', 'approve'],
  ];
  const differing = expected.flatMap(([field, value]) =>
    approval[field] === value ? [] : [{ at: `/${field}`, problem: 'is not that of the capsule' }],
  );
  const complaints = [...differing, ...timeComplaints(approval, facts.skewMs, now)];
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
