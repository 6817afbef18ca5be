import { expect, test } from 'vitest';
import { aFloor, agreeingOracle, someFacts } from '../decision/facts.builder.ts';
import { compileEnvelope } from '../decision/evaluate.ts';
import type { Facts } from '../decision/facts.ts';
import { judge, type Judgement } from '../decision/judge.ts';
import { parseDigest } from '../shared/brand.ts';
import { aGrant, anEnvelope } from './envelope.builder.ts';
import type { Envelope } from './envelope.ts';
import { describeHumanConditions, HUMAN_CONDITION_NAMES } from './human-conditions.ts';
import { rulesOf } from './rules.ts';

// A grant as wide as grants go, so that only the closed list can turn the act to people.
const wide: Envelope = anEnvelope({
  grants: [
    aGrant({
      actions: ['package.patch', 'flag.rollback'],
      minSeverity: 0,
      minIndependentSignals: 1,
      requiresStaging: false,
      maxDrillAgeDays: 92,
    }),
  ],
  maySkipStaging: ['flag.rollback'],
  maxSkipPercent: 20,
});
const judged = (change: Partial<Facts>): Judgement =>
  judge({
    compiled: compileEnvelope(wide),
    envelopeDigest: parseDigest(`sha256:${'ab'.repeat(32)}`)!,
    facts: someFacts(change),
    floor: aFloor(),
    stage: 'after-staging',
    oracle: agreeingOracle(wide),
  });
const people = (change: Partial<Facts>): readonly string[] =>
  judged(change).rules.flatMap(({ id, isMatched }) => (isMatched && id.startsWith('people/') ? [id] : []));

/** One fact each that meets the condition and nothing else of the list. */
const MET: Readonly<Record<string, Partial<Facts>>> = {
  'stale-graph': { isGraphFresh: false },
  'unhandled-dependants': { unhandledDependants: 1 },
  'missing-consumers': { missingConsumers: 1 },
  'cut-flows': { cutFlows: 1 },
  'foreseen-down': { predictedDown: 1 },
  'not-foreseen': { predictedUnknown: 1 },
  'unknown-targets': { unknownTargets: 1 },
  'breaker-open': { isBreakerOpen: true },
  suspended: { isSuspended: true },
  contracted: { isContracted: true },
  'baseline-left': { isBaselineLeft: true },
  'staging-policy': { stagingPolicyMet: false },
  overlap: { overlapsOperation: true },
  'never-drilled': { drillAgeDays: -1 },
  'drill-overdue': { drillAgeDays: 93 },
  'loses-data': { rollbackLosesData: true },
  'known-benign': { matchesKnownBenign: true },
  'severity-unknown': { severity: -1 },
  uncorrelated: { independentSignals: 0 },
  'no-rollback': { rollbackKind: 'none' },
  'not-validated': { stagingValidated: false },
  'skips-used-up': { action: 'flag.rollback', stagingValidated: false, skipSharePercent: 21 },
};

test('the facts the table starts from run alone', () => {
  expect(judged({}).verdict).toBe('autonomous');
  expect(judged({ action: 'flag.rollback', stagingValidated: false, skipSharePercent: 20 }).verdict).toBe('autonomous');
});

test.each(describeHumanConditions())('D1: $name ($clause) alone turns the act to people', ({ name, clause }) => {
  const { verdict, reasons } = judged(MET[name] ?? {});
  // An unknown severity outside every mapping is prohibited by the facts that are missing, never here.
  expect(verdict).not.toBe('autonomous');
  expect(reasons.map((reason) => reason.clause)).toContain(clause);
  const rule = rulesOf(wide).find(({ id }) => id === `people/${name}`);
  expect(rule).toMatchObject({ clause, effect: 'forbid', modes: ['autonomous', 'reviewed'] });
});

test.each(Object.keys(MET))('D1: %s is met by its own fact and no other condition of the list is', (name) => {
  expect(people(MET[name] ?? {})).toEqual([`people/${name}`]);
});

test('D1: the list is closed: every rule of it has a name, a clause and a fact of this table', () => {
  const ids = rulesOf(wide).flatMap(({ id }) => (id.startsWith('people/') ? [id.slice('people/'.length)] : []));
  expect(ids.toSorted()).toEqual(HUMAN_CONDITION_NAMES.toSorted());
  expect(Object.keys(MET).toSorted()).toEqual(HUMAN_CONDITION_NAMES.toSorted());
  for (const { clause } of describeHumanConditions()) expect(clause).toMatch(/^(?:AG-706 4\.\d+|[A-Z]\d+)$/);
});

test('D1: an envelope cannot take any of it away', () => {
  for (const change of [{ humanOnly: [] }, { maySkipStaging: [] }, { grants: [] }, { prohibited: [] }] as const)
    expect(rulesOf({ ...wide, ...change }).filter(({ id }) => id.startsWith('people/')).length).toBe(
      HUMAN_CONDITION_NAMES.length,
    );
});

test.each([
  ['service.restart', false],
  ['process.kill', false],
  ['package.patch', true],
] as const)('4.6: what has no inverse by nature is not asked for one: %s', (action, isAsked) => {
  const rule = rulesOf(wide).find(({ id }) => id === 'people/no-rollback');
  expect(rule?.actions !== 'every' && rule?.actions.includes(action)).toBe(isAsked);
});
