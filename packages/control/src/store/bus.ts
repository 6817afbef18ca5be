/**
 * Tells the other parts and the other processes on this database that something changed. A message is only a hint: whoever gets
 * one reads the tables again, and everyone also looks from time to time, because a message may be lost with a connection.
 */
import type { OrganisationId } from '@countersign/core';
import { parseId } from '@countersign/core';
import pg from 'pg';

/** What changed: leaves wait, a checkpoint was signed, or has a quorum of witnesses, trust documents, triages, deliveries, a proposal to look at. */
const TOPICS = ['leaf', 'checkpoint', 'witnessed', 'trust', 'triage', 'delivery', 'status', 'proposal'] as const;
export type Topic = (typeof TOPICS)[number];

export interface Change {
  readonly topic: Topic;
  readonly organisation: OrganisationId;
  /** Id of what changed, e.g. of a proposal or an enclave; empty when the topic needs none. */
  readonly subject: string;
}
type Listener = (change: Change) => void;

const CHANNEL = 'countersign';
/** Words beside the topics: a process has come and wants to know who is there, is there, or leaves. */
const HELLO = 'hello';
const HERE = 'here';
const GONE = 'gone';
const RECONNECT_MS = 1000;
/** Every process says so often that it is there; one that was not heard for longer is gone, and counts as new when it speaks. */
const PRESENT_MS = 5000;
const ABSENT_MS = 20_000;
/** How long the processes that are there already may take to say so. */
const GREET_MS = 2000;

export class Bus {
  readonly #url: string;
  readonly #instance: string;
  readonly #listeners = new Map<Topic, Set<Listener>>();
  readonly #told = new Map<Topic, number>();
  #gaps = 0;
  readonly #lost = new Set<() => void>();
  /** What is to be said to the others: each thing once. */
  readonly #waiting = new Set<string>();
  /** Other processes on this database, with when they were heard last. */
  readonly #others = new Map<string, number>();
  /** Those who said that they know of us. */
  readonly #knownTo = new Set<string>();
  readonly #met = new Set<() => void>();
  #client: pg.Client | undefined;
  #presence: NodeJS.Timeout | undefined;
  #isSending = false;
  #isClosed = false;
  #retry: NodeJS.Timeout | undefined;

  constructor(url: string, instance: string) {
    this.#url = url;
    this.#instance = instance;
  }

  /** Connects; from here on other processes are heard. Without it the bus works inside this process only. */
  async open(): Promise<void> {
    if (this.#isClosed) return;
    const client = new pg.Client({ connectionString: this.#url, application_name: `bus ${this.#instance}` });
    client.on('error', () => this.#reconnect(client));
    client.on('end', () => this.#reconnect(client));
    client.on('notification', ({ payload }) => this.#hear(payload ?? ''));
    await client.connect();
    await client.query(`listen ${CHANNEL}`);
    this.#client = client;
    await this.#greet(client);
    clearInterval(this.#presence);
    this.#presence = setInterval(() => this.#present(), PRESENT_MS).unref();
    void this.#send();
  }

  /** Nobody else listens: what is told here need not go through the database, and nobody else writes. */
  get isAlone(): boolean {
    return this.#client !== undefined && this.#others.size === 0;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    clearInterval(this.#presence);
    this.#waiting.add(GONE);
    await this.#send();
    const client = this.#client;
    this.#client = undefined;
    await client?.end().catch(() => undefined);
  }

  /** Hears changes of this process and of others. Returns what ends it. */
  subscribe(topic: Topic, listener: Listener): () => void {
    const listeners = this.#listeners.get(topic) ?? new Set();
    listeners.add(listener);
    this.#listeners.set(topic, listeners);
    return () => {
      listeners.delete(listener);
    };
  }

  /** Grows with every change of a topic and with every gap: while nobody else is there, the same number again means that nothing changed. */
  told(topic: Topic): number {
    return this.#gaps + (this.#told.get(topic) ?? 0);
  }

  /** Called when messages may have been missed: look at everything again. */
  onGap(listener: () => void): () => void {
    this.#lost.add(listener);
    return () => {
      this.#lost.delete(listener);
    };
  }

  /** After the commit, never inside the transaction: a notifying commit takes a lock that all commits share. Returns at once. */
  publish(topic: Topic, organisation: OrganisationId, subject: string = ''): void {
    const change = { topic, organisation, subject };
    this.#tell(change);
    if (this.#client === undefined || this.#others.size === 0) return;
    this.#waiting.add(`${topic} ${organisation} ${subject}`);
    void this.#send();
  }

  /** The first change that fits, or nothing after the time or when the caller has gone. */
  async wait(fits: (change: Change) => boolean, options: WaitOptions): Promise<void> {
    const { topic, timeoutMs, closed } = options;
    if (timeoutMs <= 0 || closed.aborted) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const done = (): void => resolve(undefined);
    const timer = setTimeout(done, timeoutMs);
    const ends = [this.subscribe(topic, (change) => fits(change) && done()), this.onGap(done)];
    closed.addEventListener('abort', done, { once: true });
    await promise;
    clearTimeout(timer);
    closed.removeEventListener('abort', done);
    for (const end of ends) end();
  }

  /**
   * Looks, and looks once more after a change when nothing was there. Listening starts before the first look, so that what
   * happens between the two is heard.
   */
  async lookOrWait<T>(
    look: () => Promise<T>,
    isThere: (found: T) => boolean,
    options: WaitOptions & { readonly organisation: OrganisationId },
  ): Promise<T> {
    const { organisation, topic, timeoutMs, closed } = options;
    const heard = new AbortController();
    const rung = this.wait((change) => change.organisation === organisation, {
      topic,
      timeoutMs,
      closed: AbortSignal.any([closed, heard.signal]),
    });
    try {
      const found = await look();
      if (isThere(found) || timeoutMs <= 0) return found;
      await rung;
      return await look();
    } finally {
      // A reason of its own: making the usual one costs a stack trace.
      heard.abort('left');
    }
  }

  #tell(change: Change): void {
    this.#told.set(change.topic, (this.#told.get(change.topic) ?? 0) + 1);
    for (const listener of this.#listeners.get(change.topic) ?? []) listener(change);
  }

  /** One statement at a time; what comes meanwhile goes together in the next. */
  async #send(): Promise<void> {
    const client = this.#client;
    if (this.#isSending || client === undefined || this.#waiting.size === 0) return;
    this.#isSending = true;
    const payloads = [...this.#waiting].map((words) => `${this.#instance} ${words}`);
    this.#waiting.clear();
    try {
      await client.query('select pg_notify($1, text) from unnest($2::text[]) text', [CHANNEL, payloads]);
    } catch {
      // The connection is gone: every process looks again when it comes back.
    }
    this.#isSending = false;
    void this.#send();
  }

  #hear(payload: string): void {
    const [instance, topicText, organisationText = '', subject = ''] = payload.split(' ');
    const topic = TOPICS.find((one) => one === topicText);
    const organisation = parseId<'Organisation'>(organisationText);
    if (instance === this.#instance || instance === undefined || topicText === undefined) return;
    this.#hearOf(instance, topicText, organisationText);
    if (topic === undefined || organisation === undefined) return;
    this.#tell({ topic, organisation, subject });
  }

  /** Whoever is heard for the first time gets an answer; what was told meanwhile was not told to everybody. */
  #hearOf(instance: string, word: string, answered: string): void {
    if (word === GONE) {
      this.#others.delete(instance);
      this.#knownTo.delete(instance);
      return;
    }
    const isNew = !this.#others.has(instance);
    this.#others.set(instance, performance.now());
    // Only an answer to us says that we are known there: a greeting of its own may have been on its way before ours.
    if (word === HERE && answered === this.#instance) this.#knownTo.add(instance);
    for (const met of this.#met) met();
    if (isNew || word === HELLO) this.#present(`${HERE} ${instance}`);
    if (isNew) this.#gap();
  }

  #gap(): void {
    this.#gaps += 1;
    for (const listener of this.#lost) listener();
  }

  #present(word: string = HERE): void {
    const nowMs = performance.now();
    for (const [instance, heardMs] of this.#others) if (nowMs - heardMs > ABSENT_MS) this.#others.delete(instance);
    this.#waiting.add(word);
    void this.#send();
  }

  /** Returns when every process that listens already knows of this one, so that it is told everything from now on. */
  async #greet(client: pg.Client): Promise<void> {
    const { rows } = await client.query<{ count: number }>(
      `select count(*)::int as count from pg_stat_activity
       where datname = current_database() and application_name like 'bus %' and pid <> pg_backend_pid()`,
    );
    const expected = rows[0]?.count ?? 0;
    this.#knownTo.clear();
    this.#present(HELLO);
    if (expected === 0) return;
    const { promise, resolve } = Promise.withResolvers<undefined>();
    const look = (): void => void (this.#knownTo.size >= expected && resolve(undefined));
    const timer = setTimeout(() => resolve(undefined), GREET_MS);
    this.#met.add(look);
    look();
    await promise;
    clearTimeout(timer);
    this.#met.delete(look);
  }

  #reconnect(client: pg.Client): void {
    if (this.#isClosed || (this.#client !== undefined && this.#client !== client) || this.#retry !== undefined) return;
    this.#client = undefined;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.open().then(
        () => this.#gap(),
        () => this.#reconnect(client),
      );
    }, RECONNECT_MS);
  }
}

interface WaitOptions {
  readonly topic: Topic;
  readonly timeoutMs: number;
  readonly closed: AbortSignal;
}
