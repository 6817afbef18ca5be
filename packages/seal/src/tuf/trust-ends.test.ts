/** Whoever operates is told before execution closes, as long before as mending takes, and never all the time (X1). */
import { instantOf, msOf, plusMs, type Instant } from '@countersign/core';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { makeTufHouse, NOW, rootOf, trustOf } from './house.builder.ts';
import { openTrust } from './open-trust.ts';
import { trustDates, trustEnds, TRUST_WARNING_DAYS, type TrustPart } from './trust-ends.ts';

const DAY_MS = 86_400_000;
const PARTS: readonly TrustPart[] = ['root', 'bundle', 'snapshot', 'timestamp'];
const at = (offsetMs: number): Instant => plusMs(NOW, offsetMs);
const stateOf = (part: TrustPart, days: number, sinceDays?: number): string | undefined =>
  trustEnds(
    {
      ends: { [part]: plusMs(NOW, days * DAY_MS) },
      ...(sinceDays !== undefined && { since: plusMs(NOW, sinceDays * DAY_MS) }),
    },
    NOW,
  )[0]?.state;

describe('X1: the end of a part of the trust metadata', () => {
  test.each(PARTS)('%s: is told of its days before, from then on, and as over from its end on', (part) => {
    const days = TRUST_WARNING_DAYS[part];
    expect([days + 0.01, days, 0.01, 0, -1].map((left) => stateOf(part, left))).toEqual([
      'fine',
      'soon',
      'soon',
      'over',
      'over',
    ]);
  });

  test('a bundle or timestamp that lives shortly is told of in its last third; a root always its days before', () => {
    expect([7, 5, 4].map((left) => stateOf('bundle', left, left - 15))).toEqual(['fine', 'soon', 'soon']);
    expect([0.5, 0.3].map((left) => stateOf('timestamp', left, left - 1))).toEqual(['fine', 'soon']);
    expect(stateOf('root', 50, -1)).toBe('soon');
  });

  test('never goes from over to soon, nor from soon to fine, while time passes', () => {
    const rank = ['fine', 'soon', 'over'];
    const ms = fc.integer({ min: -100 * DAY_MS, max: 100 * DAY_MS });
    const moments = fc.record({ end: ms, since: fc.option(ms), now: ms, more: fc.nat(DAY_MS * 30) });
    fc.assert(
      fc.property(fc.constantFrom(...PARTS), moments, (part, { end, since, now, more }) => {
        const dates = { ends: { [part]: at(end) }, ...(since !== null && { since: at(since) }) };
        const [first = '', later = ''] = [now, now + more].map((offset) => trustEnds(dates, at(offset))[0]?.state);
        expect(rank.indexOf(later)).toBeGreaterThanOrEqual(rank.indexOf(first));
        expect(first === 'over').toBe(end <= now);
      }),
    );
  });

  test('is named with what to do about it', () => {
    const [end] = trustEnds({ ends: { timestamp: plusMs(NOW, DAY_MS) } }, NOW);
    expect(end).toMatchObject({ state: 'soon', text: `the timestamp ends ${plusMs(NOW, DAY_MS)}` });
    expect(end?.next).toContain('cs trust publish');
    expect(trustEnds({ ends: { root: NOW } }, NOW)[0]?.text).toBe(`the root is over since ${NOW}: no new act starts`);
  });
});

describe('X1: the dates in trust metadata', () => {
  const house = makeTufHouse();
  const metadata = trustOf(house, { version: 1 }, { roots: [rootOf(house, { expires: plusMs(NOW, 300 * DAY_MS) })] });
  const bundle = { issuedAt: instantOf(msOf(NOW) - DAY_MS), expiresAt: plusMs(NOW, 900 * DAY_MS) };

  test('are of every part, the earliest being the one at which execution closes', () => {
    const opened = openTrust(metadata, { root: rootOf(house, { expires: plusMs(NOW, 300 * DAY_MS) }) });
    if (!opened.ok) throw new Error(opened.refusal.detail);
    const { ends, since } = trustDates(metadata, opened.value.bundle);
    expect(Object.keys(ends).toSorted()).toEqual(['bundle', 'root', 'snapshot', 'timestamp']);
    expect(Object.values(ends).toSorted()[0]).toBe(opened.value.expiresAt);
    expect(since).toBe(opened.value.bundle.issuedAt);
  });

  test('of what cannot be read is the end of the bundle alone', () => {
    expect(trustDates({ ...metadata, timestamp: '?' }, bundle)).toEqual({ ends: { bundle: bundle.expiresAt } });
  });
});
