import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readShape } from '../shared/shape.ts';
import {
  labelledOutcomeShape,
  LEAST_TRUE_LABELS,
  lowerBoundPercent,
  OUTCOME_LABELS,
  ratesOf,
  type LabelTally,
} from './rates.ts';

const source = 'prometheus' as LabelTally['source'];
const tally = (label: LabelTally['label'], count: number, more: Partial<LabelTally> = {}): LabelTally => ({
  source,
  category: 'network',
  label,
  count,
  ...more,
});
const asked = { source, category: 'network' };
const counts = fc.record({ right: fc.nat(400), wrong: fc.nat(400), benign: fc.nat(40), unclear: fc.nat(40) });
const tallies = ({ right, wrong, benign, unclear }: Record<'right' | 'wrong' | 'benign' | 'unclear', number>) => [
  tally('true', right),
  tally('false', wrong),
  tally('benign-known', benign),
  tally('unclear', unclear),
];
const confidence = (labels: readonly LabelTally[]): number => ratesOf(labels, asked).confidencePercent;

describe('D3: rates of a source and category', () => {
  test('count what people said, and show what nobody labelled', () => {
    const labels = [
      ...tallies({ right: 90, wrong: 8, benign: 1, unclear: 5 }),
      tally('unlabelled', 1000),
      tally('true', 50, { category: 'other' }),
      tally('true', 50, { source: 'scanner' as LabelTally['source'] }),
    ];
    expect(ratesOf(labels, asked)).toEqual({
      labelled: 104,
      true: 90,
      false: 8,
      benign: 1,
      unclear: 5,
      unlabelled: 1000,
      falsePositivePercent: 10,
      confidencePercent: 78,
    });
  });

  test('of nothing are nothing', () => {
    expect(ratesOf([], asked)).toMatchObject({ labelled: 0, falsePositivePercent: 0, confidencePercent: 0 });
  });

  test('a share is rounded to the side that asks people', () => {
    expect(ratesOf([tally('true', 999), tally('false', 1)], asked).falsePositivePercent).toBe(1);
  });

  test('fewer than ten true ones are no experience', () => {
    expect(confidence([tally('true', LEAST_TRUE_LABELS - 1)])).toBe(0);
    expect(confidence([tally('true', LEAST_TRUE_LABELS)])).toBe(72);
  });

  test('more of a label that is not "true" never raises the confidence', () => {
    fc.assert(
      fc.property(counts, fc.constantFrom('false', 'benign-known', 'unclear'), fc.nat(50), (given, label, more) => {
        const labels = tallies(given);
        expect(confidence([...labels, tally(label as LabelTally['label'], more)])).toBeLessThanOrEqual(
          confidence(labels),
        );
      }),
    );
  });

  test('what nobody labelled changes no rate at all', () => {
    fc.assert(
      fc.property(counts, fc.nat(10_000), (given, unlabelled) => {
        const { unlabelled: _, ...before } = ratesOf(tallies(given), asked);
        const { unlabelled: seen, ...after } = ratesOf([...tallies(given), tally('unlabelled', unlabelled)], asked);
        expect([after, seen]).toEqual([before, unlabelled]);
      }),
    );
  });

  test('one more true one never lowers the confidence', () => {
    fc.assert(
      fc.property(counts, (given) => {
        expect(confidence([...tallies(given), tally('true', 1)])).toBeGreaterThanOrEqual(confidence(tallies(given)));
      }),
    );
  });
});

/** Textbook form of Wilson's interval, in floating point. */
const textbook = (right: number, all: number): number => {
  const [p, z] = [right / all, 1.96];
  const centre = p + (z * z) / (2 * all);
  const spread = z * Math.sqrt((p * (1 - p)) / all + (z * z) / (4 * all * all));
  return (100 * (centre - spread)) / (1 + (z * z) / all);
};

describe('the lower bound', () => {
  test("is Wilson's, rounded down", () => {
    fc.assert(
      fc.property(fc.integer({ min: LEAST_TRUE_LABELS, max: 100_000 }), fc.nat(100_000), (right, wrong) => {
        const exact = textbook(right, right + wrong);
        const found = lowerBoundPercent(right, right + wrong);
        expect(found).toBeLessThanOrEqual(exact + 1e-6);
        expect(found).toBeGreaterThan(exact - 1 - 1e-6);
      }),
    );
  });

  test.each([
    [10, 10, 72],
    [100, 100, 96],
    [1_000_000, 1_000_000, 99],
    [50, 100, 40],
    [10, 1000, 0],
    [9, 9, 0],
    [0, 0, 0],
  ])('%i of %i: %i %%', (right, all, percent) => {
    expect(lowerBoundPercent(right, all)).toBe(percent);
  });

  test('is never above the share itself, and exact beyond what floating point can hold', () => {
    expect(lowerBoundPercent(900_000_000_000, 1_000_000_000_000)).toBe(89);
  });
});

test.each(OUTCOME_LABELS)('a person may say `%s`, with time and reason', (label) => {
  const outcome = { signal: 'S-1', label, by: 'kim', at: '2026-11-18T14:40:00.000Z', rationale: 'seen on the host' };
  expect(readShape(labelledOutcomeShape, outcome)).toEqual({ ok: true, value: outcome });
  for (const change of [{ label: 'unlabelled' }, { rationale: '' }, { by: '' }, { at: 'today' }])
    expect(readShape(labelledOutcomeShape, { ...outcome, ...change })).toMatchObject({ ok: false });
});
