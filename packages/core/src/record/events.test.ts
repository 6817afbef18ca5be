import { expect, test } from 'vitest';
import { digestOf, idOf, instantAt } from '../capsule/example-capsule.test.ts';
import { readShape } from '../shared/shape.ts';
import { leafGap, leafOf, type Happening } from './events.ts';
import { leafShape, RECORD_EVENTS, type Leaf } from './leaf.ts';

const happening = (more: Partial<Happening> = {}): Happening => ({
  organisation: idOf('acme'),
  event: 'approval.received',
  at: instantAt('2026-11-21T18:00:00.000Z'),
  actor: { kind: 'person', id: 'kim' },
  subject: { kind: 'proposal', id: 'P-1' },
  correlation: 'P-1',
  body: digestOf('1'),
  ...more,
});

function leaf(more: Partial<Happening> = {}): Leaf {
  const result = leafOf(happening(more));
  if (!result.ok) throw new Error(result.refusal.detail);
  return result.value;
}

test('L5: a leaf says what happened, to what, by whom and in which remediation', () => {
  expect(leaf()).toEqual({
    type: 'leaf',
    organisation: 'acme',
    event: 'approval.received',
    at: '2026-11-21T18:00:00.000Z',
    actor: 'person:kim',
    subject: 'proposal:P-1',
    correlation: 'P-1',
    body: digestOf('1'),
  });
});

test.each(RECORD_EVENTS)('L5: a leaf of %s fits its shape', (event) => {
  expect(readShape(leafShape, leaf({ event }))).toMatchObject({ ok: true, value: { event } });
});

test('a program without an id is named by its kind, and what belongs to no remediation says so', () => {
  const { correlation: _, ...rest } = happening({ actor: { kind: 'control' }, event: 'trust.updated' });
  expect(leafOf(rest)).toMatchObject({ ok: true, value: { actor: 'control', correlation: '' } });
});

test.each<[string, Partial<Happening>, string]>([
  ['an actor with a line end', { actor: { kind: 'person', id: 'kim\nperson:eve' } }, '/actor'],
  ['an actor without an id', { actor: { kind: 'agent', id: '' } }, '/actor'],
  ['a subject with a colon', { subject: { kind: 'proposal', id: 'P:1' } }, '/subject'],
  ['a subject kind in capitals', { subject: { kind: 'Proposal', id: 'P-1' } }, '/subject'],
  ['a correlation that is too long', { correlation: 'x'.repeat(65) }, '/correlation'],
  ['an id that is too long', { actor: { kind: 'person', id: 'x'.repeat(129) } }, '/actor'],
])('V3: refuses %s', (_, more, at) => {
  expect(leafOf(happening(more))).toMatchObject({ ok: false, refusal: { complaints: [{ at }] } });
});

test.each([
  'envelope.activated',
  'approval.received',
  'approval.rejected',
  'halt.requested',
  'resume.requested',
  'rollback.requested',
] as const)('A2, X5: %s has to name a person', (event) => {
  expect(leafGap(leaf({ event }))).toBeUndefined();
  for (const actor of [
    { kind: 'control' },
    { kind: 'agent', id: 'playbook' },
    { kind: 'runner', id: 'prod-1' },
  ] as const)
    expect(leafGap(leaf({ event, actor }))).toBe('must name a person as actor');
});

test.each([
  'proposal.created',
  'decision.made',
  'validation.finished',
  'capsule.built',
  'rollout.tripped',
  'remediation.closed',
] as const)('L5: %s has to name its remediation', (event) => {
  expect(leafGap(leaf({ event }))).toBeUndefined();
  expect(leafGap(leaf({ event, correlation: '' }))).toBe('must name the remediation it belongs to');
});

test('an event of no remediation owes none', () => {
  expect(leafGap(leaf({ event: 'graph.updated', actor: { kind: 'control' }, correlation: '' }))).toBeUndefined();
});
