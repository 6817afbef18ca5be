/**
 * Words that must not be confused: a plain string is never an id, a digest or a moment.
 * Brands are erased at run time; the only casts of the core are in this file.
 */
type Brand<T, Name extends string> = T & { readonly __brand: Name };

/** `sha256:` and 64 lower-case hex digits. */
export type Digest = Brand<string, 'Digest'>;
/** 1 to 64 characters `[A-Za-z0-9._-]`, first one alphanumeric: the common form of every id. */
export type Id<Name extends string> = Brand<string, `Id:${Name}`>;
export type OrganisationId = Id<'Organisation'>;
export type PersonId = Id<'Person'>;
export type AgentId = Id<'Agent'>;
export type RunnerId = Id<'Runner'>;
export type SourceId = Id<'Source'>;
export type SignalId = Id<'Signal'>;
export type ProposalId = Id<'Proposal'>;
export type CapsuleId = Id<'Capsule'>;
export type TargetId = Id<'Target'>;
export type NodeId = Id<'Node'>;
export type RunId = Id<'Run'>;
export type EnclaveId = Id<'Enclave'>;
/** `YYYY-MM-DDTHH:mm:ss.sssZ`, years 1970 to 9999; two instants compare with `<` because the form is fixed. */
export type Instant = Brand<string, 'Instant'>;

const ID = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/;
const DIGEST = /^sha256:[0-9a-f]{64}$/;
const INSTANT =
  /^(?:19[7-9]\d|[2-9]\d{3})-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12]\d|3[01])T(?:[01]\d|2[0-3]):[0-5]\d:[0-5]\d\.\d{3}Z$/;

export const parseId = <Name extends string>(text: string): Id<Name> | undefined =>
  ID.test(text) ? (text as Id<Name>) : undefined;

export const parseDigest = (text: string): Digest | undefined => (DIGEST.test(text) ? (text as Digest) : undefined);

/** Checks the form and that the day exists in its month. */
export function parseInstant(text: string): Instant | undefined {
  if (!INSTANT.test(text)) return undefined;
  const instant = text as Instant;
  return instantOf(msOf(instant)) === instant ? instant : undefined;
}

const DAY_MS = 86_400_000;

/** Days since 1970-01-01 of a date of the proleptic Gregorian calendar. */
function daysOf(year: number, month: number, day: number): number {
  const y = month <= 2 ? year - 1 : year;
  const era = Math.floor(y / 400);
  const yearOfEra = y - era * 400;
  const dayOfYear = Math.floor((153 * (month + (month > 2 ? -3 : 9)) + 2) / 5) + day - 1;
  const dayOfEra = yearOfEra * 365 + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100) + dayOfYear;
  return era * 146_097 + dayOfEra - 719_468;
}

/** Milliseconds since 1970-01-01T00:00:00Z. */
export function msOf(instant: Instant): number {
  const part = (from: number, to: number): number => Number(instant.slice(from, to));
  const days = daysOf(part(0, 4), part(5, 7), part(8, 10));
  return days * DAY_MS + part(11, 13) * 3_600_000 + part(14, 16) * 60_000 + part(17, 19) * 1000 + part(20, 23);
}

const pad = (value: number, width: number): string => String(value).padStart(width, '0');

/** The instant of a count of milliseconds since 1970; fractions are cut off, values outside 1970..9999 are clamped. */
export function instantOf(ms: number): Instant {
  const whole = Math.min(Math.max(Math.floor(ms), 0), 253_402_300_799_999);
  const days = Math.floor(whole / DAY_MS);
  const rest = whole - days * DAY_MS;
  const z = days + 719_468;
  const era = Math.floor(z / 146_097);
  const dayOfEra = z - era * 146_097;
  const yearOfEra = Math.floor(
    (dayOfEra - Math.floor(dayOfEra / 1460) + Math.floor(dayOfEra / 36_524) - Math.floor(dayOfEra / 146_096)) / 365,
  );
  const dayOfYear = dayOfEra - (365 * yearOfEra + Math.floor(yearOfEra / 4) - Math.floor(yearOfEra / 100));
  const shifted = Math.floor((5 * dayOfYear + 2) / 153);
  const day = dayOfYear - Math.floor((153 * shifted + 2) / 5) + 1;
  const month = shifted < 10 ? shifted + 3 : shifted - 9;
  const year = yearOfEra + era * 400 + (month <= 2 ? 1 : 0);
  const clock = [Math.floor(rest / 3_600_000), Math.floor(rest / 60_000) % 60, Math.floor(rest / 1000) % 60];
  const time = clock.map((value) => pad(value, 2)).join(':');
  return `${pad(year, 4)}-${pad(month, 2)}-${pad(day, 2)}T${time}.${pad(rest % 1000, 3)}Z` as Instant;
}

export const plusMs = (instant: Instant, ms: number): Instant => instantOf(msOf(instant) + ms);
