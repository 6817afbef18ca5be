/** Calendars that cannot mean what they say: hours that never begin, dates that do not exist, offsets with holes (E1). */
import { msOf, parseInstant } from '../../shared/brand.ts';
import type { Calendar, Envelope } from '../envelope.ts';
import { openIntervals } from '../lifecycle/open-intervals.ts';
import { error, warning, type EnvelopeFinding } from './finding.ts';

const DAY_MINUTES = 1440;

export const checkCalendars = (envelope: Envelope): readonly EnvelopeFinding[] =>
  envelope.calendars.flatMap((calendar, position) => {
    const at = `/calendars/${position}`;
    return [
      ...checkHours(calendar, at),
      ...checkOffsets(envelope, calendar, at),
      ...checkClosed(calendar, at),
      ...checkPeriods(calendar, at),
      ...(isEverOpen(envelope, calendar) || envelope.validFrom >= envelope.validUntil ? [] : [neverOpen(at)]),
    ];
  });

const neverOpen = (at: string): EnvelopeFinding =>
  warning(at, 'is never open while the envelope is valid', { advice: 'check its dates and hours' });

/** A longer validity is refused elsewhere; until then nobody goes through its centuries day by day. */
const MAX_LOOKED_AT_MS = 92 * DAY_MINUTES * 60_000;

/** Whether there is a moment of the envelope's validity at which it is open. */
export function isEverOpen({ validFrom, validUntil }: Envelope, calendar: Calendar): boolean {
  const from = msOf(validFrom);
  return openIntervals(calendar, { from, to: Math.min(msOf(validUntil), from + MAX_LOOKED_AT_MS) }).length > 0;
}

const checkHours = ({ weekly }: Calendar, calendar: string): readonly EnvelopeFinding[] =>
  weekly.flatMap(({ from, to }, hours) => {
    const at = `${calendar}/weekly/${hours}`;
    if (from === to) return [error(at, 'is never open: from equals to', { advice: 'write 0 to 1440 for a whole day' })];
    return from === DAY_MINUTES ? [error(`${at}/from`, 'must be before the end of the day')] : [];
  });

/** Before the first offset nothing is open: a freeze would silently not hold. */
function checkOffsets({ validFrom }: Envelope, { offsets }: Calendar, calendar: string): readonly EnvelopeFinding[] {
  const at = `${calendar}/offsets`;
  const advice = 'compile the envelope from its YAML form: it writes the offsets out';
  const unsorted = offsets.flatMap(({ from }, position) => {
    const before = offsets[position - 1];
    return before !== undefined && from <= before.from
      ? [error(`${at}/${position}/from`, 'must be later than the offset before it', { advice })]
      : [];
  });
  const [first] = offsets;
  return first !== undefined && first.from <= validFrom
    ? unsorted
    : [...unsorted, error(at, 'begin after validFrom, so the calendar is shut until then', { advice })];
}

/** Dates are text so that they are local; one that does not exist closes nothing. */
const checkClosed = ({ closed }: Calendar, calendar: string): readonly EnvelopeFinding[] =>
  closed.flatMap((date, position) => {
    const at = `${calendar}/closed/${position}`;
    if (parseInstant(`${date}T00:00:00.000Z`) === undefined)
      return [error(at, `\`${date}\` is no date of the calendar`, { advice: 'write YYYY-MM-DD' })];
    return closed.indexOf(date) < position ? [warning(at, `\`${date}\` is named twice`)] : [];
  });

const checkPeriods = ({ periods }: Calendar, calendar: string): readonly EnvelopeFinding[] =>
  periods.flatMap(({ from, to }, position) =>
    from < to
      ? []
      : [error(`${calendar}/periods/${position}`, 'ends before it begins', { advice: 'swap from and to' })],
  );
