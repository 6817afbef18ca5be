/**
 * Gives leaves their place in the tree and signs checkpoints. One process at a time holds the log of an organisation, by a
 * session lock on the very connection it writes with: whoever loses the lock cannot write any more.
 * An idle log integrates at once; while it integrates, what comes waits and goes together in the next batch.
 */
import { parseId, type OrganisationId, type RecordEvent } from '@countersign/core';
import { CompactRange, decodeBase64, rootNodes, signCheckpoint, type MerkleNode } from '@countersign/seal';
import pg from 'pg';
import type { OrganisationConfig } from '../config.ts';
import type { Store } from '../store/schema.ts';
import type { CommittedLeaf, PreparedLeaf } from '../store/transact.ts';
import { productOptions } from '../store/within.ts';
import { growBy, writeBatch, type Batch, type Waiting } from './batch.ts';
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

/** Entries of one writer that go into the table with their place; it waits until they are durable and signed. */
interface Arrival {
  readonly leaves: readonly PreparedLeaf[];
  readonly done: (isWritten: boolean) => void;
  readonly failed: (failure: unknown) => void;
}

interface Log {
  readonly config: OrganisationConfig;
  range: CompactRange;
  isRunning: boolean;
  isDirty: boolean;
  /** Leaves of this process, in the order of their commits. */
  readonly waiting: Map<number, Waiting>;
  /** What is in no table yet, in the order in which it came. */
  readonly arriving: Arrival[];
  /** The table may hold leaves that nobody here was told of. */
  mustRead: boolean;
  /** Leaves that were found in the table before their own process told of them: told later, they have their place already. */
  readonly found: Set<number>;
  lingering: NodeJS.Timeout | undefined;
}

/** Most leaves of one batch: bounds memory and the time of one statement. */
const MAX_BATCH = 1024;
/** Most entered at once: while the database writes these, what the next ones need is computed. */
const MAX_ENTERED = 128;
/** How soon the log of a dead process is taken over, and how late a leaf is found whose message was lost. */
const LOOK_MS = 1000;
/** Most ids kept of leaves that were read; a process tells of its own within moments of its commit. */
const MAX_FOUND = 16_384;
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
const READ = `select id, bytes from leaf where organisation = $1 and seq is null order by id limit ${MAX_BATCH}`;

export class Sequencer {
  readonly #parts: SequencerParts;
  readonly #held = new Map<OrganisationId, Log>();
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
    for (const leaf of leaves ?? []) if (!log.found.delete(leaf.id)) log.waiting.set(leaf.id, leaf);
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
      log.arriving.push({ leaves, done, failed });
      this.#begin(organisation, log);
    });
  }

  #begin(organisation: OrganisationId, log: Log): void {
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
    for (const { lingering, arriving } of this.#held.values()) {
      clearTimeout(lingering);
      for (const { done } of arriving.splice(0)) done(false);
    }
    this.#held.clear();
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
    const waiting = new Map<number, Waiting>();
    const found = new Set<number>();
    const state = { isRunning: false, isDirty: false, mustRead: true, lingering: undefined };
    this.#held.set(id, { config, range, waiting, found, arriving: [], ...state });
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

  async #drain(organisation: OrganisationId, log: Log): Promise<void> {
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
  async #integrate(organisation: OrganisationId, log: Log): Promise<boolean> {
    const client = this.#client;
    if (client === undefined || this.#held.get(organisation) !== log) return false;
    const waiting = log.mustRead ? await this.#read(client, organisation, log) : this.#take(log);
    const arrived = arrivedIn(log);
    const batch: Batch = { waiting, entered: arrived.flatMap(({ leaves }) => leaves) };
    if (waiting.length + batch.entered.length === 0) return false;
    try {
      await this.#write(client, log, batch);
    } catch (error) {
      // One leaf among them may be what was refused: each writer tries by itself.
      if (isRefused(error)) for (const { done } of arrived) done(false);
      for (const { failed } of arrived) failed(error);
      throw error;
    }
    for (const { done } of arrived) done(true);
    return log.mustRead || log.waiting.size + log.arriving.length > 0;
  }

  async #write(client: pg.Client, log: Log, batch: Batch): Promise<void> {
    const { id: organisation } = log.config;
    const { origin, signer } = log.config.log;
    const { range, nodes } = growBy(log.range, batch);
    const note = signCheckpoint({ origin, size: range.size, root: range.root() }, signer);
    await writeBatch(client, organisation, batch, { range, nodes, note });
    const first = log.range.size;
    log.range = range;
    const leaves = [...batch.waiting, ...batch.entered];
    const entries = leaves.map(({ bytes, body }, place) => ({ seq: first + place, leaf: bytes, body }));
    this.#parts.recent.grown(organisation, { size: range.size, note, cosignatures: {} }, { entries, nodes });
    this.#parts.integrated(organisation, range.size);
  }

  /** What this process has written and committed. */
  #take(log: Log): readonly Waiting[] {
    const taken = [...log.waiting.values()].slice(0, MAX_BATCH);
    for (const { id } of taken) log.waiting.delete(id);
    return taken;
  }

  /** What any process has written, our own among it. */
  async #read(client: pg.Client, organisation: OrganisationId, log: Log): Promise<readonly Waiting[]> {
    log.mustRead = false;
    const values = [organisation];
    const { rows } = await client.query<{ id: number; bytes: Buffer }>({ name: 'waiting-leaves', text: READ, values });
    if (rows.length === MAX_BATCH) log.mustRead = true;
    return rows.map((row) => {
      const own = log.waiting.get(row.id);
      if (own !== undefined) log.waiting.delete(row.id);
      else log.found.add(row.id);
      const [oldest] = log.found;
      if (log.found.size > MAX_FOUND && oldest !== undefined) log.found.delete(oldest);
      return own ?? row;
    });
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

/** The oldest that fit. */
function arrivedIn({ arriving }: Log): readonly Arrival[] {
  let [count, leaves] = [0, 0];
  for (const arrival of arriving) {
    leaves += arrival.leaves.length;
    if (leaves > MAX_ENTERED) break;
    count += 1;
  }
  return arriving.splice(0, count);
}

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
