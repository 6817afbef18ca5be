/**
 * Bodies of the record go at their time and leave a tombstone and a leaf (V3): the digest in the old leaf stays, every proof still holds,
 * and an auditor is told by the record itself why the bytes are missing. A hold stops it, in the database.
 */
import { refuse, type Digest, type RecordEvent, type Result } from '@countersign/core';
import { sql } from 'kysely';
import type { Work } from '../store/transact.ts';

export interface Expiry {
  readonly digests: readonly Digest[];
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
/** Whoever reads the record from its first leaf needs these to know what rules, and what went. */
const NEVER_EXPIRES: readonly RecordEvent[] = [
  'body.expired',
  'trust.updated',
  'envelope.activated',
  'envelope.suspended',
  'halt.requested',
  'class.contracted',
  'class.restored',
];

/** In the transaction of its caller: bytes, tombstones and the leaf `body.expired` together or not at all. */
export async function expireBodies(
  work: Work,
  { digests, reason, correlation = '' }: Expiry,
): Promise<Result<Expired>> {
  const { db, context } = work;
  const { organisation, now } = context;
  const wanted = [...new Set(digests)].toSorted();
  if (wanted.length > MAX_EXPIRED_AT_ONCE)
    return refuse('too-large', `at most ${MAX_EXPIRED_AT_ONCE} bodies go with one leaf`);
  const ruling = await sql<{ body: string }>`
    select convert_from(bytes, 'UTF8')::jsonb->>'body' as body from leaf
    where organisation = ${organisation} and event = any(${NEVER_EXPIRES}::text[])
      and convert_from(bytes, 'UTF8')::jsonb->>'body' = any(${wanted}::text[])`.execute(db);
  const kept = new Set(ruling.rows.map(({ body }) => body));
  const due = wanted.filter((digest) => !kept.has(digest));
  const gone = await sql<{ gone: string }>`
    select gone from countersign_expire(${organisation}, ${due}::text[], ${reason}, ${now}::timestamptz)`.execute(db);
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

/** These stay whatever their age, until the hold of this name is lifted. What went before does not come back. */
export async function holdBodies({ db, context }: Work, hold: string, digests: readonly Digest[]): Promise<void> {
  await sql`select pg_advisory_xact_lock(hashtextextended(${`countersign bodies ${context.organisation}`}, 706))`.execute(
    db,
  );
  await sql`
    insert into body_hold (organisation, digest, hold, set_at)
    select ${context.organisation}, digest, ${hold}, ${context.now}::timestamptz from unnest(${digests}::text[]) as given (digest)
    on conflict do nothing`.execute(db);
}

export async function liftHold({ db, context }: Work, hold: string): Promise<number> {
  const lifted = await db
    .deleteFrom('body_hold')
    .where('organisation', '=', context.organisation)
    .where('hold', '=', hold)
    .executeTakeFirst();
  return Number(lifted.numDeletedRows);
}
