/** Grants, routes and durations as people write them: times with a unit, who is asked as a map, plain caps where none are named. */
import { PLAIN_CAPS, PLAIN_GRANT } from '@countersign/core';
import type { Drafting } from './drafting.ts';
import { durationIn } from './durations.ts';
import { has, isLoose, looseAt, type Loose } from './loose.ts';
import type { Path } from './source-map.ts';

interface TimeField {
  readonly written: string;
  readonly field: string;
  readonly unit: 'ms' | 'm' | 'd';
}

type TimedBlock = 'top' | 'correlation' | 'rollout' | 'grant' | 'contraction';
export const TIMES: Readonly<Record<TimedBlock, readonly TimeField[]>> = {
  top: [{ written: 'maxGraphAge', field: 'maxGraphAgeMinutes', unit: 'm' }],
  correlation: [{ written: 'window', field: 'windowMinutes', unit: 'm' }],
  rollout: [
    { written: 'bake', field: 'bakeMs', unit: 'ms' },
    { written: 'healthTimeout', field: 'healthTimeoutMs', unit: 'ms' },
  ],
  grant: [
    { written: 'rollbackWindow', field: 'rollbackWindowMinutes', unit: 'm' },
    { written: 'maxDrillAge', field: 'maxDrillAgeDays', unit: 'd' },
  ],
  contraction: [{ written: 'within', field: 'days', unit: 'd' }],
};

/** Where an object stands in the envelope and in the file. */
export interface Spot {
  readonly drafting: Drafting;
  readonly pointer: string;
  /** Absent: the place cannot be shown, because it came from a pack. */
  readonly path?: Path;
}

/** Times with a unit become numbers of the unit the envelope counts in. */
export function withTimes(value: unknown, times: readonly TimeField[], { drafting, pointer, path }: Spot): unknown {
  if (!isLoose(value)) return value;
  let read: Loose = value;
  for (const { written, field, unit } of times) {
    const text = read[written];
    if (!has(read, written) || typeof text !== 'string') continue;
    const number = durationIn(text, unit);
    const { [written]: _, ...rest } = read;
    const place = `${pointer}/${field}`;
    if (path !== undefined) drafting.origins.file(place, [...path, written]);
    if (number === undefined)
      drafting.error(place, `\`${text}\` is no duration`, 'write a whole number with ms, s, m, h or d');
    read = { ...rest, [field]: number ?? 1 };
  }
  return read;
}

/** A grant is off until somebody writes that it is on. */
export function grantFrom(value: unknown, spot: Spot): unknown {
  const timed = withTimes(value, TIMES.grant, spot);
  if (!isLoose(timed)) return timed;
  const plain: Loose = { isEnabled: false, calendars: [], requiresStaging: true, ...PLAIN_GRANT };
  const caps = looseAt(timed, 'caps');
  const left = [
    ...Object.keys(plain).filter((name) => !has(timed, name)),
    ...Object.keys(PLAIN_CAPS).filter((name) => !has(caps, name)),
  ];
  if (left.length > 0) spot.drafting.omit(spot.pointer, `leaves out ${left.join(', ')}: no condition, off, and staged`);
  return {
    ...plain,
    ...timed,
    ...(has(timed, 'caps') && { caps: isLoose(timed['caps']) ? { ...PLAIN_CAPS, ...caps } : timed['caps'] }),
  };
}

/** `ask: { release-approver: 1 }` for people; the envelope holds a list. */
function demandsFrom(value: unknown, { drafting, pointer, path }: Spot): unknown {
  if (!isLoose(value) || !has(value, 'ask')) return value;
  const { ask, ...rest } = value;
  if (path !== undefined) drafting.origins.file(`${pointer}/demands`, [...path, 'ask']);
  if (!isLoose(ask)) return { ...rest, demands: ask };
  const entries = Object.entries(ask);
  entries.forEach(([role], position) => {
    if (path === undefined) return;
    for (const field of ['', '/role', '/count'])
      drafting.origins.file(`${pointer}/demands/${position}${field}`, [...path, 'ask', role]);
  });
  return { ...rest, demands: entries.map(([role, count]) => ({ role, count })) };
}

export function routeFrom(value: unknown, spot: Spot): unknown {
  const asked = demandsFrom(value, spot);
  return isLoose(asked) ? { when: {}, stepUp: false, ...asked } : asked;
}

export function dryRunFrom(value: unknown, spot: Spot): unknown {
  const asked = demandsFrom(value, spot);
  return isLoose(asked) ? { marginPercent: 0, ...asked } : asked;
}
