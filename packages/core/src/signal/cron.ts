/**
 * Five-field cron expressions, read strictly (D3): minute, hour, day of month, month, day of week. Lists, ranges, steps and English
 * three-letter names; no nicknames, no seconds, no `?`, `L`, `W` or `#`. When both days are restricted either may match, as
 * cron(8) has it. An expression that can never come true is refused instead of silently doing nothing.
 */
import { instantOf } from '../shared/brand.ts';
import { refuse, type Result } from '../shared/result.ts';

/** Allowed values per field, ascending; days of the week are 0 (Sunday) to 6. */
export interface Cron {
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  readonly daysOfMonth: readonly number[];
  readonly months: readonly number[];
  readonly daysOfWeek: readonly number[];
  /** Whether a day must match both day fields, or either of them. */
  readonly days: 'both' | 'either';
}

interface Field {
  readonly name: string;
  readonly min: number;
  readonly max: number;
  readonly words: readonly string[];
}

const MONTHS = ['jan', 'feb', 'mar', 'apr', 'may', 'jun', 'jul', 'aug', 'sep', 'oct', 'nov', 'dec'];
const WEEKDAYS = ['sun', 'mon', 'tue', 'wed', 'thu', 'fri', 'sat'];
const MINUTE: Field = { name: 'minute', min: 0, max: 59, words: [] };
const HOUR: Field = { name: 'hour', min: 0, max: 23, words: [] };
const DAY_OF_MONTH: Field = { name: 'day of month', min: 1, max: 31, words: [] };
const MONTH: Field = { name: 'month', min: 1, max: 12, words: MONTHS };
/** 7 is Sunday too. */
const DAY_OF_WEEK: Field = { name: 'day of week', min: 0, max: 7, words: WEEKDAYS };

const MAX_LENGTH = 200;
const LONGEST_MONTH_DAYS = [31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];

/** Reads an expression like `22 14 * * 1-5`; `malformed` says which field is wrong and why. */
export function parseCron(text: string): Result<Cron> {
  const fields = text.length > MAX_LENGTH ? [] : text.split(' ');
  const [minute, hour, dayOfMonth, month, dayOfWeek] = fields;
  if (
    fields.length !== 5 ||
    minute === undefined ||
    hour === undefined ||
    dayOfMonth === undefined ||
    month === undefined ||
    dayOfWeek === undefined
  )
    return malformed('a schedule has five fields, one space apart: minute, hour, day of month, month, day of week');
  const minutes = readField(minute, MINUTE);
  if (!minutes.ok) return minutes;
  const hours = readField(hour, HOUR);
  if (!hours.ok) return hours;
  const daysOfMonth = readField(dayOfMonth, DAY_OF_MONTH);
  if (!daysOfMonth.ok) return daysOfMonth;
  const months = readField(month, MONTH);
  if (!months.ok) return months;
  const daysOfWeek = readField(dayOfWeek, DAY_OF_WEEK);
  if (!daysOfWeek.ok) return daysOfWeek;
  const isEither = !dayOfMonth.startsWith('*') && !dayOfWeek.startsWith('*');
  const cron: Cron = {
    minutes: minutes.value,
    hours: hours.value,
    daysOfMonth: daysOfMonth.value,
    months: months.value,
    daysOfWeek: [...new Set(daysOfWeek.value.map((day) => day % 7))].toSorted((a, b) => a - b),
    days: isEither ? 'either' : 'both',
  };
  return canHappen(cron) ? { ok: true, value: cron } : malformed('never happens: no such day in these months');
}

const malformed = (problem: string): Result<never> => refuse('malformed', problem, { clause: 'D3' });

/** 29 February exists in leap years; with `either` a day of the week is enough. */
const canHappen = ({ daysOfMonth, months, days }: Cron): boolean =>
  days === 'either' || months.some((month) => daysOfMonth.some((day) => day <= (LONGEST_MONTH_DAYS[month - 1] ?? 0)));

function readField(text: string, field: Field): Result<readonly number[]> {
  const values = new Set<number>();
  for (const item of text.split(',')) {
    const read = readItem(item.toLowerCase(), field);
    if (typeof read === 'string') return malformed(`${field.name} ${read}`);
    for (let value = read.from; value <= read.to; value += read.step) values.add(value);
  }
  return { ok: true, value: [...values].toSorted((a, b) => a - b) };
}

interface Range {
  readonly from: number;
  readonly to: number;
  readonly step: number;
}

/** `*`, `7`, `1-5`, `mon-fri`, each of the ranges with `/step`; the problem in words when it is none of these. */
function readItem(item: string, field: Field): Range | string {
  const match = /^(\*|[a-z0-9]{1,3})(?:-([a-z0-9]{1,3}))?(?:\/([0-9]{1,2}))?$/.exec(item);
  if (match === null) return 'must be `*`, a value, a range like `1-5`, or a list of these, with `/step` after a range';
  const [, first = '', last, stepText] = match;
  const isStar = first === '*';
  if (isStar && last !== undefined) return 'has a range that begins with `*`';
  if (stepText !== undefined && !isStar && last === undefined) return 'has a step that belongs to no range';
  const from = isStar ? field.min : valueOf(first, field);
  const to = isStar ? lastOf(field) : last === undefined ? from : endOf(last, field);
  const step = stepText === undefined ? 1 : Number(stepText);
  if (from === undefined || to === undefined) return `must be from ${field.min} to ${field.max}`;
  if (to < from) return 'has a range that ends before it begins';
  if (step < 1 || (stepText !== undefined && step > to - from + 1)) return 'has a step that is larger than its range';
  return { from, to, step };
}

const lastOf = (field: Field): number => (field === DAY_OF_WEEK ? 6 : field.max);

/** `sat-sun` means what it says: at the end of a range Sunday is the seventh day. */
const endOf = (text: string, field: Field): number | undefined =>
  field === DAY_OF_WEEK && text === 'sun' ? 7 : valueOf(text, field);

function valueOf(text: string, { min, max, words }: Field): number | undefined {
  const word = words.indexOf(text);
  if (word >= 0) return words === MONTHS ? word + 1 : word;
  const value = /^\d{1,2}$/.test(text) ? Number(text) : -1;
  return value >= min && value <= max ? value : undefined;
}

const MINUTE_MS = 60_000;
const DAY_MS = 86_400_000;
const MINUTES_OF_DAY = 1440;

/**
 * The last minute at or before `atMs` in which the schedule begins, not further back than `withinMinutes`; in milliseconds
 * since 1970, like `atMs`. `offsetMinutes` is what the schedule's clock is ahead of UTC.
 */
export function lastBeginning(
  cron: Cron,
  atMs: number,
  { withinMinutes, offsetMinutes }: { readonly withinMinutes: number; readonly offsetMinutes: number },
): number | undefined {
  const offsetMs = offsetMinutes * MINUTE_MS;
  const local = Math.floor((atMs + offsetMs) / MINUTE_MS);
  const earliest = local - withinMinutes;
  for (let day = Math.floor(local / MINUTES_OF_DAY); (day + 1) * MINUTES_OF_DAY > earliest; day -= 1) {
    if (!isDay(cron, day)) continue;
    const found = lastMinuteOf(cron, local - day * MINUTES_OF_DAY);
    if (found === undefined) continue;
    const minute = day * MINUTES_OF_DAY + found;
    return minute < earliest ? undefined : minute * MINUTE_MS - offsetMs;
  }
  return undefined;
}

/** The last minute of a day, not after `atMost`, that hour and minute fields allow. */
function lastMinuteOf({ hours, minutes }: Cron, atMost: number): number | undefined {
  for (const hour of hours.toReversed()) {
    const minute = minutes.findLast((one) => hour * 60 + one <= atMost);
    if (minute !== undefined) return hour * 60 + minute;
  }
  return undefined;
}

/** Whether a day, counted from 1970-01-01 (a Thursday), is one of the schedule's. */
function isDay({ daysOfMonth, months, daysOfWeek, days }: Cron, day: number): boolean {
  const { month, dayOfMonth } = dateOf(day);
  const isOfMonth = daysOfMonth.includes(dayOfMonth);
  const isOfWeek = daysOfWeek.includes((((day + 4) % 7) + 7) % 7);
  return months.includes(month) && (days === 'either' ? isOfMonth || isOfWeek : isOfMonth && isOfWeek);
}

/** Month and day of the proleptic Gregorian calendar. */
function dateOf(day: number): { readonly month: number; readonly dayOfMonth: number } {
  // An instant is the one place that knows the calendar; a day before 1970 is no day of ours.
  const [, month = '1', dayOfMonth = '1'] = instantOf(day * DAY_MS)
    .slice(0, 10)
    .split('-');
  return { month: Number(month), dayOfMonth: Number(dayOfMonth) };
}
