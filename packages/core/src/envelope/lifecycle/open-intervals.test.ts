import { describe, expect, test } from 'vitest';
import { instantOf, msOf } from '../../shared/brand.ts';
import type { Calendar } from '../envelope.ts';
import { aCalendar, at } from '../envelope.builder.ts';
import { merged, openIntervals, without, type Interval } from './open-intervals.ts';

const of = (...pairs: readonly (readonly [number, number])[]): readonly Interval[] =>
  pairs.map(([from, to]) => ({ from, to }));

describe('E3: intervals', () => {
  test.each([
    ['none', of(), of()],
    ['one', of([1, 2]), of([1, 2])],
    ['empty ones and ones turned round are none', of([1, 1], [3, 2]), of()],
    ['out of order', of([5, 6], [1, 2]), of([1, 2], [5, 6])],
    ['meeting', of([1, 2], [2, 3]), of([1, 3])],
    ['overlapping', of([1, 5], [2, 3], [4, 8]), of([1, 8])],
    ['a gap of one', of([1, 2], [3, 4]), of([1, 2], [3, 4])],
  ])('merged: %s', (_what, intervals, expected) => {
    expect(merged(intervals)).toEqual(expected);
  });
  test.each([
    ['nothing', of([0, 9]), of(), of([0, 9])],
    ['all', of([0, 9]), of([0, 9]), of()],
    ['more than all', of([2, 3]), of([0, 9]), of()],
    ['the begin', of([0, 9]), of([0, 4]), of([4, 9])],
    ['the end', of([0, 9]), of([4, 9]), of([0, 4])],
    ['the middle', of([0, 9]), of([3, 5]), of([0, 3], [5, 9])],
    ['two pieces', of([0, 9]), of([1, 2], [4, 5]), of([0, 1], [2, 4], [5, 9])],
    ['what only touches it', of([3, 5]), of([0, 3], [5, 9]), of([3, 5])],
    ['across two', of([0, 3], [5, 9]), of([2, 6]), of([0, 2], [6, 9])],
  ])('without %s', (_what, whole, taken, expected) => {
    expect(without(whole, taken)).toEqual(expected);
  });
});

/** The open hours of one calendar from Friday 2026-10-23 to Tuesday 2026-10-27, as text. */
const opened = (change: Partial<Calendar>, from = '2026-10-23', to = '2026-10-27'): readonly string[] =>
  openIntervals(aCalendar({ weekly: [], ...change }), {
    from: msOf(at(`${from}T00:00:00.000Z`)),
    to: msOf(at(`${to}T00:00:00.000Z`)),
  }).map((one) => `${instantOf(one.from).slice(5, 16)} ${instantOf(one.to).slice(5, 16)}`);
const nights = [{ days: [5, 6, 7], from: 1320, to: 300 }];

describe('E1, E3: when a calendar is open', () => {
  test('hours over midnight are one interval, also the one that began before what is looked at', () => {
    expect(opened({ weekly: nights }, '2026-10-24')).toEqual([
      '10-24T00:00 10-24T05:00',
      '10-24T22:00 10-25T05:00',
      '10-25T22:00 10-26T05:00',
    ]);
  });
  test('a closed day takes its own night whole, and nothing of the one before', () => {
    expect(opened({ weekly: nights, closed: ['2026-10-24'] })).toEqual([
      '10-23T22:00 10-24T05:00',
      '10-25T22:00 10-26T05:00',
    ]);
  });
  test('the night in which the clock goes back lasts an hour longer', () => {
    const offsets = [
      { from: at('2026-10-01T00:00:00.000Z'), minutes: 120 },
      { from: at('2026-10-25T01:00:00.000Z'), minutes: 60 },
    ];
    expect(opened({ weekly: [{ days: [6], from: 1320, to: 300 }], offsets })).toEqual(['10-24T20:00 10-25T04:00']);
  });
  test('before the first offset nothing is open but periods', () => {
    const offsets = [{ from: at('2026-10-24T12:00:00.000Z'), minutes: 0 }];
    const period = { from: at('2026-10-20T00:00:00.000Z'), to: at('2026-10-23T06:00:00.000Z') };
    const always = [{ days: [1, 2, 3, 4, 5, 6, 7], from: 0, to: 1440 }];
    expect(opened({ weekly: always, offsets, periods: [period] })).toEqual([
      '10-23T00:00 10-23T06:00',
      '10-24T12:00 10-27T00:00',
    ]);
  });
  test('hours that overlap, and periods beside them, are one interval', () => {
    const weekly = [
      { days: [5], from: 480, to: 720 },
      { days: [5], from: 700, to: 800 },
    ];
    const periods = [{ from: at('2026-10-23T13:20:00.000Z'), to: at('2026-10-23T14:00:00.000Z') }];
    expect(opened({ weekly, periods })).toEqual(['10-23T08:00 10-23T14:00']);
  });
  test('nothing is looked at, nothing is open', () => {
    expect(opened({ weekly: nights }, '2026-10-24', '2026-10-24')).toEqual([]);
    expect(opened({ weekly: nights }, '2026-10-25', '2026-10-24')).toEqual([]);
  });
});
