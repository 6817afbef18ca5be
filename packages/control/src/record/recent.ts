/**
 * The end of the record in the memory of the process that grows it: the witness and every listener ask for what was integrated a
 * moment ago. Nothing here is believed longer than the log is held; what is not here is read from the tables.
 */
import type { OrganisationId } from '@countersign/core';
import type { MerkleNode, NodeAddress, NodeReader } from '@countersign/seal';
import type { StoredCheckpoint } from './checkpoints.ts';

export interface RecentEntry {
  readonly seq: number;
  /** Canonical bytes as they were hashed. */
  readonly leaf: Uint8Array;
  /** Absent when another process wrote the leaf: then its body has to be read. */
  readonly body: Uint8Array | undefined;
}

interface Growth {
  readonly entries: readonly RecentEntry[];
  readonly nodes: readonly MerkleNode[];
}

interface End {
  /** In tree order without gaps; the last one is the last of the tree. */
  readonly entries: RecentEntry[];
  /** By size, oldest first; the last one is the head of the tree. */
  readonly checkpoints: Map<number, StoredCheckpoint>;
  head: StoredCheckpoint | undefined;
  bytes: number;
  /** Perfect subtrees that were completed a moment ago, and the peaks of the tree as it was opened. */
  readonly nodes: Map<number, Uint8Array>;
}

const MAX_ENTRIES = 512;
const MAX_BYTES = 8_388_608;
const MAX_CHECKPOINTS = 64;
const MAX_NODES = 8192;

/** Unique for levels below 64; a number is cheaper to look up than a text. */
const keyOf = (level: number, index: number): number => index * 64 + level;

const bytesOf = ({ leaf, body }: RecentEntry): number => leaf.length + (body?.length ?? 0);

export class RecentRecord {
  readonly #ends = new Map<OrganisationId, End>();

  /** The log is held from now on, and this is its head. */
  opened(organisation: OrganisationId, head: StoredCheckpoint | undefined, peaks: readonly MerkleNode[]): void {
    const checkpoints = new Map(head === undefined ? [] : [[head.size, head] as const]);
    const nodes = new Map(peaks.map(({ level, index, hash }) => [keyOf(level, index), hash]));
    this.#ends.set(organisation, { entries: [], checkpoints, head, bytes: 0, nodes });
  }

  /** No log is held any more: others may grow them. */
  closed(): void {
    this.#ends.clear();
  }

  /** The tree has grown by these entries to this head. */
  grown(organisation: OrganisationId, head: StoredCheckpoint, { entries, nodes }: Growth): void {
    const end = this.#ends.get(organisation);
    if (end === undefined) return;
    // A witness may have read the table and answered before we were told that it is written.
    end.head = end.checkpoints.get(head.size) ?? head;
    end.checkpoints.set(head.size, end.head);
    const [oldest] = end.checkpoints.keys();
    if (end.checkpoints.size > MAX_CHECKPOINTS && oldest !== undefined) end.checkpoints.delete(oldest);
    for (const { level, index, hash } of nodes) end.nodes.set(keyOf(level, index), hash);
    // One walk for all of them: a map remembers what was deleted, and each new walk steps over it.
    for (const key of end.nodes.keys()) {
      if (end.nodes.size <= MAX_NODES) break;
      end.nodes.delete(key);
    }
    for (const entry of entries) {
      end.entries.push(entry);
      end.bytes += bytesOf(entry);
    }
    let tooMany = 0;
    while (end.entries.length - tooMany > MAX_ENTRIES || end.bytes > MAX_BYTES) {
      const first = end.entries[tooMany];
      if (first === undefined) break;
      end.bytes -= bytesOf(first);
      tooMany += 1;
    }
    end.entries.splice(0, tooMany);
  }

  /** A checkpoint with the cosignatures that are stored now. */
  cosigned(organisation: OrganisationId, checkpoint: StoredCheckpoint): void {
    const end = this.#ends.get(organisation);
    if (end === undefined) return;
    const [oldest = 0] = end.checkpoints.keys();
    if (checkpoint.size < oldest) return;
    end.checkpoints.set(checkpoint.size, checkpoint);
    if (end.head?.size === checkpoint.size) end.head = checkpoint;
  }

  /** The newest checkpoint; undefined when another process may know a newer one, or when there is none. */
  head(organisation: OrganisationId): StoredCheckpoint | undefined {
    return this.#ends.get(organisation)?.head;
  }

  /** All nodes of a plan; undefined when one of them is older than what is remembered. */
  nodes(organisation: OrganisationId, plan: readonly NodeAddress[]): NodeReader | undefined {
    const known = this.#ends.get(organisation)?.nodes;
    if (known === undefined || !plan.every(({ level, index }) => known.has(keyOf(level, index)))) return undefined;
    return (level, index) => known.get(keyOf(level, index));
  }

  checkpointOf(organisation: OrganisationId, size: number): StoredCheckpoint | undefined {
    return this.#ends.get(organisation)?.checkpoints.get(size);
  }

  /** Newest first, those that can hold the leaf at `above - 1`. */
  checkpoints(organisation: OrganisationId, above: number): readonly StoredCheckpoint[] {
    const known = [...(this.#ends.get(organisation)?.checkpoints.values() ?? [])];
    return known.filter(({ size }) => size >= above).toReversed();
  }

  /** A page in tree order; undefined when not all of it is known here. Empty at the very end of the tree. */
  entries(
    organisation: OrganisationId,
    page: { readonly from: number; readonly limit: number },
  ): readonly RecentEntry[] | undefined {
    const end = this.#ends.get(organisation);
    if (end?.head === undefined) return undefined;
    if (page.from === end.head.size) return [];
    const place = page.from - (end.entries[0]?.seq ?? end.head.size);
    if (place < 0 || page.from > end.head.size) return undefined;
    const found = end.entries.slice(place, place + page.limit);
    return found.every(({ body }) => body !== undefined) ? found : undefined;
  }
}
