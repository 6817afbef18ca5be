/**
 * The life of a proposal (L1, A3, X7). One table says every legal step; every other pair of state and event is refused and
 * changes nothing (409, recorded as `transition.refused`). Waiting for the runner and not knowing are states of their own.
 */
import type { Digest, Instant, PersonId } from '../shared/brand.ts';
import { ok, refuse, type Result } from '../shared/result.ts';

export const PROPOSAL_STATES = [
  'DRAFT',
  'VALIDATING',
  'STAGING_FAILED',
  'PENDING',
  'NEEDS_INFO',
  'DEFERRED',
  'REJECTED',
  'WITHDRAWN',
  'EXPIRED',
  'SUPERSEDED',
  'APPROVED',
  'DISPATCHED',
  'RUNNING',
  'WITHDRAWING',
  'VERIFYING',
  'SUCCEEDED',
  'ROLLED_BACK',
  'FAILED',
  'UNKNOWN',
  'PROHIBITED',
] as const;
export type ProposalState = (typeof PROPOSAL_STATES)[number];

/** How an unknown outcome was settled; all of these are terminal. */
export type ReconciledOutcome = 'SUCCEEDED' | 'ROLLED_BACK' | 'FAILED' | 'WITHDRAWN';

export type ProposalEvent =
  /** Accepted at intake and decided; staging validation has been asked for. */
  | { readonly type: 'submitted' }
  | { readonly type: 'staging-passed' }
  /** The envelope's low-risk exception (L4); counted. */
  | { readonly type: 'staging-skipped' }
  | { readonly type: 'staging-failed' }
  /** The decision prohibits; a manual work item opens (D1). */
  | { readonly type: 'prohibited' }
  /** What prohibited is mended: it is decided and validated anew. */
  | { readonly type: 'mended' }
  | { readonly type: 'info-requested'; readonly by: PersonId }
  | { readonly type: 'info-answered' }
  | { readonly type: 'deferred'; readonly by: PersonId; readonly until: Instant }
  | { readonly type: 'returned' }
  | { readonly type: 'rejected'; readonly by: PersonId }
  | { readonly type: 'withdrawn' }
  | { readonly type: 'expired' }
  | { readonly type: 'superseded'; readonly byRevision: number }
  /** The quorum over this capsule is complete. */
  | { readonly type: 'approved'; readonly capsule: Digest }
  /** Policy lets it run alone: the only way past PENDING. */
  | { readonly type: 'authorised'; readonly verdict: 'autonomous'; readonly capsule: Digest }
  /** A relevant change since the decision, or a revoked approval (D6). */
  | { readonly type: 'authority-voided'; readonly changed: readonly string[] }
  | { readonly type: 'dispatched'; readonly capsule: Digest }
  /** The runner's gate refused the capsule for good; nothing was touched. */
  | { readonly type: 'refused-by-runner'; readonly code: string }
  | { readonly type: 'withdrawal-requested' }
  /** The runner says it never acted and never will. */
  | { readonly type: 'fenced' }
  | { readonly type: 'started' }
  /** The window is over and the runner has not answered: nobody knows (trap 6). */
  | { readonly type: 'window-passed' }
  | { readonly type: 'executed' }
  | { readonly type: 'verified'; readonly evidence: Digest }
  | { readonly type: 'rolled-back'; readonly evidence: Digest }
  | { readonly type: 'verification-failed' }
  | { readonly type: 'outcome-lost' }
  /** A probe or a person settled it, with evidence. */
  | {
      readonly type: 'reconciled';
      readonly outcome: ReconciledOutcome;
      readonly by: string;
      readonly evidence: Digest;
    };
export type ProposalEventType = ProposalEvent['type'];

/** In the order of the table below; a test proves that none is missing. */
export const PROPOSAL_EVENTS: readonly ProposalEventType[] = [
  'submitted',
  'staging-passed',
  'staging-skipped',
  'staging-failed',
  'prohibited',
  'mended',
  'info-requested',
  'info-answered',
  'deferred',
  'returned',
  'rejected',
  'withdrawn',
  'expired',
  'superseded',
  'approved',
  'authorised',
  'authority-voided',
  'dispatched',
  'refused-by-runner',
  'withdrawal-requested',
  'fenced',
  'started',
  'window-passed',
  'executed',
  'verified',
  'rolled-back',
  'verification-failed',
  'outcome-lost',
  'reconciled',
];

type Steps = Readonly<Partial<Record<ProposalState, ProposalState>>>;
const from = (states: readonly ProposalState[], to: ProposalState): Steps =>
  Object.fromEntries(states.map((state) => [state, to]));

/** Before the runner could know of it. */
const OPEN = [
  'DRAFT',
  'VALIDATING',
  'PENDING',
  'NEEDS_INFO',
  'DEFERRED',
  'APPROVED',
  'STAGING_FAILED',
  'PROHIBITED',
] as const;

const TRANSITIONS: Readonly<Record<Exclude<ProposalEventType, 'reconciled'>, Steps>> = {
  submitted: { DRAFT: 'VALIDATING' },
  'staging-passed': { VALIDATING: 'PENDING' },
  'staging-skipped': { VALIDATING: 'PENDING' },
  'staging-failed': { VALIDATING: 'STAGING_FAILED' },
  prohibited: from(['DRAFT', 'VALIDATING', 'PENDING', 'NEEDS_INFO', 'DEFERRED', 'APPROVED'], 'PROHIBITED'),
  mended: { PROHIBITED: 'VALIDATING' },
  'info-requested': { PENDING: 'NEEDS_INFO' },
  'info-answered': { NEEDS_INFO: 'PENDING' },
  deferred: { PENDING: 'DEFERRED' },
  returned: { DEFERRED: 'PENDING' },
  rejected: { PENDING: 'REJECTED' },
  withdrawn: from(OPEN, 'WITHDRAWN'),
  expired: from(OPEN, 'EXPIRED'),
  superseded: from(OPEN, 'SUPERSEDED'),
  approved: { PENDING: 'APPROVED' },
  authorised: { DRAFT: 'APPROVED', VALIDATING: 'APPROVED' },
  'authority-voided': { APPROVED: 'PENDING' },
  dispatched: { APPROVED: 'DISPATCHED' },
  'refused-by-runner': { DISPATCHED: 'PENDING', WITHDRAWING: 'WITHDRAWN' },
  'withdrawal-requested': { DISPATCHED: 'WITHDRAWING' },
  fenced: { WITHDRAWING: 'WITHDRAWN' },
  started: { DISPATCHED: 'RUNNING', WITHDRAWING: 'RUNNING' },
  'window-passed': { DISPATCHED: 'UNKNOWN', WITHDRAWING: 'UNKNOWN' },
  executed: { RUNNING: 'VERIFYING' },
  verified: { VERIFYING: 'SUCCEEDED' },
  'rolled-back': { VERIFYING: 'ROLLED_BACK' },
  'verification-failed': { VERIFYING: 'FAILED' },
  'outcome-lost': { VERIFYING: 'UNKNOWN' },
};

function stepOf(state: ProposalState, event: ProposalEvent): ProposalState | undefined {
  if (event.type === 'reconciled') return state === 'UNKNOWN' ? event.outcome : undefined;
  return TRANSITIONS[event.type][state];
}

/** The state after an event; an illegal pair is refused with `illegal-transition` and the state stays as it is. */
export function nextState(state: ProposalState, event: ProposalEvent): Result<ProposalState> {
  const next = stepOf(state, event);
  if (next !== undefined) return ok(next);
  return refuse('illegal-transition', `\`${event.type}\` is not possible while the proposal is ${state}`, {
    clause: 'L1',
    next: eventsFrom(state).map((type) => `possible now: ${type}`),
  });
}

/** Events that a state accepts. */
export const eventsFrom = (state: ProposalState): readonly ProposalEventType[] =>
  PROPOSAL_EVENTS.filter((type) =>
    type === 'reconciled' ? state === 'UNKNOWN' : TRANSITIONS[type][state] !== undefined,
  );

/** Nothing follows any more. */
export const isTerminal = (state: ProposalState): boolean => eventsFrom(state).length === 0;

export interface ProposalPosition {
  readonly state: ProposalState;
  readonly revision: number;
}

/** Like `nextState`, for an event that was meant for one revision: what was said of an older one moves nothing (trap 1). */
export function advance(now: ProposalPosition, event: ProposalEvent, revision: number): Result<ProposalPosition> {
  if (revision !== now.revision)
    return refuse('stale-revision', `revision ${revision} was meant, the proposal is at ${now.revision}`, {
      clause: 'A2',
    });
  const next = nextState(now.state, event);
  return next.ok ? ok({ state: next.value, revision }) : next;
}
