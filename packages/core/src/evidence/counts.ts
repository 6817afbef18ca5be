/** The counts that may leave in every mode but local-only (V2). They are taken from the targets, never stated beside them. */
import type { Evidence, EvidenceStatement, TargetEvidence } from './evidence.ts';

export function evidenceCounts({ targets }: Pick<Evidence, 'targets'>): EvidenceStatement['counts'] {
  const of = (...outcomes: readonly TargetEvidence['outcome'][]): number =>
    targets.filter(({ outcome }) => outcomes.includes(outcome)).length;
  return {
    targets: targets.length,
    /** Everything but what was held: a lost answer counts as touched (I14). */
    touched: targets.length - of('held'),
    /** Still carries the change, as far as is known. */
    changed: of('changed', 'revert-failed'),
    reverted: of('reverted'),
    unknown: of('unknown'),
    held: of('held'),
  };
}
