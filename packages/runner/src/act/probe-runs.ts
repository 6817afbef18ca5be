/** Runs of the validation spec on staging targets (W1, W2, L4): the reproduction and the checks, before and after the change. */
import {
  id,
  instant,
  list,
  object,
  oneOf,
  parseId,
  text,
  type CheckRun,
  type Digest,
  type Probe,
  type RunId,
  type Shape,
  type ValidationPlan,
} from '@countersign/core';
import type { LocalTarget } from '../preflight/inventory.ts';
import { probeBase } from '../preflight/inventory.ts';
import { readBytes } from '../preflight/read-file.ts';
import type { Tools } from './tools.ts';

export interface ProbeQuestion {
  readonly plan: ValidationPlan;
  readonly targets: readonly LocalTarget[];
  readonly phase: CheckRun['phase'];
  readonly capsule: Digest;
}

const PROBE_TIMEOUT_MS = 10_000;
const AT_ONCE = 8;
const PREFIX = 'sha256:'.length;

export async function runProbes(tools: Tools, question: ProbeQuestion): Promise<readonly CheckRun[]> {
  const { plan, targets, phase, capsule } = question;
  const probes = [...(plan.reproduction === undefined ? [] : [plan.reproduction]), ...plan.checks];
  const jobs = targets
    .flatMap((target) => probes.map((probe) => ({ target, probe })))
    .map((job, place) => ({ ...job, place }));
  const runs: (CheckRun & { readonly place: number })[] = [];
  const waiting = jobs.values();
  const worker = async (): Promise<void> => {
    for (const { target, probe, place } of waiting) {
      const { result, detail } = await ask(tools, target, probe);
      const at = tools.clock.now();
      runs.push({
        place,
        id: runId(capsule, phase, place),
        check: probe.id,
        target: target.id,
        phase,
        result,
        detail,
        at,
      });
    }
  };
  await Promise.all(Array.from({ length: Math.min(AT_ONCE, jobs.length) }, worker));
  return runs.toSorted((a, b) => a.place - b.place).map(({ place: _place, ...run }) => run);
}

async function ask(tools: Tools, target: LocalTarget, probe: Probe): Promise<Pick<CheckRun, 'result' | 'detail'>> {
  const url = `${probeBase(target)}${probe.path}`;
  const answer = await tools.caller.ask({ method: 'GET', url, timeoutMs: PROBE_TIMEOUT_MS });
  if (!answer.ok) return { result: 'error', detail: answer.refusal.detail };
  const { status } = answer.value;
  return {
    result: status === probe.expectStatus ? 'passed' : 'failed',
    detail: `status ${status}, expected ${probe.expectStatus}`,
  };
}

function runId(capsule: Digest, phase: string, place: number): RunId {
  const run = parseId<'Run'>(`run-${capsule.slice(PREFIX, PREFIX + 16)}-${phase}-${place + 1}`);
  if (run === undefined) throw new Error('not an id');
  return run;
}

const checkRunShape: Shape<CheckRun> = object<CheckRun>({
  id: id(),
  check: id(),
  target: id(),
  phase: oneOf('before', 'after'),
  result: oneOf('passed', 'failed', 'error'),
  detail: text({ max: 1000 }),
  at: instant,
});

/** Runs as they were noted in the journal. */
export function parseRuns(noted: string | undefined): readonly CheckRun[] {
  const read = noted === undefined ? undefined : readBytes(Buffer.from(noted), list(checkRunShape, { max: 10_000 }));
  return read?.ok === true ? read.value : [];
}
