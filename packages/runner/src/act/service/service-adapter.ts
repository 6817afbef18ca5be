/** `service`: asks a target's own control endpoint for a restart. Only a new instance proves that it happened. */
import { ok, refuse, type Result, type RunnableStep } from '@countersign/core';
import type { LocalTarget } from '../../preflight/inventory.ts';
import { readBounded } from '../../preflight/read-file.ts';
import type { Caller } from '../../watch/ask.ts';
import { readTargetHealth } from '../../watch/health.ts';
import type { Adapter } from '../adapter.ts';

export type ServiceStep = Extract<RunnableStep, { adapter: 'service' }>;

const CONTROL_TOKEN_HEADER = 'x-control-token';
const RESTART_TIMEOUT_MS = 15_000;
const MAX_TOKEN_BYTES = 4096;
const TOKEN = /^[!-~]{1,4000}$/;

export function serviceAdapter(caller: Caller): Adapter<ServiceStep> {
  const restart = async (target: LocalTarget): Promise<Result<string>> => {
    const token = readToken(target.controlTokenFile);
    if (!token.ok) return token;
    const headers = { [CONTROL_TOKEN_HEADER]: token.value };
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
    apply: (_step, target) => restart(target),
    probe: async () => 'unclear',
    undo: (_step, target) => restart(target),
  };
}

function readToken(file: string): Result<string> {
  const bytes = readBounded(file, MAX_TOKEN_BYTES);
  if (!bytes.ok) return refuse('no-credential', 'the control token of the target cannot be read', { clause: 'X3' });
  const token = new TextDecoder().decode(bytes.value).trim();
  return TOKEN.test(token)
    ? ok(token)
    : refuse('no-credential', 'the control token of the target is empty', { clause: 'X3' });
}
