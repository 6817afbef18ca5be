import { expect, test } from 'vitest';
import { FLAGS, INTEGERS, SETS } from '../envelope/attributes.ts';
import { anEnvelope } from '../envelope/envelope.builder.ts';
import type { Condition } from '../envelope/rule.ts';
import { changeWords, counterfactuals } from './counterfactual.ts';
import { attributesOf, compileEnvelope, evaluate } from './evaluate.ts';
import type { Facts } from './facts.ts';
import { someFacts } from './facts.builder.ts';

const nearest = (change: Partial<Facts>): readonly string[] => {
  const compiled = compileEnvelope(anEnvelope());
  const facts = someFacts(change);
  const { forbids } = evaluate(compiled, facts, 'autonomous');
  return counterfactuals(compiled, facts, { attributes: attributesOf(facts), forbids }).flatMap(
    ({ changes }) => changes,
  );
};

test('D1: every condition a rule can have is put in words without its technical name', () => {
  const all: readonly Condition[] = [
    ...FLAGS.flatMap((fact) => [true, false].map((value): Condition => ({ op: 'is', fact, value }))),
    ...INTEGERS.flatMap((fact) => (['at-least', 'at-most'] as const).map((op): Condition => ({ op, fact, value: 3 }))),
    ...SETS.flatMap((fact) => (['any-of', 'only'] as const).map((op): Condition => ({ op, fact, values: ['x'] }))),
    { op: 'one-of', fact: 'rollbackKind', values: ['restore'] },
  ];
  for (const condition of all) {
    const words = changeWords(condition);
    expect(words.length).toBeGreaterThan(5);
    expect(words).not.toMatch(/[a-z][A-Z]/);
  }
});

const lifts: readonly { readonly change: Partial<Facts>; readonly words: readonly string[] }[] = [
  { change: { isGraphFresh: false }, words: ['a fresh system graph'] },
  { change: { unhandledDependants: 2 }, words: ['at most 0 dependants without known health'] },
  { change: { isBreakerOpen: true }, words: ['a closed circuit breaker'] },
  { change: { overlapsOperation: true }, words: ['no overlapping operation'] },
  { change: { rollbackLosesData: true }, words: ['a rollback that loses no data'] },
  { change: { rollbackKind: 'none' }, words: ['a rollback that restores'] },
  { change: { matchesKnownBenign: true }, words: ['a trigger not known to be harmless'] },
  { change: { zones: ['scada'] }, words: ['nothing of zone clinical, scada'] },
  { change: { drillAgeDays: -1 }, words: ['a passed rollback drill'] },
  { change: { severity: -1 }, words: ['severity at least medium', 'severity at least info'] },
];
test.each(lifts)('D1: what forbids is told with what would lift it: $words', ({ change, words }) => {
  expect(nearest(change)).toEqual(words);
});

test('D1: a rule that forbids without a condition cannot be lifted, so nothing is promised', () => {
  expect(nearest({ action: 'tenant.cross' })).toEqual([]);
});
