/** Which bodies of the record are of which kind, and whether the time of one is over (V2, V3). */
import type { Instant, ProposalId } from '../shared/brand.ts';
import { RETENTION_KINDS, type RetentionKind } from '../envelope/retention.ts';
import type { RecordEvent } from './leaf.ts';

/** What is in none of these never goes: it says who was allowed what, and a file is verified with it. */
const EVENTS: Readonly<Record<RetentionKind, readonly RecordEvent[]>> = {
  signals: ['signal.received', 'signal.unauthenticated'],
  proposals: ['proposal.created', 'proposal.refused', 'proposal.withdrawn', 'proposal.expired'],
  progress: [
    'rollout.started',
    'rollout.progressed',
    'rollout.tripped',
    'rollout.halted',
    'rollout.resumed',
    'rollout.rolled-back',
    'rollout.rollback-failed',
    'rollout.completed',
  ],
  evidence: ['evidence.received'],
  readings: [
    'evidence.read',
    'evidence.exported',
    'session.began',
    'session.ended',
    'session.refused',
    'identity.counted',
  ],
};

export const eventsOfKind = (kind: RetentionKind): readonly RecordEvent[] => EVENTS[kind];

/** The kind of a leaf's body; undefined: it is kept for good. */
export const kindOfEvent = (event: RecordEvent): RetentionKind | undefined =>
  RETENTION_KINDS.find((kind) => EVENTS[kind].includes(event));

/** What a hold covers: remediations by name, and everything that was recorded in a period, `to` not part of it. */
export interface HoldScope {
  readonly proposals: readonly ProposalId[];
  readonly period?: { readonly from: Instant; readonly to: Instant };
}

/** Whether an entry of the record is held (V2). */
export const isHeld = (
  { proposals, period }: HoldScope,
  { correlation, at }: { readonly correlation: string; readonly at: Instant },
): boolean =>
  proposals.some((proposal) => proposal === correlation) ||
  (period !== undefined && at >= period.from && at < period.to);
