/**
 * Bodies of the record go at their time and leave a tombstone and a leaf (V3): the digest in the old leaf stays, every proof still holds,
 * and an auditor is told by the record itself why the bytes are missing. A hold stops it, in the database.
 */
import { refuse, type Digest, type Result } from '@countersign/core';
import { sql } from 'kysely';
import type { Work } from '../store/transact.ts';

export interface Expiry {
  readonly digests: readonly Digest[];
  /** Ids of the leaves beside which such a body may stand: no others are looked at. */
  readonly lines: readonly number[];
  /** The rule of the retention policy, as people wrote it. */
  readonly reason: string;
  /** The remediation they belong to: its own file then proves what went (V3). */
  readonly correlation?: string;
}
export interface Expired {
  readonly expired: readonly Digest[];
  /** Held, gone before, or never there. */
  readonly kept: readonly Digest[];
}

/** Most bodies of one leaf: it names each of them. */
export const MAX_EXPIRED_AT_ONCE = 1000;
/**
 * In the transaction of its caller: bytes, tombstones and the leaf `body.expired` together or not at all. The database keeps what is held, and
 * what whoever reads the record from its first leaf needs to know who rules, and what went.
 */
export async function expireBodies(
  work: Work,
  { digests, lines, reason, correlation = '' }: Expiry,
): Promise<Result<Expired>> {
  const { db, context } = work;
  const { organisation, now } = context;
  const wanted = [...new Set(digests)].toSorted();
  if (wanted.length > MAX_EXPIRED_AT_ONCE)
    return refuse('too-large', `at most ${MAX_EXPIRED_AT_ONCE} bodies go with one leaf`);
  const gone = await sql<{ gone: string }>`
    select gone from countersign_expire(${organisation}, ${wanted}::text[], ${lines}::bigint[], ${reason}, ${now}::timestamptz)`.execute(
    db,
  );
  const went = new Set(gone.rows.map((row) => row.gone));
  const expired = wanted.filter((digest) => went.has(digest));
  if (expired.length > 0)
    work.leaf({
      event: 'body.expired',
      subject: 'retention:bodies',
      correlation,
      body: { digests: expired, reason },
    });
  return { ok: true, value: { expired, kept: wanted.filter((digest) => !went.has(digest)) } };
}

/** These stay whatever their age, until the hold of this name is lifted. What went before does not come back. How many it had not held yet. */
export async function holdBodies({ db, context }: Work, hold: string, digests: readonly Digest[]): Promise<number> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`countersign bodies ${context.organisation}`}, 706))`.execute(
    db,
  );
  const { numAffectedRows = 0n } = await sql`
    insert into body_hold (organisation, digest, hold, set_at)
    select ${context.organisation}, digest, ${hold}, ${context.now}::timestamptz from unnest(${digests}::text[]) as given (digest)
    on conflict do nothing`.execute(db);
  return Number(numAffectedRows);
}

export async function liftHold({ db, context }: Work, hold: string): Promise<number> {
  const lifted = await db
    .deleteFrom('body_hold')
    .where('organisation', '=', context.organisation)
    .where('hold', '=', hold)
    .executeTakeFirst();
  return Number(lifted.numDeletedRows);
}
