/**
 * How often one address may knock without anybody vouching for it (O4). Each address has a count of its own at each door, so nobody is kept out by
 * the noise of another; what is remembered is bounded, and an address that was forgotten begins anew.
 */

const WINDOW_MS = 60_000;
/** Doors times addresses; about 2 MB. */
const MOST_REMEMBERED = 10_000;

interface Count {
  readonly sinceMs: number;
  readonly knocks: number;
}

export class AddressLimit {
  /** Who knocked last is last. */
  readonly #counts = new Map<string, Count>();
  readonly #most: number;

  constructor(most: number = MOST_REMEMBERED) {
    this.#most = most;
  }

  /** Counts one knock in; undefined when it is within `aMinute`, else the seconds until the next one is. */
  knock(door: string, address: string, { aMinute, nowMs }: { aMinute: number; nowMs: number }): number | undefined {
    const key = `${door} ${address}`;
    const known = this.#counts.get(key);
    // A clock that went back begins a window too: nobody waits for a time that was corrected.
    const isOpen = known !== undefined && nowMs >= known.sinceMs && nowMs - known.sinceMs < WINDOW_MS;
    const count = isOpen ? { ...known, knocks: known.knocks + 1 } : { sinceMs: nowMs, knocks: 1 };
    this.#counts.delete(key);
    this.#counts.set(key, count);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > this.#most && oldest !== undefined) this.#counts.delete(oldest);
    return count.knocks <= aMinute ? undefined : Math.ceil((count.sinceMs + WINDOW_MS - nowMs) / 1000);
  }

  get remembered(): number {
    return this.#counts.size;
  }
}
