/** Calendars of two versions, compared by when they are open and never by how that is written (E1, E3). */
import { instantOf, msOf } from '../../shared/brand.ts';
import type { Calendar, Envelope } from '../envelope.ts';
import type { Rule } from '../rule.ts';
import { openIntervals, without, type Interval } from './open-intervals.ts';
import type { OutsideChange } from './outside-change.ts';
import { effectOf, type Move } from './sensitivity.ts';

const never = (name: string): Calendar => ({ name, zone: 'UTC', offsets: [], weekly: [], closed: [], periods: [] });

/** Of two versions that are valid for 92 days each and follow one another; more days are not gone through. */
const MAX_COMPARED_MS = 366 * 86_400_000;

/** While either version is valid: nothing else can ever be asked. */
export function compareCalendars(before: Envelope, after: Envelope, rules: readonly Rule[]): readonly OutsideChange[] {
  const within: Interval = {
    from: Math.min(msOf(before.validFrom), msOf(after.validFrom)),
    to: Math.max(msOf(before.validUntil), msOf(after.validUntil)),
  };
  if (JSON.stringify(before.calendars) === JSON.stringify(after.calendars)) return [];
  if (within.to - within.from > MAX_COMPARED_MS) {
    const why = 'the versions span more than a year, so their calendars were not compared';
    return [{ at: '/calendars', effect: 'unclear', before: before.validFrom, after: after.validUntil, why }];
  }
  const names = new Set([...before.calendars, ...after.calendars].map(({ name }) => name));
  return [...names].toSorted().flatMap((name) => {
    const opensIn = ({ calendars }: Envelope): readonly Interval[] =>
      openIntervals(calendars.find((calendar) => calendar.name === name) ?? never(name), within);
    const [was, is] = [opensIn(before), opensIn(after)];
    return [
      ...calendarChange(rules, { name, isGained: true, intervals: without(is, was) }),
      ...calendarChange(rules, { name, isGained: false, intervals: without(was, is) }),
    ];
  });
}

function calendarChange(
  rules: readonly Rule[],
  {
    name,
    isGained,
    intervals,
  }: { readonly name: string; readonly isGained: boolean; readonly intervals: readonly Interval[] },
): readonly OutsideChange[] {
  const [first] = intervals;
  if (first === undefined) return [];
  const span = `${instantOf(first.from)} to ${instantOf(first.to)}`;
  const more = intervals.length > 1 ? ` and ${intervals.length - 1} more times` : '';
  const why = `calendar \`${name}\` is ${isGained ? 'open' : 'no longer open'} from ${span}${more}`;
  const [before, after] = isGained ? ['closed', 'open'] : ['open', 'closed'];
  const move: Move = { fact: 'openCalendars', item: name, isGained };
  return [{ at: `/calendars/${name}`, effect: effectOf(rules, [move]), before, after, why }];
}
