/**
 * A log that this process holds: what waits for its place, and the tree in memory. While one batch is being written the next one is
 * hashed and signed on top of it; when the database refuses the first, both are dropped with the log.
 */
import { signCheckpoint, type CompactRange } from '@countersign/seal';
import type { OrganisationConfig } from '../config.ts';
import type { CommittedLeaf, PreparedLeaf } from '../store/transact.ts';
import { sealBatch, type Sealed, type Waiting } from './batch.ts';

/** Entries of one writer that go into the table with their place; it waits until they are durable and signed. */
export interface Arrival {
  readonly leaves: readonly PreparedLeaf[];
  readonly done: (isWritten: boolean) => void;
  readonly failed: (failure: unknown) => void;
}

/** A batch that can be written, and who waits for it. */
export interface Ready {
  readonly sealed: Sealed;
  readonly arrivals: readonly Arrival[];
}

/** Most leaves of one batch: bounds memory and the time of one statement. */
export const MAX_BATCH = 1024;
/** Most entered at once: while the database writes these, the next ones are hashed. */
export const MAX_ENTERED = 128;
/** Most ids kept of leaves that were read; a process tells of its own within moments of its commit. */
const MAX_FOUND = 16_384;

export class OpenLog {
  readonly config: OrganisationConfig;
  isRunning = false;
  isDirty = false;
  /** The table may hold leaves that nobody here was told of. */
  mustRead = true;
  lingering: NodeJS.Timeout | undefined;
  /** The end of what is hashed; what is written ends there or one batch before. */
  #range: CompactRange;
  /** Leaves of this process, in the order of their commits. */
  readonly #waiting = new Map<number, Waiting>();
  /** Leaves that were found in the table before their own process told of them: told later, they have their place already. */
  readonly #found = new Set<number>();
  /** What is in no table yet, in the order in which it came. */
  #arriving: Arrival[] = [];
  #entries = 0;
  #isWriting = false;
  #ready: Ready | undefined;

  constructor(config: OrganisationConfig, range: CompactRange) {
    this.config = config;
    this.#range = range;
  }

  /** These were committed by this process and have no place yet. */
  told(leaves: readonly CommittedLeaf[]): void {
    for (const leaf of leaves) if (!this.#found.delete(leaf.id)) this.#waiting.set(leaf.id, leaf);
  }

  /** Leaves without a place as the table has them, our own among them: no batch is ready before them. */
  read(rows: readonly Waiting[]): void {
    if (rows.length === MAX_BATCH) this.mustRead = true;
    const placed = rows.map((row) => {
      const own = this.#waiting.get(row.id);
      if (own !== undefined) this.#waiting.delete(row.id);
      else this.#found.add(row.id);
      const [oldest] = this.#found;
      if (this.#found.size > MAX_FOUND && oldest !== undefined) this.#found.delete(oldest);
      return own ?? row;
    });
    if (placed.length > 0) this.#ready = this.#seal(placed);
  }

  /** At most `MAX_ENTERED` leaves. */
  arrive(arrival: Arrival): void {
    this.#arriving.push(arrival);
    this.#entries += arrival.leaves.length;
    if (this.#isWriting && this.#entries >= MAX_ENTERED) this.#ready ??= this.#seal(this.#take());
  }

  get hasMore(): boolean {
    return this.mustRead || this.#ready !== undefined || this.#waiting.size + this.#entries > 0;
  }
  get isReady(): boolean {
    return this.#ready !== undefined;
  }

  /** The next batch goes through `write`; nothing when nothing waits. */
  async writeNext(write: (ready: Ready) => Promise<void>): Promise<boolean> {
    const ready = this.#ready ?? this.#seal(this.#take());
    this.#ready = undefined;
    const { waiting, entered } = ready.sealed;
    if (waiting.length + entered.length === 0) return false;
    this.#isWriting = true;
    await write(ready);
    this.#isWriting = false;
    return this.hasMore;
  }

  /** The log is not held any more: whoever waits for what was not sent has to write it by itself. */
  drop(): void {
    clearTimeout(this.lingering);
    for (const { done } of [...(this.#ready?.arrivals ?? []), ...this.#arriving]) done(false);
    this.#ready = undefined;
    this.#arriving = [];
    this.#entries = 0;
  }

  #seal(waiting: readonly Waiting[]): Ready {
    const arrivals = this.#arrived();
    const entered = arrivals.flatMap(({ leaves }) => leaves);
    const { origin, signer } = this.config.log;
    const sealed = sealBatch(
      { waiting, entered },
      {
        range: this.#range,
        sign: (grown) => signCheckpoint({ origin, size: grown.size, root: grown.root() }, signer),
      },
    );
    this.#range = sealed.range;
    return { sealed, arrivals };
  }

  /** What this process has written and committed. */
  #take(): readonly Waiting[] {
    const taken = [...this.#waiting.values()].slice(0, MAX_BATCH);
    for (const { id } of taken) this.#waiting.delete(id);
    return taken;
  }

  /** The oldest that fit. */
  #arrived(): readonly Arrival[] {
    let [count, leaves] = [0, 0];
    for (const arrival of this.#arriving) {
      if (leaves + arrival.leaves.length > MAX_ENTERED) break;
      leaves += arrival.leaves.length;
      count += 1;
    }
    this.#entries -= leaves;
    return this.#arriving.splice(0, count);
  }
}
