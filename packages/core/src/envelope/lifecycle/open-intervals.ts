/** When a calendar is open, as exact intervals: the offsets are written out, so nothing is sampled and nothing is guessed (E1, E3). */
import { instantOf, msOf } from '../../shared/brand.ts';
import type { Calendar } from '../envelope.ts';

/** Milliseconds since 1970; `to` does not belong to it. */
export interface Interval {
  readonly from: number;
  readonly to: number;
}

const MINUTE_MS = 60_000;
const DAY_MINUTES = 1440;

/** Sorted, disjoint, not empty. */
export function merged(intervals: readonly Interval[]): readonly Interval[] {
  const result: Interval[] = [];
  for (const next of intervals.filter(({ from, to }) => from < to).toSorted((a, b) => a.from - b.from)) {
    const last = result.at(-1);
    if (last !== undefined && next.from <= last.to)
      result[result.length - 1] = { from: last.from, to: Math.max(last.to, next.to) };
    else result.push(next);
  }
  return result;
}

/** What of `whole` is not in `taken`; both merged. */
export function without(whole: readonly Interval[], taken: readonly Interval[]): readonly Interval[] {
  return whole.flatMap((interval) => {
    const left: Interval[] = [];
    let { from } = interval;
    for (const one of taken) {
      if (one.to <= from || one.from >= interval.to) continue;
      if (one.from > from) left.push({ from, to: one.from });
      from = Math.max(from, one.to);
    }
    if (from < interval.to) left.push({ from, to: interval.to });
    return left;
  });
}

const clipped = (interval: Interval, within: Interval): Interval => ({
  from: Math.max(interval.from, within.from),
  to: Math.min(interval.to, within.to),
});

/** All intervals inside `within` in which the calendar is open. */
export function openIntervals(calendar: Calendar, within: Interval): readonly Interval[] {
  const periods = calendar.periods.map(({ from, to }) => clipped({ from: msOf(from), to: msOf(to) }, within));
  const weekly = offsetSpans(calendar, within).flatMap((span) => weeklyIntervals(calendar, span));
  return merged([...periods, ...weekly]);
}

interface Span extends Interval {
  readonly minutes: number;
}

/** Spans with one offset each; before the first offset that is written down there is none. */
function offsetSpans({ offsets }: Calendar, within: Interval): readonly Span[] {
  const starts = [...new Set(offsets.map(({ from }) => msOf(from)))].toSorted((a, b) => a - b);
  return starts.flatMap((start, place) => {
    const { from, to } = clipped({ from: start, to: starts[place + 1] ?? within.to }, within);
    // The last one written down that has begun: as the calendar itself is read.
    const minutes = offsets.findLast((offset) => msOf(offset.from) <= start)?.minutes;
    return minutes === undefined || from >= to ? [] : [{ from, to, minutes }];
  });
}

/** 1 (Monday) to 7; 1970-01-01 was a Thursday. */
const weekday = (day: number): number => ((((day + 3) % 7) + 7) % 7) + 1;
const dateText = (day: number): string => instantOf(day * DAY_MINUTES * MINUTE_MS).slice(0, 10);

function weeklyIntervals({ weekly, closed }: Calendar, span: Span): readonly Interval[] {
  const closedDays = new Set(closed);
  const localDay = (ms: number): number => Math.floor((ms / MINUTE_MS + span.minutes) / DAY_MINUTES);
  const last = localDay(span.to);
  const found: Interval[] = [];
  // Hours that run over midnight belong to the day they began: one day earlier than the span.
  for (let day = localDay(span.from) - 1; day <= last; day += 1) {
    if (closedDays.has(dateText(day))) continue;
    for (const { days, from, to } of weekly) {
      if (!days.includes(weekday(day))) continue;
      const end = from < to ? to : to + DAY_MINUTES;
      const utc = (minute: number): number => (day * DAY_MINUTES + minute - span.minutes) * MINUTE_MS;
      found.push(clipped({ from: utc(from), to: utc(end) }, span));
    }
  }
  return found;
}
