/** The acts of one remediation as a verifier meets them once frame and record hold: for tests that take something out of either. */
import { readShape, leafShape, type Result, type Revocation, type TrustBundle } from '@countersign/core';
import { type Estate } from './export/estate.builder.ts';
import type { BundleParts } from './export/export-format.ts';
import { good } from './export/names.builder.ts';
import type { VerifiedLeaf } from './bundle-envelope.ts';
import type { EvidenceBundle } from './evidence-bundle.ts';
import { openTrust } from './tuf/open-trust.ts';
import { verifyActs, type VerifiedActs } from './verify-bundle-acts.ts';
import { checkRevocations } from './verify-bundle-revocations.ts';

export interface Acts {
  readonly bundle: EvidenceBundle;
  readonly leaves: readonly VerifiedLeaf[];
  readonly trust: TrustBundle;
}

export function actsOf(estate: Estate, parts: BundleParts): Acts {
  const { bundle: trust } = good(openTrust(estate.trust, { root: estate.root }));
  const leaves = estate.leaves.flatMap(({ bytes, correlation }, index): readonly VerifiedLeaf[] => {
    if (correlation !== parts.proposal) return [];
    const leaf = good(readShape(leafShape, JSON.parse(Buffer.from(bytes).toString('utf8'))));
    return [{ leaf, index, body: estate.bodies.get(leaf.body) }];
  });
  const frame = { type: 'evidence-bundle', organisation: trust.organisation, madeAt: estate.now } as const;
  return { bundle: { ...frame, ...parts, trust: [], leaves: [] }, leaves, trust };
}

export const judge = ({ bundle, leaves, trust }: Acts): Result<VerifiedActs> =>
  verifyActs(bundle, { versions: [trust], newest: trust, leaves });

export const detailOf = (acts: Acts): string => {
  const judged = judge(acts);
  return judged.ok ? 'holds' : judged.refusal.detail;
};

export const without = (acts: Acts, isGone: (leaf: VerifiedLeaf) => boolean): Acts => ({
  ...acts,
  leaves: acts.leaves.filter((leaf) => !isGone(leaf)),
});

/** What does not count when these keys are revoked; `ok` when everything does. */
export function revoked({ bundle, leaves, trust }: Acts, ...revocations: readonly Revocation[]): string {
  const checked = checkRevocations(bundle, { versions: [trust], newest: { ...trust, revocations }, leaves });
  return checked.ok
    ? 'ok'
    : checked.refusal.detail.replace(' is signed with a key that was revoked before it counted', '');
}
