import { countsText, RECORD_EVENTS } from '@countersign/core';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Recorded } from '../sdk/events.ts';
import { capsuleNamedIn, isOver, RolloutBoard } from './rollout-board.ts';
import { countsIn, tell } from './tell.ts';

const counts = {
  targets: 40,
  touched: 3,
  healthy: 2,
  broken: 1,
  reverted: 0,
  unknown: 0,
  stillDegraded: 0,
  untouched: 37,
  actsAfterTrip: 0,
};
const hex = 'ab'.repeat(32);
const recorded = (event: string, more: Partial<Recorded['leaf']> = {}, body?: unknown): Recorded => ({
  seq: 1,
  leaf: {
    event,
    at: '2026-11-21T03:04:05.000Z',
    actor: 'runner:r-1',
    subject: `capsule:${hex}`,
    correlation: 'P-1',
    ...more,
  },
  ...(body !== undefined && { body }),
});

test('every event of the record is told, but for mere progress and reading', () => {
  const silent = RECORD_EVENTS.filter((event) => tell(recorded(event)) === undefined);
  expect(silent).toEqual(['organisation.created', 'rollout.progressed', 'evidence.read']);
});

test('a line says when, about what, what, why, and by whom', () => {
  const trip = recorded('rollout.tripped', {}, { event: { type: 'tripped', trip: 2, cause: 'target web-3: failure' } });
  expect(tell(trip)).toEqual({
    text: '03:04:05  P-1           CIRCUIT BREAKER TRIPPED  trip 2; target web-3: failure  by runner:r-1',
    style: 'red',
  });
});

test('a validation tells its verdict first', () => {
  expect(tell(recorded('validation.finished', {}, { isPassed: false, isReproduced: true }))?.text).toContain(
    'finished  failed',
  );
  expect(tell(recorded('validation.finished', {}, { isPassed: true }))?.text).toContain('finished  passed');
});

test('whatever is in a leaf or body, the line is one line of printable ASCII', () => {
  fc.assert(
    fc.property(
      fc.constantFrom(...RECORD_EVENTS),
      fc.string({ unit: 'binary' }),
      fc.anything(),
      (event, text, body) => {
        const told = tell(
          recorded(event, { actor: text, correlation: text, at: text }, { title: text, event: body, detail: text }),
        );
        expect(told?.text ?? '').toMatch(/^[ -~]*$/);
      },
    ),
  );
});

test('a body without counts, or with counts of another form, has none', () => {
  expect(countsIn({ counts })).toEqual(counts);
  for (const body of [undefined, null, 'x', {}, { counts: null }, { counts: { ...counts, unknown: 'none' } }])
    expect(countsIn(body)).toBeUndefined();
});

test('X7: what nobody knows is counted and told like the rest', () => {
  expect(countsText({ ...counts, unknown: 2 })).toContain('unknown 2');
});

test.each([
  ['rollout.started', `capsule:${hex}`, `sha256:${hex}`],
  ['rollout.started', 'proposal:P-1', undefined],
  ['rollout.started', 'capsule:abc', undefined],
  ['capsule.built', `capsule:${hex}`, undefined],
])('%s on %s is about the rollout %s', (event, subject, expected) => {
  expect(capsuleNamedIn(recorded(event, { subject }))).toBe(expected);
});

test('progress after a stop does not start a rollout again, and a trip is never forgotten', () => {
  const board = new RolloutBoard();
  board.note(recorded('rollout.started'), undefined);
  expect(board.isFinished).toBe(false);
  board.note(recorded('rollout.tripped'), counts);
  expect(board.note(recorded('rollout.progressed'), undefined)).toMatchObject({ outcome: 'halted', counts });
  board.note(recorded('rollout.resumed'), undefined);
  const end = board.note(recorded('rollout.completed'), { ...counts, healthy: 39 });
  expect(end).toMatchObject({ outcome: 'completed', isTripped: true, counts: { healthy: 39 } });
  expect(end !== undefined && isOver(end)).toBe(true);
  expect(board.isFinished).toBe(true);
  // Late reports of a rollout that has ended change nothing about how it ended.
  expect(board.note(recorded('rollout.halted'), undefined)?.outcome).toBe('completed');
});

test('X6: a completed rollout that is put back within its window has been put back', () => {
  const board = new RolloutBoard();
  board.note(recorded('rollout.completed'), undefined);
  expect(board.note(recorded('rollout.rolled-back'), undefined)).toMatchObject({
    outcome: 'rolled-back',
    isTripped: false,
  });
});

test('several rollouts are finished when each of them is', () => {
  const board = new RolloutBoard();
  const other = { subject: `capsule:${'cd'.repeat(32)}`, correlation: 'P-2' };
  expect(board.isFinished).toBe(false);
  board.note(recorded('rollout.completed'), undefined);
  board.note(recorded('rollout.started', other), undefined);
  expect(board.isFinished).toBe(false);
  board.note(recorded('rollout.rollback-failed', other), undefined);
  expect(board.isFinished).toBe(true);
  expect(board.rollouts.map(({ proposal, outcome }) => [proposal, outcome])).toEqual([
    ['P-1', 'completed'],
    ['P-2', 'rollback-failed'],
  ]);
});
