import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ACTION_TYPES } from '../proposal/change.ts';
import { FLAGS, INTEGERS, MODES, SETS, WORDS } from '../envelope/attributes.ts';
import { aGrant, anEnvelope, anId, aRoute } from '../envelope/envelope.builder.ts';
import type { Condition, Rule } from '../envelope/rule.ts';
import {
  attributesOf,
  compileEnvelope,
  evaluate,
  evaluateAttributes,
  unmetConditions,
  unusableFacts,
} from './evaluate.ts';
import { someFacts, someTargets } from './facts.builder.ts';

const rule = (...conditions: readonly Condition[]): Rule => ({
  id: 'X',
  clause: 'c',
  effect: 'permit',
  modes: ['autonomous'],
  actions: 'every',
  conditions,
});

const conditions: readonly { readonly condition: Condition; readonly holds: boolean }[] = [
  { condition: { op: 'is', fact: 'isGraphFresh', value: true }, holds: true },
  { condition: { op: 'is', fact: 'isGraphFresh', value: false }, holds: false },
  { condition: { op: 'at-least', fact: 'targets', value: 10 }, holds: true },
  { condition: { op: 'at-least', fact: 'targets', value: 11 }, holds: false },
  { condition: { op: 'at-most', fact: 'targets', value: 10 }, holds: true },
  { condition: { op: 'at-most', fact: 'targets', value: 9 }, holds: false },
  { condition: { op: 'any-of', fact: 'zones', values: ['dmz', 'scada'] }, holds: true },
  { condition: { op: 'any-of', fact: 'zones', values: ['scada'] }, holds: false },
  { condition: { op: 'any-of', fact: 'zones', values: [] }, holds: false },
  { condition: { op: 'any-of', fact: 'dataClasses', values: ['pci'] }, holds: false },
  { condition: { op: 'only', fact: 'zones', values: ['dmz', 'scada'] }, holds: true },
  { condition: { op: 'only', fact: 'zones', values: ['scada'] }, holds: false },
  { condition: { op: 'only', fact: 'zones', values: [] }, holds: false },
  { condition: { op: 'only', fact: 'dataClasses', values: [] }, holds: true },
  { condition: { op: 'one-of', fact: 'rollbackKind', values: ['restore'] }, holds: true },
  { condition: { op: 'one-of', fact: 'rollbackKind', values: [] }, holds: false },
];
test.each(conditions)(
  'D1: the condition $condition.op $condition.values$condition.value on $condition.fact holds: $holds',
  ({ condition, holds }) => {
    expect(unmetConditions(rule(condition), attributesOf(someFacts()))).toEqual(holds ? [] : [condition]);
  },
);

test('D1: facts reach the engines as exactly the words rules are written in', () => {
  const attributes = attributesOf(someTargets({ 'non-critical': 1, 'production-critical': 2, 'safety-critical': 3 }));
  expect(Object.keys(attributes).toSorted()).toEqual([...INTEGERS, ...FLAGS, ...SETS, ...WORDS].toSorted());
  expect(attributes).toMatchObject({
    nonCriticalTargets: 1,
    productionCriticalTargets: 2,
    safetyCriticalTargets: 3,
    targets: 6,
    nowMs: 1_794_968_040_000,
  });
});

test('D1: numbers that are not whole and safe are named, not used', () => {
  expect(unusableFacts(attributesOf(someFacts({ targets: 1.5, severity: Number.NaN, drillAgeDays: 2 ** 60 })))).toEqual(
    ['targets', 'severity', 'drillAgeDays'],
  );
  expect(unusableFacts(attributesOf(someFacts()))).toEqual([]);
});

test('D1: a forbid outranks every permit, and both are in the trace', () => {
  const compiled = compileEnvelope(anEnvelope());
  const free = evaluate(compiled, someFacts(), 'autonomous');
  expect(free).toMatchObject({ isAllowed: true, determining: ['G01-patch-staged'], forbids: [] });
  const held = evaluate(compiled, someFacts({ isSuspended: true }), 'autonomous');
  expect(held).toMatchObject({ isAllowed: false, determining: ['people/suspended'], permits: ['G01-patch-staged'] });
  expect(
    held.trace
      .filter(({ isMatched }) => isMatched)
      .map(({ id }) => id)
      .toSorted(),
  ).toEqual(['G01-patch-staged', 'people/suspended']);
});

test('D1: silence is no', () => {
  const compiled = compileEnvelope(anEnvelope({ grants: [], routes: [] }));
  for (const mode of ['autonomous', 'route'] as const)
    expect(evaluate(compiled, someFacts(), mode)).toMatchObject({ isAllowed: false, determining: [] });
});

test('D1: every condition that fails is in the trace with what it needed and got', () => {
  const facts = someFacts({ zones: [], severity: 1, environments: ['production', 'staging'], openCalendars: [] });
  const trace = evaluate(compileEnvelope(anEnvelope()), facts, 'autonomous').trace.find(
    ({ id }) => id === 'G01-patch-staged',
  );
  expect(trace).toEqual({
    id: 'G01-patch-staged',
    clause: 'AG-706 4.1',
    effect: 'permit',
    isMatched: false,
    unmet: [
      { fact: 'environments', need: 'only production', got: 'production, staging' },
      { fact: 'severity', need: 'at least 2', got: '1' },
      { fact: 'openCalendars', need: 'one of night', got: 'none' },
    ],
  });
});

test('A1: routes match on environment, tier, action and size; one without conditions matches always', () => {
  const routes = [
    aRoute({ id: anId('always'), when: {} }),
    aRoute({ id: anId('tier'), when: { tiers: ['production-critical'] } }),
    aRoute({ id: anId('act'), when: { actions: ['service.restart'] } }),
    aRoute({ id: anId('big'), when: { targetsOver: 10, environments: ['production'] } }),
  ];
  const compiled = compileEnvelope(anEnvelope({ routes }));
  const asked = (facts: Parameters<typeof evaluate>[1]): readonly string[] =>
    evaluate(compiled, facts, 'route').permits;
  expect(asked(someFacts())).toEqual(['always']);
  expect(asked(someTargets({ 'production-critical': 11 }))).toEqual(['always', 'big', 'tier']);
  expect(asked(someFacts({ action: 'service.restart' }))).toEqual(['act', 'always']);
  expect(evaluate(compiled, someFacts(), 'route').trace[0]?.effect).toBe('route');
});

test('D1: the index by mode and action leaves out no rule that could speak', () => {
  const envelope = anEnvelope({
    grants: [aGrant(), aGrant({ id: anId('G2'), actions: ['service.restart', 'flag.rollback'] })],
  });
  const compiled = compileEnvelope(envelope);
  const attributes = attributesOf(someFacts());
  fc.assert(
    fc.property(fc.constantFrom(...MODES), fc.constantFrom(...ACTION_TYPES), (mode, action) => {
      const spoken = evaluateAttributes(compiled, { action, attributes, mode }).trace.map(({ id }) => id);
      const could = compiled.rules.filter(
        ({ modes, actions }) => modes.includes(mode) && (actions === 'every' || actions.includes(action)),
      );
      expect(spoken).toEqual(could.map(({ id }) => id));
    }),
  );
});

test('D1: the number of comparisons does not depend on the number of targets', () => {
  const compiled = compileEnvelope(anEnvelope());
  const consulted = (count: number): number =>
    evaluate(compiled, someTargets({ 'non-critical': count }), 'autonomous').trace.length;
  expect(consulted(1_000_000)).toBe(consulted(1));
});
