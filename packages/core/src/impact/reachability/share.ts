/** How much of what scanners report is held back, and why: shown, so that nobody mistakes a quiet queue for a safe estate (G5). */
import type { Disposition, HeldReason } from './finding.ts';
import { UNKNOWN_REACH, type UnknownReach } from './reach.ts';

/** How many open findings are alike in these points. */
export interface FindingTally {
  readonly disposition: Disposition;
  readonly held?: HeldReason;
  readonly unknown?: UnknownReach;
  readonly isOverdue: boolean;
  /** Whether somebody is named; a role that anybody may hold is nobody's name. */
  readonly hasOwner: boolean;
  readonly count: number;
}

export interface ShareHeld {
  readonly total: number;
  readonly routed: number;
  readonly queued: number;
  readonly held: number;
  /** Of all open findings, rounded down. */
  readonly heldPercent: number;
  readonly byReason: Readonly<Record<HeldReason, number>>;
  /** Findings that count as reachable only because nobody knows better. */
  readonly unknownReach: Readonly<Partial<Record<UnknownReach, number>>>;
  readonly overdue: number;
  readonly withoutOwner: number;
}

export function shareHeld(tallies: readonly FindingTally[]): ShareHeld {
  const count = (is: (tally: FindingTally) => boolean): number =>
    tallies.reduce((sum, tally) => sum + (is(tally) ? tally.count : 0), 0);
  const total = count(() => true);
  const held = count(({ disposition }) => disposition === 'held');
  const heldBy = (reason: HeldReason): number => count((tally) => tally.held === reason);
  const unknowns = UNKNOWN_REACH.map((why) => [why, count((tally) => tally.unknown === why)] as const);
  return {
    total,
    routed: count(({ disposition }) => disposition === 'routed'),
    queued: count(({ disposition }) => disposition === 'queued'),
    held,
    heldPercent: total === 0 ? 0 : Math.floor((held * 100) / total),
    byReason: {
      unreachable: heldBy('unreachable'),
      'not-affected': heldBy('not-affected'),
      fixed: heldBy('fixed'),
    },
    unknownReach: Object.fromEntries(unknowns.filter(([, found]) => found > 0)),
    overdue: count(({ isOverdue }) => isOverdue),
    withoutOwner: count(({ hasOwner }) => !hasOwner),
  };
}
