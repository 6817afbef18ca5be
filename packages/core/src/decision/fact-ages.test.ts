import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { plusMs } from '../shared/brand.ts';
import { NOW } from '../envelope/envelope.builder.ts';
import { deriveFacts, type FactInputs, type ReceivedSignal } from './derive-facts.ts';
import { someInputs } from './derive-facts.builder.ts';
import { isSaidWithin, MAX_SIGNAL_AGE_MS, MAX_VALIDATION_AGE_MS } from './fact-ages.ts';

const SKEW_MS = 60_000;

describe('X1: how old a word may be', () => {
  test('within the time before now, and not beyond what clocks differ', () => {
    fc.assert(
      fc.property(fc.integer({ min: -1e9, max: 1e9 }), fc.nat({ max: 1e9 }), (agoMs, most) => {
        expect(isSaidWithin(plusMs(NOW, -agoMs), NOW, most)).toBe(agoMs >= -SKEW_MS && agoMs <= most);
      }),
    );
  });

  test('what is not fresh now is never fresh later', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 1e10 }), fc.nat({ max: 1e10 }), (agoMs, laterMs) => {
        const said = plusMs(NOW, -agoMs);
        fc.pre(!isSaidWithin(said, NOW, MAX_SIGNAL_AGE_MS));
        expect(isSaidWithin(said, plusMs(NOW, laterMs), MAX_SIGNAL_AGE_MS)).toBe(false);
      }),
    );
  });

  test('the limits are a day and thirty days: nothing lengthens them, so a change here is a decision', () => {
    expect([MAX_SIGNAL_AGE_MS, MAX_VALIDATION_AGE_MS]).toEqual([86_400_000, 2_592_000_000]);
  });
});

const seen = (agoMs: number, which: (place: number) => boolean = () => true): readonly ReceivedSignal[] =>
  someInputs().signals.map((received, place) =>
    which(place) ? { ...received, signal: { ...received.signal, observedAt: plusMs(NOW, -agoMs) } } : received,
  );
const told = (change: Partial<FactInputs>): ReturnType<typeof deriveFacts> => deriveFacts(someInputs(change));
const OLD_MS = MAX_SIGNAL_AGE_MS + 1;

describe('D3, X1: signals that nobody tells any more', () => {
  test('support nothing and are said to people by name; a fresh one beside them still speaks', () => {
    const [all, first] = [told({ signals: seen(OLD_MS) }), told({ signals: seen(OLD_MS, (place) => place === 0) })];
    expect([all.facts.independentSignals, all.facts.severity, all.facts.confidencePercent]).toEqual([0, -1, 0]);
    expect(first.facts.independentSignals).toBe(told({}).facts.independentSignals - 1);
    expect(
      [all, first].map(({ findings }) => findings.filter(({ text }) => text.includes('was last seen')).length),
    ).toEqual([2, 1]);
    expect(told({}).findings.filter(({ text }) => text.includes('was last seen'))).toEqual([]);
  });

  test('are still there: nothing is called missing, and people may act on them', () => {
    expect(told({ signals: seen(OLD_MS) }).missing).toEqual(told({}).missing);
  });

  test('never add to what fresh ones give, however old each is', () => {
    fc.assert(
      fc.property(fc.nat({ max: 2 * MAX_SIGNAL_AGE_MS }), fc.nat({ max: 2 * MAX_SIGNAL_AGE_MS }), (one, other) => {
        const signals = [...seen(one, (place) => place === 0).slice(0, 1), ...seen(other).slice(1)];
        const { facts } = told({ signals });
        const fresh = [one, other].filter((agoMs) => agoMs <= MAX_SIGNAL_AGE_MS).length;
        expect(facts.independentSignals).toBeLessThanOrEqual(fresh);
      }),
    );
  });
});

const validated = (agoMs: number): boolean =>
  told({ validation: { ...someInputs().validation!, finishedAt: plusMs(NOW, -agoMs) } }).facts.stagingValidated;

describe('L4, X6: what was proved long ago', () => {
  test('a staging run counts for thirty days', () => {
    expect([0, MAX_VALIDATION_AGE_MS, MAX_VALIDATION_AGE_MS + 1, -SKEW_MS, -SKEW_MS - 1].map(validated)).toEqual([
      true,
      true,
      false,
      true,
      false,
    ]);
  });

  test('a failed drill counts whatever its clock showed, a passed one of the future does not', () => {
    const [drill] = someInputs().drills;
    const age = (...drills: readonly { readonly ms: number; readonly isPassed: boolean }[]): number =>
      told({ drills: drills.map(({ ms, isPassed }) => ({ ...drill!, isPassed, at: plusMs(NOW, ms) })) }).facts
        .drillAgeDays;
    const before = { ms: -86_400_000, isPassed: true };
    expect(age(before)).toBe(1);
    expect(age(before, { ms: 5000, isPassed: true })).toBe(1);
    expect(age(before, { ms: 5000, isPassed: false })).toBe(-1);
    expect(age({ ms: -2 * 86_400_000, isPassed: false }, before)).toBe(1);
  });
});
