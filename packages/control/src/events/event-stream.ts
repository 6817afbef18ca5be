/**
 * One listener of the record as server-sent events. The event id is the place in the record, so whoever was away resumes where
 * they were. Nothing is buffered for a slow listener: it reads on from the record when its connection takes more.
 */
import type { ServerResponse } from 'node:http';
import type { Entry } from '../record/entries.ts';

export interface StreamParts {
  readonly response: ServerResponse;
  /** First entry to send. */
  readonly from: number;
  readonly read: (from: number, limit: number) => Promise<readonly Entry[]>;
  readonly ended: () => void;
  readonly heartbeatMs: number;
  /** A connection that takes nothing for so long is closed. */
  readonly stalledMs: number;
}

const BATCH = 100;

export class EventStream {
  readonly #parts: StreamParts;
  readonly #heartbeat: NodeJS.Timeout;
  #next: number;
  #isReading = false;
  #isBehind = true;
  #isBlocked = false;
  #isEnded = false;
  #stalled: NodeJS.Timeout | undefined;

  constructor(parts: StreamParts) {
    this.#parts = parts;
    this.#next = parts.from;
    const { response } = parts;
    response.statusCode = 200;
    response.setHeader('content-type', 'text/event-stream; charset=utf-8');
    response.setHeader('cache-control', 'no-store');
    response.on('close', () => this.end());
    response.on('error', () => this.end());
    response.on('drain', () => this.#drained());
    this.#heartbeat = setInterval(() => this.#write(': still here\n\n'), parts.heartbeatMs);
    // The caller may have gone before the first byte; then no event will ever say so.
    if (response.destroyed) this.end();
    else this.#write('retry: 2000\n\n');
  }

  get next(): number {
    return this.#next;
  }

  /** The record has grown, or may have. */
  wake(): void {
    this.#isBehind = true;
    if (!this.#isReading) void this.#pump();
  }

  end(): void {
    if (this.#isEnded) return;
    this.#isEnded = true;
    clearInterval(this.#heartbeat);
    clearTimeout(this.#stalled);
    this.#parts.response.end();
    this.#parts.ended();
  }

  async #pump(): Promise<void> {
    this.#isReading = true;
    try {
      while (this.#isBehind && !this.#isBlocked && !this.#isEnded) {
        const entries = await this.#parts.read(this.#next, BATCH);
        this.#isBehind = entries.length === BATCH;
        for (const entry of entries) {
          // What does not fit any more is read again from the record after the drain.
          if (this.#isBlocked || this.#isEnded) break;
          this.#write(frameOf(entry));
          this.#next = entry.seq + 1;
        }
        if (this.#isBlocked) this.#isBehind = true;
      }
    } catch {
      // The database is away: the listener comes back with the last id it has.
      this.end();
    }
    this.#isReading = false;
  }

  #write(text: string): void {
    if (this.#isEnded || this.#isBlocked) return;
    if (this.#parts.response.write(text)) return;
    this.#isBlocked = true;
    this.#stalled = setTimeout(() => {
      this.#parts.response.destroy();
      this.end();
    }, this.#parts.stalledMs);
  }

  #drained(): void {
    clearTimeout(this.#stalled);
    this.#isBlocked = false;
    this.wake();
  }
}

/** Leaf and body are canonical JSON, hence one line. */
function frameOf({ seq, leaf, body }: Entry): string {
  const document = body === undefined ? '' : `,"body":${Buffer.from(body).toString('utf8')}`;
  return `id: ${seq}\ndata: {"seq":${seq},"leaf":${Buffer.from(leaf).toString('utf8')}${document}}\n\n`;
}
