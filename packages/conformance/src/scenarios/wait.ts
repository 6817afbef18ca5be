/** Waiting for something the product does, by asking it; bounded, and saying what was last seen when the time is over. */
import { setTimeout as pause } from 'node:timers/promises';

export interface Waiting {
  readonly what: string;
  readonly timeoutMs: number;
  readonly everyMs?: number;
}

/** The first value that is not undefined. */
export async function until<T>(waiting: Waiting, look: () => Promise<T | undefined>): Promise<T> {
  const { what, timeoutMs, everyMs = 100 } = waiting;
  const end = performance.now() + timeoutMs;
  let last = 'nothing yet';
  while (performance.now() < end) {
    try {
      const value = await look();
      if (value !== undefined) return value;
      last = 'not yet';
    } catch (error) {
      // A program that is being killed and started again does not answer; the last reason is reported.
      last = error instanceof Error ? error.message : String(error);
    }
    await pause(everyMs);
  }
  throw new Error(`${what} did not happen within ${timeoutMs} ms (${last})`);
}
