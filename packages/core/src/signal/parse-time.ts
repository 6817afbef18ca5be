/** RFC 3339 times of other people's documents, with offset and any count of decimals, to our one form. */
import { instantOf, msOf, parseInstant, type Instant } from '../shared/brand.ts';
import type { Shape } from '../shared/shape.ts';

const RFC_3339 =
  /^(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}):(\d{2})(?:\.(\d{1,9}))?(?:[Zz]|([+-])([01]\d|2[0-3]):([0-5]\d))$/;

/** Undefined when the text is not such a time or lies outside the years we can name. */
export function parseRfc3339(text: string): Instant | undefined {
  const match = text.length > 40 ? null : RFC_3339.exec(text);
  if (match === null) return undefined;
  const [, date = '', minute = '', second = '', decimals = '', sign, hours = '0', minutes = '0'] = match;
  // A leap second is the last millisecond of its minute: our form has no 60th second.
  const clock = second === '60' ? '59.999' : `${second}.${decimals.slice(0, 3).padEnd(3, '0')}`;
  const local = parseInstant(`${date}T${minute}:${clock}Z`);
  if (local === undefined) return undefined;
  const offsetMs = (Number(hours) * 60 + Number(minutes)) * 60_000 * (sign === '-' ? 1 : -1);
  const ms = msOf(local) + (sign === undefined ? 0 : offsetMs);
  return ms < 0 || msOf(instantOf(ms)) !== ms ? undefined : instantOf(ms);
}

export const rfc3339: Shape<Instant> = {
  schema: { type: 'string', format: 'date-time' },
  read(value, at, complaints) {
    const read = typeof value === 'string' ? parseRfc3339(value) : undefined;
    if (read === undefined) complaints.push({ at, problem: 'must be an RFC 3339 time' });
    return read;
  },
};
