/** Proofs that count once (RFC 9449 s11.1, RFC 7523 s3): one table for all processes, so that a second process cannot be tried next. */
import { instantOf, type OrganisationId } from '@countersign/core';
import { digestOf } from '@countersign/seal';
import { sql } from 'kysely';
import type { Store } from '../store/schema.ts';

const AT_ONCE = 5000;

export class UsedProofs {
  readonly #store: Store;

  constructor(store: Store) {
    this.#store = store;
  }

  /**
   * True the first time. When it has returned, every other process refuses the same proof. A crash of the database may forget
   * the last fraction of a second; that is the price of not waiting for a disk at each request.
   */
  async isFirstUse(organisation: OrganisationId, proof: string, untilMs: number): Promise<boolean> {
    const digest = digestOf(new TextEncoder().encode(proof));
    const { rows } = await sql`
      insert into used_proof (organisation, digest, expires_at)
      select ${organisation}, ${digest}, ${instantOf(untilMs)}::timestamptz
      from (select set_config('synchronous_commit', 'off', true)) as quick
      on conflict do nothing returning digest`.execute(this.#store);
    return rows.length === 1;
  }

  /** Forgets what is refused for its age by now; so many at a time. */
  async prune(nowMs: number): Promise<number> {
    const { numAffectedRows } = await sql`
      delete from used_proof where ctid = any(array(
        select ctid from used_proof where expires_at < ${instantOf(nowMs)}::timestamptz limit ${AT_ONCE}))`.execute(
      this.#store,
    );
    return Number(numAffectedRows ?? 0n);
  }
}
