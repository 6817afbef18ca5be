/**
 * One use case, one transaction: state, leaves of the record and what waits for a gateway commit together or not at all. After the
 * commit the sequencer is told, so that the leaf is integrated at once when the log is idle.
 */
import type { Digest, Instant, Leaf, OrganisationId, RecordEvent } from '@countersign/core';
import { canonicalBytes, digestOf } from '@countersign/seal';
import { sql, type Transaction } from 'kysely';
import { packed } from './packed.ts';
import type { Schema, Store } from './schema.ts';
import { AND_COMMIT } from './together.ts';
import { within } from './within.ts';

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

/** Events that only say that something was read: nothing else changes with them. */
type StatelessEvent = Extract<RecordEvent, 'evidence.read' | 'evidence.exported'>;

/** A leaf as it will stand in the record, with its body. */
export interface PreparedLeaf {
  readonly event: RecordEvent;
  readonly subject: string;
  readonly correlation: string;
  readonly bytes: Uint8Array;
  readonly body: Uint8Array;
  /** Of the body. */
  readonly digest: Digest;
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

/** Writes leaves together with those of others, with their place in the tree; false when that cannot be done here. */
type Enter = (organisation: OrganisationId, leaves: readonly PreparedLeaf[]) => Promise<boolean>;

export class Transactor {
  readonly store: Store;
  readonly #committed: Committed;
  readonly #enter: Enter;

  constructor(store: Store, committed: Committed, enter: Enter = () => Promise.resolve(false)) {
    this.store = store;
    this.#committed = committed;
    this.#enter = enter;
  }

  /** Entries that come without other state; durable when it returns. Those of many writers share a transaction. */
  async record(context: Actor, drafts: readonly (LeafDraft & { readonly event: StatelessEvent })[]): Promise<void> {
    const leaves = drafts.map((draft) => prepareLeaf(context, draft));
    if (leaves.length === 0 || (await this.#enter(context.organisation, leaves))) return;
    await this.run(context, async ({ leaf }) => {
      for (const draft of drafts) leaf(draft);
    });
  }

  async run<T>(context: Actor, work: (work: Work) => Promise<T>): Promise<T> {
    let leaves: readonly CommittedLeaf[] = [];
    const value = await within(context.organisation, () =>
      this.store.transaction().execute(async (db) => {
        const pending = new Pending(context);
        const result = await work({ db, context, leaf: pending.leaf, keep: pending.keep });
        leaves = await pending.write(db);
        return result;
      }),
    );
    if (leaves.length > 0) this.#committed(context.organisation, leaves);
    return value;
  }
}

function prepareLeaf(
  { organisation, actor, now }: Actor,
  { event, subject, correlation, body }: LeafDraft,
): PreparedLeaf {
  const kept = canonicalBytes(body);
  const digest = digestOf(kept);
  const leaf: Leaf = { type: 'leaf', organisation, event, at: now, actor, subject, correlation, body: digest };
  return { event, subject, correlation, bytes: canonicalBytes(leaf), body: kept, digest };
}

class Pending {
  readonly #leaves: PreparedLeaf[] = [];
  readonly #context: Actor;
  readonly #documents = new Map<Digest, { readonly kind: string; readonly bytes: Uint8Array }>();

  constructor(context: Actor) {
    this.#context = context;
  }

  readonly keep = (kind: string, bytes: Uint8Array): Digest => {
    const digest = digestOf(bytes);
    this.#documents.set(digest, { kind, bytes });
    return digest;
  };

  readonly leaf = (draft: LeafDraft): Digest => {
    const leaf = prepareLeaf(this.#context, draft);
    this.#documents.set(leaf.digest, { kind: 'leaf-body', bytes: leaf.body });
    this.#leaves.push(leaf);
    return leaf.digest;
  };

  /** One statement for everything that is queued, and the commit with it: round trips are what a use case waits for. */
  async write(db: Transaction<Schema>): Promise<readonly CommittedLeaf[]> {
    const { organisation } = this.#context;
    const documents = [...this.#documents];
    const leaves = this.#leaves;
    if (documents.length + leaves.length === 0) return [];
    const {
      bytes: all,
      starts,
      sizes,
    } = packed([...documents.map(([, { bytes }]) => bytes), ...leaves.map(({ bytes }) => bytes)]);
    const end = documents.length;
    const { rows } = await sql<{ id: number }>`
      with given as materialized (
        select ${all}::bytea as bytes),
      kept as (
        insert into document (organisation, digest, kind, bytes)
        select ${organisation}, digest, kind, substring(given.bytes from start for size)
        from given, unnest(
          ${documents.map(([digest]) => digest)}::text[],
          ${documents.map(([, { kind }]) => kind)}::text[],
          ${starts.slice(0, end)}::int[],
          ${sizes.slice(0, end)}::int[]) as row (digest, kind, start, size)
        on conflict do nothing)
      insert into leaf (organisation, event, subject, correlation, bytes)
      select ${organisation}, event, subject, correlation, substring(given.bytes from start for size)
      from given, unnest(
        ${leaves.map(({ event }) => event)}::text[],
        ${leaves.map(({ subject }) => subject)}::text[],
        ${leaves.map(({ correlation }) => correlation)}::text[],
        ${starts.slice(end)}::int[],
        ${sizes.slice(end)}::int[]) with ordinality as row (event, subject, correlation, start, size, place)
      order by place
      returning id ${sql.raw(AND_COMMIT)}`.execute(db);
    // Rows come back as they were inserted, in the order of the leaves.
    return leaves.flatMap(({ event, subject, bytes, body }, place) => {
      const id = rows[place]?.id;
      return id === undefined ? [] : [{ id, event, subject, bytes, body }];
    });
  }
}
