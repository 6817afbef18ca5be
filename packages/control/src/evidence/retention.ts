/**
 * Retention (V2, V3): once a day the bodies whose time is over go, as the envelope in force says, each kind with a leaf that names
 * them; with them goes what the tables keep of the same. Without an envelope in force nothing goes.
 */
import {
  emptiedProposal,
  expiredText,
  ok,
  RETENTION_KINDS,
  retentionOf,
  type Digest,
  type Instant,
  type OrganisationId,
  type Result,
  type RetentionKind,
  type RetentionPolicy,
} from '@countersign/core';
import { sql } from 'kysely';
import type { Deps } from '../deps.ts';
import { expireBodies } from '../record/tombstones.ts';
import type { Actor, Work } from '../store/transact.ts';
import { lockProposal } from '../proposals/proposal-row.ts';
import { storedDigest } from '../store/stored.parse.ts';
import { dueBodies } from './due-bodies.ts';

export interface KindDue {
  readonly kind: RetentionKind;
  /** Days by environment; what belongs to none is kept as long as the longest. */
  readonly days: Readonly<Record<'staging' | 'pre-production' | 'production', number>>;
  readonly due: readonly Digest[];
}
export interface KindGone {
  readonly kind: RetentionKind;
  readonly expired: number;
}

/** Of one leaf; a body may have an original beside it. */
const AT_ONCE = 500;
/** In one run: the rest goes with the next. */
const MAX_ROUNDS = 20;

async function policyOf({ trust }: Deps, organisation: OrganisationId): Promise<Result<RetentionPolicy>> {
  const inForce = await trust.envelope(organisation);
  return inForce.ok ? ok(inForce.value.envelope) : inForce;
}

/** What a run would take now; nothing is changed. */
export async function whatIsDue(
  deps: Deps,
  organisation: OrganisationId,
  now: Instant,
): Promise<Result<readonly KindDue[]>> {
  const policy = await policyOf(deps, organisation);
  if (!policy.ok) return policy;
  const kinds: KindDue[] = [];
  for (const kind of RETENTION_KINDS) {
    const question = { organisation, kind, policy: policy.value, now, limit: AT_ONCE };
    const due = await dueBodies(deps.store, question);
    kinds.push({ kind, days: daysOf(policy.value, kind), due: due.map(({ body }) => body) });
  }
  return ok(kinds);
}

const daysOf = (policy: RetentionPolicy, kind: RetentionKind): KindDue['days'] => ({
  staging: retentionOf(policy, kind, 'staging'),
  'pre-production': retentionOf(policy, kind, 'pre-production'),
  production: retentionOf(policy, kind, 'production'),
});

export async function runRetention(deps: Deps, actor: Actor): Promise<Result<readonly KindGone[]>> {
  const policy = await policyOf(deps, actor.organisation);
  if (!policy.ok) return policy;
  const gone: KindGone[] = [];
  for (const kind of RETENTION_KINDS) {
    let expired = 0;
    for (let round = 0; round < MAX_ROUNDS; round += 1) {
      const taken = await deps.transactor.run(actor, (work) => takeDue(work, kind, policy.value));
      if (!taken.ok) return taken;
      expired += taken.value;
      if (taken.value === 0) break;
    }
    gone.push({ kind, expired });
  }
  return ok(gone);
}

/** One transaction: bodies, tombstones, their leaf and the copies in the tables, or nothing. */
async function takeDue(work: Work, kind: RetentionKind, policy: RetentionPolicy): Promise<Result<number>> {
  const { db, context } = work;
  const { organisation, now } = context;
  // Another process is at it.
  const { rows } = await sql<{ taken: boolean }>`
    select pg_try_advisory_xact_lock(hashtextextended(${`countersign retention ${organisation}`}, 706)) as taken`.execute(
    db,
  );
  if (rows[0]?.taken !== true) return ok(0);
  const due = await dueBodies(db, { organisation, kind, policy, now, limit: AT_ONCE });
  if (due.length === 0) return ok(0);
  const reason = reasonOf(kind, policy);
  let expired = 0;
  // A leaf of its own for each remediation, so that its file can show what became of the rest.
  for (const [correlation, bodies] of Map.groupBy(due, (one) => one.correlation)) {
    const digests = bodies.flatMap(({ body, original }) => (original === undefined ? [body] : [body, original]));
    const lines = bodies.flatMap((one) => one.lines);
    const went = await expireBodies(work, { digests, lines, reason, correlation });
    if (!went.ok) return went;
    expired += went.value.expired.length;
    if (correlation !== '' && went.value.kept.length === 0) await removeCopies(work, kind, correlation);
    if (kind === 'proposals' && went.value.expired.length > 0) await emptyProposal(work, correlation);
  }
  return ok(expired);
}

const reasonOf = (kind: RetentionKind, policy: RetentionPolicy): string => {
  const { staging, production, 'pre-production': before } = daysOf(policy, kind);
  return `${kind}: ${staging} days in staging, ${before} in pre-production, ${production} in production`;
};

/** What the tables keep of the same; called when nothing of it was held back. */
async function removeCopies({ db, context }: Work, kind: RetentionKind, proposal: string): Promise<void> {
  const { organisation } = context;
  const of = sql`organisation = ${organisation} and capsule in (
    select digest from capsule where organisation = ${organisation} and proposal = ${proposal})`;
  switch (kind) {
    case 'evidence':
      await sql`delete from evidence where ${of}`.execute(db);
      return;
    case 'progress':
      await sql`delete from progress where ${of}`.execute(db);
      await sql`delete from rollout_event where ${of}`.execute(db);
      return;
    case 'signals':
    case 'proposals':
    case 'readings':
  }
}

/** The working row stays for lists and for the rules that look back, without its text. */
async function emptyProposal({ db, context }: Work, id: string): Promise<void> {
  const { organisation } = context;
  const row = await lockProposal(db, organisation, id);
  if (row === undefined || row.expired !== null) return;
  const body = await bodyOfProposal(db, organisation, id);
  if (body === undefined) return;
  const document = JSON.stringify(emptiedProposal(row.proposal, body));
  await sql`
    update proposal set document = ${document}::jsonb, expired = ${body}
    where organisation = ${organisation} and id = ${id}`.execute(db);
  await sql`
    update manual_work set title = ${expiredText(body)}
    where organisation = ${organisation} and proposal = ${id}`.execute(db);
}

/** Of the newest entry that held the proposal, when that body is gone. */
async function bodyOfProposal(db: Work['db'], organisation: OrganisationId, id: string): Promise<Digest | undefined> {
  const { rows } = await sql<{ body: string }>`
    select convert_from(l.bytes, 'UTF8')::jsonb ->> 'body' as body from leaf l
    join tombstone t on t.organisation = l.organisation and t.digest = convert_from(l.bytes, 'UTF8')::jsonb ->> 'body'
    where l.organisation = ${organisation} and l.event = 'proposal.created' and l.correlation = ${id}
    order by l.id desc limit 1`.execute(db);
  return rows[0] === undefined ? undefined : storedDigest(rows[0].body);
}

const DAY_MS = 86_400_000;
/** Not in the first minutes of a start, when everything else looks around. */
const FIRST_MS = 600_000;

/** The daily run; whichever process takes the lock of an organisation does it. */
export function scheduleRetention(deps: Deps): readonly NodeJS.Timeout[] {
  const all = async (): Promise<void> => {
    for (const organisation of deps.config.organisations.keys()) {
      const gone = await runRetention(deps, { organisation, actor: 'control', now: deps.clock() });
      if (!gone.ok && gone.refusal.code !== 'no-envelope')
        deps.report({ where: 'retention', error: gone.refusal.code });
    }
  };
  const run = (): void => {
    all().catch((error: unknown) => deps.report({ where: 'retention', error: String(error) }));
  };
  return [setTimeout(run, FIRST_MS), setInterval(run, DAY_MS)];
}
