import { expect, test } from 'vitest';
import { instantAt } from '../capsule/example-capsule.test.ts';
import { acceptedUnknown, acceptedWrong, leftOut } from '../shared/shape.builder.ts';
import { readShape } from '../shared/shape.ts';
import { leafGap } from './events.ts';
import { leafShape, RECORD_EVENTS, type Leaf, type RecordEvent } from './leaf.ts';

const LEAF = {
  type: 'leaf',
  organisation: 'acme',
  event: 'approval.received',
  at: '2026-11-21T18:00:00.000Z',
  actor: 'person:kim',
  subject: 'proposal:P-1',
  correlation: 'P-1',
  body: `sha256:${'1'.repeat(64)}`,
};
const placesOf = (more: Record<string, unknown>): readonly string[] => {
  const read = readShape(leafShape, { ...LEAF, ...more });
  return read.ok ? [] : (read.refusal.complaints ?? []).map(({ at }) => at);
};
const leaf = (more: Partial<Leaf>): Leaf => {
  const read = readShape(leafShape, { ...LEAF, ...more });
  if (!read.ok) throw new Error(read.refusal.detail);
  return read.value;
};

test('L5: a line of the record is read whole, owes every field, and none may be added', () => {
  expect(readShape(leafShape, LEAF)).toEqual({ ok: true, value: LEAF });
  expect(leftOut(leafShape, LEAF)).toEqual([]);
  expect(acceptedWrong(leafShape, LEAF)).toEqual([]);
  expect(acceptedUnknown(leafShape, LEAF)).toEqual([]);
});

test('L5: every event has a name of two parts, and no name is used twice', () => {
  expect(new Set(RECORD_EVENTS).size).toBe(RECORD_EVENTS.length);
  expect(RECORD_EVENTS.filter((event) => !/^[a-z-]+\.[a-z-]+$/.test(event))).toEqual([]);
});

test.each(['approval.given', 'Approval.received', 'approval.received ', 'approval', '', 'toString'])(
  'L5: the vocabulary is closed: %j is no event',
  (event) => {
    expect(placesOf({ event })).toEqual(['/event']);
  },
);

test.each(['person:kim', 'agent:playbook', 'control', 'benign-schedule:nightly.1', `a:${'x'.repeat(128)}`])(
  'L5: %j names somebody or something',
  (reference) => {
    expect(placesOf({ actor: reference, subject: reference })).toEqual([]);
  },
);

test.each([
  '',
  ':',
  'person:',
  ':kim',
  'person:kim:eve',
  'person: kim',
  'Person:kim',
  'person:../kim',
  'person:kim\n',
  'person:kim\nperson:eve',
  'person:\u202Ekim',
  'person kim',
  `a:${'x'.repeat(129)}`,
])('V3, T19: %j names nobody and nothing', (reference) => {
  expect(placesOf({ actor: reference })).toEqual(['/actor']);
  expect(placesOf({ subject: reference })).toEqual(['/subject']);
});

test.each(['', 'P-1', 'T.2_b', 'x'.repeat(64)])('L5: %j is a remediation, or none', (correlation) => {
  expect(placesOf({ correlation })).toEqual([]);
});

test.each(['x'.repeat(65), 'P 1', 'P-1\n', '../P-1', 'P:1', '\u202EP'])(
  'V3, T19: %j is no remediation',
  (correlation) => {
    expect(placesOf({ correlation })).toEqual(['/correlation']);
  },
);

/** The whole vocabulary with what each event owes: a person as actor, a remediation, both or neither. */
const OWES: Readonly<Record<RecordEvent, string>> = {
  'organisation.created': '',
  'trust.updated': '',
  'envelope.activated': 'person',
  'envelope.suspended': '',
  'graph.updated': '',
  'signal.received': '',
  'signal.unauthenticated': '',
  'triage.opened': '',
  'proposal.created': 'remediation',
  'proposal.refused': 'remediation',
  'proposal.withdrawn': 'remediation',
  'proposal.expired': 'remediation',
  'decision.made': 'remediation',
  'validation.requested': 'remediation',
  'validation.finished': 'remediation',
  'capsule.built': 'remediation',
  'approval.received': 'person, remediation',
  'approval.refused': 'remediation',
  'approval.rejected': 'person, remediation',
  'capsule.dispatched': 'remediation',
  'capsule.refused': 'remediation',
  'rollout.started': 'remediation',
  'rollout.progressed': 'remediation',
  'rollout.tripped': 'remediation',
  'rollout.halted': 'remediation',
  'rollout.resumed': 'remediation',
  'rollout.rolled-back': 'remediation',
  'rollout.rollback-failed': 'remediation',
  'rollout.completed': 'remediation',
  'halt.requested': 'person',
  'resume.requested': 'person',
  'rollback.requested': 'person',
  'evidence.received': '',
  'evidence.read': '',
  'evidence.exported': 'person',
  'evidence.closed': 'person',
  'hold.set': 'person',
  'hold.lift-asked': 'person',
  'hold.lifted': 'person',
  'remediation.closed': 'remediation',
  'manual-work.opened': '',
  'transition.refused': '',
  'enclave.invited': 'person',
  'enclave.certified': '',
  'enclave.shut-out': 'person',
  'session.began': 'person',
  'session.ended': 'person',
  'session.refused': 'person',
  'identity.counted': '',
  'source.described': 'person',
  'benign-schedule.added': 'person',
  'benign-schedule.removed': 'person',
  'signal.labelled': 'person',
  'vex.received': '',
  'exploited.received': '',
  'findings.ranked': '',
  'finding.owned': 'person',
  'spec.registered': 'person',
  'envelope.drafted': '',
  'authority.narrowed': '',
  'envelope.signed': '',
  'envelope.tests-stored': '',
  'class.contracted': '',
  'class.restored': '',
  'audit.found': '',
  'audit.closed': '',
  'engine.failed': '',
  'manual-work.done': '',
  'manual-work.closed': '',
  'restraint.set': '',
  'restraint.lifted': '',
  'prediction.compared': '',
  'body.expired': '',
  'campaign.made': 'person',
  'campaign.signed': 'person',
  'campaign.approved': '',
  'campaign.released': '',
  'campaign.receipt': '',
  'campaign.held': '',
};

test.each(RECORD_EVENTS)('L5, A2: %s owes what the table says, and nothing else', (event) => {
  const at = instantAt('2026-11-21T18:00:00.000Z');
  const owesPerson = leafGap(leaf({ event, at, actor: 'control' })) === 'must name a person as actor';
  const owesRemediation = leafGap(leaf({ event, at, correlation: '' })) === 'must name the remediation it belongs to';
  expect([...(owesPerson ? ['person'] : []), ...(owesRemediation ? ['remediation'] : [])].join(', ')).toBe(OWES[event]);
  expect(leafGap(leaf({ event, at }))).toBeUndefined();
});

test('A2: whoever only calls themselves a person is none', () => {
  for (const actor of ['personal:kim', 'person', 'agent:person', 'control'])
    expect(leafGap(leaf({ event: 'halt.requested', actor }))).toBe('must name a person as actor');
});
