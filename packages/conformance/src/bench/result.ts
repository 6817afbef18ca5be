/** What a benchmark case answers, and when it has passed. The field names are the ones of the JSON line. */
import type { Interval } from './measure/bootstrap.ts';
import type { Spread } from './measure/percentiles.ts';

type Numbers = Readonly<Record<string, number>>;

/** A limit with what was found. One that is printed does not gate: wall time on a shared machine judges the machine. */
export type Bar = { readonly found: number; readonly isPrinted?: true } & (
  | { readonly atMost: number }
  | { readonly atLeast: number }
);

/** What a case measured; the harness adds the rest. */
export interface Measured {
  /** Operations, hosts or processes measured. */
  readonly n: number;
  /** Exact counts. */
  readonly counters: Numbers;
  readonly cpu_us: Numbers;
  /** Milliseconds; printed, never gated alone. */
  readonly wall: Spread | null;
  /** The peer's own numbers in this run. */
  readonly peer: Numbers;
  readonly ratio: Readonly<Record<string, Interval | number>>;
  readonly bar: Readonly<Record<string, Bar>>;
}

export interface BenchResult extends Measured {
  readonly case: string;
  readonly seed: number;
  readonly passed: boolean;
  /** Why the case has no numbers: a missing program, an error, out of time. */
  readonly problem?: string;
  /** Load average of the last minute when the case ended. */
  readonly load: number;
}

/** A value that is no number meets nothing. */
export function meets(bar: Bar): boolean {
  return 'atMost' in bar ? bar.found <= bar.atMost : bar.found >= bar.atLeast;
}

export interface CaseRun {
  readonly case: string;
  readonly seed: number;
  readonly load: number;
}

/** A case without any gating bar has looked at nothing, so it has not passed. */
export function resultOf(run: CaseRun, measured: Measured): BenchResult {
  const gating = Object.values(measured.bar).filter(({ isPrinted }) => isPrinted !== true);
  return { ...run, ...measured, passed: gating.length > 0 && gating.every(meets) };
}

/** A case that could not be measured is loud and has not passed. */
export function failedResult(run: CaseRun, problem: string): BenchResult {
  return { ...run, n: 0, counters: {}, cpu_us: {}, wall: null, peer: {}, ratio: {}, bar: {}, passed: false, problem };
}
