/** The record as it is asked for all the time: out of memory where this process grows the log, else out of the tables. */
import type { OrganisationId, Status } from '@countersign/core';
import type { DsseEnvelope, NodeAddress, NodeReader } from '@countersign/seal';
import type { Store } from '../store/schema.ts';
import { checkpointOf, latestCheckpoint, recentCheckpoints, type StoredCheckpoint } from './checkpoints.ts';
import { readEntries, type Entry } from './entries.ts';
import type { RecentRecord } from './recent.ts';
import { readNodes } from './tree.ts';

interface NewestParts {
  readonly store: Store;
  readonly recent: RecentRecord;
  /** No other process may have stored a cosignature that is not known here. */
  readonly isAlone: () => boolean;
}

export interface StoredStatus {
  readonly dsse: DsseEnvelope;
  readonly status: Status;
}

export class NewestRecord {
  readonly #parts: NewestParts;
  readonly #statuses = new Map<OrganisationId, StoredStatus>();

  constructor(parts: NewestParts) {
    this.#parts = parts;
  }

  /** The newest checkpoint. One that is not larger than `after` is looked up: another process may hold the log by now. */
  async checkpoint(organisation: OrganisationId, after: number = 0): Promise<StoredCheckpoint | undefined> {
    const { store, recent, isAlone } = this.#parts;
    const known = isAlone() ? recent.head(organisation) : undefined;
    return known !== undefined && known.size >= after ? known : latestCheckpoint(store, organisation);
  }

  async checkpointOf(organisation: OrganisationId, size: number): Promise<StoredCheckpoint | undefined> {
    const { store, recent, isAlone } = this.#parts;
    const known = isAlone() ? recent.checkpointOf(organisation, size) : undefined;
    return known ?? checkpointOf(store, organisation, size);
  }

  /** Cosigned ones that can hold the leaf at `above - 1`, newest first; those in memory before those in the table. */
  async *cosigned(organisation: OrganisationId, above: number): AsyncGenerator<StoredCheckpoint> {
    const { store, recent, isAlone } = this.#parts;
    const known = isAlone() ? recent.checkpoints(organisation, above) : [];
    yield* known.filter(({ cosignatures }) => Object.keys(cosignatures).length > 0);
    yield* await recentCheckpoints(store, organisation, above);
  }

  /** What is stored beside a checkpoint since a witness cosigned it. */
  keep(organisation: OrganisationId, checkpoint: StoredCheckpoint): void {
    this.#parts.recent.cosigned(organisation, checkpoint);
  }

  /** The witness's newest statement; undefined when another process may have stored a newer one. */
  status(organisation: OrganisationId): StoredStatus | undefined {
    return this.#parts.isAlone() ? this.#statuses.get(organisation) : undefined;
  }

  /** It is stored, and was newer than what was there. */
  keepStatus(organisation: OrganisationId, stored: StoredStatus): void {
    const known = this.#statuses.get(organisation);
    if (known === undefined || known.status.issuedAt < stored.status.issuedAt) this.#statuses.set(organisation, stored);
  }

  /** Another process has come, or was not heard for a while: what it stored is in the tables. */
  forget(): void {
    this.#statuses.clear();
  }

  /** Perfect subtrees of the tree; they never change. */
  async nodes(organisation: OrganisationId, plan: readonly NodeAddress[]): Promise<NodeReader> {
    return this.#parts.recent.nodes(organisation, plan) ?? readNodes(this.#parts.store, organisation, plan);
  }

  async entries(
    organisation: OrganisationId,
    page: { readonly from: number; readonly limit: number },
  ): Promise<readonly Entry[]> {
    return this.#parts.recent.entries(organisation, page) ?? readEntries(this.#parts.store, organisation, page);
  }
}
