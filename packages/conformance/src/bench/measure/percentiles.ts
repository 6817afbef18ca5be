/** Order statistics of one sample of measurements. */

/** As printed: the least disturbed value, two in the usual range, one in the tail. */
export interface Spread {
  readonly min: number;
  readonly p10: number;
  readonly p50: number;
  readonly p99: number;
}

/** Nearest rank: always a value that was measured. `part` lies from 0 to 1. */
export function percentile(sample: readonly number[], part: number): number {
  const sorted = sample.toSorted((left, right) => left - right);
  const rank = Math.max(1, Math.ceil(part * sorted.length));
  const value = sorted[rank - 1];
  // A gate must prove it looked: an empty sample has no percentile, not a good one.
  if (value === undefined || Number.isNaN(value)) throw new Error('a percentile needs at least one measurement');
  return value;
}

/** The mean of the two middle values when their number is even. */
export function median(sample: readonly number[]): number {
  const lower = percentile(sample, 0.5);
  if (sample.length % 2 === 1) return lower;
  const upper = sample.toSorted((left, right) => left - right)[sample.length / 2];
  return upper === undefined ? lower : (lower + upper) / 2;
}

export function spreadOf(sample: readonly number[]): Spread {
  return {
    min: percentile(sample, 0),
    p10: percentile(sample, 0.1),
    p50: median(sample),
    p99: percentile(sample, 0.99),
  };
}
