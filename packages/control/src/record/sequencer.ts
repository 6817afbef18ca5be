/**
 * Gives leaves their place in the tree and signs checkpoints. One process at a time holds the log of an organisation, by a
 * session lock on the very connection it writes with: whoever loses the lock cannot write any more.
 * An idle log integrates at once; while it integrates, what comes waits and goes together in the next batch.
 */
import { parseId, type OrganisationId } from '@countersign/core';
import { CompactRange, leafHash, signCheckpoint, type MerkleNode } from '@countersign/seal';
import pg from 'pg';
import type { OrganisationConfig } from '../config.ts';
import type { Store } from '../store/schema.ts';
import { openOwnCheckpoint } from './own-checkpoint.ts';
import { latestCheckpoint } from './checkpoints.ts';
import { readRange } from './tree.ts';

export interface SequencerParts {
  readonly store: Store;
  readonly databaseUrl: string;
  readonly instance: string;
  readonly organisations: ReadonlyMap<OrganisationId, OrganisationConfig>;
  /** After each checkpoint of this process. */
  readonly integrated: (organisation: OrganisationId, size: number) => void;
  readonly report: (failure: { readonly where: string; readonly error: string }) => void;
}

interface Log {
  readonly config: OrganisationConfig;
  range: CompactRange;
  isRunning: boolean;
  isDirty: boolean;
}

/** Most leaves of one batch: bounds memory and the time of one statement. */
const MAX_BATCH = 1024;
/** How soon the log of a dead process is taken over, and how late a leaf is found whose message was lost. */
const LOOK_MS = 1000;

const CLAIM = `
  select id as organisation from unnest($1::text[]) as wanted (id)
  where exists (select from organisation where organisation.id = wanted.id)
    and pg_try_advisory_lock(hashtextextended('countersign record ' || wanted.id, 0))`;
const WAITING = `select distinct organisation from leaf where seq is null and organisation = any($1)`;
const READ = `select id, bytes from leaf where organisation = $1 and seq is null order by id limit ${MAX_BATCH}`;
/** One statement, hence one transaction and one wait for the disk. */
const WRITE = `
  with placed as (
    update leaf set seq = given.seq from unnest($2::bigint[], $3::bigint[]) as given (id, seq)
    where leaf.organisation = $1 and leaf.id = given.id and leaf.seq is null),
  grown as (
    insert into tree_node (organisation, level, index, hash)
    select $1, level, index, hash from unnest($4::int[], $5::bigint[], $6::bytea[]) as node (level, index, hash))
  insert into checkpoint (organisation, size, note) values ($1, $7, $8)`;

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

  /** A leaf waits. Returns at once; does nothing when another process holds the log. */
  tick(organisation: OrganisationId): void {
    const log = this.#held.get(organisation);
    if (log === undefined || this.#isClosed) return;
    log.isDirty = true;
    if (!log.isRunning) void this.#drain(organisation, log);
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
    this.#held.clear();
  }

  async #hold(organisation: string): Promise<void> {
    const id = parseId<'Organisation'>(organisation);
    const config = id === undefined ? undefined : this.#parts.organisations.get(id);
    if (id === undefined || config === undefined) return;
    const range = await this.#load(config);
    if (range !== undefined) this.#held.set(id, { config, range, isRunning: false, isDirty: false });
  }

  /** The tree must lead to the root that was signed last; otherwise nothing is ever signed on top of it. */
  async #load(config: OrganisationConfig): Promise<CompactRange | undefined> {
    const { store, report } = this.#parts;
    const last = await latestCheckpoint(store, config.id);
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
    const { rows } = await client.query<{ id: number; bytes: Buffer }>({
      name: 'waiting-leaves',
      text: READ,
      values: [organisation],
    });
    if (rows.length === 0) return false;
    const nodes: MerkleNode[] = [];
    let { range } = log;
    for (const { bytes } of rows) {
      const appended = range.append(leafHash(bytes));
      nodes.push(...appended.nodes);
      ({ range } = appended);
    }
    const { origin, signer } = log.config.log;
    const note = signCheckpoint({ origin, size: range.size, root: range.root() }, signer);
    const values = [
      organisation,
      rows.map(({ id }) => id),
      rows.map((_row, place) => log.range.size + place),
      nodes.map(({ level }) => level),
      nodes.map(({ index }) => index),
      nodes.map(({ hash }) => Buffer.from(hash)),
      range.size,
      note,
    ];
    await client.query({ name: 'integrate', text: WRITE, values });
    log.range = range;
    this.#parts.integrated(organisation, range.size);
    return rows.length === MAX_BATCH;
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

async function closeQuietly(client: pg.Client | undefined): Promise<void> {
  await client?.end().catch(() => undefined);
}
