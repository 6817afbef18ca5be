/** Events of one rollout on their way out: in signed batches, soon when many, at once when it matters (X5, V2). */
import type { Digest, EgressMode, RolloutEvent } from '@countersign/core';
import type { RunnerConfig } from '../preflight/runner-config.ts';
import { isNameOnly, textFor } from './listing.ts';
import type { Outbox } from './outbox.ts';

const MAX_EVENTS = 256;
const LONGEST_WAIT_MS = 250;
/** A beginning waits a moment for what follows: a small rollout is over by then and is told in one report. */
const BEGINNING_WAIT_MS = 50;
const AT_ONCE: ReadonlySet<RolloutEvent['type']> = new Set<RolloutEvent['type']>([
  'tripped',
  'halted',
  'resumed',
  'rollback-started',
  'restored',
  'completed',
]);

export interface ProgressOf {
  readonly config: Pick<RunnerConfig, 'organisation' | 'runner'>;
  readonly capsule: Digest;
  readonly egress: EgressMode;
  readonly outbox: Outbox;
}

export class ProgressReporter {
  readonly #of: ProgressOf;
  #from: number;
  #events: RolloutEvent[] = [];
  #timer: NodeJS.Timeout | undefined;
  #isEnded = false;

  /** `from`: the first event that may not have been reported. */
  constructor(of: ProgressOf, from: number) {
    this.#of = of;
    this.#from = from;
  }

  /** Sequence of the first event that is not in the outbox. */
  get reportedTo(): number {
    return this.#from;
  }

  add(events: readonly RolloutEvent[]): void {
    for (const event of events) {
      this.#events.push(masked(event, this.#of.egress));
      if (this.#events.length >= MAX_EVENTS) this.flush();
    }
    if (events.some(({ type }) => AT_ONCE.has(type))) this.flush();
    if (this.#events.length === 0) return;
    const waitMs = events.some(({ type }) => type === 'started') ? BEGINNING_WAIT_MS : LONGEST_WAIT_MS;
    this.#timer ??= setTimeout(() => this.flush(), waitMs);
  }

  /** Nothing more is written: what is not in the outbox comes from the journal at the next start. */
  end(): void {
    clearTimeout(this.#timer);
    this.#isEnded = true;
  }

  flush(): void {
    if (this.#isEnded) return;
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#events.length === 0) return;
    const { config, capsule, outbox } = this.#of;
    const { organisation, runner } = config;
    const events = this.#events;
    outbox.putProgress({ type: 'progress', organisation, runner, capsule, from: this.#from, events });
    this.#from += events.length;
    this.#events = [];
  }
}

/** Texts of targets are masked before the signature, so that what leaves verifies as it is. */
function masked(event: RolloutEvent, egress: EgressMode): RolloutEvent {
  if ('detail' in event) return { ...event, detail: textFor(egress, event.detail) };
  if ('by' in event) return isNameOnly(event.by) ? event : { ...event, by: textFor(egress, event.by) };
  if ('cause' in event) return { ...event, cause: textFor(egress, event.cause) };
  return event;
}
