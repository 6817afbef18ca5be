/** What a benchmark case is to the harness. */
import type { Measured } from './result.ts';

export interface BenchContext {
  readonly seed: number;
  /** Progress for a person, one line on the error stream. */
  readonly say: (line: string) => void;
  /** An empty folder of this case; removed afterwards. */
  readonly folder: string;
  /** On the clock of `performance.now()`: after this no further work is begun. */
  readonly untilMs: number;
  /** Aborted when the case is out of time: every wait ends. */
  readonly signal: AbortSignal;
}

export interface BenchCase {
  /** `group/case` */
  readonly name: string;
  /** Programs of this machine it cannot be measured without. */
  readonly needs: readonly string[];
  readonly run: (context: BenchContext) => Promise<Measured>;
}
