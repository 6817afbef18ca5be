import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instantOf, msOf, parseInstant, type Instant } from '../shared/brand.ts';
import { lastBeginning, parseCron, type Cron } from './cron.ts';

const at = (text: string): Instant => {
  const instant = parseInstant(text);
  if (instant === undefined) throw new Error(text);
  return instant;
};
const cronOf = (text: string): Cron => {
  const cron = parseCron(text);
  if (!cron.ok) throw new Error(`${text}: ${cron.refusal.detail}`);
  return cron.value;
};
const problemOf = (text: string): string => {
  const cron = parseCron(text);
  return cron.ok ? 'was read' : cron.refusal.detail;
};
const beginning = (text: string, time: string, withinMinutes: number = 1440, offsetMinutes: number = 0) => {
  const found = lastBeginning(cronOf(text), msOf(at(time)), { withinMinutes, offsetMinutes });
  return found === undefined ? undefined : instantOf(found);
};

describe('D3: reading', () => {
  test('lists, ranges, steps and names', () => {
    expect(cronOf('0,30 8-10 * * mon-fri')).toEqual({
      minutes: [0, 30],
      hours: [8, 9, 10],
      daysOfMonth: Array.from({ length: 31 }, (_, day) => day + 1),
      months: Array.from({ length: 12 }, (_, month) => month + 1),
      daysOfWeek: [1, 2, 3, 4, 5],
      days: 'both',
    });
    expect(cronOf('*/20 0 1 JAN,jul *')).toMatchObject({ minutes: [0, 20, 40], daysOfMonth: [1], months: [1, 7] });
    expect(cronOf('5-20/5 0 * * *').minutes).toEqual([5, 10, 15, 20]);
  });

  test('Sunday is 0, 7 and sun, and ends a range as the seventh day', () => {
    for (const text of ['0 0 * * 0', '0 0 * * 7', '0 0 * * sun']) expect(cronOf(text).daysOfWeek).toEqual([0]);
    expect(cronOf('0 0 * * sat-sun').daysOfWeek).toEqual([0, 6]);
    expect(cronOf('0 0 * * sun-tue').daysOfWeek).toEqual([0, 1, 2]);
    expect(cronOf('0 0 * * *').daysOfWeek).toEqual([0, 1, 2, 3, 4, 5, 6]);
  });

  test.each([
    ['', 'five fields'],
    ['* * * *', 'five fields'],
    ['* * * * * *', 'five fields'],
    ['0  0 * * *', 'five fields'],
    [`${'0,'.repeat(120)}0 * * * *`, 'five fields'],
    ['60 * * * *', 'minute must be from 0 to 59'],
    ['* 24 * * *', 'hour must be from 0 to 23'],
    ['* * 0 * *', 'day of month must be from 1 to 31'],
    ['* * * 13 *', 'month must be from 1 to 12'],
    ['* * * * 8', 'day of week must be from 0 to 7'],
    ['* * * mon *', 'month must be from 1 to 12'],
    ['10-5 * * * *', 'ends before it begins'],
    ['* * * * fri-mon', 'ends before it begins'],
    ['5/15 * * * *', 'step that belongs to no range'],
    ['*/0 * * * *', 'step that is larger'],
    ['*/61 * * * *', 'step that is larger'],
    ['1-3/4 * * * *', 'step that is larger'],
    ['*-5 * * * *', 'begins with `*`'],
    ['1,,2 * * * *', 'minute must be'],
    ['-1 * * * *', 'minute must be'],
    ['1.5 * * * *', 'minute must be'],
    ['0x5 * * * *', 'minute must be'],
    ['? * * * *', 'minute must be'],
    ['* * L * *', 'day of month must be'],
    ['@daily', 'five fields'],
    ['٣ * * * *', 'minute must be'],
  ])('`%s` is refused: %s', (text, problem) => {
    expect(problemOf(text)).toContain(problem);
  });

  test.each(['0 0 30 2 *', '0 0 31 feb,apr,jun,sep,nov *', '0 0 31 4 *'])('`%s` never happens, and says so', (text) => {
    expect(problemOf(text)).toContain('never happens');
  });

  test('29 February happens, and so does a day that exists when another day may match instead', () => {
    expect(problemOf('0 0 29 2 *')).toBe('was read');
    expect(problemOf('0 0 30 2 mon')).toBe('was read');
  });
});

const number = (min: number, max: number) => fc.integer({ min, max }).map(String);
const field = (min: number, max: number) =>
  fc.oneof(
    fc.constant('*'),
    number(min, max),
    fc.tuple(number(min, max), number(min, max)).map(([a, b]) => `${a},${b}`),
    fc.integer({ min: 2, max: 5 }).map((step) => `*/${step}`),
  );

describe('D3: the last beginning', () => {
  test('is the minute itself, the one before on the same day, or one of an earlier day', () => {
    expect(beginning('22 14 * * *', '2026-11-18T14:22:59.999Z')).toBe('2026-11-18T14:22:00.000Z');
    expect(beginning('22 14 * * *', '2026-11-18T15:00:00.000Z')).toBe('2026-11-18T14:22:00.000Z');
    expect(beginning('22 14 * * *', '2026-11-18T14:21:59.999Z')).toBe('2026-11-17T14:22:00.000Z');
    expect(beginning('30 23 * * *', '2026-11-18T00:10:00.000Z', 60)).toBe('2026-11-17T23:30:00.000Z');
  });

  test('is none when it lies further back than asked', () => {
    expect(beginning('22 14 * * *', '2026-11-18T15:00:00.000Z', 37)).toBeUndefined();
    expect(beginning('22 14 * * *', '2026-11-18T15:00:00.000Z', 38)).toBe('2026-11-18T14:22:00.000Z');
    expect(beginning('0 0 29 2 *', '2026-11-18T15:00:00.000Z')).toBeUndefined();
  });

  test('keeps to the clock it was written for', () => {
    // 14:22 in New York in winter is 19:22 UTC; 09:00 in India is 03:30 UTC.
    expect(beginning('22 14 * * *', '2026-11-18T19:30:00.000Z', 60, -300)).toBe('2026-11-18T19:22:00.000Z');
    expect(beginning('0 9 * * 3', '2026-11-18T03:45:00.000Z', 60, 330)).toBe('2026-11-18T03:30:00.000Z');
    // Saturday there begins while it is Friday here.
    expect(beginning('0 0 * * sat', '2026-11-20T10:00:00.000Z', 30, 840)).toBe('2026-11-20T10:00:00.000Z');
  });

  test('of two restricted day fields either one is enough', () => {
    // 18 November 2026 is a Wednesday.
    expect(beginning('0 0 18 * mon', '2026-11-18T00:00:00.000Z', 0)).toBe('2026-11-18T00:00:00.000Z');
    expect(beginning('0 0 1 * wed', '2026-11-18T00:00:00.000Z', 0)).toBe('2026-11-18T00:00:00.000Z');
    expect(beginning('0 0 1 * mon', '2026-11-18T00:00:00.000Z', 0)).toBeUndefined();
    expect(beginning('0 0 * * mon', '2026-11-18T00:00:00.000Z', 0)).toBeUndefined();
  });

  test('agrees with looking at every minute, for any schedule and moment', () => {
    const expression = fc.tuple(field(0, 59), field(0, 23), field(1, 28), field(1, 12), field(0, 6));
    const moment = fc.integer({ min: msOf(at('2024-01-01T00:00:00.000Z')), max: msOf(at('2028-12-31T00:00:00.000Z')) });
    fc.assert(
      fc.property(expression, moment, fc.integer({ min: -840, max: 840 }), (fields, ms, offsetMinutes) => {
        const text = fields.join(' ');
        const withinMinutes = 400;
        const found = lastBeginning(cronOf(text), ms, { withinMinutes, offsetMinutes });
        expect(found).toBe(slowly(text, ms, { withinMinutes, offsetMinutes }));
      }),
      { numRuns: 300 },
    );
  });
});

/** Minute by minute, with the calendar of the engine instead of ours. */
function slowly(text: string, ms: number, rule: { withinMinutes: number; offsetMinutes: number }): number | undefined {
  const cron = cronOf(text);
  for (let back = 0; back <= rule.withinMinutes; back += 1) {
    const minute = Math.floor(ms / 60_000) * 60_000 - back * 60_000;
    const local = new Date(minute + rule.offsetMinutes * 60_000);
    const isOfMonth = cron.daysOfMonth.includes(local.getUTCDate());
    const isOfWeek = cron.daysOfWeek.includes(local.getUTCDay());
    const isDay = cron.days === 'either' ? isOfMonth || isOfWeek : isOfMonth && isOfWeek;
    const isTime = cron.minutes.includes(local.getUTCMinutes()) && cron.hours.includes(local.getUTCHours());
    if (isDay && isTime && cron.months.includes(local.getUTCMonth() + 1)) return minute;
  }
  return undefined;
}
