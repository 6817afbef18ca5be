/** How far a median can be trusted: the percentile bootstrap, seeded. */
import { median, percentile } from './percentiles.ts';
import { randomFrom } from './random.ts';

export interface Interval {
  readonly median: number;
  readonly lo95: number;
  readonly hi95: number;
}

const RESAMPLES = 2000;

/** The median of the sample, and the middle 95 % of the medians of samples drawn from it with repetition. */
export function medianWithInterval(sample: readonly number[], seed: number): Interval {
  const random = randomFrom(seed);
  const draw = (): number => sample[Math.floor(random() * sample.length)] ?? Number.NaN;
  const medians = Array.from({ length: RESAMPLES }, () => median(sample.map(draw)));
  return { median: median(sample), lo95: percentile(medians, 0.025), hi95: percentile(medians, 0.975) };
}
