/** When something opens or closes next (E1): whoever may act only then is told when that is. */
import { instantOf, msOf, type Instant } from '../shared/brand.ts';
import { openCalendars } from '../envelope/calendar.ts';
import type { Calendar } from '../envelope/envelope.ts';

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;
/** Further ahead nobody waits: by then the graph, the envelope and the reason for the act are others. */
const DAYS_AHEAD = 14;

/** The first instant after `now` at which the calendar is open; undefined: not within 14 days. Open now: `now` itself. */
export const nextOpening = (calendar: Calendar, now: Instant): Instant | undefined =>
  nextInstant([calendar], now, (open) => open.length > 0);

/** The first instant from `now` on whose open calendars are as wished; they change only at the beginnings and ends of hours. */
export function nextInstant(
  calendars: readonly Calendar[],
  now: Instant,
  isWished: (open: readonly string[]) => boolean,
): Instant | undefined {
  return [now, ...boundaries(calendars, now)].find((at) => isWished(openCalendars(calendars, at)));
}

function boundaries(calendars: readonly Calendar[], now: Instant): readonly Instant[] {
  const from = msOf(now);
  const until = from + DAYS_AHEAD * DAY_MINUTES * MINUTE_MS;
  const instants = calendars.flatMap((calendar) => [
    ...calendar.periods.flatMap((period) => [msOf(period.from), msOf(period.to)]),
    ...calendar.offsets.map((offset) => msOf(offset.from)),
    ...weeklyBoundaries(calendar, from),
  ]);
  return [...new Set(instants.filter((ms) => ms > from && ms <= until))].toSorted((a, b) => a - b).map(instantOf);
}

/** Local hours of each day ahead, by every offset that is written down: one too many is only looked at in vain. */
function weeklyBoundaries({ offsets, weekly }: Calendar, from: number): readonly number[] {
  const minutes = [...new Set(weekly.flatMap((hours) => [hours.from, hours.to]).concat(0))];
  const zones = [...new Set(offsets.map((offset) => offset.minutes))];
  const today = Math.floor(from / MINUTE_MS / DAY_MINUTES);
  return Array.from({ length: DAYS_AHEAD + 3 }, (_, day) => (today - 1 + day) * DAY_MINUTES).flatMap((midnight) =>
    zones.flatMap((offset) => minutes.map((minute) => (midnight + minute - offset) * MINUTE_MS)),
  );
}
