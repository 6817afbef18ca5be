import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { instantOf, msOf } from '../../shared/brand.ts';
import type { ActionType } from '../../proposal/change.ts';
import { aGrant, anEnvelope, anId, NOW } from '../envelope.builder.ts';
import { classRecords, type ClassRecord, type Outcome } from './contraction.ts';
import { draftExpansions } from './expansion.ts';

const DAY_MS = 86_400_000;
const RULE = { failurePercent: 20, falsePositivePercent: 30, predictionErrorPercent: 40, minCases: 10, days: 30 };
const outcome = (change: Partial<Outcome> = {}): Outcome => ({
  action: 'service.restart',
  at: NOW,
  isFailed: false,
  ...change,
});
const some = (bad: number, cases: number, change: Partial<Outcome>): readonly Outcome[] =>
  Array.from({ length: cases }, (_, n) => {
    const quiet = Object.fromEntries(Object.keys(change).map((name) => [name, false]));
    return outcome(n < bad ? change : quiet);
  });
const reasonsOf = (outcomes: readonly Outcome[], rule: Partial<typeof RULE> = {}): readonly string[] =>
  classRecords(outcomes, { ...RULE, ...rule }, NOW).flatMap(({ reasons }) => reasons);

describe('E6: exactly at the threshold', () => {
  const kinds = [
    ['failed', { isFailed: true }, 'failurePercent'],
    ['had a false alarm as trigger', { isFalsePositive: true }, 'falsePositivePercent'],
    ['went other than predicted', { isMispredicted: true }, 'predictionErrorPercent'],
  ] as const;
  test.each(kinds)('%s: from the named rate on, never below it', (words, change, rate) => {
    const percent = RULE[rate];
    expect(reasonsOf(some(percent, 100, change))).toEqual([
      `${percent} of 100 acts in 30 days ${words}: ${percent} % or more`,
    ]);
    expect(reasonsOf(some(percent - 1, 100, change))).toEqual([]);
  });
  test.each(kinds)('%s: from the named number of cases on, never with one less', (_words, change) => {
    expect(reasonsOf(some(10, 10, change))).toHaveLength(1);
    expect(reasonsOf(some(9, 9, change))).toEqual([]);
  });
  test('a rate is compared exactly, not rounded: one of three is under 34 % and over 33 %', () => {
    const third = some(1, 3, { isFailed: true });
    expect(reasonsOf(third, { minCases: 3, failurePercent: 33 })).toHaveLength(1);
    expect(reasonsOf(third, { minCases: 3, failurePercent: 34 })).toEqual([]);
  });
  test('what people read is rounded up, so a bad case never looks like none', () => {
    const [record] = classRecords(some(1, 300, { isFailed: true }), RULE, NOW);
    expect(record?.failures).toEqual({ bad: 1, cases: 300, percent: 1 });
  });
  test('at a hundred per cent only a class that always fails is taken away', () => {
    expect(reasonsOf(some(10, 10, { isFailed: true }), { failurePercent: 100 })).toHaveLength(1);
    expect(reasonsOf(some(10, 11, { isFailed: true }), { failurePercent: 100 })).toEqual([]);
  });
  test('all three reasons are given at once', () => {
    expect(reasonsOf(some(10, 10, { isFailed: true, isFalsePositive: true, isMispredicted: true }))).toHaveLength(3);
  });
});

const tenFailuresAt = (ms: number): readonly Outcome[] =>
  some(10, 10, { isFailed: true }).map((one) => ({ ...one, at: instantOf(msOf(NOW) + ms) }));

describe('E6: the window', () => {
  test.each([
    [0, 1],
    [1, 0],
    [-30 * DAY_MS + 1, 1],
    [-30 * DAY_MS, 0],
    [-31 * DAY_MS, 0],
  ])('cases %i ms from now are counted: %i', (ms, count) => {
    expect(reasonsOf(tenFailuresAt(ms))).toHaveLength(count);
    expect(classRecords(tenFailuresAt(ms), RULE, NOW)).toHaveLength(count);
  });
  test('no outcome, no record: a class without acts keeps what it has', () => {
    expect(classRecords([], RULE, NOW)).toEqual([]);
  });
  test('property: the order in which outcomes became known does not count, and classes do not touch each other', () => {
    const one = fc.record({
      action: fc.constantFrom<ActionType[]>('service.restart', 'process.kill', 'package.patch'),
      isFailed: fc.boolean(),
      isFalsePositive: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(one, { maxLength: 40 }), (list) => {
        const all = list.map((change) => outcome(change));
        const records = classRecords(all, RULE, NOW);
        expect(classRecords(all.toReversed(), RULE, NOW)).toEqual(records);
        for (const record of records)
          expect(
            classRecords(
              all.filter(({ action }) => action === record.action),
              RULE,
              NOW,
            ),
          ).toEqual([record]);
        const names = records.map(({ action }) => action);
        expect(names).toEqual(names.toSorted());
      }),
      { seed: 706 },
    );
  });
});

const rate = (bad: number, cases: number) => ({ bad, cases, percent: bad > 0 ? 1 : 0 });
const record = (change: Partial<ClassRecord> = {}): ClassRecord => ({
  action: 'package.patch',
  failures: rate(0, 20),
  falsePositives: rate(0, 20),
  predictionErrors: rate(0, 20),
  reasons: [],
  ...change,
});

const drafts = (...records: readonly ClassRecord[]): number => draftExpansions(anEnvelope(), records).length;

describe('E6: a good record only suggests', () => {
  test.each<[string, Partial<ClassRecord>, number]>([
    ['twice the cases of a contraction', { failures: rate(0, 20) }, 1],
    ['one case less than that', { failures: rate(0, 19) }, 0],
    ['one failure', { failures: rate(1, 200) }, 0],
    ['one false alarm', { falsePositives: rate(1, 200) }, 0],
    ['one wrong prediction', { predictionErrors: rate(1, 200) }, 0],
    ['one right prediction', { predictionErrors: rate(0, 1) }, 1],
    ['no prediction', { predictionErrors: rate(0, 0) }, 0],
    ['nobody said anything of its triggers', { falsePositives: rate(0, 0) }, 1],
  ])('%s', (_what, change, count) => {
    expect(drafts(record(change))).toBe(count);
  });
  test.each([
    [0, 1],
    [1, 2],
    [3, 4],
    [4, 5],
    [7, 8],
    [8, 10],
    [100, 125],
  ])('a cap of %i could become %i: a quarter more, at least one', (targets, larger) => {
    const envelope = anEnvelope({ grants: [aGrant({ caps: { ...aGrant().caps, targets } })] });
    expect(draftExpansions(envelope, [record()])[0]?.grants[0]?.caps.targets).toBe(larger);
  });
  test('a grant for several actions needs a good record of each', () => {
    const envelope = anEnvelope({ grants: [aGrant({ actions: ['package.patch', 'process.kill'] })] });
    expect(draftExpansions(envelope, [record()])).toEqual([]);
    expect(draftExpansions(envelope, [record(), record({ action: 'process.kill' })])[0]?.why).toMatch(/^40 acts/);
  });
  test('a grant for no action at all is not widened', () => {
    expect(draftExpansions(anEnvelope({ grants: [aGrant({ actions: [] })] }), [record()])).toEqual([]);
  });
  test('each draft changes one grant and leaves every other as it is', () => {
    const grants = [aGrant(), aGrant({ id: anId('G02') })];
    const found = draftExpansions(anEnvelope({ grants }), [record()]);
    expect(found.map(({ grant }) => grant)).toEqual(['G01-patch-staged', 'G02']);
    expect(found[0]?.grants[1]).toBe(grants[1]);
    expect(found[1]?.grants[0]).toBe(grants[0]);
  });
  test('nothing is suggested while any class is contracted', () => {
    expect(drafts(record(), record({ action: 'acl.change', reasons: ['failed'] }))).toBe(0);
  });
});
