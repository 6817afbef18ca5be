/**
 * How old a signed word may be and still enable (X1). The graph's limit is in the envelope (`maxGraphAgeMinutes`), the drill's in each
 * grant under the quarter of AG-706 4.6; for signals and for staging no envelope says, so these hold for everybody and nothing can
 * lengthen them. Without them whoever carries the statements could keep one back and use it when it suits.
 */
import { msOf, type Instant } from '../shared/brand.ts';

const HOUR_MS = 3_600_000;
/** How far ahead of us another clock may be before its date is not believed. */
const CLOCK_SKEW_MS = 60_000;
/** From when the relay saw it. What still fires is told again within a day; what nobody tells any more lets nothing run alone. */
export const MAX_SIGNAL_AGE_MS: number = 24 * HOUR_MS;
/** From the end of the run (L4): after it staging is asked again, whoever approves. */
export const MAX_VALIDATION_AGE_MS: number = 30 * 24 * HOUR_MS;

/** Said within this time before now, and not in a future beyond what clocks differ. */
export function isSaidWithin(said: Instant, now: Instant, maxAgeMs: number): boolean {
  const ageMs = msOf(now) - msOf(said);
  return ageMs >= -CLOCK_SKEW_MS && ageMs <= maxAgeMs;
}
