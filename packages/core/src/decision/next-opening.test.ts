import { expect, test } from 'vitest';
import { aCalendar, at } from '../envelope/envelope.builder.ts';
import { nextInstant, nextOpening } from './next-opening.ts';

const office = aCalendar({
  name: 'office',
  weekly: [{ days: [1, 2, 3, 4, 5], from: 480, to: 1080 }],
  closed: ['2026-11-19'],
});

const openings = [
  { what: 'open now', now: '2026-11-18T12:00:00.000Z', next: '2026-11-18T12:00:00.000Z' },
  { what: 'the same morning', now: '2026-11-18T02:00:00.000Z', next: '2026-11-18T08:00:00.000Z' },
  { what: 'a closed day between', now: '2026-11-18T18:00:00.000Z', next: '2026-11-20T08:00:00.000Z' },
  { what: 'over the weekend', now: '2026-11-20T18:00:00.000Z', next: '2026-11-23T08:00:00.000Z' },
] as const;
test.each(openings)('E1: the next opening, $what', ({ now, next }) => {
  expect(nextOpening(office, at(now))).toBe(next);
});

test('E1: hours over midnight in a zone ahead of UTC open in its evening', () => {
  const night = aCalendar({
    offsets: [{ from: at('1970-01-01T00:00:00.000Z'), minutes: 60 }],
    weekly: [{ days: [1, 2, 3, 4, 5, 6, 7], from: 1320, to: 300 }],
  });
  expect(nextOpening(night, at('2026-11-18T12:00:00.000Z'))).toBe('2026-11-18T21:00:00.000Z');
});

const period = (from: string, to: string) => aCalendar({ weekly: [], periods: [{ from: at(from), to: at(to) }] });

test('E1: a period opens as it begins, and one further than two weeks ahead is not waited for', () => {
  const now = at('2026-11-18T12:00:00.000Z');
  expect(nextOpening(period('2026-11-25T06:00:00.000Z', '2026-11-25T08:00:00.000Z'), now)).toBe(
    '2026-11-25T06:00:00.000Z',
  );
  expect(nextOpening(period('2026-12-25T06:00:00.000Z', '2026-12-25T08:00:00.000Z'), now)).toBeUndefined();
  expect(nextOpening(aCalendar({ weekly: [] }), now)).toBeUndefined();
});

const isShut = (open: readonly string[]): boolean => open.length === 0;

test('E1: the end of hours is found as well as their beginning', () => {
  expect(nextInstant([office], at('2026-11-18T12:00:00.000Z'), isShut)).toBe('2026-11-18T18:00:00.000Z');
});
