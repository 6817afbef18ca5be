/**
 * Gives leaves their place in the tree and signs checkpoints. One process at a time holds the log of an organisation, by a
 * session lock on the very connection it writes with: whoever loses the lock cannot write any more.
 * An idle log integrates at once; while it integrates, what comes waits and goes together in the next batch.
 */
import { parseId, type OrganisationId, type RecordEvent } from '@countersign/core';
import { CompactRange, decodeBase64, rootNodes, type MerkleNode } from '@countersign/seal';
import pg from 'pg';
import type { OrganisationConfig } from '../config.ts';
import type { Store } from '../store/schema.ts';
import type { CommittedLeaf, PreparedLeaf } from '../store/transact.ts';
import { productOptions } from '../store/within.ts';
import { writeBatch, type Sealed } from './batch.ts';
import { MAX_BATCH, MAX_ENTERED, OpenLog, type Ready } from './open-log.ts';
import { openOwnCheckpoint } from './own-checkpoint.ts';
import { latestCheckpoint, type StoredCheckpoint } from './checkpoints.ts';
import type { RecentRecord } from './recent.ts';
import { readRange } from './tree.ts';

export interface SequencerParts {
  readonly store: Store;
  readonly databaseUrl: string;
  readonly instance: string;
  readonly organisations: ReadonlyMap<OrganisationId, OrganisationConfig>;
  readonly recent: RecentRecord;
  /** After each checkpoint of this process. */
  readonly integrated: (organisation: OrganisationId, size: number) => void;
  readonly report: (failure: { readonly where: string; readonly error: string }) => void;
}

/** How soon the log of a dead process is taken over, and how late a leaf is found whose message was lost. */
const LOOK_MS = 1000;
/** Nobody waits for these: they go with what comes next, or alone after so long. Each checkpoint is cosigned, which is not free. */
const LINGER_MS = 50;
const CAN_LINGER: ReadonlySet<RecordEvent> = new Set<RecordEvent>([
  'signal.received',
  'triage.opened',
  'rollout.progressed',
  'rollout.started',
  'rollout.completed',
]);

/** The planner expects a handful of waiting leaves and would walk the whole batch for each of them. */
const JOIN_ONCE = '-c enable_nestloop=off';
const CLAIM = `
  select id as organisation from unnest($1::text[]) as wanted (id)
  where exists (select from organisation where organisation.id = wanted.id)
    and pg_try_advisory_lock(hashtextextended('countersign record ' || wanted.id, 0))`;
const WAITING = `select distinct organisation from leaf where seq is null and organisation = any($1)`;
/** Sent by the clock, whatever else happens. */
export const LOOKS: ReadonlySet<string> = new Set([CLAIM, WAITING]);
const READ = `select id, bytes from leaf where organisation = $1 and seq is null order by id limit ${MAX_BATCH}`;

export class Sequencer {
  readonly #parts: SequencerParts;
  readonly #held = new Map<OrganisationId, OpenLog>();
  #client: pg.Client | undefined;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  /** Work that uses the connection, in order. */
  #queue: Promise<unknown> = Promise.resolve();

  constructor(parts: SequencerParts) {
    this.#parts = parts;
  }

  /** Takes the logs that nobody holds, and keeps looking for others. */
  async start(): Promise<void> {
    await this.look();
    this.#schedule();
  }

  /** Finishes the batch in hand and lets go of the logs. */
  async stop(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    await this.#queue.catch(() => undefined);
    const client = this.#client;
    this.#drop();
    await closeQuietly(client);
  }

  holds(organisation: OrganisationId): boolean {
    return this.#held.has(organisation);
  }

  /** Leaves wait, these or some in the table. Returns at once; does nothing when another process holds the log. */
  tick(organisation: OrganisationId, leaves?: readonly CommittedLeaf[]): void {
    const log = this.#held.get(organisation);
    if (log === undefined || this.#isClosed) return;
    if (leaves === undefined) log.mustRead = true;
    else log.told(leaves);
    if (leaves?.every(({ event }) => CAN_LINGER.has(event)) !== true) this.#begin(organisation, log);
    else log.lingering ??= setTimeout(() => this.#begin(organisation, log), LINGER_MS);
  }

  /**
   * Writes entries that come without other state, durable and in a signed checkpoint when it returns. False, and nothing was written,
   * when this process does not hold the log (any more).
   */
  enter(organisation: OrganisationId, leaves: readonly PreparedLeaf[]): Promise<boolean> {
    const log = this.#held.get(organisation);
    if (log === undefined || this.#isClosed || leaves.length > MAX_ENTERED) return Promise.resolve(false);
    return new Promise((done, failed) => {
      log.arrive({ leaves, done, failed });
      this.#begin(organisation, log);
    });
  }

  #begin(organisation: OrganisationId, log: OpenLog): void {
    clearTimeout(log.lingering);
    log.lingering = undefined;
    log.isDirty = true;
    if (!log.isRunning && this.#held.get(organisation) === log) void this.#drain(organisation, log);
  }

  #schedule(): void {
    if (this.#isClosed) return;
    this.#timer = setTimeout(() => void this.look().finally(() => this.#schedule()), LOOK_MS);
  }

  /** Claims free logs and looks for leaves whose message was lost. Runs by itself; may be called to look now. */
  async look(): Promise<void> {
    try {
      const client = await this.#connection();
      const wanted = [...this.#parts.organisations.keys()].filter((id) => !this.#held.has(id));
      if (wanted.length > 0) {
        const claimed = await this.#exclusive(() => client.query<{ organisation: string }>(CLAIM, [wanted]));
        for (const { organisation } of claimed.rows) await this.#hold(organisation);
      }
      const held = [...this.#held.keys()];
      const waiting =
        held.length === 0
          ? []
          : (await this.#exclusive(() => client.query<{ organisation: string }>(WAITING, [held]))).rows;
      for (const { organisation } of waiting) {
        const id = parseId<'Organisation'>(organisation);
        if (id !== undefined) this.tick(id);
      }
    } catch (error) {
      this.#fail(error);
    }
  }

  async #connection(): Promise<pg.Client> {
    if (this.#client !== undefined) return this.#client;
    const types = new pg.TypeOverrides();
    types.setTypeParser(20, Number);
    const client = new pg.Client({
      connectionString: this.#parts.databaseUrl,
      application_name: `sequencer ${this.#parts.instance}`,
      options: `${productOptions(this.#parts.organisations.keys())} ${JOIN_ONCE}`,
      types,
    });
    const lost = (): void => {
      if (this.#client === client) this.#drop();
    };
    client.on('error', lost);
    client.on('end', lost);
    await client.connect();
    this.#client = client;
    return client;
  }

  /** Without the connection there is no lock: nothing is held any more. */
  #drop(): void {
    this.#client = undefined;
    const held = [...this.#held.values()];
    this.#held.clear();
    for (const log of held) log.drop();
    this.#parts.recent.closed();
  }

  async #hold(organisation: string): Promise<void> {
    const id = parseId<'Organisation'>(organisation);
    const config = id === undefined ? undefined : this.#parts.organisations.get(id);
    if (id === undefined || config === undefined) return;
    const last = await latestCheckpoint(this.#parts.store, id);
    const range = await this.#load(config, last);
    if (range === undefined) return;
    this.#parts.recent.opened(id, last, peaksOf(range));
    this.#held.set(id, new OpenLog(config, range));
  }

  /** The tree must lead to the root that was signed last; otherwise nothing is ever signed on top of it. */
  async #load(config: OrganisationConfig, last: StoredCheckpoint | undefined): Promise<CompactRange | undefined> {
    const { store, report } = this.#parts;
    if (last === undefined) return CompactRange.empty;
    const signed = openOwnCheckpoint(last.note, config);
    const range = await readRange(store, config.id, last.size);
    const isIntact =
      signed.ok &&
      range.ok &&
      signed.value.size === last.size &&
      Buffer.compare(signed.value.root, range.value.root()) === 0;
    if (isIntact) return range.value;
    report({
      where: `record of ${config.id}`,
      error: 'the stored tree does not lead to the signed checkpoint: the log stays closed',
    });
    return undefined;
  }

  async #drain(organisation: OrganisationId, log: OpenLog): Promise<void> {
    log.isRunning = true;
    try {
      while (log.isDirty && this.#held.get(organisation) === log) {
        log.isDirty = false;
        if (await this.#exclusive(() => this.#integrate(organisation, log))) log.isDirty = true;
      }
    } catch (error) {
      this.#fail(error);
    }
    log.isRunning = false;
  }

  /** One batch; true when more may wait. */
  async #integrate(organisation: OrganisationId, log: OpenLog): Promise<boolean> {
    const client = this.#client;
    if (client === undefined || this.#held.get(organisation) !== log) return false;
    if (log.mustRead && !log.isReady) {
      log.mustRead = false;
      const values = [organisation];
      const { rows } = await client.query<{ id: number; bytes: Buffer }>({
        name: 'waiting-leaves',
        text: READ,
        values,
      });
      log.read(rows);
    }
    return log.writeNext((ready) => this.#write(client, log, ready));
  }

  async #write(client: pg.Client, log: OpenLog, { sealed, arrivals }: Ready): Promise<void> {
    const { id: organisation } = log.config;
    try {
      await writeBatch(client, organisation, sealed);
    } catch (error) {
      // One leaf among them may be what was refused: each writer tries by itself.
      if (isRefused(error)) for (const { done } of arrivals) done(false);
      for (const { failed } of arrivals) failed(error);
      throw error;
    }
    this.#grown(organisation, sealed);
    // The next batch, when there is one, is sent before these go on: the database need not wait for what they do then.
    setImmediate(() => {
      for (const { done } of arrivals) done(true);
    });
  }

  #grown(organisation: OrganisationId, { waiting, entered, range, nodes, note }: Sealed): void {
    const leaves = [...waiting, ...entered];
    const first = range.size - leaves.length;
    const entries = leaves.map(({ bytes, body }, place) => ({ seq: first + place, leaf: bytes, body }));
    this.#parts.recent.grown(organisation, { size: range.size, note, cosignatures: {} }, { entries, nodes });
    this.#parts.integrated(organisation, range.size);
  }

  /** The connection is used by one at a time. */
  #exclusive<T>(work: () => Promise<T>): Promise<T> {
    const before = this.#queue;
    const run = async (): Promise<T> => {
      await before.catch(() => undefined);
      return work();
    };
    const result = run();
    this.#queue = result;
    return result;
  }

  /** After any failure what is in memory is not believed: the next look connects and loads again. */
  #fail(failure: unknown): void {
    const client = this.#client;
    this.#drop();
    void closeQuietly(client);
    if (!this.#isClosed)
      this.#parts.report({ where: 'sequencer', error: failure instanceof Error ? failure.message : 'unknown' });
  }
}

/** The database said no to the statement: nothing of it was written. A connection that ends leaves that open. */
const isRefused = (error: unknown): boolean => error instanceof pg.DatabaseError && error.severity === 'ERROR';

const peaksOf = (range: CompactRange): readonly MerkleNode[] => {
  const hashes = range.toJSON().peaks.flatMap((peak) => decodeBase64(peak) ?? []);
  return rootNodes(range.size).flatMap((address, place) => {
    const hash = hashes[place];
    return hash === undefined ? [] : [{ ...address, hash }];
  });
};

async function closeQuietly(client: pg.Client | undefined): Promise<void> {
  await client?.end().catch(() => undefined);
}
