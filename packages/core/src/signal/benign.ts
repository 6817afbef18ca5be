/**
 * What people know to be harmless (AG-706 4.11, D3): a batch job, a backup, a scan, by source, rule or path, at its times. A match
 * hands the act to people and shows who said so; it never hides a signal and never permits anything.
 */
import { instantOf, msOf, plusMs, type Id, type Instant, type PersonId, type SourceId } from '../shared/brand.ts';
import { id, instant, integer, object, optional, text, where, type Shape } from '../shared/shape.ts';
import { hasCommon, parseRange } from '../shared/address.ts';
import { lastBeginning, parseCron } from './cron.ts';
import type { Signal } from './signal.ts';

export interface BenignSchedule {
  readonly id: Id<'BenignSchedule'>;
  /** Only signals of this source. */
  readonly source?: SourceId;
  /** Only signals of this rule, word for word. */
  readonly rule?: string;
  /** Where it comes from or what it is about: an address range like `10.20.0.0/16`, or the id of a target or service. */
  readonly path?: string;
  /** When it begins: minute, hour, day of month, month, day of week. */
  readonly cron: string;
  /** Minutes by which the clock of `cron` is ahead of UTC; fixed, so a change to summer time needs a schedule of its own. */
  readonly utcOffsetMinutes: number;
  readonly durationMinutes: number;
  /** What it is, for whoever sees the match. */
  readonly reason: string;
  /** Who answers for this being harmless. */
  readonly owner: PersonId;
  /** From then on it matches nothing. */
  readonly expiresAt: Instant;
}

/** As it stands in the record: who said so and when. */
export interface RegisteredSchedule extends BenignSchedule {
  readonly registeredBy: PersonId;
  readonly registeredAt: Instant;
}

export interface BenignMatch {
  readonly schedule: Id<'BenignSchedule'>;
  readonly reason: string;
  readonly owner: PersonId;
  /** The window the signal began in. */
  readonly from: Instant;
  readonly until: Instant;
}

/** A window of a day: what runs longer is no batch job but the normal state, and belongs into a rule of its source. */
export const MAX_BENIGN_MINUTES = 1440;
const MAX_OFFSET_MINUTES = 840;

const cronText: Shape<string> = where(text({ min: 9, max: 200 }), (value) => {
  const cron = parseCron(value);
  return cron.ok ? undefined : cron.refusal.detail;
});
const pathText: Shape<string> = where(text({ min: 1, max: 64 }), (value) =>
  parseRange(value) !== undefined || !/[/:]/.test(value) ? undefined : 'must be an address range or the id of a target',
);

const fields: Parameters<typeof object<BenignSchedule>>[0] = {
  id: id(),
  source: optional(id<'Source'>()),
  rule: optional(text({ min: 1, max: 200 })),
  path: optional(pathText),
  cron: cronText,
  utcOffsetMinutes: integer({ min: -MAX_OFFSET_MINUTES, max: MAX_OFFSET_MINUTES }),
  durationMinutes: integer({ min: 1, max: MAX_BENIGN_MINUTES }),
  reason: text({ min: 3, max: 500 }),
  owner: id(),
  expiresAt: instant,
};

export const benignScheduleShape: Shape<BenignSchedule> = where(
  object<BenignSchedule>(fields),
  ({ source, rule, path }) =>
    source === undefined && rule === undefined && path === undefined
      ? 'must say of which source, rule or path it speaks'
      : undefined,
);

/**
 * The first schedule, in order of ids, that knows this signal; undefined when none does. What counts is when the signal began. A
 * schedule that has ended matches nothing, and one whose times cannot be read matches nothing either.
 */
export function matchesBenign(
  signal: Signal,
  schedules: readonly BenignSchedule[],
  now: Instant,
): BenignMatch | undefined {
  const ordered = schedules.toSorted((a, b) => (a.id < b.id ? -1 : a.id > b.id ? 1 : 0));
  for (const schedule of ordered) {
    if (now >= schedule.expiresAt || !speaksOf(schedule, signal)) continue;
    const from = windowOf(schedule, signal.startedAt);
    if (from === undefined) continue;
    const { id: name, reason, owner, durationMinutes } = schedule;
    return { schedule: name, reason, owner, from, until: plusMs(from, durationMinutes * MINUTE_MS) };
  }
  return undefined;
}

const MINUTE_MS = 60_000;

/** The beginning of the window that holds `at`; its end is not part of it. */
function windowOf({ cron, durationMinutes, utcOffsetMinutes }: BenignSchedule, at: Instant): Instant | undefined {
  const parsed = parseCron(cron);
  if (!parsed.ok) return undefined;
  const bounds = { withinMinutes: durationMinutes - 1, offsetMinutes: utcOffsetMinutes };
  const beginning = lastBeginning(parsed.value, msOf(at), bounds);
  return beginning === undefined ? undefined : instantOf(beginning);
}

const speaksOf = ({ source, rule, path }: BenignSchedule, signal: Signal): boolean =>
  (source !== undefined || rule !== undefined || path !== undefined) &&
  (source === undefined || source === signal.source) &&
  (rule === undefined || rule === signal.rule) &&
  (path === undefined || isOnPath(path, signal));

/** One address or target on the path is enough: matching more often restricts more often. */
function isOnPath(path: string, { targets, addresses = [] }: Signal): boolean {
  if (targets.some((target) => target === path)) return true;
  const range = parseRange(path);
  if (range === undefined) return false;
  return addresses.some((address) => {
    const one = parseRange(address);
    return one !== undefined && hasCommon(one, range);
  });
}
