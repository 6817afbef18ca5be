/** Time as the runner knows it. A wall clock alone can be set; the pair shows when it was (X1: window and clock). */
import { instantOf, type Instant } from '@countersign/core';

export interface Clock {
  readonly now: () => Instant;
  /** Milliseconds since an arbitrary moment; never goes back. */
  readonly monotonicMs: () => number;
}

export const systemClock: Clock = {
  now: () => instantOf(Date.now()),
  monotonicMs: () => performance.now(),
};
