/** Where each field of V1 is in a verified file; what is counted here is what `verifyActs` accepted. */
import { bundleFields, type BundleFacts, type FieldLine } from '@countersign/core';
import type { VerifiedLeaf } from './bundle-envelope.ts';
import type { EvidenceBundle } from './evidence-bundle.ts';
import { isRemoved, removedBodies } from './removed-bodies.ts';
import type { VerifiedActs } from './verify-bundle-acts.ts';

/** Phases in which a rollout is not over yet. */
const UNDER_WAY: ReadonlySet<string> = new Set(['waiting', 'leasing', 'baking', 'verified', 'rolling-back']);

export function fieldsOfBundle(
  bundle: EvidenceBundle,
  acts: VerifiedActs,
  leaves: readonly VerifiedLeaf[],
): readonly FieldLine[] {
  const run = acts.capsules.findLast(({ purpose, isDispatched }) => purpose === 'rollout' && isDispatched);
  const evidence = bundle.evidence.flatMap(({ fields }) => fields);
  const capsules = bundle.capsules.length > 0;
  const facts: BundleFacts = {
    proposal: bodyOf(leaves, 'proposal.created'),
    hasSignals: bundle.signals.length > 0,
    hasDecision: capsules || leaves.some(({ leaf, body }) => leaf.event === 'decision.made' && body !== undefined),
    hasGraph: bundle.graphs.length > 0,
    hasCapsule: capsules,
    run: runOf(run, leaves),
    ...(bundle.evidence.length > 0 && {
      evidence: new Set(evidence.flatMap((field) => (typeof field === 'string' ? [] : [field[1]]))),
    }),
    isEvidenceRemoved: bodyOf(leaves, 'evidence.received') === 'removed',
    isLocalOnly: run?.egress === 'local-only',
    isAutomatic: run?.verdict === 'autonomous' && run.approvedBy.length === 0,
    approvals: acts.capsules.reduce((sum, { approvedBy }) => sum + approvedBy.length, 0),
    hasValidation: acts.validations > 0,
    isValidationOwed: has(leaves, 'validation.finished'),
    hasDrill: acts.drills > 0 || acts.isDrilled,
    hasPrediction: run?.hasPrediction === true,
  };
  return bundleFields(facts);
}

const has = (leaves: readonly VerifiedLeaf[], event: string): boolean =>
  leaves.some(({ leaf }) => leaf.event === event);

function bodyOf(leaves: readonly VerifiedLeaf[], event: string): BundleFacts['proposal'] {
  const found = leaves.find(({ leaf }) => leaf.event === event);
  if (found === undefined) return 'missing';
  if (found.body !== undefined) return 'shown';
  return isRemoved(found, removedBodies(leaves)) ? 'removed' : 'missing';
}

function runOf(run: VerifiedActs['capsules'][number] | undefined, leaves: readonly VerifiedLeaf[]): BundleFacts['run'] {
  if (run === undefined) return 'none';
  const isOver = run.phase === undefined ? has(leaves, 'remediation.closed') : !UNDER_WAY.has(run.phase);
  return isOver ? 'over' : 'under-way';
}
