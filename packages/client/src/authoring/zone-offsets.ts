/**
 * Offsets of a time zone, written out once by whoever compiles: what is signed needs no time zone data afterwards, and whoever
 * compiles again can see when the data has changed.
 */
import { instantOf, msOf, type Instant } from '@countersign/core';

export interface ZoneOffset {
  readonly from: Instant;
  readonly minutes: number;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;

/** Version of the time zone data this Node brought along. */
export const tzdataVersion = (): string => process.versions['tz'] ?? 'unknown';

/** Undefined when nobody knows the zone. */
function offsetReader(zone: string): ((ms: number) => number) | undefined {
  try {
    const format = new Intl.DateTimeFormat('en-US', { timeZone: zone, timeZoneName: 'longOffset' });
    return (ms) => {
      const name = format.formatToParts(ms).find(({ type }) => type === 'timeZoneName')?.value ?? '';
      const [, sign, hours = '0', minutes = '0'] = /^GMT(?:([+-])(\d{2}):(\d{2}))?/.exec(name) ?? [];
      const offset = Number(hours) * 60 + Number(minutes);
      return sign === '-' ? -offset : offset;
    };
  } catch {
    // RangeError: no such zone.
    return undefined;
  }
}

export const isZone = (zone: string): boolean => offsetReader(zone) !== undefined;

/** First minute after `low` at which the offset is no longer the one of `low`. */
function changeBetween(read: (ms: number) => number, low: number, high: number): number {
  const before = read(low);
  let [from, to] = [low, high];
  while (to - from > MINUTE_MS) {
    const middle = from + Math.floor((to - from) / 2 / MINUTE_MS) * MINUTE_MS;
    if (read(middle) === before) from = middle;
    else to = middle;
  }
  return to;
}

/** Every offset that holds from `from` to `to`, the first one a day earlier: hours that began the evening before still hold. */
export function zoneOffsets(zone: string, from: Instant, to: Instant): readonly ZoneOffset[] | undefined {
  const read = offsetReader(zone);
  if (read === undefined) return undefined;
  const start = Math.floor(msOf(from) / DAY_MS) * DAY_MS - DAY_MS;
  const found: ZoneOffset[] = [{ from: instantOf(start), minutes: read(start) }];
  for (let day = start; day < msOf(to) + DAY_MS; day += DAY_MS) {
    let low = day;
    while (read(low) !== read(day + DAY_MS)) {
      low = changeBetween(read, low, day + DAY_MS);
      found.push({ from: instantOf(low), minutes: read(low) });
    }
  }
  return found;
}

/** The instant of a local midnight. */
export function localMidnight(zone: string, date: string): Instant | undefined {
  const read = offsetReader(zone);
  const utc = Date.parse(`${date}T00:00:00.000Z`);
  if (read === undefined || Number.isNaN(utc) || !instantOf(utc).startsWith(date)) return undefined;
  const guess = utc - read(utc) * MINUTE_MS;
  return instantOf(utc - read(guess) * MINUTE_MS);
}

/** A moment at which written offsets differ from what this Node's data says; undefined when they agree. */
export function zoneDisagreement(
  zone: string,
  offsets: readonly ZoneOffset[],
  { from, to }: { readonly from: Instant; readonly to: Instant },
): { readonly at: Instant; readonly written: number | undefined; readonly today: number } | undefined {
  const read = offsetReader(zone);
  const today = zoneOffsets(zone, from, to) ?? [];
  if (read === undefined) return undefined;
  const moments = [from, ...offsets.map((offset) => offset.from), ...today.map((offset) => offset.from)].filter(
    (moment) => from <= moment && moment < to,
  );
  for (const at of moments.toSorted()) {
    const written = offsets.findLast((offset) => offset.from <= at)?.minutes;
    if (written !== read(msOf(at))) return { at, written, today: read(msOf(at)) };
  }
  return undefined;
}
