/**
 * The verdict on one changed target (X4, trap 7): health taken after the act, from the instance the act made, showing the
 * intended versions. Anything else is not success; no data in time is an error, never a pass.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { plusMs, type HealthVerdict, type Instant } from '@countersign/core';
import { escapeHostile } from '@countersign/seal';
import type { TargetHealth } from './health.ts';

export interface Expectation {
  /** Health observed before this moment tells nothing about the change. */
  readonly since: Instant;
  /** Instance before the act; a restart must have replaced it. Absent: nothing was restarted. */
  readonly replacedInstance?: string;
  readonly versions: Readonly<Record<string, string>>;
}

/** How far ahead of this runner's clock an honest target may be. */
const MAX_AHEAD_MS = 5000;

/** T26: a target whose clock is ahead could pass off an old reading as one from after the act. */
const isFromFuture = (observedAt: Instant, now: Instant): boolean => observedAt > plusMs(now, MAX_AHEAD_MS);

export interface Judgement {
  readonly verdict: HealthVerdict;
  readonly detail: string;
  /** Whether a later reading could still be better. */
  readonly isFinal: boolean;
}

export function judgeTarget(health: TargetHealth, expected: Expectation, now?: Instant): Judgement {
  if (now !== undefined && health.state !== 'no-data' && isFromFuture(health.observedAt, now))
    return { verdict: 'error', detail: 'no health data: it is dated in the future', isFinal: false };
  switch (health.state) {
    case 'no-data':
      return { verdict: 'error', detail: `no health data: ${health.detail}`, isFinal: false };
    case 'failed':
      return health.observedAt < expected.since
        ? { verdict: 'error', detail: 'no health data from after the act', isFinal: false }
        : { verdict: 'failure', detail: health.detail, isFinal: true };
    case 'running':
      return judgeRunning(health, expected);
  }
}

function judgeRunning(health: Extract<TargetHealth, { state: 'running' }>, expected: Expectation): Judgement {
  if (health.observedAt < expected.since)
    return { verdict: 'error', detail: 'no health data from after the act', isFinal: false };
  if (
    expected.replacedInstance !== undefined &&
    (health.instance === expected.replacedInstance || health.startedAt < expected.since)
  )
    return { verdict: 'failure', detail: 'the old instance still answers', isFinal: false };
  const wrong = Object.entries(expected.versions).find(([name, version]) => health.versions[name] !== version);
  if (wrong === undefined) return { verdict: 'success', detail: 'healthy with the intended versions', isFinal: true };
  const [name, version] = wrong;
  const got = escapeHostile(health.versions[name] ?? 'none', 60);
  return { verdict: 'failure', detail: `shows ${name} ${got} instead of ${version}`, isFinal: false };
}

/** A service that restarts in milliseconds is asked again within them; one that takes longer is soon asked rarely. */
const FIRST_PAUSE_MS = 2;
const LONGEST_PAUSE_MS = 1000;

export interface Patience {
  readonly timeoutMs: number;
  readonly monotonicMs: () => number;
  readonly signal?: AbortSignal;
}

/** Reads again until the judgement is final or the time is over; the last judgement counts. */
export async function watchUntilFinal(read: () => Promise<Judgement>, patience: Patience): Promise<Judgement> {
  const end = patience.monotonicMs() + patience.timeoutMs;
  for (let pauseMs = FIRST_PAUSE_MS; ; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    const judgement = await read();
    const leftMs = end - patience.monotonicMs();
    if (judgement.isFinal || leftMs <= 0 || patience.signal?.aborted === true) return judgement;
    await wait(Math.min(pauseMs, leftMs), undefined, { ref: false }).catch(() => undefined);
  }
}
