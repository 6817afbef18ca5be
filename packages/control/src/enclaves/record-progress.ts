/**
 * A runner's signed events into the view of its rollout: one transaction for all batches of a capsule that came together. The
 * events are folded by the same reducer that ran in the runner, so a journal that breaks a rule shows here (X5, X7).
 */
import {
  apply,
  nextState,
  PROPOSAL_STATES,
  refuse,
  viewOf,
  type Digest,
  type ProposalEvent,
  type ProposalState,
  type RecordEvent,
  type Result,
  type RolloutEvent,
  type RolloutState,
  type RolloutView,
} from '@countersign/core';
import { sql } from 'kysely';
import { capsuleSubject, openStoredCapsule } from '../capsules/stored-capsule.ts';
import type { RolloutViews } from '../rollouts/rollout-views.ts';
import { WITH_NEXT } from '../store/together.ts';
import type { Work } from '../store/transact.ts';
import type { VerifiedReport } from './verify-report.ts';

type ProgressReport = Extract<VerifiedReport, { readonly kind: 'progress' }>;

export interface RolloutAfter {
  readonly capsule: Digest;
  readonly proposal: string;
  readonly state: RolloutState;
  readonly events: number;
  /** Stopped in this batch: a new signal is owed. */
  readonly isTripped: boolean;
}

interface Stored {
  readonly last_event: number;
  readonly proposal: string;
  readonly dsse: unknown;
  readonly purpose: 'validation' | 'rollout';
  readonly enclave: string;
  readonly proposal_state: string;
  readonly is_current: boolean;
}

export async function recordProgress(
  work: Work,
  views: RolloutViews,
  { enclave, reports }: { readonly enclave: string; readonly reports: readonly [ProgressReport, ...ProgressReport[]] },
): Promise<Result<RolloutAfter>> {
  const { capsule: digest } = reports[0].progress;
  const stored = await lockRollout(work, digest);
  if (stored === undefined || stored.enclave !== enclave)
    return refuse('conflict', 'no rollout of this enclave has this capsule');
  const opened = openStoredCapsule(digest, stored.dsse);
  let state = await views.take(work.db, opened, stored.last_event);
  const fresh: RolloutEvent[] = [];
  for (const { progress } of reports) {
    const next = stored.last_event + fresh.length;
    // Events before this batch are still on their way: the gateway sends it again.
    if (progress.from > next)
      return refuse('unavailable', `events from ${next} on are missing before ${progress.from}`);
    for (const event of progress.events.slice(next - progress.from)) {
      const applied = apply(state, event);
      if (!applied.ok)
        return refuse('illegal-event', `event ${stored.last_event + fresh.length}: ${applied.refusal.detail}`, {
          clause: 'X7',
        });
      state = applied.value;
      fresh.push(event);
    }
  }
  const view = viewOf(state);
  const events = stored.last_event + fresh.length;
  // A capsule that was replaced moves nothing any more.
  const isCurrent = stored.purpose === 'rollout' && stored.is_current;
  const moved = isCurrent ? proposalAfter(stored.proposal_state, fresh) : undefined;
  recordLeaves(work, { digest, proposal: stored.proposal, reports, fresh, view });
  await write(work, { digest, stored, reports, fresh, view, events, moved });
  const isTripped = stored.purpose === 'rollout' && fresh.some(({ type }) => type === 'tripped');
  return { ok: true, value: { capsule: digest, proposal: stored.proposal, state, events, isTripped } };
}

async function lockRollout({ db, context }: Work, capsule: string): Promise<Stored | undefined> {
  const { rows } = await sql<Stored>`
    select r.last_event, r.proposal, c.dsse, c.purpose, c.enclave, p.state as proposal_state,
           p.rollout_capsule = r.capsule as is_current
    from rollout r
    join capsule c on c.organisation = r.organisation and c.digest = r.capsule
    join proposal p on p.organisation = r.organisation and p.id = r.proposal
    where r.organisation = ${context.organisation} and r.capsule = ${capsule} for no key update of r, p`.execute(db);
  return rows[0];
}

/** The word for the column: what an operator has to know first. */
const phaseName = ({ phase, breaker }: RolloutView): string =>
  breaker.state === 'closed' ? phase.name : breaker.state === 'open' && breaker.isHalt ? 'halted' : 'tripped';

/** Legal steps only; a proposal that is already further stays where it is. */
function proposalAfter(stored: string, events: readonly RolloutEvent[]): ProposalState | undefined {
  const before = PROPOSAL_STATES.find((name) => name === stored);
  if (before === undefined) throw new Error('a stored proposal does not have its form');
  const after = events.reduce<ProposalState>((state, { type }) => {
    const event = proposalEvent(type);
    const next = event === undefined ? undefined : nextState(state, event);
    return next?.ok === true ? next.value : state;
  }, before);
  return after === before ? undefined : after;
}

function proposalEvent(type: RolloutEvent['type']): ProposalEvent | undefined {
  if (type === 'started') return { type: 'started' };
  return type === 'completed' || type === 'restored' ? { type: 'executed' } : undefined;
}

interface Recorded {
  readonly digest: Digest;
  readonly proposal: string;
  readonly reports: readonly ProgressReport[];
  readonly fresh: readonly RolloutEvent[];
  readonly view: RolloutView;
}

/** One leaf a batch names its signed bytes; moments that matter have a leaf of their own. */
function recordLeaves(work: Work, { digest, proposal, reports, fresh, view }: Recorded): void {
  if (fresh.length === 0) return;
  const common = { subject: capsuleSubject(digest), correlation: proposal };
  const batches = reports.map(({ payload, progress }) => ({
    digest: payload,
    from: progress.from,
    events: progress.events.length,
  }));
  work.leaf({
    ...common,
    event: 'rollout.progressed',
    body: { capsule: digest, batches, phase: phaseName(view), counts: view.counts },
  });
  for (const event of fresh) {
    const name = leafName(event, view);
    if (name !== undefined) work.leaf({ ...common, event: name, body: { capsule: digest, event } });
  }
}

function leafName(event: RolloutEvent, { phase }: RolloutView): RecordEvent | undefined {
  switch (event.type) {
    case 'started':
      return 'rollout.started';
    case 'tripped':
      return 'rollout.tripped';
    case 'halted':
      return 'rollout.halted';
    case 'resumed':
      return 'rollout.resumed';
    case 'restored':
      return phase.name === 'rolled-back' ? 'rollout.rolled-back' : 'rollout.rollback-failed';
    case 'completed':
      return 'rollout.completed';
    case 'leased':
    case 'verdict':
    case 'unknown':
    case 'dependants':
    case 'rollback-started':
    case 'reverting':
    case 'reverted':
    case 'revert-failed':
      return undefined;
  }
}

interface Writing extends Omit<Recorded, 'proposal'> {
  readonly stored: Stored;
  readonly events: number;
  readonly moved: ProposalState | undefined;
}

/** One statement: the cost of a batch is what is in it. */
async function write(
  { db, context }: Work,
  { digest, stored, reports, fresh, view, events, moved }: Writing,
): Promise<void> {
  const { organisation, now } = context;
  const batches = reports.map(({ progress, dsse }) => ({ first: progress.from, events: progress.events.length, dsse }));
  const longest = [...Map.groupBy(batches, ({ first }) => first).values()].flatMap((same) =>
    same.toSorted((a, b) => b.events - a.events).slice(0, 1),
  );
  const counts = { ...view.counts, phase: view.phase, breaker: view.breaker };
  await sql`
    with listed as (
      insert into rollout_event (organisation, capsule, seq, event)
      select ${organisation}, ${digest}, ${stored.last_event} + place - 1, event
      from jsonb_array_elements(${JSON.stringify(fresh)}::jsonb) with ordinality as e (event, place)),
    kept as (
      insert into progress (organisation, capsule, first, dsse)
      select ${organisation}, ${digest}, first, dsse
      from jsonb_to_recordset(${JSON.stringify(longest)}::jsonb) as b (first int, dsse jsonb)
      on conflict (organisation, capsule, first) do update set dsse = excluded.dsse
        where length(excluded.dsse->>'payload') > length(progress.dsse->>'payload')),
    running as (
      update capsule set state = 'running'
      where organisation = ${organisation} and digest = ${digest} and state = 'dispatched'),
    moved as (
      update proposal set state = ${moved ?? null}, updated_at = ${now}::timestamptz, reason = ${`the rollout is ${phaseName(view)}`}
      where organisation = ${organisation} and id = ${stored.proposal} and ${moved !== undefined})
    update rollout set phase = ${phaseName(view)}, counts = ${JSON.stringify(counts)}::jsonb, trip = ${view.trips},
                       last_event = ${events}, updated_at = ${now}::timestamptz
    where organisation = ${organisation} and capsule = ${digest} ${sql.raw(WITH_NEXT)}`.execute(db);
}
