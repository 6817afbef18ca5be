/** Follows the record as it grows, and waits for what is expected to stand in it. */
import type { Client, Recorded } from '@countersign/client';

interface Waiting {
  readonly isIt: (recorded: Recorded) => boolean;
  readonly done: (at: Seen) => void;
}

export interface Seen {
  readonly recorded: Recorded;
  /** When it arrived here, on the clock of `performance.now()`. */
  readonly atMs: number;
}

export class Recorder {
  readonly #seen: Seen[] = [];
  readonly #waiting = new Set<Waiting>();
  readonly #closing = new AbortController();

  private constructor() {}

  /** Returns once the stream is live: nothing that happens from now on is missed. */
  static async follow(client: Client): Promise<Recorder> {
    const recorder = new Recorder();
    await new Promise<void>((live, fail) => {
      recorder.#read(client, live).catch(fail);
    });
    return recorder;
  }

  close(): void {
    this.#closing.abort();
  }

  /** The first event that fits, whether it came already or comes in time. */
  until(what: string, isIt: (recorded: Recorded) => boolean, timeoutMs: number): Promise<Seen> {
    const before = this.#seen.find(({ recorded }) => isIt(recorded));
    if (before !== undefined) return Promise.resolve(before);
    return new Promise((done, fail) => {
      const waiting: Waiting = {
        isIt,
        done: (seen) => {
          clearTimeout(timer);
          done(seen);
        },
      };
      const timer = setTimeout(() => {
        this.#waiting.delete(waiting);
        fail(new Error(`${what} was not recorded within ${timeoutMs} ms; last: ${this.#last()}`));
      }, timeoutMs);
      this.#waiting.add(waiting);
    });
  }

  /** Forgets what is past, so that a long run stays small. */
  forget(): void {
    this.#seen.length = 0;
  }

  async #read(client: Client, live: () => void): Promise<void> {
    const { signal } = this.#closing;
    const onState = (state: 'live' | 'lost'): void => {
      if (state === 'live') live();
    };
    try {
      for await (const recorded of client.events({ signal, onState }))
        this.#take({ recorded, atMs: performance.now() });
    } catch (error) {
      // Closing ends the stream with an error; anything else is one.
      if (!signal.aborted) throw error;
    }
  }

  #take(seen: Seen): void {
    this.#seen.push(seen);
    for (const waiting of this.#waiting)
      if (waiting.isIt(seen.recorded)) {
        this.#waiting.delete(waiting);
        waiting.done(seen);
      }
  }

  #last(): string {
    const latest = this.#seen.slice(-3).map(({ recorded: { leaf } }) => `${leaf.event} ${leaf.subject}`);
    return latest.length === 0 ? 'nothing' : latest.join(', ');
  }
}
