/**
 * Bodies of entries that say that a signed document came in. They follow from the document alone, so whoever holds it finds its entry,
 * even when the body was removed at its time (V3). The control plane writes exactly these.
 */
import type {
  Approval,
  CampaignApproval,
  Digest,
  EvidenceStatement,
  Receipt,
  ValidationReport,
} from '@countersign/core';
import { digestOfDocument } from './digest.ts';

/** `digest`: of the signed bytes, here and below. */
export const approvalLeafBody = (
  { capsule, person, role, surface, riskAssessment, shown }: Approval,
  digest: Digest,
): object => ({ capsule, person, role, surface, riskAssessment, shown, approval: digest });

export const evidenceLeafBody = ({ capsule, root, outcome, counts }: EvidenceStatement, digest: Digest): object => ({
  capsule,
  statement: digest,
  root,
  outcome,
  counts,
});

export const validationLeafBody = (
  { capsule, spec, isPassed, isReproduced, runs }: ValidationReport,
  digest: Digest,
): object => ({
  capsule,
  report: digest,
  spec,
  isPassed,
  isReproduced,
  runs: runs.map(({ id, result }) => ({ id, result })),
});

export const campaignApprovalLeafBody = (
  { campaign, person, role, surface, shown }: CampaignApproval,
  digest: Digest,
): object => ({ campaign, person, role, surface, shown, approval: digest });

export const receiptLeafBody = (
  { campaign, capsule, stage, runner, outcome, trips }: Receipt,
  digest: Digest,
): object => ({ campaign, capsule, stage, runner, outcome, trips, receipt: digest });

export const leafBodyDigest = (body: object): Digest => digestOfDocument(body);
