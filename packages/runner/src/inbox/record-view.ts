/**
 * The view of the record this program holds new ones against (V3): what was let in counts from that moment, before the journal has
 * it, and what a refused delivery showed counts too. A copy beside the journal is what people compare with the views of others.
 */
import { renameSync } from 'node:fs';
import { join } from 'node:path';
import type { CapsuleDelivery } from '@countersign/seal';
import { parseSeen, viewOf, type SeenCheckpoint } from '../admit/inclusion.ts';
import type { Trust } from '../admit/trust.ts';
import { writeSynced } from '../journal/durable-file.ts';
import type { Journal } from '../journal/journal.ts';
import type { RunnerConfig } from '../preflight/runner-config.ts';

export const RECORD_VIEW_FILE = 'record-view.json';

export class RecordView {
  readonly #journal: Journal;
  readonly #config: Pick<RunnerConfig, 'runner' | 'state'>;
  #seen: SeenCheckpoint | undefined;

  constructor(journal: Journal, config: Pick<RunnerConfig, 'runner' | 'state'>) {
    this.#journal = journal;
    this.#config = config;
    this.#seen = parseSeen(journal.latest('checkpoint'));
  }

  get seen(): SeenCheckpoint | undefined {
    return this.#seen;
  }

  /** The gate let something in under this view; the journal gets it with the admission. */
  admitted(seen: SeenCheckpoint): void {
    if (this.#isNewer(seen)) this.#advance(seen);
  }

  /** Why a capsule was refused says nothing about the record: a proof that holds is remembered all the same. */
  refused(delivery: CapsuleDelivery, trust: Trust | undefined): void {
    const seen = trust === undefined ? undefined : viewOf(delivery, { trust, seen: this.#seen });
    if (seen === undefined || !this.#isNewer(seen)) return;
    this.#journal.write([{ kind: 'latest', key: 'checkpoint', value: JSON.stringify(seen) }]);
    this.#advance(seen);
  }

  #isNewer({ size }: SeenCheckpoint): boolean {
    return this.#seen === undefined || size > this.#seen.size;
  }

  #advance(seen: SeenCheckpoint): void {
    this.#seen = seen;
    const { note, links = [] } = seen;
    if (note === undefined) return;
    const file = join(this.#config.state, RECORD_VIEW_FILE);
    // Whoever reads it gets the old one or the new one; after a loss of power the next one writes it again.
    writeSynced(`${file}.new`, `${JSON.stringify({ type: 'record-view', by: this.#config.runner, note, links })}\n`);
    renameSync(`${file}.new`, file);
  }
}
