/**
 * The same full bundle for every change (V1, AG-706 4.8): names by JSON pointer what is missing. The context record is part of
 * the bundle too; it is held with the proposal, outside the enclave, and is checked at intake.
 */
import type { Evidence, TargetEvidence } from './evidence.ts';

/** An automatic change runs without approvals and owes more instead. */
export type EvidenceKind = 'approved' | 'automatic';

const isEmpty = (text: string): boolean => text.trim() === '';

/** Fields of AG-706 4.8 in the words of the bundle; the pointers below cover each of them. */
export function missingEvidence(evidence: Evidence, kind: EvidenceKind = 'approved'): readonly string[] {
  const absent: readonly (readonly [string, boolean])[] = [
    ['/trigger', evidence.trigger.length === 0 || evidence.trigger.some(isEmpty)],
    ['/approvals', kind === 'approved' && evidence.approvals.length === 0],
    ['/validation', evidence.validation.length === 0],
    ['/rollbackAvailability', isEmpty(evidence.rollbackAvailability)],
    ['/healthBefore', owesHealth(evidence, evidence.healthBefore)],
    ['/healthAfter', owesHealth(evidence, evidence.healthAfter)],
    ['/healthAfter', unread(evidence)],
    ['/targets', evidence.targets.length === 0],
    ['/finishedAt', evidence.finishedAt < evidence.startedAt],
  ];
  const general = absent.flatMap(([at, isMissing]) => (isMissing ? [at] : []));
  const automatic = kind === 'automatic' ? missingForAutomatic(evidence.automatic) : [];
  return [...new Set([...general, ...automatic, ...evidence.targets.flatMap(missingOfTarget)])];
}

/** Of services that depend on the targets; where the analysis names none, the targets' own health is all there is. */
const owesHealth = ({ dependencyAnalysis }: Evidence, read: Evidence['healthBefore']): boolean =>
  (read.length === 0 && dependencyAnalysis.dependants.length > 0) || read.some(({ state }) => isEmpty(state));

/** Whoever was read before has to be read after; no data is not health. */
function unread({ healthBefore, healthAfter }: Evidence): boolean {
  const after = new Set(healthAfter.map(({ subject }) => subject));
  return healthBefore.some(({ subject }) => !after.has(subject));
}

/** What an automatic change owes in addition; asked beforehand, because a missing field stops it. */
export function missingForAutomatic(automatic: Evidence['automatic']): readonly string[] {
  const fields = ['correlation', 'drill', 'prediction', 'review'] as const;
  return fields.flatMap((name) => (automatic?.[name] === undefined ? [`/automatic/${name}`] : []));
}

function missingOfTarget(target: TargetEvidence, index: number): readonly string[] {
  // A held target was never touched, and of an unknown one nothing can be said afterwards: that is stated, not filled in.
  if (target.outcome === 'held') return [];
  const owesAfter = target.outcome !== 'unknown';
  const absent: readonly (readonly [string, boolean])[] = [
    ['before', target.before.length === 0],
    ['after', owesAfter && target.after.length === 0],
    ['healthBefore', target.healthBefore.trim() === ''],
    ['healthAfter', target.healthAfter.trim() === ''],
    ['output', owesAfter && target.output.trim() === ''],
  ];
  return absent.flatMap(([name, isMissing]) => (isMissing ? [`/targets/${index}/${name}`] : []));
}
