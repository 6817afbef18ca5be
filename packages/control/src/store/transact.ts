/**
 * One use case, one transaction: state, leaves of the record and outbox rows commit together or not at all. After the commit
 * the sequencer is told, so that the leaf is integrated at once when the log is idle.
 */
import type { Digest, Instant, Leaf, OrganisationId, RecordEvent } from '@countersign/core';
import { canonicalBytes, digestOf } from '@countersign/seal';
import { sql, type Transaction } from 'kysely';
import type { Schema, Store } from './schema.ts';

export interface Actor {
  readonly organisation: OrganisationId;
  /** `person:kim`, `agent:playbook`, `runner:prod-1`, `control`: as it stands in the leaf. */
  readonly actor: string;
  readonly now: Instant;
}

export interface LeafDraft {
  readonly event: RecordEvent;
  readonly subject: string;
  readonly correlation: string;
  /** Canonicalised and stored as a document; the leaf holds its digest. */
  readonly body: unknown;
}

export interface Work {
  readonly db: Transaction<Schema>;
  readonly context: Actor;
  /** Queues a leaf; returns the digest of its body. */
  readonly leaf: (draft: LeafDraft) => Digest;
  /** Keeps bytes by digest. */
  readonly keep: (kind: string, bytes: Uint8Array) => Digest;
  /** A message sent after the commit, at least once. */
  readonly outbox: (kind: string, body: unknown) => void;
}

/** Told after every commit that left a leaf behind; must return at once. */
export type Committed = (organisation: OrganisationId) => void;

export class Transactor {
  readonly store: Store;
  readonly #committed: Committed;

  constructor(store: Store, committed: Committed) {
    this.store = store;
    this.#committed = committed;
  }

  async run<T>(context: Actor, work: (work: Work) => Promise<T>): Promise<T> {
    let hasLeaves = false;
    const value = await this.store.transaction().execute(async (db) => {
      const pending = new Pending(context);
      const result = await work({ db, context, leaf: pending.leaf, keep: pending.keep, outbox: pending.outbox });
      await pending.write(db);
      hasLeaves = pending.leaves.length > 0;
      return result;
    });
    if (hasLeaves) this.#committed(context.organisation);
    return value;
  }
}

class Pending {
  readonly leaves: { event: string; subject: string; correlation: string; bytes: Buffer }[] = [];
  readonly #context: Actor;
  readonly #documents = new Map<Digest, { kind: string; bytes: Buffer }>();
  readonly #outbox: { kind: string; body: string }[] = [];

  constructor(context: Actor) {
    this.#context = context;
  }

  readonly keep = (kind: string, bytes: Uint8Array): Digest => {
    const digest = digestOf(bytes);
    this.#documents.set(digest, { kind, bytes: Buffer.from(bytes) });
    return digest;
  };

  readonly leaf = ({ event, subject, correlation, body }: LeafDraft): Digest => {
    const { organisation, actor, now } = this.#context;
    const digest = this.keep('leaf-body', canonicalBytes(body));
    const leaf: Leaf = { type: 'leaf', organisation, event, at: now, actor, subject, correlation, body: digest };
    this.leaves.push({ event, subject, correlation, bytes: Buffer.from(canonicalBytes(leaf)) });
    return digest;
  };

  readonly outbox = (kind: string, body: unknown): void => {
    this.#outbox.push({ kind, body: JSON.stringify(body) });
  };

  /** One statement for everything that is queued: round trips are what a use case waits for. */
  async write(db: Transaction<Schema>): Promise<void> {
    const { organisation } = this.#context;
    const documents = [...this.#documents];
    const { leaves } = this;
    const outbox = this.#outbox;
    if (documents.length + leaves.length + outbox.length === 0) return;
    await sql`
      with kept as (
        insert into document (organisation, digest, kind, bytes)
        select ${organisation}, digest, kind, bytes
        from unnest(
          ${documents.map(([digest]) => digest)}::text[],
          ${documents.map(([, { kind }]) => kind)}::text[],
          ${documents.map(([, { bytes }]) => bytes)}::bytea[]) as row (digest, kind, bytes)
        on conflict do nothing),
      recorded as (
        insert into leaf (organisation, event, subject, correlation, bytes)
        select ${organisation}, event, subject, correlation, bytes
        from unnest(
          ${leaves.map(({ event }) => event)}::text[],
          ${leaves.map(({ subject }) => subject)}::text[],
          ${leaves.map(({ correlation }) => correlation)}::text[],
          ${leaves.map(({ bytes }) => bytes)}::bytea[]) with ordinality as row (event, subject, correlation, bytes, place)
        order by place)
      insert into outbox (organisation, kind, body)
      select ${organisation}, kind, body
      from unnest(${outbox.map(({ kind }) => kind)}::text[], ${outbox.map(({ body }) => body)}::jsonb[]) with ordinality
        as row (kind, body, place)
      order by place`.execute(db);
  }
}
