import fc from 'fast-check';
import { instantOf, openCalendars, parseInstant, type Instant } from '@countersign/core';
import { expect, test } from 'vitest';
import { durationIn, instantFrom } from './durations.ts';
import { periodFrom, weeklyFrom } from './calendar-text.ts';
import { isZone, localMidnight, zoneDisagreement, zoneOffsets } from './zone-offsets.ts';

const at = (text: string): Instant => parseInstant(text)!;

test('E1: London goes back an hour on 25 October 2026 at 01:00 UTC, and that is written out', () => {
  expect(zoneOffsets('Europe/London', at('2026-10-01T00:00:00.000Z'), at('2026-12-30T00:00:00.000Z'))).toEqual([
    { from: '2026-09-30T00:00:00.000Z', minutes: 60 },
    { from: '2026-10-25T01:00:00.000Z', minutes: 0 },
  ]);
});

const of = (zone: string) => zoneOffsets(zone, at('2026-07-01T00:00:00.000Z'), at('2026-07-02T00:00:00.000Z'));
test('E1: zones with odd offsets and none at all', () => {
  expect(of('Asia/Kathmandu')?.[0]?.minutes).toBe(345);
  expect(of('America/St_Johns')?.[0]?.minutes).toBe(-150);
  expect(of('UTC')).toEqual([{ from: '2026-06-30T00:00:00.000Z', minutes: 0 }]);
  expect(of('Mars/Olympus')).toBeUndefined();
  expect([isZone('Europe/Paris'), isZone('nowhere')]).toEqual([true, false]);
});

test('E1: written offsets agree with the clock of the zone at every moment', () => {
  const zones = ['Europe/London', 'America/New_York', 'Australia/Lord_Howe', 'Africa/Casablanca', 'Pacific/Auckland'];
  fc.assert(
    fc.property(
      fc.constantFrom(...zones),
      fc.integer({ min: Date.UTC(2025, 0, 1), max: Date.UTC(2028, 0, 1) }),
      fc.integer({ min: 0, max: 92 * 86_400_000 }),
      (zone, start, later) => {
        const [from, now] = [instantOf(start), instantOf(start + later)];
        const offsets = zoneOffsets(zone, from, instantOf(start + 92 * 86_400_000)) ?? [];
        const minutes = offsets.findLast((offset) => offset.from <= now)?.minutes ?? Number.NaN;
        const local = new Intl.DateTimeFormat('en-GB', {
          timeZone: zone,
          hour: '2-digit',
          minute: '2-digit',
          hourCycle: 'h23',
        });
        const shifted = new Date(start + later + minutes * 60_000).toISOString().slice(11, 16);
        expect(local.format(start + later)).toBe(shifted);
      },
    ),
    { numRuns: 40 },
  );
});

test('E1: who lints later sees that the time zone data has changed', () => {
  const span = { from: at('2026-10-01T00:00:00.000Z'), to: at('2026-12-30T00:00:00.000Z') };
  const written = zoneOffsets('Europe/London', span.from, span.to) ?? [];
  expect(zoneDisagreement('Europe/London', written, span)).toBeUndefined();
  expect(zoneDisagreement('Europe/London', written.slice(0, 1), span)).toMatchObject({
    at: '2026-10-25T01:00:00.000Z',
    written: 60,
    today: 0,
  });
});

test('a local midnight, also on the day the clock changes', () => {
  expect(localMidnight('Europe/London', '2026-07-01')).toBe('2026-06-30T23:00:00.000Z');
  expect(localMidnight('Europe/London', '2026-10-25')).toBe('2026-10-24T23:00:00.000Z');
  expect(localMidnight('Europe/London', '2026-10-26')).toBe('2026-10-26T00:00:00.000Z');
  expect(localMidnight('Europe/London', '2026-02-30')).toBeUndefined();
});

test.each([
  ['30m', 'm', 30],
  ['2h', 'm', 120],
  ['92d', 'd', 92],
  ['10m', 'ms', 600_000],
  ['90s', 'm', undefined],
  ['1.5h', 'm', undefined],
  ['-1m', 'm', undefined],
  ['30', 'm', undefined],
] as const)('durations: %s in %s is %s', (text, unit, value) => {
  expect(durationIn(text, unit)).toBe(value);
});

test.each([
  ['2026-12-01', '2026-12-01T00:00:00.000Z'],
  ['2026-12-01T08:00Z', '2026-12-01T08:00:00.000Z'],
  ['2026-12-01T08:00:09.123Z', '2026-12-01T08:00:09.123Z'],
  ['2026-02-30', undefined],
  ['2026-12-01T08:00', undefined],
])('dates: %s is %s', (text, value) => {
  expect(instantFrom(text)).toBe(value);
});

test.each([
  ['mon-fri 08:00-16:30', { days: [1, 2, 3, 4, 5], from: 480, to: 990 }],
  ['daily 22:00-05:00', { days: [1, 2, 3, 4, 5, 6, 7], from: 1320, to: 300 }],
  ['Sat,Sun 00:00-24:00', { days: [6, 7], from: 0, to: 1440 }],
  ['sat-mon 10:00-11:00', { days: [1, 6, 7], from: 600, to: 660 }],
  ['mon-fri 8-16', undefined],
  ['mon-fry 08:00-16:30', undefined],
  ['mon 25:00-26:00', undefined],
  ['mon 08:60-09:00', undefined],
])('weekly hours: %s', (text, hours) => {
  expect(weeklyFrom(text)).toEqual(hours);
});

test.each([
  ['2026-12-15 .. 2027-01-05', { from: '2026-12-15T00:00:00.000Z', to: '2027-01-06T00:00:00.000Z' }],
  ['2026-07-01', { from: '2026-06-30T23:00:00.000Z', to: '2026-07-01T23:00:00.000Z' }],
  ['2026-12-15T10:00Z .. 2026-12-15T12:00Z', { from: '2026-12-15T10:00:00.000Z', to: '2026-12-15T12:00:00.000Z' }],
  ['2027-01-05 .. 2026-12-15', undefined],
  ['soon', undefined],
])('periods: %s', (text, period) => {
  expect(periodFrom(text, 'Europe/London')).toEqual(period);
});

test('DORA Art. 9: market hours hold in summer time and in winter time, not on a bank holiday', () => {
  const calendar = {
    name: 'market',
    zone: 'Europe/London',
    offsets: zoneOffsets('Europe/London', at('2026-10-01T00:00:00.000Z'), at('2026-12-30T00:00:00.000Z')) ?? [],
    weekly: [weeklyFrom('mon-fri 08:00-16:30')].flatMap((hours) => hours ?? []),
    closed: ['2026-12-28'],
    periods: [],
  };
  const isOpen = (now: string): boolean => openCalendars([calendar], at(now)).length > 0;
  expect(isOpen('2026-10-23T07:00:00.000Z')).toBe(true);
  expect(isOpen('2026-10-26T07:59:00.000Z')).toBe(false);
  expect(isOpen('2026-10-26T08:00:00.000Z')).toBe(true);
  expect(isOpen('2026-12-28T10:00:00.000Z')).toBe(false);
});
