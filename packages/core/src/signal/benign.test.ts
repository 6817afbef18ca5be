import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instantOf, msOf, parseInstant, type Instant } from '../shared/brand.ts';
import { readShape } from '../shared/shape.ts';
import { benignScheduleShape, matchesBenign, type BenignSchedule } from './benign.ts';
import { aSignal } from './signal.builder.ts';
import type { Signal } from './signal.ts';

const at = (text: string): Instant => {
  const instant = parseInstant(text);
  if (instant === undefined) throw new Error(text);
  return instant;
};
const now = at('2026-11-18T14:40:00.000Z');

/** Scenario B: the settlement job asks rapidly, one request after the other, from its own range, on weekdays at 14:22. */
const settlement = (change: Partial<Record<keyof BenignSchedule, unknown>> = {}): BenignSchedule => ({
  ...({
    id: 'settlement-batch',
    source: 'prometheus',
    rule: 'RapidSequentialRequests',
    path: '10.20.0.0/16',
    cron: '22 14 * * mon-fri',
    utcOffsetMinutes: 0,
    durationMinutes: 15,
    reason: 'the settlement batch asks the ledger for every account',
    owner: 'omar',
    expiresAt: '2027-02-01T00:00:00.000Z',
    ...change,
  } as unknown as BenignSchedule),
});
const rapid = (change: Partial<Signal> = {}): Signal =>
  aSignal('S-1', {
    rule: 'RapidSequentialRequests',
    addresses: ['10.20.7.1', '10.20.7.2'],
    startedAt: at('2026-11-18T14:22:31.000Z'),
    ...change,
  });
const without = (...names: readonly (keyof BenignSchedule)[]): BenignSchedule => {
  const left = Object.entries(settlement()).filter(([name]) => !names.some((one) => one === name));
  return Object.fromEntries(left) as unknown as BenignSchedule;
};

describe('D3: the batch job of scenario B', () => {
  test('is recognised, with who said so and the window it was expected in', () => {
    expect(matchesBenign(rapid(), [settlement()], now)).toEqual({
      schedule: 'settlement-batch',
      reason: 'the settlement batch asks the ledger for every account',
      owner: 'omar',
      from: '2026-11-18T14:22:00.000Z',
      until: '2026-11-18T14:37:00.000Z',
    });
  });

  test.each<[string, Partial<Signal>]>([
    ['a second before its window', { startedAt: at('2026-11-18T14:21:59.999Z') }],
    ['at the end of its window', { startedAt: at('2026-11-18T14:37:00.000Z') }],
    ['on a Saturday', { startedAt: at('2026-11-21T14:22:31.000Z') }],
    ['from another range', { addresses: ['10.21.7.1'] }],
    ['from nowhere in particular', { addresses: [] }],
    ['by another rule', { rule: 'PortScan' }],
    ['by another source', { source: 'scanner' as Signal['source'] }],
  ])('is not mistaken for the same thing %s', (_what, change) => {
    expect(matchesBenign(rapid(change), [settlement()], now)).toBeUndefined();
  });

  test('one address of the range is enough: matching more often only asks people more often', () => {
    expect(matchesBenign(rapid({ addresses: ['192.0.2.9', '10.20.1.1'] }), [settlement()], now)).toBeDefined();
  });

  test('a schedule that has ended never matches', () => {
    const ended = settlement({ expiresAt: '2026-11-18T14:40:00.000Z' });
    expect(matchesBenign(rapid(), [ended], now)).toBeUndefined();
    expect(matchesBenign(rapid(), [ended], at('2026-11-18T14:39:59.999Z'))).toBeDefined();
  });

  test('a path may be the target it is about, and what is left out is not asked', () => {
    expect(matchesBenign(rapid(), [settlement({ path: 'pay-001' })], now)).toBeDefined();
    expect(matchesBenign(rapid(), [settlement({ path: 'pay-002' })], now)).toBeUndefined();
    expect(matchesBenign(rapid({ addresses: [] }), [without('path')], now)).toBeDefined();
    expect(matchesBenign(rapid({ rule: 'Any' }), [without('rule')], now)).toBeDefined();
  });

  test('one that speaks of nothing, or whose times cannot be read, matches nothing', () => {
    expect(matchesBenign(rapid(), [without('source', 'rule', 'path')], now)).toBeUndefined();
    expect(matchesBenign(rapid(), [settlement({ cron: 'every day' })], now)).toBeUndefined();
  });

  test('of several the first by id is named, whatever their order', () => {
    const both = [settlement({ id: 'b' }), settlement({ id: 'a' })];
    expect(matchesBenign(rapid(), both, now)?.schedule).toBe('a');
    expect(matchesBenign(rapid(), both.toReversed(), now)?.schedule).toBe('a');
  });

  test('an address that is none is on no path', () => {
    expect(matchesBenign(rapid({ addresses: ['10.20.7.1/8', '::::'] }), [settlement()], now)).toBeUndefined();
  });

  test('a match is always inside the window that it names, and that window is as long as was said', () => {
    const minutes = fc.integer({ min: 1, max: 1440 });
    const moment = fc.integer({ min: msOf(at('2026-01-01T00:00:00.000Z')), max: msOf(at('2026-12-31T00:00:00.000Z')) });
    fc.assert(
      fc.property(minutes, moment, fc.integer({ min: -840, max: 840 }), (durationMinutes, ms, utcOffsetMinutes) => {
        const startedAt = instantOf(ms);
        const match = matchesBenign(rapid({ startedAt }), [settlement({ durationMinutes, utcOffsetMinutes })], now);
        if (match === undefined) return;
        expect(match.from <= startedAt && startedAt < match.until).toBe(true);
        expect(msOf(match.until) - msOf(match.from)).toBe(durationMinutes * 60_000);
      }),
    );
  });
});

const complaints = (change: Partial<Record<keyof BenignSchedule, unknown>>): readonly string[] => {
  const read = readShape(benignScheduleShape, { ...settlement(), ...change });
  return read.ok ? [] : (read.refusal.complaints ?? []).map(({ at: place, problem }) => `${place} ${problem}`);
};

describe('registering one', () => {
  test('a whole one is read', () => {
    expect(readShape(benignScheduleShape, settlement())).toMatchObject({ ok: true });
    expect(readShape(benignScheduleShape, settlement({ path: '2001:db8::/32' }))).toMatchObject({ ok: true });
    expect(readShape(benignScheduleShape, settlement({ path: 'pay-001' }))).toMatchObject({ ok: true });
  });

  test('D3: one that speaks of everything is refused', () => {
    expect(readShape(benignScheduleShape, without('source', 'rule', 'path'))).toMatchObject({
      ok: false,
      refusal: { complaints: [{ problem: 'must say of which source, rule or path it speaks' }] },
    });
  });

  test.each<[Partial<Record<keyof BenignSchedule, unknown>>, string]>([
    [{ cron: '0 0 31 2 *' }, '/cron never happens'],
    [{ cron: '* * * *' }, '/cron must have'],
    [{ path: '10.20.0.1/16' }, '/path must be an address range'],
    [{ durationMinutes: 0 }, '/durationMinutes must be an integer from 1 to 1440'],
    [{ durationMinutes: 1441 }, '/durationMinutes'],
    [{ utcOffsetMinutes: 900 }, '/utcOffsetMinutes'],
    [{ reason: '' }, '/reason'],
    [{ owner: 'somebody@example' }, '/owner'],
    [{ expiresAt: 'never' }, '/expiresAt'],
  ])('%o is refused: %s', (change, problem) => {
    expect(complaints(change)[0]).toContain(problem);
  });
});
