/** The receipt (C4): how one capsule of a campaign ended, signed by the runner that ran it. It releases the next stage, or holds it. */
import type { Digest, EnclaveId, Instant, OrganisationId, RunnerId } from '../shared/brand.ts';
import { digest, id, instant, integer, literal, object, oneOf, type Shape } from '../shared/shape.ts';
import type { Evidence, EvidenceStatement } from './evidence.ts';

export interface Receipt {
  readonly type: 'receipt';
  readonly organisation: OrganisationId;
  readonly enclave: EnclaveId;
  readonly runner: RunnerId;
  readonly campaign: Digest;
  readonly capsule: Digest;
  /** From 0. */
  readonly stage: number;
  readonly outcome: Evidence['outcome'];
  /** Stops on the way; one that was resumed counts too. */
  readonly trips: number;
  readonly counts: EvidenceStatement['counts'];
  readonly startedAt: Instant;
  readonly finishedAt: Instant;
  /** Root of the salted tree of its evidence. */
  readonly evidence: Digest;
}

const count = integer({ min: 0, max: 1_000_000 });

export const receiptShape: Shape<Receipt> = object<Receipt>({
  type: literal('receipt'),
  organisation: id(),
  enclave: id(),
  runner: id(),
  campaign: digest,
  capsule: digest,
  stage: integer({ min: 0, max: 63 }),
  outcome: oneOf('completed', 'rolled-back', 'halted', 'failed'),
  trips: integer({ min: 0, max: 1000 }),
  counts: object<Receipt['counts']>({
    targets: count,
    touched: count,
    changed: count,
    reverted: count,
    unknown: count,
    held: count,
  }),
  startedAt: instant,
  finishedAt: instant,
  evidence: digest,
});

/** Everything changed, nothing on the way: a stop that somebody resumed, or one unknown target, is no success. */
export const isSuccess = ({ outcome, trips, counts }: Receipt): boolean =>
  outcome === 'completed' &&
  trips === 0 &&
  counts.targets > 0 &&
  counts.touched === counts.targets &&
  counts.changed === counts.targets &&
  counts.reverted === 0 &&
  counts.unknown === 0 &&
  counts.held === 0;
