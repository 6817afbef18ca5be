/**
 * Tells the other parts and the other processes on this database that something changed. A message is only a hint: whoever gets
 * one reads the tables again, and everyone also looks from time to time, because a message may be lost with a connection.
 */
import type { OrganisationId } from '@countersign/core';
import { parseId } from '@countersign/core';
import pg from 'pg';

/** What changed: leaves wait, a checkpoint was signed or cosigned, trust documents, triages, deliveries, a proposal to look at. */
export const TOPICS = ['leaf', 'checkpoint', 'witnessed', 'trust', 'triage', 'delivery', 'status', 'proposal'] as const;
export type Topic = (typeof TOPICS)[number];

export interface Change {
  readonly topic: Topic;
  readonly organisation: OrganisationId;
  /** Id of what changed, e.g. of a proposal or an enclave; empty when the topic needs none. */
  readonly subject: string;
}
type Listener = (change: Change) => void;

const CHANNEL = 'countersign';
const RECONNECT_MS = 1000;

export class Bus {
  readonly #url: string;
  readonly #instance: string;
  readonly #listeners = new Map<Topic, Set<Listener>>();
  readonly #lost = new Set<() => void>();
  readonly #waiting = new Map<string, Change>();
  #client: pg.Client | undefined;
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
    void this.#send();
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#retry);
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
    if (this.#client === undefined) return;
    this.#waiting.set(`${topic} ${organisation} ${subject}`, change);
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

  #tell(change: Change): void {
    for (const listener of this.#listeners.get(change.topic) ?? []) listener(change);
  }

  /** One statement at a time; what comes meanwhile goes together in the next. */
  async #send(): Promise<void> {
    const client = this.#client;
    if (this.#isSending || client === undefined || this.#waiting.size === 0) return;
    this.#isSending = true;
    const changes = [...this.#waiting.values()];
    this.#waiting.clear();
    const payloads = changes.map(
      ({ topic, organisation, subject }) => `${this.#instance} ${topic} ${organisation} ${subject}`,
    );
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
    if (instance === this.#instance || topic === undefined || organisation === undefined) return;
    this.#tell({ topic, organisation, subject });
  }

  #reconnect(client: pg.Client): void {
    if (this.#isClosed || (this.#client !== undefined && this.#client !== client) || this.#retry !== undefined) return;
    this.#client = undefined;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      this.open().then(
        () => this.#lost.forEach((listener) => listener()),
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
