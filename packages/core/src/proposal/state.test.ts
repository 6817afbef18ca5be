import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseDigest, parseId, parseInstant } from '../shared/brand.ts';
import {
  advance,
  eventsFrom,
  isTerminal,
  nextState,
  PROPOSAL_EVENTS,
  PROPOSAL_STATES,
  type ProposalEvent,
  type ProposalEventType,
  type ProposalState,
} from './state.ts';

const by = parseId<'Person'>('kim')!;
const evidence = parseDigest(`sha256:${'e'.repeat(64)}`)!;
const until = parseInstant('2026-11-22T00:00:00.000Z')!;

/** Every kind of event, with any payload that fits. */
const EVENTS: Readonly<Record<ProposalEventType, ProposalEvent>> = {
  submitted: { type: 'submitted' },
  'staging-passed': { type: 'staging-passed' },
  'staging-skipped': { type: 'staging-skipped' },
  'staging-failed': { type: 'staging-failed' },
  prohibited: { type: 'prohibited' },
  mended: { type: 'mended' },
  'info-requested': { type: 'info-requested', by },
  'info-answered': { type: 'info-answered' },
  deferred: { type: 'deferred', by, until },
  returned: { type: 'returned' },
  rejected: { type: 'rejected', by },
  withdrawn: { type: 'withdrawn' },
  expired: { type: 'expired' },
  superseded: { type: 'superseded', byRevision: 2 },
  approved: { type: 'approved', capsule: evidence },
  authorised: { type: 'authorised', verdict: 'autonomous', capsule: evidence },
  'authority-voided': { type: 'authority-voided', changed: ['graph'] },
  dispatched: { type: 'dispatched', capsule: evidence },
  'refused-by-runner': { type: 'refused-by-runner', code: 'window' },
  'withdrawal-requested': { type: 'withdrawal-requested' },
  fenced: { type: 'fenced' },
  started: { type: 'started' },
  'window-passed': { type: 'window-passed' },
  executed: { type: 'executed' },
  verified: { type: 'verified', evidence },
  'rolled-back': { type: 'rolled-back', evidence },
  'verification-failed': { type: 'verification-failed' },
  'outcome-lost': { type: 'outcome-lost' },
  reconciled: { type: 'reconciled', outcome: 'SUCCEEDED', by: 'probe', evidence },
};

/** The legal list written a second time, by hand and by state: the two have to agree on every pair. */
const LEGAL: Readonly<Record<ProposalState, Readonly<Partial<Record<ProposalEventType, ProposalState>>>>> = {
  DRAFT: {
    submitted: 'VALIDATING',
    authorised: 'APPROVED',
    prohibited: 'PROHIBITED',
    withdrawn: 'WITHDRAWN',
    expired: 'EXPIRED',
    superseded: 'SUPERSEDED',
  },
  VALIDATING: {
    'staging-passed': 'PENDING',
    'staging-skipped': 'PENDING',
    'staging-failed': 'STAGING_FAILED',
    authorised: 'APPROVED',
    prohibited: 'PROHIBITED',
    withdrawn: 'WITHDRAWN',
    expired: 'EXPIRED',
    superseded: 'SUPERSEDED',
  },
  STAGING_FAILED: { withdrawn: 'WITHDRAWN', expired: 'EXPIRED', superseded: 'SUPERSEDED' },
  PENDING: {
    'info-requested': 'NEEDS_INFO',
    deferred: 'DEFERRED',
    rejected: 'REJECTED',
    approved: 'APPROVED',
    prohibited: 'PROHIBITED',
    withdrawn: 'WITHDRAWN',
    expired: 'EXPIRED',
    superseded: 'SUPERSEDED',
  },
  NEEDS_INFO: {
    'info-answered': 'PENDING',
    prohibited: 'PROHIBITED',
    withdrawn: 'WITHDRAWN',
    expired: 'EXPIRED',
    superseded: 'SUPERSEDED',
  },
  DEFERRED: {
    returned: 'PENDING',
    prohibited: 'PROHIBITED',
    withdrawn: 'WITHDRAWN',
    expired: 'EXPIRED',
    superseded: 'SUPERSEDED',
  },
  APPROVED: {
    dispatched: 'DISPATCHED',
    'authority-voided': 'PENDING',
    prohibited: 'PROHIBITED',
    withdrawn: 'WITHDRAWN',
    expired: 'EXPIRED',
    superseded: 'SUPERSEDED',
  },
  PROHIBITED: { mended: 'VALIDATING', withdrawn: 'WITHDRAWN', expired: 'EXPIRED', superseded: 'SUPERSEDED' },
  DISPATCHED: {
    started: 'RUNNING',
    'withdrawal-requested': 'WITHDRAWING',
    'refused-by-runner': 'PENDING',
    'window-passed': 'UNKNOWN',
  },
  WITHDRAWING: {
    fenced: 'WITHDRAWN',
    started: 'RUNNING',
    'refused-by-runner': 'WITHDRAWN',
    'window-passed': 'UNKNOWN',
  },
  RUNNING: { executed: 'VERIFYING' },
  VERIFYING: {
    verified: 'SUCCEEDED',
    'rolled-back': 'ROLLED_BACK',
    'verification-failed': 'FAILED',
    'outcome-lost': 'UNKNOWN',
  },
  UNKNOWN: { reconciled: 'SUCCEEDED' },
  REJECTED: {},
  WITHDRAWN: {},
  EXPIRED: {},
  SUPERSEDED: {},
  SUCCEEDED: {},
  ROLLED_BACK: {},
  FAILED: {},
};

const PAIRS = PROPOSAL_STATES.flatMap((state) => PROPOSAL_EVENTS.map((type) => [state, type] as const));

test('the matrix is whole: 20 states and 29 events, each named once', () => {
  expect(PAIRS).toHaveLength(20 * 29);
  expect(new Set(PROPOSAL_EVENTS)).toEqual(new Set(Object.keys(EVENTS)));
});

test.each(PAIRS)('L1: %s on %s does what the legal list says, and nothing else', (state, type) => {
  const wanted = LEGAL[state][type];
  const next = nextState(state, EVENTS[type]);
  expect(next.ok ? next.value : undefined).toBe(wanted);
  expect(next.ok ? undefined : next.refusal.code).toBe(wanted === undefined ? 'illegal-transition' : undefined);
  expect(eventsFrom(state).includes(type)).toBe(wanted !== undefined);
});

test('a refusal names what is possible instead', () => {
  const next = nextState('PENDING', EVENTS.started);
  expect(next.ok ? '' : next.refusal.detail).toBe('`started` is not possible while the proposal is PENDING');
  expect(next.ok ? [] : next.refusal.next).toContain('possible now: approved');
});

test('nothing follows a terminal state, and the terminal states are these', () => {
  const terminal = PROPOSAL_STATES.filter(isTerminal);
  expect(terminal).toEqual(['REJECTED', 'WITHDRAWN', 'EXPIRED', 'SUPERSEDED', 'SUCCEEDED', 'ROLLED_BACK', 'FAILED']);
});

test.each<[string, ProposalState, ProposalEvent]>([
  ['approve on not-PENDING', 'NEEDS_INFO', EVENTS.approved],
  ['DEFERRED to APPROVED without a return', 'DEFERRED', EVENTS.approved],
  ['EXPIRED to anything', 'EXPIRED', EVENTS.approved],
  ['REJECTED to anything', 'REJECTED', EVENTS.returned],
  ['a second dispatch', 'DISPATCHED', EVENTS.dispatched],
  ['withdrawn said while an order is in flight', 'DISPATCHED', EVENTS.withdrawn],
  ['withdrawn said because the window is over', 'WITHDRAWING', EVENTS.expired],
  ['running without an order', 'APPROVED', EVENTS.started],
  ['running from waiting', 'PENDING', EVENTS.started],
  ['succeeded without verification', 'RUNNING', EVENTS.verified],
  ['autonomous past people who were asked', 'PENDING', EVENTS.authorised],
  ['autonomous after a failed staging', 'STAGING_FAILED', EVENTS.authorised],
  ['unknown into success without reconciliation', 'UNKNOWN', EVENTS.verified],
])('illegal: %s', (_, state, event) => {
  expect(nextState(state, event)).toMatchObject({ ok: false, refusal: { code: 'illegal-transition' } });
});

test('UNKNOWN is settled into what the evidence says, and only UNKNOWN', () => {
  for (const outcome of ['SUCCEEDED', 'ROLLED_BACK', 'FAILED', 'WITHDRAWN'] as const) {
    expect(nextState('UNKNOWN', { type: 'reconciled', outcome, by: 'kim', evidence })).toEqual({
      ok: true,
      value: outcome,
    });
    expect(nextState('RUNNING', { type: 'reconciled', outcome, by: 'kim', evidence }).ok).toBe(false);
  }
});

test('A2: what was said of an older revision moves nothing (trap 1)', () => {
  const now = { state: 'PENDING', revision: 2 } as const;
  expect(advance(now, EVENTS.approved, 1)).toMatchObject({ ok: false, refusal: { code: 'stale-revision' } });
  expect(advance(now, EVENTS.approved, 3)).toMatchObject({ ok: false, refusal: { code: 'stale-revision' } });
  expect(advance(now, EVENTS.approved, 2)).toEqual({ ok: true, value: { state: 'APPROVED', revision: 2 } });
  expect(advance(now, EVENTS.started, 2)).toMatchObject({ ok: false, refusal: { code: 'illegal-transition' } });
});

/** The states along a history in which refused events change nothing. */
function walk(
  types: readonly ProposalEventType[],
): readonly { readonly state: ProposalState; readonly type: ProposalEventType }[] {
  let state: ProposalState = 'DRAFT';
  return types.flatMap((type) => {
    const next = nextState(state, EVENTS[type]);
    if (!next.ok) return [];
    state = next.value;
    return [{ state, type }];
  });
}

/** Mostly steps forward, so that histories get far; among them anything. */
const FORWARD = ['submitted', 'staging-passed', 'approved', 'authorised', 'dispatched', 'started'] as const;
const histories = fc.array(
  fc.oneof(
    { weight: 6, arbitrary: fc.constantFrom(...FORWARD) },
    { weight: 1, arbitrary: fc.constantFrom(...PROPOSAL_EVENTS) },
  ),
  { minLength: 10, maxLength: 60 },
);

test('I1: there is no history that runs without having been approved or authorised, and dispatched after that', () => {
  let ran = 0;
  fc.assert(
    fc.property(histories, (types) => {
      const steps = walk(types);
      const running = steps.findIndex(({ state }) => state === 'RUNNING');
      if (running < 0) return;
      ran += 1;
      const before = steps.slice(0, running).map(({ state }) => state);
      const dispatched = before.lastIndexOf('DISPATCHED');
      expect(before[dispatched - 1]).toBe('APPROVED');
      expect(before.slice(dispatched + 1).every((state) => state === 'WITHDRAWING')).toBe(true);
      const authority = steps[dispatched - 1]?.type;
      expect(['approved', 'authorised']).toContain(authority);
    }),
    { numRuns: 1000 },
  );
  // The property would hold vacuously if no history ever ran.
  expect(ran).toBeGreaterThan(50);
});

test('I1: by search over the whole graph, RUNNING is reached only through APPROVED', () => {
  const reachable = new Set<ProposalState>(['DRAFT']);
  for (const state of reachable)
    for (const type of eventsFrom(state)) {
      const next = nextState(state, EVENTS[type]);
      if (next.ok && next.value !== 'APPROVED') reachable.add(next.value);
    }
  expect([...reachable]).toEqual(expect.arrayContaining(['PENDING', 'PROHIBITED', 'WITHDRAWN']));
  expect(reachable.has('DISPATCHED')).toBe(false);
  expect(reachable.has('RUNNING')).toBe(false);
});

test('every state can be reached', () => {
  const reachable = new Set<ProposalState>(['DRAFT']);
  for (const state of reachable) for (const next of Object.values(LEGAL[state])) reachable.add(next);
  expect(reachable.size).toBe(PROPOSAL_STATES.length);
});
