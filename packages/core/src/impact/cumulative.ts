/** Blast radius over time (D5): many small operations count as the large one they add up to. */
import type { AgentId, Instant, ProposalId, TargetId } from '../shared/brand.ts';
import { msOf } from '../shared/brand.ts';
import type { ActionType } from '../proposal/change.ts';

/** An operation that was let go, as the record has it. */
export interface OperationRecord {
  readonly proposal: ProposalId;
  readonly agent: AgentId;
  readonly action: ActionType;
  readonly targets: readonly TargetId[];
  readonly startedAt: Instant;
  readonly isOngoing: boolean;
}

export const HOUR_MS = 3_600_000;
/** Sliding window over which targets add up. */
export const CUMULATIVE_WINDOW_MS: number = 24 * HOUR_MS;

interface Asked {
  readonly proposal: ProposalId;
  readonly agent: AgentId;
  readonly action: ActionType;
  readonly targets: readonly TargetId[];
  readonly now: Instant;
}

/** An operation dated in the future is inside the window: a wrong clock must not hide it. */
const isWithin = (operation: OperationRecord, now: Instant, windowMs: number): boolean =>
  operation.isOngoing || msOf(now) - msOf(operation.startedAt) < windowMs;

/** Different targets touched by this agent or this action inside the window, those asked for now included. */
export function cumulativeTargets(operations: readonly OperationRecord[], asked: Asked, windowMs: number): number {
  const touched = new Set<string>(asked.targets);
  for (const operation of operations)
    if (
      (operation.agent === asked.agent || operation.action === asked.action) &&
      isWithin(operation, asked.now, windowMs)
    )
      for (const target of operation.targets) touched.add(target);
  return touched.size;
}

/** Operations of this agent or this action in the last hour, the one asked for not included. */
export const actionsLastHour = (operations: readonly OperationRecord[], asked: Asked): number =>
  operations.filter(
    (operation) =>
      operation.proposal !== asked.proposal &&
      (operation.agent === asked.agent || operation.action === asked.action) &&
      isWithin(operation, asked.now, HOUR_MS),
  ).length;

/** Whether something that still runs touches the same targets, a dependant of them, or an action that must not overlap. */
export function overlaps(
  operations: readonly OperationRecord[],
  asked: Asked & { readonly mayNotOverlap: readonly ActionType[]; readonly nearby: ReadonlySet<string> },
): boolean {
  const own = new Set<string>(asked.targets);
  return operations.some(
    (operation) =>
      operation.isOngoing &&
      operation.proposal !== asked.proposal &&
      (asked.mayNotOverlap.includes(operation.action) ||
        operation.targets.some((target) => own.has(target) || asked.nearby.has(target))),
  );
}
