import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseId, type SignalId } from '../shared/brand.ts';
import { ACTION_TYPES, type ActionType, type Change } from './change.ts';
import { intentOf } from './intent.ts';

const id = parseId as <Name extends string>(text: string) => NonNullable<ReturnType<typeof parseId<Name>>>;
const SIGNALS = ['S-1', 'S-2', 'S-3', 'S-4'].map((name) => id<'Signal'>(name));
const TARGETS = ['web-1', 'web-2', 'web-10'].map((name) => id<'Target'>(name));
/** Two signals of one rule, one of another; the last is not known. */
const KNOWN: ReadonlyMap<SignalId, { readonly rule: string }> = new Map([
  [SIGNALS[0]!, { rule: 'Pool' }],
  [SIGNALS[1]!, { rule: 'Pool' }],
  [SIGNALS[2]!, { rule: 'Disk"],"' }],
]);
const change = (action: ActionType, summary = 'as it is'): Change => ({
  action,
  summary,
  steps: [],
  intendedVersions: {},
});
const wishes = fc.record({
  signals: fc.uniqueArray(fc.constantFrom(...SIGNALS), { minLength: 1 }),
  targets: fc.uniqueArray(fc.constantFrom(...TARGETS), { minLength: 1 }),
  change: fc.constantFrom(...ACTION_TYPES).map((action) => change(action)),
});

test('A3: neither order nor repetition nor wording makes another intent', () => {
  fc.assert(
    fc.property(wishes, (wish) => {
      const again = {
        signals: [...wish.signals.toReversed(), ...wish.signals],
        targets: [...wish.targets.toReversed(), ...wish.targets],
        change: change(wish.change.action, 'in other words'),
      };
      expect(intentOf(again, KNOWN)).toEqual(intentOf(wish, KNOWN));
    }),
  );
});

test('A3: two intents have one key exactly when rules, action and targets are equal', () => {
  fc.assert(
    fc.property(wishes, wishes, (a, b) => {
      const { key: keyA, ...intentA } = intentOf(a, KNOWN);
      const { key: keyB, ...intentB } = intentOf(b, KNOWN);
      expect(keyA === keyB).toBe(JSON.stringify(intentA) === JSON.stringify(intentB));
    }),
  );
});

const of = (...signals: readonly SignalId[]): string =>
  intentOf({ signals, targets: TARGETS, change: change('config.change') }, KNOWN).key;

test('A3: another signal of the same rule is the same intent; a signal nobody knows stands for itself', () => {
  expect(of(SIGNALS[0]!)).toBe(of(SIGNALS[1]!));
  expect(of(SIGNALS[0]!)).not.toBe(of(SIGNALS[3]!));
  expect(of(SIGNALS[3]!)).toContain('signal S-4');
});

test('A3: a rule that looks like the end of a list is no way to another key', () => {
  const evil = intentOf({ signals: [SIGNALS[2]!], targets: [], change: change('config.change') }, KNOWN);
  expect(JSON.parse(evil.key)).toEqual([['Disk"],"'], 'config.change', []]);
});

test('targets are sorted by code unit, the same on every machine', () => {
  const { targets } = intentOf({ signals: [], targets: TARGETS.toReversed(), change: change('config.change') }, KNOWN);
  expect(targets).toEqual(['web-1', 'web-10', 'web-2']);
});
