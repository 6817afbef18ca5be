/** How people write times: `30m`, `8h`, `92d`, and dates without a time. */
import { parseInstant, type Instant } from '@countersign/core';

const UNITS_MS: Readonly<Record<string, number>> = { ms: 1, s: 1000, m: 60_000, h: 3_600_000, d: 86_400_000 };

/** A whole number of `unit`; undefined when it is no duration, or does not come out even. */
export function durationIn(text: string, unit: 'ms' | 'm' | 'd'): number | undefined {
  const [, amount, written] = /^(\d{1,12})(ms|s|m|h|d)$/.exec(text) ?? [];
  const [writtenMs, unitMs] = [UNITS_MS[written ?? ''], UNITS_MS[unit]];
  if (amount === undefined || writtenMs === undefined || unitMs === undefined) return undefined;
  const value = (Number(amount) * writtenMs) / unitMs;
  return Number.isSafeInteger(value) ? value : undefined;
}

/** `2026-12-01`, `2026-12-01T08:00Z`, `2026-12-01T08:00:00Z` or the full form; always UTC. */
export function instantFrom(text: string): Instant | undefined {
  const [, date, time = '00:00', seconds = ':00', fraction = '.000'] =
    /^(\d{4}-\d{2}-\d{2})(?:T(\d{2}:\d{2})(:\d{2})?(\.\d{3})?Z)?$/.exec(text) ?? [];
  return date === undefined ? undefined : parseInstant(`${date}T${time}${seconds}${fraction}Z`);
}
