/**
 * Removes what nobody can ask for any more: answers kept for retries, status statements that newer ones replaced, challenges that
 * ran out. A bounded number at a time, so that no statement holds anything for long; nothing of the record is ever touched.
 */
import { plusMs, type Instant, type OrganisationId } from '@countersign/core';
import { sql } from 'kysely';
import type { Store } from './schema.ts';

/** How long a retry with the same idempotency key gets the first answer. */
export const IDEMPOTENCY_MS: number = 24 * 3_600_000;
const AT_ONCE = 1000;

export interface Pruned {
  readonly answers: number;
  readonly statuses: number;
  readonly challenges: number;
}

/** One pass over the organisations of this process; returns how much went. */
export async function prune(store: Store, organisations: Iterable<OrganisationId>, now: Instant): Promise<Pruned> {
  const ours = [...organisations];
  const before = plusMs(now, -IDEMPOTENCY_MS);
  const removed = async (statement: ReturnType<typeof sql>): Promise<number> =>
    Number((await statement.execute(store)).numAffectedRows ?? 0n);
  return {
    answers: await removed(sql`
      delete from idempotency where ctid = any(array(
        select ctid from idempotency
        where organisation = any(${ours}::text[]) and created_at < ${before}::timestamptz limit ${AT_ONCE}))`),
    statuses: await removed(sql`
      delete from delivery where ctid = any(array(
        select old.ctid from delivery old
        where old.organisation = any(${ours}::text[]) and old.kind = 'status' and exists (
          select from delivery newer
          where newer.organisation = old.organisation and newer.enclave = old.enclave and newer.kind = 'status'
            and newer.seq > old.seq)
        limit ${AT_ONCE}))`),
    challenges: await removed(sql`
      delete from passkey_challenge where ctid = any(array(
        select ctid from passkey_challenge
        where organisation = any(${ours}::text[]) and expires_at < ${now}::timestamptz limit ${AT_ONCE}))`),
  };
}
