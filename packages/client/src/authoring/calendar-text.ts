/** Weekly hours and dates as people write them: `mon-fri 08:00-16:30`, `daily 22:00-05:00`, `2026-12-15 .. 2027-01-05`. */
import { instantOf, msOf, type Calendar, type Instant } from '@countersign/core';
import { instantFrom } from './durations.ts';
import { localMidnight } from './zone-offsets.ts';

const DAYS = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'];
const DAY_MS = 86_400_000;

type Hours = Calendar['weekly'][number];
type Period = Calendar['periods'][number];

/** 1 to 7 of a name; 0 when there is no such day. */
const dayNumber = (name: string): number => DAYS.indexOf(name.slice(0, 3)) + 1;

function daysOf(text: string): readonly number[] | undefined {
  if (text === 'daily') return [1, 2, 3, 4, 5, 6, 7];
  const days = text.split(',').flatMap((part) => {
    const [first = '', last = first] = part.split('-');
    const [from, to] = [dayNumber(first), dayNumber(last)];
    // `sat-mon` runs over the end of the week.
    return from === 0 || to === 0
      ? [0]
      : Array.from({ length: ((to - from + 7) % 7) + 1 }, (_, step) => ((from - 1 + step) % 7) + 1);
  });
  return days.includes(0) ? undefined : [...new Set(days)].toSorted((a, b) => a - b);
}

function minuteOf(text: string): number | undefined {
  const [, hours, minutes] = /^(\d{2}):(\d{2})$/.exec(text) ?? [];
  const minute = Number(hours) * 60 + Number(minutes);
  return Number(minutes) < 60 && minute <= 1440 ? minute : undefined;
}

/** Undefined when it is not in this form. */
export function weeklyFrom(text: string): Hours | undefined {
  const [, names = '', start = '', end = ''] =
    /^([a-z,-]+) +(\d{2}:\d{2})-(\d{2}:\d{2})$/.exec(text.toLowerCase()) ?? [];
  const [days, from, to] = [daysOf(names), minuteOf(start), minuteOf(end)];
  return days === undefined || from === undefined || to === undefined ? undefined : { days, from, to };
}

const DATE = /^\d{4}-\d{2}-\d{2}$/;

/** A local date as its first instant; a full instant as it is. */
const startOf = (text: string, zone: string): Instant | undefined =>
  DATE.test(text) ? localMidnight(zone, text) : instantFrom(text);

function endOf(text: string, zone: string): Instant | undefined {
  if (!DATE.test(text)) return instantFrom(text);
  const day = Date.parse(`${text}T00:00:00.000Z`);
  return Number.isNaN(day) ? undefined : localMidnight(zone, instantOf(day + DAY_MS).slice(0, 10));
}

/** Dates are whole local days, the last one included; instants are exact, the last one not included. */
export function periodFrom(text: string, zone: string): Period | undefined {
  const [first = '', last = first] = text.split('..').map((part) => part.trim());
  const [from, to] = [startOf(first, zone), endOf(last, zone)];
  return from === undefined || to === undefined || msOf(from) >= msOf(to) ? undefined : { from, to };
}
