import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instantOf } from '../shared/brand.ts';
import { openCalendars } from './calendar.ts';
import type { Calendar } from './envelope.ts';
import { at } from './envelope.builder.ts';

const calendar = (
  from: number,
  to: number,
  change: Partial<Calendar> & { readonly days?: readonly number[] } = {},
): Calendar => ({
  name: 'c',
  utcOffsetMinutes: 0,
  weekly: [{ days: change.days ?? [1, 2, 3, 4, 5], from, to }],
  ...change,
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
    hours: calendar(540, 1020, { utcOffsetMinutes: 840 }),
    now: '2026-11-20T20:00:00.000Z',
    open: false,
  },
  {
    what: 'in a zone behind, where it is still Thursday',
    hours: calendar(0, 1440, { utcOffsetMinutes: -600, days: [4] }),
    now: '2026-11-20T09:59:00.000Z',
    open: true,
  },
  {
    what: 'on the first day of time in a zone behind (a Wednesday)',
    hours: calendar(0, 1440, { utcOffsetMinutes: -60, days: [3] }),
    now: '1970-01-01T00:30:00.000Z',
    open: true,
  },
] as const;
test.each(table)('E1: a calendar $what is open: $open', ({ hours, now, open }) => {
  expect(openCalendars([hours], at(now))).toEqual(open ? ['c'] : []);
});

const always = (name: string): Calendar => calendar(0, 1440, { name, days: [1, 2, 3, 4, 5, 6, 7] });

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
