/** Runs one case within its bounds: its programs are there, its folder is its own, its time is limited. */
import { mkdtempSync, rmSync } from 'node:fs';
import { loadavg, tmpdir } from 'node:os';
import { join } from 'node:path';
import { Problem } from '@countersign/client';
import type { BenchCase } from './bench-case.ts';
import { findProgram } from './measure/run-child.ts';
import { failedResult, resultOf, type BenchResult, type Measured } from './result.ts';

/** A case begins no further round after this, so that it ends within its time. */
const WORK_MS = 140_000;
const CASE_MS = 180_000;

export interface RunOptions {
  readonly seed: number;
  readonly say: (line: string) => void;
}

/** Never throws: whatever goes wrong in a case is its result. */
export async function runCase(benchCase: BenchCase, { seed, say }: RunOptions): Promise<BenchResult> {
  const { name, needs } = benchCase;
  const missing = needs.filter((program) => findProgram(program) === undefined);
  if (missing.length > 0) {
    const problem = `cannot be measured without ${missing.join(', ')}: not installed on this machine`;
    return failedResult({ case: name, seed, load: loadNow() }, problem);
  }
  const folder = mkdtempSync(join(tmpdir(), 'countersign-bench-'));
  try {
    const measured = await withinTime(benchCase, { seed, say, folder });
    return resultOf({ case: name, seed, load: loadNow() }, measured);
  } catch (error) {
    return failedResult({ case: name, seed, load: loadNow() }, textOf(error));
  } finally {
    rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  }
}

async function withinTime(benchCase: BenchCase, given: RunOptions & { readonly folder: string }): Promise<Measured> {
  const untilMs = performance.now() + WORK_MS;
  const outOfTime = new AbortController();
  const timer = setTimeout(() => outOfTime.abort(), CASE_MS);
  const { signal } = outOfTime;
  try {
    return await Promise.race([
      benchCase.run({ ...given, untilMs, signal }),
      new Promise<never>((_, fail) => {
        signal.addEventListener('abort', () => fail(new Error(`took longer than ${CASE_MS / 1000} s`)), { once: true });
      }),
    ]);
  } finally {
    clearTimeout(timer);
    // Whatever still waits is told that nobody listens any more.
    outOfTime.abort();
  }
}

/** With every complaint of the control plane: whoever reads it has to mend something. */
function textOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (!(error instanceof Problem)) return error.message;
  const complaints = error.complaints.slice(0, 20).map(({ at, problem }) => `${at} ${problem}`);
  return [`${error.code}: ${error.detail}`, ...complaints].join('; ');
}

const loadNow = (): number => Math.round((loadavg()[0] ?? 0) * 100) / 100;
