/** Calendars as people write them, by name, into the form that is signed: offsets written out, hours in minutes, days as numbers. */
import { didYouMean, type Instant } from '@countersign/core';
import type { Drafting } from './drafting.ts';
import { periodFrom, weeklyFrom } from './calendar-text.ts';
import { isLoose, itemsAt, type Loose } from './loose.ts';
import { zoneOffsets } from './zone-offsets.ts';

const FIELDS = ['zone', 'weekly', 'closed', 'periods'];

export interface NamedCalendar {
  readonly name: string;
  readonly written: unknown;
  /** The pack it came with; absent: the file itself. */
  readonly pack?: string;
}
interface Validity {
  readonly validFrom: Instant;
  readonly validUntil: Instant;
}

export const expandCalendars = (
  calendars: readonly NamedCalendar[],
  validity: Validity,
  drafting: Drafting,
): readonly Loose[] =>
  calendars.map(({ name, written, pack }, position) => {
    const pointer = `/calendars/${position}`;
    if (pack === undefined) drafting.origins.file(pointer, ['calendars', name]);
    else drafting.origins.pack(pointer, pack);
    return { name, ...calendarFrom(written, validity, { drafting, pointer }) };
  });

interface Where {
  readonly drafting: Drafting;
  readonly pointer: string;
}

function calendarFrom(written: unknown, { validFrom, validUntil }: Validity, where: Where): Loose {
  const { drafting, pointer } = where;
  if (!isLoose(written)) {
    drafting.error(pointer, 'must be an object', 'write `zone:` and `weekly:` or `periods:` below the name');
    return {};
  }
  for (const key of Object.keys(written))
    if (!FIELDS.includes(key)) drafting.error(`${pointer}/${key}`, 'is not a known field', didYouMean(key, FIELDS));
  const zone = typeof written['zone'] === 'string' ? written['zone'] : '';
  const offsets = zoneOffsets(zone, validFrom, validUntil);
  if (offsets === undefined)
    drafting.error(`${pointer}/zone`, 'is no IANA time zone', 'write one like Europe/London or UTC');
  return {
    zone,
    offsets: offsets ?? [{ from: validFrom, minutes: 0 }],
    weekly: itemsAt(written, 'weekly').flatMap((text, item) =>
      read(text, weeklyFrom, { ...where, pointer: `${pointer}/weekly/${item}`, advice: 'write `mon-fri 08:00-16:30`' }),
    ),
    closed: itemsAt(written, 'closed'),
    periods: itemsAt(written, 'periods').flatMap((text, item) =>
      read(text, (said) => periodFrom(said, offsets === undefined ? 'UTC' : zone), {
        ...where,
        pointer: `${pointer}/periods/${item}`,
        advice: 'write `2026-12-15 .. 2027-01-05`, both days included, or two UTC times',
      }),
    ),
  };
}

/** Wrong text keeps its place in the list, so that later complaints do not shift. */
function read(
  value: unknown,
  parse: (text: string) => unknown,
  { drafting, pointer, advice }: Where & { readonly advice: string },
): readonly unknown[] {
  if (typeof value !== 'string') return [value];
  const found = parse(value);
  if (found === undefined) drafting.error(pointer, `\`${value}\` is not understood`, advice);
  return found === undefined ? [] : [found];
}
