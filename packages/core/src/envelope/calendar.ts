/** Which calendars of an envelope are open at an instant (E1). Offsets are written in the calendar, so the answer needs no time zone data. */
import { instantOf, msOf, type Instant } from '../shared/brand.ts';
import type { Calendar } from './envelope.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;

/** Offset of the calendar's zone at `now`; undefined before the first offset that was written down. */
const offsetAt = ({ offsets }: Calendar, now: Instant): number | undefined =>
  offsets.findLast(({ from }) => from <= now)?.minutes;

interface LocalTime {
  /** Days since 1970-01-01 in local time. */
  readonly date: number;
  readonly minute: number;
}

/** 1 (Monday) to 7; 1970-01-01 was a Thursday. */
const weekday = (date: number): number => ((((date + 3) % 7) + 7) % 7) + 1;

function localTime(now: Instant, offsetMinutes: number): LocalTime {
  const minutes = Math.floor(msOf(now) / MINUTE_MS) + offsetMinutes;
  const date = Math.floor(minutes / DAY_MINUTES);
  return { date, minute: minutes - date * DAY_MINUTES };
}

const dateText = (date: number): string => instantOf(date * DAY_MINUTES * MINUTE_MS)?.slice(0, 10) ?? '';

/** `from` belongs to the hours, `to` does not; hours that end before they begin run over midnight and belong to the day they began. */
function isOpen(calendar: Calendar, now: Instant): boolean {
  if (calendar.periods.some(({ from, to }) => from <= now && now < to)) return true;
  const offset = offsetAt(calendar, now);
  if (offset === undefined) return false;
  const { date, minute } = localTime(now, offset);
  const holdsOn = (day: number, days: readonly number[]): boolean =>
    days.includes(weekday(day)) && !calendar.closed.includes(dateText(day));
  return calendar.weekly.some(({ days, from, to }) =>
    from < to
      ? holdsOn(date, days) && minute >= from && minute < to
      : (holdsOn(date, days) && minute >= from) || (holdsOn(date - 1, days) && minute < to),
  );
}

/** Names of the open calendars, sorted. */
export const openCalendars = (calendars: readonly Calendar[], now: Instant): readonly string[] =>
  [...new Set(calendars.filter((calendar) => isOpen(calendar, now)).map(({ name }) => name))].toSorted();
