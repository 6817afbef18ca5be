import { expect, test } from 'vitest';
import { FLAGS, INTEGERS, SETS, WORDS, type Attributes } from './attributes.ts';
import { CEDAR_SCHEMA, cedarContext, toCedar } from './cedar.ts';
import { aGrant, anEnvelope, anId } from './envelope.builder.ts';
import { HUMAN_CONDITION_NAMES } from './human-conditions.ts';
import type { Rule } from './rule.ts';
import { rulesOf } from './rules.ts';

test('E1: a grant prints as one policy that carries its id and clause, every condition on its line', () => {
  expect(toCedar(rulesOf(anEnvelope())).policies['G01-patch-staged']).toBe(`@id("G01-patch-staged")
@clause("AG-706 4.1")
permit (principal is Agent, action in [Action::"package.patch"], resource is Operation)
when {
  ["autonomous"].contains(context.mode) &&
  context.isAgentListed &&
  context.nowMs >= 1793491200000 &&
  context.nowMs <= 1799971199999 &&
  ["non-critical", "production-critical"].containsAll(context.tiers) &&
  ["production"].containsAll(context.environments) &&
  context.severity >= 2 &&
  context.independentSignals >= 2 &&
  context.confidencePercent >= 0 &&
  context.stagingValidated &&
  context.openCalendars.containsAny(["night"]) &&
  context.targets <= 15 &&
  context.nonCriticalTargets <= 15 &&
  context.productionCriticalTargets <= 10 &&
  context.safetyCriticalTargets <= 0 &&
  context.affectedServices <= 4 &&
  context.affectedSegments <= 1000000 &&
  context.percentOfTier <= 20 &&
  context.changeSetSize <= 1000000 &&
  context.fanOut <= 1000000 &&
  context.sharedServices <= 1000000 &&
  context.cumulativeTargets <= 15 &&
  context.actionsLastHour <= 2 &&
  context.capacityLeftPercent >= 0 &&
  context.rollbackWindowMinutes <= 30 &&
  context.drillAgeDays >= 0 &&
  context.drillAgeDays <= 60
};`);
});

test('E1: prohibitions, the closed list, limits, grants, the human path and routes are one rule each, in this order', () => {
  const ids = rulesOf(anEnvelope()).map(({ id }) => id);
  const closed = HUMAN_CONDITION_NAMES.map((name) => `people/${name}`);
  expect(ids).toEqual([
    'P01-tenant',
    'H01-clinical',
    ...closed,
    'limit/class-rate',
    'limit/organisation-rate',
    'limit/concurrent',
    'limit/organisation-targets',
    'G01-patch-staged',
    'near/G01-patch-staged',
    'approved/by-people',
    'R01-production',
    'R02-blast',
  ]);
  expect(Object.keys(toCedar(rulesOf(anEnvelope())).policies)).toEqual(ids);
});

test('E1: a switched-off grant is no rule', () => {
  const rules = rulesOf(anEnvelope({ grants: [aGrant({ isEnabled: false })] }));
  expect(rules.filter(({ effect, modes }) => effect === 'permit' && modes.includes('autonomous'))).toEqual([]);
});

const rule = (change: Partial<Rule>): Rule => ({
  id: 'X',
  clause: 'c',
  effect: 'forbid',
  modes: ['autonomous'],
  actions: 'every',
  conditions: [],
  ...change,
});
const printed = (change: Partial<Rule>): string => toCedar([rule(change)]).policies['X'] ?? '';

test('D1: empty lists match nothing, and an empty `only` matches the empty set', () => {
  expect(printed({ actions: [] })).toContain('&&\n  false\n');
  expect(printed({ conditions: [{ op: 'any-of', fact: 'zones', values: [] }] })).toContain('&&\n  false\n');
  expect(printed({ conditions: [{ op: 'one-of', fact: 'rollbackKind', values: [] }] })).toContain('&&\n  false\n');
  expect(printed({ conditions: [{ op: 'only', fact: 'zones', values: [] }] })).toContain('context.zones.isEmpty()');
  expect(printed({ conditions: [{ op: 'is', fact: 'isSuspended', value: false }] })).toContain('!context.isSuspended');
});

test('text from an envelope is written so that it cannot leave its literal', () => {
  const text = printed({
    clause: 'a"b\\c\n',
    conditions: [{ op: 'any-of', fact: 'zones', values: ['"]) || true //', 'é\u2028'] }],
  });
  expect(text).toContain(String.raw`@clause("a\u{22}b\u{5c}c\u{a}")`);
  expect(text).toContain(String.raw`"\u{22}]) || true //"`);
  expect(text).toContain(String.raw`"\u{e9}\u{2028}"`);
});

test('the schema names every word rules are written in, and the context carries exactly these', () => {
  const names = [...INTEGERS, ...FLAGS, ...SETS, ...WORDS];
  for (const name of names) expect(CEDAR_SCHEMA).toContain(`"${name}": `);
  const attributes = Object.fromEntries(
    names.map((name) => [name, SETS.some((set) => set === name) ? [] : 0]),
  ) as unknown as Attributes;
  expect(Object.keys(cedarContext(attributes, 'route')).toSorted()).toEqual([...names, 'mode'].toSorted());
});

test('4.12: near a cap one looks at the dry run: the second permit reaches the cap, the first stops short of it', () => {
  const { policies } = toCedar(rulesOf(anEnvelope({ dryRun: { ...anEnvelope().dryRun, marginPercent: 20 } })));
  expect(policies['G01-patch-staged']).toContain('context.targets <= 12 &&');
  expect(policies['near/G01-patch-staged']).toContain('context.targets <= 15 &&');
  expect(policies['near/G01-patch-staged']).toContain('["reviewed"].contains(context.mode)');
});

test('E1: a prohibition may end where a change record or a contingency plan is', () => {
  const { policies } = toCedar(
    rulesOf(
      anEnvelope({
        prohibited: [
          { id: anId('P1'), clause: 'PCI DSS 6.5.3', dataClasses: ['cardholder'], without: 'change-record' },
          { id: anId('P2'), clause: 'HIPAA 164.308(a)(7)', zones: ['ehr'], without: 'contingency-plan' },
        ],
      }),
    ),
  );
  expect(policies['P1']).toContain(
    'context.reachedDataClasses.containsAny(["cardholder"]) &&\n  !context.hasChangeRecord',
  );
  expect(policies['P2']).toContain('context.reachedZones.containsAny(["ehr"]) &&\n  !context.hasContingencyPlan');
});

const idsIn = (phase: 'observe-only' | 'non-production'): readonly string[] =>
  rulesOf(anEnvelope({ phase })).map(({ id }) => id);

test('L6: what the phase takes away stands first and needs no condition', () => {
  expect(idsIn('observe-only')[0]).toBe('phase/observe-only');
  expect(idsIn('non-production').slice(0, 2)).toEqual(['phase/people-everywhere', 'phase/not-in-production']);
});
