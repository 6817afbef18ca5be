/** What a runner signs when its capsule of a campaign has ended (C4): counts and digests only, so that it may leave wherever reports do. */
import type { EvidenceStatement, Instant, Receipt } from '@countersign/core';
import { digestOfHash, PAYLOAD, type Report } from '@countersign/seal';
import type { RunnerConfig } from '../preflight/runner-config.ts';
import type { Outbox } from './outbox.ts';

/** Where the gate found the capsule in a campaign. */
export interface CampaignPlace {
  readonly digest: Receipt['campaign'];
  readonly stage: number;
}

export interface ReceiptFacts {
  readonly campaign: CampaignPlace;
  readonly config: Pick<RunnerConfig, 'enclave'>;
  readonly statement: EvidenceStatement;
  /** Stops so far; one that a person asked for holds the next stage as a trip does, for they saw a reason. */
  readonly trips: number;
  readonly startedAt: Instant;
}

export function receiptReport(outbox: Outbox, { campaign, config, statement, trips, startedAt }: ReceiptFacts): Report {
  const { organisation, runner, capsule, outcome, counts, finishedAt, root } = statement;
  const receipt: Receipt = {
    type: 'receipt',
    organisation,
    enclave: config.enclave,
    runner,
    campaign: campaign.digest,
    capsule,
    stage: campaign.stage,
    outcome,
    trips,
    counts,
    startedAt,
    finishedAt,
    evidence: digestOfHash(Buffer.from(root, 'hex')),
  };
  return { kind: 'receipt', receipt: outbox.sign(PAYLOAD.receipt, receipt) };
}
