/** So many in a window of time, for callers that nobody vouches for. */
export class RateLimit {
  readonly #limit: number;
  readonly #windowMs: number;
  #since = 0;
  #count = 0;

  constructor(limit: number, windowMs: number) {
    this.#limit = limit;
    this.#windowMs = windowMs;
  }

  /** Counts this one in; false when it is too many. */
  allows(nowMs: number): boolean {
    if (nowMs - this.#since >= this.#windowMs) [this.#since, this.#count] = [nowMs, 0];
    this.#count += 1;
    return this.#count <= this.#limit;
  }
}
