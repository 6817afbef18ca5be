/**
 * One use case, one transaction: state, leaves of the record and what waits for a gateway commit together or not at all. After the
 * commit the sequencer is told, so that the leaf is integrated at once when the log is idle.
 */
import type { Digest, Instant, Leaf, OrganisationId, RecordEvent } from '@countersign/core';
import { canonicalBytes, digestOf } from '@countersign/seal';
import { sql, type Transaction } from 'kysely';
import type { Schema, Store } from './schema.ts';
import { AND_COMMIT } from './together.ts';

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
}

/** A leaf as it was committed, still without its place in the tree. */
export interface CommittedLeaf {
  readonly id: number;
  readonly event: RecordEvent;
  readonly subject: string;
  readonly bytes: Uint8Array;
  readonly body: Uint8Array;
}

/** Told after every commit that left a leaf behind; must return at once. */
export type Committed = (organisation: OrganisationId, leaves: readonly CommittedLeaf[]) => void;

export class Transactor {
  readonly store: Store;
  readonly #committed: Committed;

  constructor(store: Store, committed: Committed) {
    this.store = store;
    this.#committed = committed;
  }

  async run<T>(context: Actor, work: (work: Work) => Promise<T>): Promise<T> {
    let leaves: readonly CommittedLeaf[] = [];
    const value = await this.store.transaction().execute(async (db) => {
      const pending = new Pending(context);
      const result = await work({ db, context, leaf: pending.leaf, keep: pending.keep });
      leaves = await pending.write(db);
      return result;
    });
    if (leaves.length > 0) this.#committed(context.organisation, leaves);
    return value;
  }
}

class Pending {
  readonly #leaves: { event: RecordEvent; subject: string; correlation: string; bytes: Buffer; body: Uint8Array }[] =
    [];
  readonly #context: Actor;
  readonly #documents = new Map<Digest, { kind: string; bytes: Buffer }>();

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
    const kept = canonicalBytes(body);
    const digest = this.keep('leaf-body', kept);
    const leaf: Leaf = { type: 'leaf', organisation, event, at: now, actor, subject, correlation, body: digest };
    this.#leaves.push({ event, subject, correlation, bytes: Buffer.from(canonicalBytes(leaf)), body: kept });
    return digest;
  };

  /** One statement for everything that is queued, and the commit with it: round trips are what a use case waits for. */
  async write(db: Transaction<Schema>): Promise<readonly CommittedLeaf[]> {
    const { organisation } = this.#context;
    const documents = [...this.#documents];
    const leaves = this.#leaves;
    if (documents.length + leaves.length === 0) return [];
    const { rows } = await sql<{ id: number }>`
      with kept as (
        insert into document (organisation, digest, kind, bytes)
        select ${organisation}, digest, kind, bytes
        from unnest(
          ${documents.map(([digest]) => digest)}::text[],
          ${documents.map(([, { kind }]) => kind)}::text[],
          ${documents.map(([, { bytes }]) => bytes)}::bytea[]) as row (digest, kind, bytes)
        on conflict do nothing)
      insert into leaf (organisation, event, subject, correlation, bytes)
      select ${organisation}, event, subject, correlation, bytes
      from unnest(
        ${leaves.map(({ event }) => event)}::text[],
        ${leaves.map(({ subject }) => subject)}::text[],
        ${leaves.map(({ correlation }) => correlation)}::text[],
        ${leaves.map(({ bytes }) => bytes)}::bytea[]) with ordinality as row (event, subject, correlation, bytes, place)
      order by place
      returning id ${sql.raw(AND_COMMIT)}`.execute(db);
    // Rows come back as they were inserted, in the order of the leaves.
    return leaves.flatMap(({ event, subject, bytes, body }, place) => {
      const id = rows[place]?.id;
      return id === undefined ? [] : [{ id, event, subject, bytes, body }];
    });
  }
}
