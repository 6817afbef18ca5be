import fc from 'fast-check';
import { expect, test } from 'vitest';
import { FLAGS, INTEGERS, SETS } from '../envelope/attributes.ts';
import { aCalendar, aGrant, anEnvelope, anId, at } from '../envelope/envelope.builder.ts';
import type { Envelope } from '../envelope/envelope.ts';
import type { Condition } from '../envelope/rule.ts';
import { changeWords } from './change-words.ts';
import { applyAll, counterfactuals, runsAlone, type Ruling } from './counterfactual.ts';
import { compileEnvelope } from './evaluate.ts';
import type { Facts } from './facts.ts';
import { aFloor, someFacts, someTargets } from './facts.builder.ts';

const rulingOf = (envelope: Envelope = anEnvelope(), floor = aFloor()): Ruling => ({
  compiled: compileEnvelope(envelope),
  floor,
  stage: 'after-staging',
});
const nearest = (facts: Facts, ruling = rulingOf()): readonly string[] =>
  counterfactuals(ruling, facts).flatMap(({ changes }) => changes.map(({ words }) => words));

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
  {
    change: { zones: ['dmz', 'scada'], reachedZones: ['dmz', 'scada'] },
    words: ['nothing of zone in reach clinical, scada'],
  },
  { change: { drillAgeDays: -1 }, words: ['a passed rollback drill'] },
  { change: { severity: -1 }, words: ['severity at least medium'] },
  { change: { missingConsumers: 4 }, words: ['at most 0 consumers outside the plan'] },
];
test.each(lifts)('D1: what forbids is told with what would lift it: $words', ({ change, words }) => {
  expect(nearest(someFacts(change))).toEqual(words);
});

test('D1: a rule that forbids without a condition cannot be lifted, so nothing is promised', () => {
  expect(nearest(someFacts({ action: 'tenant.cross' }))).toEqual([]);
});

const hopeless: readonly { readonly what: string; readonly facts: Facts }[] = [
  { what: 'the only tier is one the grant does not have', facts: someTargets({ 'safety-critical': 3 }) },
  { what: 'the only zone is one for people', facts: someFacts({ zones: ['scada'], reachedZones: ['scada'] }) },
  { what: 'the only environment is another', facts: someFacts({ environments: ['staging'] }) },
  { what: 'the zone governs', facts: someFacts({ zones: ['backup'] }) },
  { what: 'the action has no grant', facts: someFacts({ action: 'flag.rollback' }) },
  { what: 'a safety-critical system stands on it', facts: someFacts({ affectedTiers: ['safety-critical'] }) },
];
test.each(hopeless)('D1: nothing is promised when $what', ({ facts }) => {
  expect(counterfactuals(rulingOf(), facts)).toEqual([]);
});

test('D1: 1,240 unstaged targets: fewer targets and a staging run, and nothing that follows from them', () => {
  const facts = someTargets({ 'non-critical': 1240 }, { stagingValidated: false, percentOfTier: 100 });
  const [first, ...others] = counterfactuals(rulingOf(), facts);
  expect(others).toEqual([]);
  expect(first).toEqual({
    rule: 'G01-patch-staged',
    cost: 4,
    changes: [
      { fact: 'stagingValidated', op: 'is', value: true, words: 'a validated staging run' },
      { fact: 'targets', op: 'at-most', value: 15, words: 'at most 15 targets' },
    ],
  });
});

test('D1: of the ways out of a forbid the cheapest is told', () => {
  const envelope = anEnvelope({
    humanOnly: [{ id: anId('H'), clause: 'c', zones: ['clinical'], targetsOver: 5 }],
  });
  const facts = someFacts({ zones: ['clinical', 'dmz'], reachedZones: ['clinical', 'dmz'] });
  expect(nearest(facts, rulingOf(envelope))).toEqual(['at most 5 targets']);
});

test('L7: the size the trust bundle leaves to machines is named where the envelope would let more run', () => {
  const envelope = anEnvelope({
    grants: [aGrant({ caps: { ...aGrant().caps, targets: 100, perTier: { 'non-critical': 100 } } })],
  });
  expect(nearest(someTargets({ 'non-critical': 80 }), rulingOf(envelope))).toEqual(['at most 50 targets']);
});

test('E1: who has to wait is told until when, with every calendar taken into account', () => {
  const freeze = aCalendar({
    name: 'freeze',
    weekly: [],
    periods: [{ from: at('2026-11-18T20:00:00.000Z'), to: at('2026-11-18T23:30:00.000Z') }],
  });
  const envelope = anEnvelope({
    calendars: [...anEnvelope().calendars, freeze],
    prohibited: [{ id: anId('P-freeze'), clause: 'E1', calendars: ['freeze'] }],
  });
  const facts = someFacts({ now: at('2026-11-18T18:00:00.000Z'), openCalendars: [] });
  const found = counterfactuals(rulingOf(envelope), facts);
  expect(found.map(({ changes }) => changes.at(-1)?.words)).toEqual([
    'after 2026-11-18 23:30 UTC, when the calendars allow it',
  ]);
});

/** Facts a little outside the grant in one to four places. */
const someOutside: fc.Arbitrary<Facts> = fc
  .record(
    {
      severity: fc.integer({ min: -1, max: 4 }),
      independentSignals: fc.integer({ min: 0, max: 3 }),
      stagingValidated: fc.boolean(),
      isGraphFresh: fc.boolean(),
      affectedServices: fc.integer({ min: 0, max: 9 }),
      percentOfTier: fc.integer({ min: 0, max: 100 }),
      drillAgeDays: fc.integer({ min: -1, max: 120 }),
      actionsLastHour: fc.integer({ min: 0, max: 5 }),
      rollbackWindowMinutes: fc.integer({ min: 0, max: 60 }),
      overlapsOperation: fc.boolean(),
      cutFlows: fc.integer({ min: 0, max: 2 }),
      capacityLeftPercent: fc.integer({ min: 0, max: 100 }),
      environments: fc.subarray(['production', 'staging'] as const, { minLength: 1 }),
      zones: fc.constantFrom(['dmz'], ['dmz', 'scada'], ['scada']),
    },
    { requiredKeys: [] },
  )
  .chain((change) =>
    fc
      .record({
        a: fc.integer({ min: 0, max: 60 }),
        b: fc.integer({ min: 0, max: 20 }),
        c: fc.integer({ min: 0, max: 2 }),
      })
      .filter(({ a, b, c }) => a + b + c > 0)
      .map(({ a, b, c }) =>
        someTargets(
          { 'non-critical': a, 'production-critical': b, 'safety-critical': c },
          { ...change, ...(change.zones !== undefined && { reachedZones: change.zones }) },
        ),
      ),
  );

test('D1: with all changes of a counterfactual it runs alone, and without any one of them it does not', () => {
  const ruling = rulingOf();
  const { calendars } = ruling.compiled.envelope;
  const seen = { found: 0, changes: 0 };
  fc.assert(
    fc.property(someOutside, (facts) => {
      fc.pre(!runsAlone(ruling, facts));
      for (const { changes, cost } of counterfactuals(ruling, facts)) {
        seen.found += 1;
        seen.changes += changes.length;
        expect(cost).toBeGreaterThan(0);
        expect(runsAlone(ruling, applyAll(facts, changes, calendars))).toBe(true);
        for (const change of changes) {
          const without = changes.filter((one) => one !== change);
          expect(runsAlone(ruling, applyAll(facts, without, calendars))).toBe(false);
        }
      }
    }),
    { numRuns: 400 },
  );
  expect(seen.found).toBeGreaterThan(100);
  expect(seen.changes).toBeGreaterThan(seen.found);
});
