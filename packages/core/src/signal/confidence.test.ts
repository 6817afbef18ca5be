import fc from 'fast-check';
import { expect, test } from 'vitest';
import { confidenceOf } from './confidence.ts';
import type { LabelTally } from './rates.ts';
import type { RegisteredSource } from './source.ts';
import { aSignal } from './signal.builder.ts';
import type { Signal } from './signal.ts';

const named = (name: string): LabelTally['source'] => name as LabelTally['source'];
const source = (name: string, ...lineage: readonly string[]) => ({
  source: named(name),
  lineage,
  categories: [{ name: 'network', rules: ['Net*'] }] as RegisteredSource['categories'],
});
const sources = [source('prometheus', 'dc1'), source('scanner', 'cloud'), source('mirror', 'dc1'), source('bare')];
const firing = (name: string, change: Partial<Signal> = {}): Signal =>
  aSignal(`S-${name}`, { source: named(name), rule: 'NetScan', ...change });
const labels = (
  name: string,
  right: number,
  wrong: number = 0,
  category: string = 'network',
): readonly LabelTally[] => [
  { source: named(name), category, label: 'true', count: right },
  { source: named(name), category, label: 'false', count: wrong },
];
const known = [...labels('prometheus', 10), ...labels('scanner', 10), ...labels('mirror', 100), ...labels('bare', 10)];

test('D3: one source gives its own confidence, two independent ones more', () => {
  expect(confidenceOf([firing('prometheus')], sources, known)).toBe(72);
  // 1 - 0.28 * 0.28 = 0.9216.
  expect(confidenceOf([firing('prometheus'), firing('scanner')], sources, known)).toBe(92);
});

test('D3: two sources that share an origin count as one', () => {
  expect(confidenceOf([firing('prometheus'), firing('mirror')], sources, known)).toBeLessThan(97);
  expect(confidenceOf([firing('prometheus'), firing('mirror')], sources, [...labels('prometheus', 10)])).toBeLessThan(
    73,
  );
});

test('D3: one without lineage counts only alone', () => {
  expect(confidenceOf([firing('bare')], sources, known)).toBe(72);
  expect(confidenceOf([firing('bare'), firing('prometheus')], sources, known)).toBe(72);
});

test('nothing known, nothing firing, nobody registered: no confidence', () => {
  expect(confidenceOf([], sources, known)).toBe(0);
  expect(confidenceOf([firing('prometheus')], sources, [])).toBe(0);
  expect(confidenceOf([firing('prometheus', { status: 'resolved' })], sources, known)).toBe(0);
  expect(confidenceOf([firing('stranger')], sources, labels('stranger', 100))).toBe(0);
});

test('what is known of one category says nothing of another', () => {
  expect(confidenceOf([firing('prometheus', { rule: 'DiskFull' })], sources, known)).toBe(0);
  expect(
    confidenceOf([firing('prometheus', { rule: 'DiskFull' })], sources, labels('prometheus', 10, 0, 'other')),
  ).toBe(72);
});

test('of a source that fired twice its more reliable category counts, once', () => {
  const twice = [firing('prometheus'), firing('prometheus', { rule: 'DiskFull' })];
  expect(confidenceOf(twice, sources, [...known, ...labels('prometheus', 100, 0, 'other')])).toBe(96);
});

const share = fc.record({ right: fc.nat(60), wrong: fc.nat(60) });

test('more false labels of any source never raise it; what nobody labelled changes nothing', () => {
  fc.assert(
    fc.property(share, share, fc.constantFrom('prometheus', 'scanner'), fc.nat(30), (one, two, name, more) => {
      const signals = [firing('prometheus'), firing('scanner')];
      const given = [...labels('prometheus', one.right, one.wrong), ...labels('scanner', two.right, two.wrong)];
      const before = confidenceOf(signals, sources, given);
      expect(confidenceOf(signals, sources, [...given, ...labels(name, 0, more)])).toBeLessThanOrEqual(before);
      const unlabelled: LabelTally = { source: named(name), category: 'network', label: 'unlabelled', count: more };
      expect(confidenceOf(signals, sources, [...given, unlabelled])).toBe(before);
    }),
  );
});

test('it does not depend on the order of signals, sources or labels, and stays within 0 and 100', () => {
  fc.assert(
    fc.property(share, share, (one, two) => {
      const signals = [firing('prometheus'), firing('scanner')];
      const given = [...labels('prometheus', one.right, one.wrong), ...labels('scanner', two.right, two.wrong)];
      const found = confidenceOf(signals, sources, given);
      expect(confidenceOf(signals.toReversed(), sources.toReversed(), given.toReversed())).toBe(found);
      expect(Number.isInteger(found) && found >= 0 && found <= 100).toBe(true);
    }),
  );
});

test('D3: a second independent source never makes it less', () => {
  fc.assert(
    fc.property(share, share, (one, two) => {
      const given = [...labels('prometheus', one.right, one.wrong), ...labels('scanner', two.right, two.wrong)];
      const alone = confidenceOf([firing('prometheus')], sources, given);
      expect(confidenceOf([firing('prometheus'), firing('scanner')], sources, given)).toBeGreaterThanOrEqual(alone);
    }),
  );
});
