/** Which calendars of an envelope are open at an instant (E1). An offset is fixed, so the answer needs no time zone data. */
import { msOf, type Instant } from '../shared/brand.ts';
import type { Calendar } from './envelope.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;

/** Day of the week 1 (Monday) to 7 and minute of the day; 1970-01-01 was a Thursday. */
function localTime(calendar: Calendar, now: Instant): { readonly day: number; readonly minute: number } {
  const minutes = Math.floor(msOf(now) / MINUTE_MS) + calendar.utcOffsetMinutes;
  const days = Math.floor(minutes / DAY_MINUTES);
  return { day: ((((days + 3) % 7) + 7) % 7) + 1, minute: minutes - days * DAY_MINUTES };
}

/** `from` belongs to the hours, `to` does not; hours that end before they begin run over midnight and belong to the day they began. */
function isOpen(calendar: Calendar, now: Instant): boolean {
  const { day, minute } = localTime(calendar, now);
  const yesterday = day === 1 ? 7 : day - 1;
  return calendar.weekly.some(({ days, from, to }) =>
    from < to
      ? days.includes(day) && minute >= from && minute < to
      : (days.includes(day) && minute >= from) || (days.includes(yesterday) && minute < to),
  );
}

/** Names of the open calendars, sorted. */
export const openCalendars = (calendars: readonly Calendar[], now: Instant): readonly string[] =>
  [...new Set(calendars.filter((calendar) => isOpen(calendar, now)).map(({ name }) => name))].toSorted();
