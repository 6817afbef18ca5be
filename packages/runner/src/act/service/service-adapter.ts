/** `service`: asks a target's own control endpoint for a restart. Only a new instance proves that it happened. */
import { ok, refuse, type Result, type RunnableStep } from '@countersign/core';
import type { LocalTarget } from '../../preflight/inventory.ts';
import type { Caller } from '../../watch/ask.ts';
import { readTargetHealth } from '../../watch/health.ts';
import type { Adapter } from '../adapter.ts';
import type { Permit } from '../permit.ts';
import type { TaskCredentials } from '../task-credentials.ts';

export type ServiceStep = Extract<RunnableStep, { adapter: 'service' }>;

const RESTART_TIMEOUT_MS = 15_000;
/** As targets know it: what a credential of this adapter allows. */
const OPERATION = 'service.restart';

export function serviceAdapter(caller: Caller, credentials: TaskCredentials): Adapter<ServiceStep> {
  const restart = async (target: LocalTarget, permit: Permit): Promise<Result<string>> => {
    const call = { target: target.id, operation: OPERATION, deadlineMs: RESTART_TIMEOUT_MS };
    const headers = { authorization: `Bearer ${credentials.mint(permit, call)}` };
    const answer = await caller.ask({ method: 'POST', url: target.restartUrl, timeoutMs: RESTART_TIMEOUT_MS, headers });
    // The request may have been carried out although no answer came: the caller of the adapter probes.
    if (!answer.ok) return refuse('answer-lost', `the restart was asked for, ${answer.refusal.detail}`);
    // A fault at the other end may have come before or after the restart: only a definite no is one.
    if (answer.value.status >= 500)
      return refuse('answer-lost', `the restart was asked for, the answer was status ${answer.value.status}`);
    if (answer.value.status !== 200)
      return refuse('restart-refused', `the restart was refused with status ${answer.value.status}`);
    const health = readTargetHealth(answer);
    return ok(health.state === 'running' ? `restarted, instance ${health.instance}` : `restarted, ${health.detail}`);
  };
  return {
    contract: {
      isIdempotent: false,
      // The instance id in health tells whether a restart happened; see `judgeTarget`.
      hasProbe: true,
      hasFence: false,
      deadlineMs: RESTART_TIMEOUT_MS,
      capture: 'none',
      dataEffects: 'none',
      zones: ['enterprise', 'dmz', 'site'],
    },
    capture: () => ok(undefined),
    apply: (_step, target, permit) => restart(target, permit),
    probe: async () => 'unclear',
    undo: (_step, target, { permit }) => restart(target, permit),
  };
}
