/**
 * One target, once: health before, the steps in order, health after (I4, X4). The intent is already in the journal. A step whose
 * answer was lost is not repeated: health decides, and when it cannot, the target is unknown.
 */
import { setTimeout as wait } from 'node:timers/promises';
import {
  refuse,
  type Digest,
  type HealthVerdict,
  type Instant,
  type Result,
  type RunnableStep,
} from '@countersign/core';
import type { LocalTarget } from '../preflight/inventory.ts';
import { askTarget, type TargetHealth } from '../watch/health.ts';
import { judgeTarget, watchUntilFinal, type Expectation, type Judgement } from '../watch/after-act.ts';
import { Permit } from './permit.ts';
import { applyStep, contractOf, probeStep, restarts, type Tools } from './tools.ts';

export interface TargetOrder {
  readonly capsule: Digest;
  readonly target: LocalTarget;
  readonly steps: readonly RunnableStep[];
  readonly versions: Readonly<Record<string, string>>;
  readonly healthTimeoutMs: number;
}

/** For the evidence: texts come from the target. */
export interface Findings {
  readonly healthBefore: string;
  readonly healthAfter: string;
  readonly output: string;
}

export type TargetOutcome =
  | { readonly kind: 'verdict'; readonly verdict: HealthVerdict; readonly detail: string; readonly findings: Findings }
  | { readonly kind: 'unknown'; readonly detail: string; readonly findings: Findings };

export const HEALTH_CALL_TIMEOUT_MS = 5000;

/** First words of the output of a target that was leased and left as it was. */
export const NOT_TOUCHED = 'not touched:';

export async function actOnTarget(
  tools: Tools,
  order: TargetOrder,
  mayStill: () => Result<true>,
): Promise<TargetOutcome> {
  const { target, steps } = order;
  const before = await askTarget(tools.caller, target.healthUrl, callTimeout(order));
  const permit = Permit.act(order.capsule, mayStill());
  if (!permit.ok) return notTouched(before, permit.refusal.detail);
  const since = tools.clock.now();
  const outputs: string[] = [];
  let isLost = false;
  for (const step of steps) {
    const done = await withDeadline(
      applyStep(tools, step, { target, permit: permit.value }),
      contractOf(tools, step).deadlineMs,
    );
    outputs.push(done.ok ? done.value : done.refusal.detail);
    if (done.ok) continue;
    isLost = done.refusal.code === 'answer-lost';
    // A definite no leaves nothing to watch: the steps after it were not begun.
    if (!isLost) return definiteFailure(before, outputs, done.refusal.detail);
    break;
  }
  const expected = expectationOf(order, before, since);
  const judgement = await watchTarget(tools, order, expected);
  const findings = findingsOf(before, judgement, outputs);
  // Good health does not say that the step before or after the lost one was done: the files must be what was approved.
  if (isLost && !(judgement.verdict === 'success' && (await isCarriedOut(tools, order, outputs.length))))
    return { kind: 'unknown', detail: outputs.at(-1) ?? 'the answer was lost', findings };
  return { kind: 'verdict', verdict: judgement.verdict, detail: judgement.detail, findings };
}

/** Nothing was left out after the lost answer, and every file is as approved. */
async function isCarriedOut(tools: Tools, { steps, target }: TargetOrder, begun: number): Promise<boolean> {
  if (begun < steps.length) return false;
  const files = steps.filter(({ adapter }) => adapter === 'config');
  const probes = await Promise.all(files.map((step) => probeStep(tools, step, target)));
  return probes.every((result) => result === 'done');
}

function notTouched(before: TargetHealth, detail: string): TargetOutcome {
  const output = `${NOT_TOUCHED} ${detail}`;
  const findings = { healthBefore: describeHealth(before), healthAfter: 'not touched', output };
  return { kind: 'verdict', verdict: 'error', detail: output, findings };
}

const callTimeout = ({ healthTimeoutMs }: TargetOrder): number => Math.min(HEALTH_CALL_TIMEOUT_MS, healthTimeoutMs);

const findingsOf = (before: TargetHealth, judgement: Judgement, outputs: readonly string[]): Findings => ({
  healthBefore: describeHealth(before),
  healthAfter: judgement.detail,
  output: outputs.join('\n'),
});

function definiteFailure(before: TargetHealth, outputs: readonly string[], detail: string): TargetOutcome {
  const findings = { healthBefore: describeHealth(before), healthAfter: 'not read', output: outputs.join('\n') };
  return { kind: 'verdict', verdict: 'error', detail, findings };
}

/** What health must show: with a restart among the steps, an instance that was not there before. */
export function expectationOf(order: TargetOrder, before: TargetHealth, since: Instant): Expectation {
  const { versions, steps } = order;
  if (!restarts(steps)) return { since, versions };
  return { since, versions, replacedInstance: before.state === 'running' ? before.instance : '' };
}

export function watchTarget(tools: Tools, order: TargetOrder, expected: Expectation): Promise<Judgement> {
  const { healthTimeoutMs, target } = order;
  const patience = { timeoutMs: healthTimeoutMs, monotonicMs: tools.clock.monotonicMs };
  const read = async (): Promise<Judgement> =>
    judgeTarget(await askTarget(tools.caller, target.healthUrl, callTimeout(order)), expected, tools.clock.now());
  return watchUntilFinal(read, patience);
}

export function describeHealth(health: TargetHealth): string {
  switch (health.state) {
    case 'running': {
      const versions = Object.entries(health.versions).map(([name, version]) => `${name} ${version}`);
      return ['running', ...versions].join(', ');
    }
    case 'failed':
      return `failed: ${health.detail}`;
    case 'no-data':
      return `no data: ${health.detail}`;
  }
}

/** The adapter promised an end; when it does not come, the answer is lost. */
export async function withDeadline(work: Promise<Result<string>>, deadlineMs: number): Promise<Result<string>> {
  const ended = new AbortController();
  const late = wait(deadlineMs, undefined, { signal: ended.signal, ref: false }).then(
    () => refuse('answer-lost', `no end within ${deadlineMs} ms`),
    () => refuse('answer-lost', 'ended'),
  );
  try {
    return await Promise.race([work, late]);
  } finally {
    ended.abort();
  }
}
