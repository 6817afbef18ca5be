import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instantOf } from '../shared/brand.ts';
import { openCalendars } from './calendar.ts';
import type { Calendar } from './envelope.ts';
import { aCalendar, at } from './envelope.builder.ts';

const calendar = (
  from: number,
  to: number,
  { days = [1, 2, 3, 4, 5], minutes = 0 }: { readonly days?: readonly number[]; readonly minutes?: number } = {},
): Calendar =>
  aCalendar({
    name: 'c',
    offsets: [{ from: at('1970-01-01T00:00:00.000Z'), minutes }],
    weekly: [{ days, from, to }],
  });
// 2026-11-20 is a Friday.
const table = [
  { what: 'inside the hours', hours: calendar(540, 1020), now: '2026-11-20T09:00:00.000Z', open: true },
  { what: 'a millisecond before', hours: calendar(540, 1020), now: '2026-11-20T08:59:59.999Z', open: false },
  { what: 'at the end, which is outside', hours: calendar(540, 1020), now: '2026-11-20T17:00:00.000Z', open: false },
  { what: 'on a Saturday', hours: calendar(540, 1020), now: '2026-11-21T10:00:00.000Z', open: false },
  { what: 'until midnight', hours: calendar(0, 1440), now: '2026-11-20T23:59:59.999Z', open: true },
  { what: 'after midnight, begun on Friday', hours: calendar(1320, 300), now: '2026-11-21T04:59:00.000Z', open: true },
  {
    what: 'after midnight, not begun on Saturday',
    hours: calendar(1320, 300),
    now: '2026-11-22T04:59:00.000Z',
    open: false,
  },
  {
    what: 'Monday after midnight, begun on Sunday',
    hours: calendar(1320, 300, { days: [7] }),
    now: '2026-11-23T01:00:00.000Z',
    open: true,
  },
  {
    what: 'in a zone ahead, where it is Saturday',
    hours: calendar(540, 1020, { minutes: 840 }),
    now: '2026-11-20T20:00:00.000Z',
    open: false,
  },
  {
    what: 'in a zone behind, where it is still Thursday',
    hours: calendar(0, 1440, { minutes: -600, days: [4] }),
    now: '2026-11-20T09:59:00.000Z',
    open: true,
  },
  {
    what: 'on the first day of time in a zone behind (a Wednesday)',
    hours: calendar(0, 1440, { minutes: -60, days: [3] }),
    now: '1970-01-01T00:30:00.000Z',
    open: true,
  },
] as const;
test.each(table)('E1: a calendar $what is open: $open', ({ hours, now, open }) => {
  expect(openCalendars([hours], at(now))).toEqual(open ? ['c'] : []);
});

const always = (name: string): Calendar => aCalendar({ name });

test('E1: open calendars are named once and sorted', () => {
  expect(openCalendars([always('z'), always('a'), always('z')], at('2026-11-20T09:00:00.000Z'))).toEqual(['a', 'z']);
});

test('E1: every week is like every other', () => {
  const hours = fc.record({
    from: fc.integer({ min: 0, max: 1439 }),
    to: fc.integer({ min: 0, max: 1440 }),
    days: fc.uniqueArray(fc.integer({ min: 1, max: 7 }), { minLength: 1 }),
  });
  fc.assert(
    fc.property(hours, fc.integer({ min: 0, max: 4e12 }), ({ from, to, days }, ms) => {
      const one = [calendar(from, to, { days })];
      expect(openCalendars(one, instantOf(ms))).toEqual(openCalendars(one, instantOf(ms + 7 * 86_400_000)));
    }),
  );
});

// London: UTC+1 until 2026-10-25 01:00Z, UTC after it.
const london = aCalendar({
  name: 'c',
  zone: 'Europe/London',
  offsets: [
    { from: at('2026-10-01T00:00:00.000Z'), minutes: 60 },
    { from: at('2026-10-25T01:00:00.000Z'), minutes: 0 },
  ],
  weekly: [{ days: [1, 2, 3, 4, 5], from: 480, to: 990 }],
  closed: ['2026-12-25'],
  periods: [{ from: at('2026-12-19T00:00:00.000Z'), to: at('2026-12-21T00:00:00.000Z') }],
});
const written = [
  { what: 'in summer time at 07:00Z', now: '2026-10-23T07:00:00.000Z', open: true },
  { what: 'in summer time at 15:30Z, which is half past four there', now: '2026-10-23T15:30:00.000Z', open: false },
  { what: 'in winter time at 07:00Z', now: '2026-10-26T07:00:00.000Z', open: false },
  { what: 'in winter time at 16:29Z', now: '2026-10-26T16:29:00.000Z', open: true },
  { what: 'on a closed day', now: '2026-12-25T10:00:00.000Z', open: false },
  { what: 'on a Saturday inside a period', now: '2026-12-19T00:00:00.000Z', open: true },
  { what: 'at the end of a period', now: '2026-12-21T00:00:00.000Z', open: false },
  { what: 'before the first offset that was written down', now: '2026-09-30T10:00:00.000Z', open: false },
] as const;
test.each(written)('E1: a calendar with written-out offsets $what is open: $open', ({ now, open }) => {
  expect(openCalendars([london], at(now))).toEqual(open ? ['c'] : []);
});
