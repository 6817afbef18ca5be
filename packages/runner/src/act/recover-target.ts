/**
 * After a crash: an intent without a verdict. Nothing is done again; files and health say what happened, and when they do not,
 * the target is unknown (I4, I6, trap 12).
 */
import type { Instant } from '@countersign/core';
import { askTarget, type TargetHealth } from '../watch/health.ts';
import {
  describeHealth,
  HEALTH_CALL_TIMEOUT_MS,
  watchTarget,
  type Findings,
  type TargetOrder,
  type TargetOutcome,
} from './act-on-target.ts';
import type { ProbeResult } from './adapter.ts';
import { probeStep, restarts, type Tools } from './tools.ts';

export async function recoverTarget(tools: Tools, order: TargetOrder, leasedAt: Instant): Promise<TargetOutcome> {
  const { steps, target } = order;
  const files = await Promise.all(
    steps.filter(({ adapter }) => adapter === 'config').map((step) => probeStep(tools, step, target)),
  );
  const health = await askTarget(tools.caller, target.healthUrl, HEALTH_CALL_TIMEOUT_MS);
  const findings = { healthBefore: 'not known after a restart', healthAfter: describeHealth(health), output: 'probed' };
  const restarted = restartSince(order, health, leasedAt);
  if (files.includes('unclear') || restarted === 'unclear')
    return { kind: 'unknown', detail: 'interrupted, and the probe is not clear', findings };
  if (files.every((result) => result === 'done') && restarted === 'done')
    return judgeDone(tools, { order, leasedAt, findings });
  const isUntouched = files.every((result) => result === 'not-done') && restarted === 'not-done';
  const detail = isUntouched ? 'interrupted before the act was carried out' : 'interrupted half way through the act';
  return { kind: 'verdict', verdict: isUntouched ? 'error' : 'failure', detail, findings };
}

/** A start after the lease proves the restart; a failed start is one too. */
function restartSince({ steps }: TargetOrder, health: TargetHealth, leasedAt: Instant): ProbeResult {
  if (!restarts(steps)) return 'done';
  switch (health.state) {
    case 'running':
      return health.startedAt >= leasedAt ? 'done' : 'not-done';
    case 'failed':
      return 'done';
    case 'no-data':
      return 'unclear';
  }
}

async function judgeDone(
  tools: Tools,
  {
    order,
    leasedAt,
    findings,
  }: { readonly order: TargetOrder; readonly leasedAt: Instant; readonly findings: Findings },
): Promise<TargetOutcome> {
  const expected = { since: leasedAt, versions: order.versions };
  const { verdict, detail } = await watchTarget(tools, order, expected);
  return { kind: 'verdict', verdict, detail, findings: { ...findings, healthAfter: detail } };
}
