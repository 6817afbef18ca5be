/**
 * One target back to its before-state (X6, I12): captured bytes, then the same restarts, then health. Called only when no
 * forward act is in flight. May be called again after a crash: files that are back are left alone, and so is a service that
 * was restarted since the revert began.
 */
import { ok, refuse, type Instant, type Result, type RunnableStep } from '@countersign/core';
import type { Captured } from '../act/adapter.ts';
import {
  HEALTH_CALL_TIMEOUT_MS,
  expectationOf,
  watchTarget,
  withDeadline,
  type TargetOrder,
} from '../act/act-on-target.ts';
import { Permit } from '../act/permit.ts';
import { contractOf, restarts, undoStep, type Tools } from '../act/tools.ts';
import { askTarget } from '../watch/health.ts';

export interface RevertOrder extends TargetOrder {
  /** By place in the list of steps. */
  readonly captures: ReadonlyMap<number, Captured>;
  readonly revertingSince: Instant;
  /** The revert was begun before a crash of this program. */
  readonly isResumed: boolean;
}

export type RevertOutcome =
  | { readonly kind: 'reverted'; readonly isHealthy: boolean; readonly detail: string }
  | { readonly kind: 'failed'; readonly detail: string };

export async function revertTarget(tools: Tools, order: RevertOrder): Promise<RevertOutcome> {
  const { target, steps } = order;
  const before = await askTarget(
    tools.caller,
    target.healthUrl,
    Math.min(HEALTH_CALL_TIMEOUT_MS, order.healthTimeoutMs),
  );
  const since = tools.clock.now();
  const files = await undoAll(tools, order, 'config');
  if (!files.ok) return { kind: 'failed', detail: files.refusal.detail };
  const isRestarted = order.isResumed && before.state === 'running' && before.startedAt >= order.revertingSince;
  if (!isRestarted) {
    const services = await undoAll(tools, order, 'service');
    // A lost answer is settled by health below; a definite no is not.
    if (!services.ok && services.refusal.code !== 'answer-lost')
      return { kind: 'failed', detail: services.refusal.detail };
  }
  const intended: TargetOrder = { ...order, versions: {} };
  const expected = isRestarted ? { since, versions: {} } : expectationOf(intended, before, since);
  const { verdict, detail } = await watchTarget(tools, intended, expected);
  return {
    kind: 'reverted',
    isHealthy: verdict === 'success',
    detail: restarts(steps) ? `restored: ${detail}` : detail,
  };
}

async function undoAll(tools: Tools, order: RevertOrder, adapter: RunnableStep['adapter']): Promise<Result<true>> {
  const places = order.steps.map((step, place) => ({ step, place })).filter(({ step }) => step.adapter === adapter);
  for (const { step, place } of places.toReversed()) {
    const captured = order.captures.get(place);
    if (adapter === 'config' && captured === undefined)
      return refuse('no-capture', 'the state before the change was not captured', { clause: 'X6' });
    const undone = await withDeadline(
      undoStep(tools, step, { target: order.target, captured, permit: Permit.goBack(order.capsule) }),
      contractOf(tools, step).deadlineMs,
    );
    if (!undone.ok) return undone;
  }
  return ok(true);
}
