/** One vulnerability or misconfiguration on one target, and what becomes of it in the queue (G5). */
import type { Id, Instant, SourceId, TargetId } from '../../shared/brand.ts';
import type { Reach, UnknownReach } from './reach.ts';
import type { VexStatement } from './vex.ts';

export interface Finding {
  readonly id: Id<'Finding'>;
  /** Rule or vulnerability, e.g. `CVE-2026-1234`. */
  readonly rule: string;
  readonly target: TargetId;
  /** 0 (info) to 4 (critical) by the envelope's mapping; -1 where it maps nothing, which ranks like 4. */
  readonly severity: number;
  /** Chance of exploitation in ten-thousandths, as given with the finding; absent ranks like certainty. */
  readonly probability?: number;
  readonly components?: readonly string[];
  readonly firstSeenAt: Instant;
  /** Named by a person; otherwise the owner of the node answers. */
  readonly owner?: string;
}

/** A statement with who made it; only one that may lower can hold a finding back. */
export interface HeardStatement extends VexStatement {
  readonly source: SourceId;
  /** The source proved itself and is registered for such statements. */
  readonly mayLower: boolean;
}

/** Why a finding costs no signature. */
export type HeldReason = 'unreachable' | 'not-affected' | 'fixed';

/**
 * `routed`: reachable on a critical path, straight to who answers for it. `queued`: reachable, in its place of the queue.
 * `held`: kept with all its evidence, and back in the queue when its time is over.
 */
export type Disposition = 'routed' | 'queued' | 'held';

/** Who answers for a finding: a named owner, or whoever holds a role where nobody is named. */
export type Answerable =
  | { readonly kind: 'owner'; readonly name: string }
  | { readonly kind: 'role'; readonly name: string };

export interface RankedFinding {
  readonly finding: Finding;
  readonly disposition: Disposition;
  /** Present when it is held. */
  readonly held?: HeldReason;
  /** Present when its reach is not known. */
  readonly unknown?: UnknownReach;
  readonly answerable: Answerable;
  /** Until when it may be held. */
  readonly dueAt: Instant;
  /** It was held as long as it may be, and no longer is. */
  readonly isOverdue: boolean;
  readonly reach: Reach;
  /** In words, most important first. */
  readonly reasons: readonly string[];
  /** Text that sorts like the queue, compared by code units; equal for no two findings. */
  readonly rankKey: string;
}
