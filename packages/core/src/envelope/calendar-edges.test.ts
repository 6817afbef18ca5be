import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instantOf, msOf, type Instant } from '../shared/brand.ts';
import { openCalendars } from './calendar.ts';
import type { Calendar } from './envelope.ts';
import { aCalendar, at } from './envelope.builder.ts';

const DAY_MS = 86_400_000;
const isOpen = (change: Partial<Calendar>, now: string | Instant): boolean =>
  openCalendars([aCalendar({ name: 'c', weekly: [], ...change })], at(now)).length === 1;
const zone = (...offsets: readonly (readonly [string, number])[]): Pick<Calendar, 'offsets'> => ({
  offsets: offsets.map(([from, minutes]) => ({ from: at(from), minutes })),
});

// Berlin: +2 until Sunday 2026-10-25 01:00Z, +1 until Sunday 2027-03-28 01:00Z, +2 again.
const BERLIN = zone(
  ['2026-10-01T00:00:00.000Z', 120],
  ['2026-10-25T01:00:00.000Z', 60],
  ['2027-03-28T01:00:00.000Z', 120],
);

describe('E1: the hour that happens twice and the hour that does not', () => {
  const hours = { ...BERLIN, weekly: [{ days: [7], from: 150, to: 180 }] };
  test('half past two to three comes twice when the clock goes back, and both count', () => {
    expect(isOpen(hours, '2026-10-25T00:29:59.999Z')).toBe(false);
    expect(isOpen(hours, '2026-10-25T00:30:00.000Z')).toBe(true);
    expect(isOpen(hours, '2026-10-25T00:59:59.999Z')).toBe(true);
    expect(isOpen(hours, '2026-10-25T01:00:00.000Z')).toBe(false);
    expect(isOpen(hours, '2026-10-25T01:30:00.000Z')).toBe(true);
    expect(isOpen(hours, '2026-10-25T02:00:00.000Z')).toBe(false);
  });
  test('it never comes when the clock goes forward: three follows two at once', () => {
    for (let minute = 0; minute < 180; minute += 1)
      expect(isOpen(hours, instantOf(msOf(at('2027-03-28T00:00:00.000Z')) + minute * 60_000))).toBe(false);
  });
  test('hours over midnight end by the clock of the day they end on', () => {
    const night = { ...BERLIN, weekly: [{ days: [6], from: 1320, to: 300 }] };
    expect(isOpen(night, '2026-10-25T02:59:59.999Z')).toBe(true);
    expect(isOpen(night, '2026-10-25T03:59:59.999Z')).toBe(true);
    expect(isOpen(night, '2026-10-25T04:00:00.000Z')).toBe(false);
  });
  test('an offset holds from its very instant on', () => {
    const noon = { ...BERLIN, weekly: [{ days: [1, 2, 3, 4, 5, 6, 7], from: 720, to: 721 }] };
    expect(isOpen(noon, '2026-10-24T10:00:00.000Z')).toBe(true);
    expect(isOpen(noon, '2026-10-25T10:00:00.000Z')).toBe(false);
    expect(isOpen(noon, '2026-10-25T11:00:00.000Z')).toBe(true);
  });
  test('before the first offset that is written down weekly hours are shut and periods are not', () => {
    const always = [{ days: [1, 2, 3, 4, 5, 6, 7], from: 0, to: 1440 }];
    const period = { from: at('2026-09-01T00:00:00.000Z'), to: at('2026-09-02T00:00:00.000Z') };
    expect(isOpen({ ...BERLIN, weekly: always }, '2026-09-30T23:59:59.999Z')).toBe(false);
    expect(isOpen({ ...BERLIN, weekly: always }, '2026-10-01T00:00:00.000Z')).toBe(true);
    expect(isOpen({ ...BERLIN, weekly: always, periods: [period] }, '2026-09-01T12:00:00.000Z')).toBe(true);
  });
});

describe('E1: closed days', () => {
  // 2026-12-24 is a Thursday.
  const night = { weekly: [{ days: [4, 5], from: 1320, to: 300 }] };
  test('a closed day takes the night that begins on it, not the one that ends on it', () => {
    const closed = { ...night, closed: ['2026-12-25'] };
    expect(isOpen(closed, '2026-12-24T23:00:00.000Z')).toBe(true);
    expect(isOpen(closed, '2026-12-25T04:59:00.000Z')).toBe(true);
    expect(isOpen(closed, '2026-12-25T22:00:00.000Z')).toBe(false);
    expect(isOpen(closed, '2026-12-26T04:59:00.000Z')).toBe(false);
  });
  test('the day before closed takes the whole night, over midnight as well', () => {
    const closed = { ...night, closed: ['2026-12-24'] };
    expect(isOpen(closed, '2026-12-24T22:00:00.000Z')).toBe(false);
    expect(isOpen(closed, '2026-12-25T04:59:00.000Z')).toBe(false);
    expect(isOpen(closed, '2026-12-25T22:00:00.000Z')).toBe(true);
  });
  test('closed days are local: in a zone ahead they begin earlier', () => {
    const closed = {
      ...zone(['2026-01-01T00:00:00.000Z', 600]),
      weekly: [{ days: [1, 2, 3, 4, 5, 6, 7], from: 0, to: 1440 }],
      closed: ['2026-12-25'],
    };
    expect(isOpen(closed, '2026-12-24T13:59:59.999Z')).toBe(true);
    expect(isOpen(closed, '2026-12-24T14:00:00.000Z')).toBe(false);
    expect(isOpen(closed, '2026-12-25T13:59:59.999Z')).toBe(false);
    expect(isOpen(closed, '2026-12-25T14:00:00.000Z')).toBe(true);
  });
  test('a closed day closes no period: a freeze holds at Christmas', () => {
    const freeze = {
      closed: ['2026-12-25'],
      periods: [{ from: at('2026-12-20T00:00:00.000Z'), to: at('2026-12-31T00:00:00.000Z') }],
    };
    expect(isOpen(freeze, '2026-12-25T12:00:00.000Z')).toBe(true);
  });
});

describe('E1: periods are half-open', () => {
  const [from, to] = [at('2026-12-20T00:00:00.000Z'), at('2026-12-21T00:00:00.000Z')];
  test.each([
    [-1, false],
    [0, true],
    [DAY_MS - 1, true],
    [DAY_MS, false],
  ])('%i ms after its begin: %s', (ms, open) => {
    expect(isOpen({ periods: [{ from, to }] }, instantOf(msOf(from) + ms))).toBe(open);
  });
  test('two that meet leave no gap; one that ends before it begins, or has no length, is never open', () => {
    const meeting = [
      { from, to },
      { from: to, to: instantOf(msOf(to) + DAY_MS) },
    ];
    expect(isOpen({ periods: meeting }, to)).toBe(true);
    expect(isOpen({ periods: [{ from: to, to: from }] }, instantOf(msOf(from) + 1))).toBe(false);
    expect(isOpen({ periods: [{ from, to: from }] }, from)).toBe(false);
  });
});

describe('E1: weekly hours', () => {
  test.each([1, 2, 3, 4, 5, 6, 7])('day %i is the only one on which its hours hold', (day) => {
    // 2026-11-16 is a Monday.
    const open = [0, 1, 2, 3, 4, 5, 6].filter((n) =>
      isOpen({ weekly: [{ days: [day], from: 600, to: 660 }] }, instantOf(Date.UTC(2026, 10, 16 + n, 10, 30))),
    );
    expect(open).toEqual([day - 1]);
  });
  test('equal begin and end run a whole day from then on: checks call them an error, the calendar fails open never before it', () => {
    const hours = { weekly: [{ days: [1], from: 600, to: 600 }] };
    expect(isOpen(hours, '2026-11-16T09:59:59.999Z')).toBe(false);
    expect(isOpen(hours, '2026-11-16T10:00:00.000Z')).toBe(true);
    expect(isOpen(hours, '2026-11-17T10:00:00.000Z')).toBe(false);
  });
  test('29 February is a day like others', () => {
    const closed = { weekly: [{ days: [2], from: 0, to: 1440 }], closed: ['2028-02-29'] };
    expect(isOpen(closed, '2028-02-29T12:00:00.000Z')).toBe(false);
    expect(isOpen(closed, '2028-02-22T12:00:00.000Z')).toBe(true);
  });
  test('no calendar at all, and a calendar that says nothing, are open never', () => {
    expect(openCalendars([], at('2026-11-16T10:00:00.000Z'))).toEqual([]);
    expect(isOpen({}, '2026-11-16T10:00:00.000Z')).toBe(false);
  });
  test('property: moving zone and instant by the same minutes changes nothing', () => {
    const weekly = fc.record({
      days: fc.subarray([1, 2, 3, 4, 5, 6, 7], { minLength: 1 }),
      from: fc.integer({ min: 0, max: 1439 }),
      to: fc.integer({ min: 0, max: 1440 }),
    });
    const ms = fc.integer({ min: Date.UTC(2026, 0, 2), max: Date.UTC(2027, 0, 1) });
    fc.assert(
      fc.property(weekly, ms, fc.integer({ min: -840, max: 840 }), (hours, now, minutes) => {
        const here = isOpen({ ...zone(['1970-01-01T00:00:00.000Z', 0]), weekly: [hours] }, instantOf(now));
        const there = { ...zone(['1970-01-01T00:00:00.000Z', minutes]), weekly: [hours] };
        expect(isOpen(there, instantOf(now - minutes * 60_000))).toBe(here);
      }),
      { seed: 706 },
    );
  });
});
