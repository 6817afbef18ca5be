/** Waiting after a failure: longer each time, with jitter, so that many enclaves do not come back in step. */
import { setTimeout as wait } from 'node:timers/promises';

const FIRST_MS = 200;
const LONGEST_MS = 5000;

export class Backoff {
  #failures = 0;
  readonly #random: () => number;

  constructor(random: () => number = Math.random) {
    this.#random = random;
  }

  succeeded(): void {
    this.#failures = 0;
  }

  /** Half of the doubled step at least, all of it at most. */
  nextMs(): number {
    const step = Math.min(FIRST_MS * 2 ** Math.min(this.#failures, 10), LONGEST_MS);
    this.#failures += 1;
    return step * (0.5 + this.#random() / 2);
  }

  async pause(signal: AbortSignal): Promise<void> {
    await wait(this.nextMs(), undefined, { signal }).catch(() => undefined);
  }
}
