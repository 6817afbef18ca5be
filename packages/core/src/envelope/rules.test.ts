import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { aGrant, anEnvelope, anId, aRoute } from './envelope.builder.ts';
import type { Envelope, Grant, Guardrail, Selector } from './envelope.ts';
import type { Condition, Rule } from './rule.ts';
import { rulesOf } from './rules.ts';
import { FULL_SELECTOR } from './whole-envelope.builder.ts';

const ruleOf = (id: string, change: Partial<Envelope>): Rule => {
  const found = rulesOf(anEnvelope(change)).find((rule) => rule.id === id);
  if (found === undefined) throw new Error(`no rule ${id}`);
  return found;
};
const valueOf = (rule: Rule, op: Condition['op'], fact: Condition['fact']): unknown =>
  rule.conditions.flatMap((condition) => (condition.op === op && condition.fact === fact ? [condition] : []));

/** What of a cap is not yet near it, written once more: the share is cut off to whole units, so small caps have no margin. */
const expected = (cap: number, marginPercent: number): number => Math.ceil(cap - (cap * marginPercent) / 100);

const withMargin = (cap: number, marginPercent: number): Partial<Envelope> => ({
  dryRun: { ...anEnvelope().dryRun, marginPercent },
  grants: [aGrant({ caps: { ...aGrant().caps, targets: cap } })],
});

const capIn = (id: string, cap: number, marginPercent: number): unknown =>
  ruleOf(id, withMargin(cap, marginPercent)).conditions.find(({ op, fact }) => op === 'at-most' && fact === 'targets');

describe('AG-706 4.12, D4: room to a cap', () => {
  test.each([0, 1, 2, 5, 10, 100])(
    'a cap of %i keeps exactly its share of room at every margin from 0 to 99 %%',
    (cap) => {
      for (let margin = 0; margin < 100; margin += 1) {
        expect(capIn('G01-patch-staged', cap, margin)).toMatchObject({ value: expected(cap, margin) });
        expect(capIn('near/G01-patch-staged', cap, margin)).toMatchObject({ value: cap });
      }
    },
  );
  test.each([
    [0, 99, 0],
    [1, 99, 1],
    [2, 49, 2],
    [2, 50, 1],
    [2, 99, 1],
    [5, 19, 5],
    [5, 20, 4],
    [10, 9, 10],
    [10, 10, 9],
    [10, 99, 1],
    [100, 1, 99],
    [100, 99, 1],
  ])('a cap of %i with %i %% runs alone up to %i', (cap, margin, alone) => {
    expect(capIn('G01-patch-staged', cap, margin)).toMatchObject({ value: alone });
  });
  test('property: room never is more than the cap, never less than one of a cap there is, and falls as the margin grows', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1_000_000 }), fc.integer({ min: 0, max: 98 }), (cap, margin) => {
        const at = (percent: number): number => (capIn('G01-patch-staged', cap, percent) as { value: number }).value;
        expect(at(margin)).toBeLessThanOrEqual(cap);
        expect(at(margin)).toBeGreaterThanOrEqual(1);
        expect(at(margin + 1)).toBeLessThanOrEqual(at(margin));
      }),
      { numRuns: 60, seed: 706 },
    );
  });

  const COUNTED = [
    ['targets', 'targets', 40],
    ['cumulativeTargets', 'targets', 40],
    ['affectedServices', 'services', 40],
    ['affectedSegments', 'segments', 40],
    ['percentOfTier', 'percentOfTier', 40],
    ['changeSetSize', 'changeSetSize', 40],
    ['fanOut', 'fanOut', 40],
    ['sharedServices', 'sharedServices', 40],
  ] as const;
  test.each(COUNTED)('AG-706 4.5: %s is bounded by the cap `%s`, with and without its room', (fact, cap, value) => {
    const change = { ...withMargin(0, 25), grants: [aGrant({ caps: { ...aGrant().caps, [cap]: value } })] };
    expect(valueOf(ruleOf('G01-patch-staged', change), 'at-most', fact)).toEqual([{ op: 'at-most', fact, value: 30 }]);
    expect(valueOf(ruleOf('near/G01-patch-staged', change), 'at-most', fact)).toEqual([{ op: 'at-most', fact, value }]);
  });
  test.each([
    ['non-critical', 'nonCriticalTargets'],
    ['production-critical', 'productionCriticalTargets'],
    ['safety-critical', 'safetyCriticalTargets'],
  ] as const)('AG-706 4.5: a cap of %s targets bounds exactly these; without a cap none may run', (tier, fact) => {
    const own = (perTier: Grant['caps']['perTier']): unknown =>
      valueOf(
        ruleOf('G01-patch-staged', { grants: [aGrant({ caps: { ...aGrant().caps, perTier } })] }),
        'at-most',
        fact,
      );
    expect(own({ [tier]: 7 })).toEqual([{ op: 'at-most', fact, value: 7 }]);
    expect(own({})).toEqual([{ op: 'at-most', fact, value: 0 }]);
  });
});

const conditionsOf = (change: Partial<Grant>): readonly Condition[] =>
  ruleOf('G01-patch-staged', { grants: [aGrant(change)] }).conditions;

describe('AG-706 4.1: what else a grant asks', () => {
  test.each<[string, Partial<Grant>, Condition]>([
    ['its tiers', { tiers: ['non-critical'] }, { op: 'only', fact: 'tiers', values: ['non-critical'] }],
    ['its environments', { environments: ['staging'] }, { op: 'only', fact: 'environments', values: ['staging'] }],
    ['kinds of targets', { targetKinds: ['host'] }, { op: 'only', fact: 'targetKinds', values: ['host'] }],
    ['severity', { minSeverity: 4 }, { op: 'at-least', fact: 'severity', value: 4 }],
    ['signals', { minIndependentSignals: 9 }, { op: 'at-least', fact: 'independentSignals', value: 9 }],
    ['D3: confidence', { minConfidencePercent: 80 }, { op: 'at-least', fact: 'confidencePercent', value: 80 }],
    ['L4: staging', { requiresStaging: true }, { op: 'is', fact: 'stagingValidated', value: true }],
    ['its windows', { calendars: ['a', 'b'] }, { op: 'any-of', fact: 'openCalendars', values: ['a', 'b'] }],
    ['capacity', { minCapacityLeftPercent: 30 }, { op: 'at-least', fact: 'capacityLeftPercent', value: 30 }],
    ['4.6: the way back', { rollbackWindowMinutes: 5 }, { op: 'at-most', fact: 'rollbackWindowMinutes', value: 5 }],
    ['4.6: a drill', { maxDrillAgeDays: 7 }, { op: 'at-most', fact: 'drillAgeDays', value: 7 }],
    ['4.6: any drill at all', {}, { op: 'at-least', fact: 'drillAgeDays', value: 0 }],
  ])('%s', (_what, change, condition) => {
    expect(conditionsOf(change)).toContainEqual(condition);
  });
  test.each<[string, Partial<Grant>, Condition['fact']]>([
    ['kinds when it names none', { targetKinds: [] }, 'targetKinds'],
    ['staging when it needs none', { requiresStaging: false }, 'stagingValidated'],
    ['windows when it names none', { calendars: [] }, 'openCalendars'],
  ])('and it does not ask about %s', (_what, change, fact) => {
    expect(conditionsOf(change).filter((condition) => condition.fact === fact)).toEqual([]);
  });
  test.each([1, 2, 3, 100])('D5: the act itself is one of the %i an hour', (actionsPerHour) => {
    const found = conditionsOf({ caps: { ...aGrant().caps, actionsPerHour } });
    expect(found).toContainEqual({ op: 'at-most', fact: 'actionsLastHour', value: actionsPerHour - 1 });
  });
  test('AG-706 4.10: every permit that acts carries the validity and the agents; the end does not belong to it', () => {
    for (const id of ['G01-patch-staged', 'near/G01-patch-staged', 'approved/by-people'])
      expect(ruleOf(id, {}).conditions.slice(0, 3)).toEqual([
        { op: 'is', fact: 'isAgentListed', value: true },
        { op: 'at-least', fact: 'nowMs', value: Date.UTC(2026, 10, 1) },
        { op: 'at-most', fact: 'nowMs', value: Date.UTC(2027, 0, 15) - 1 },
      ]);
  });
});

/** One selector part alone, and the one condition it becomes. */
const SELECTED: { readonly [K in keyof Required<Selector>]: readonly Condition[] } = {
  actions: [],
  environments: [{ op: 'any-of', fact: 'environments', values: ['production'] }],
  tiers: [{ op: 'any-of', fact: 'tiers', values: ['non-critical'] }],
  affectedTiers: [{ op: 'any-of', fact: 'affectedTiers', values: ['production-critical'] }],
  targetKinds: [{ op: 'any-of', fact: 'targetKinds', values: ['host'] }],
  zones: [{ op: 'any-of', fact: 'reachedZones', values: ['dmz'] }],
  dataClasses: [{ op: 'any-of', fact: 'reachedDataClasses', values: ['cardholder'] }],
  paths: [{ op: 'any-of', fact: 'paths', values: ['payments'] }],
  owners: [{ op: 'any-of', fact: 'owners', values: ['shop-team'] }],
  calendars: [{ op: 'any-of', fact: 'openCalendars', values: ['freeze'] }],
  targetsOver: [{ op: 'at-least', fact: 'targets', value: 6 }],
  servicesOver: [{ op: 'at-least', fact: 'affectedServices', value: 3 }],
  citizensFrom: [{ op: 'at-least', fact: 'citizens', value: 1000 }],
  statutoryWithinHours: [{ op: 'at-most', fact: 'statutoryHours', value: 24 }],
};
const PARTS = Object.entries(SELECTED).map(([part, conditions]) => {
  const selector: Selector = Object.fromEntries(Object.entries(FULL_SELECTOR).filter(([name]) => name === part));
  return { part, selector, conditions };
});

describe('E1: each part of a selector alone', () => {
  test.each(PARTS)(
    '$part means the same in a prohibition, a human-only rule and a route',
    ({ selector, conditions }) => {
      const named = { id: anId<'Rule'>('X'), clause: 'c', ...selector };
      const actions = selector.actions ?? 'every';
      expect(ruleOf('X', { prohibited: [named] })).toEqual({
        id: 'X',
        clause: 'c',
        effect: 'forbid',
        actions,
        conditions,
        modes: ['autonomous', 'reviewed', 'approved'],
      });
      expect(ruleOf('X', { humanOnly: [named] })).toEqual({
        id: 'X',
        clause: 'c',
        effect: 'forbid',
        actions,
        conditions,
        modes: ['autonomous', 'reviewed'],
      });
      expect(ruleOf('X', { routes: [aRoute({ id: anId('X'), clause: 'c', when: selector })] })).toEqual({
        id: 'X',
        clause: 'c',
        effect: 'permit',
        actions,
        conditions,
        modes: ['route'],
      });
    },
  );
  test('all parts together are all conditions together, and none of them is lost', () => {
    const rule = ruleOf('X', { humanOnly: [{ id: anId('X'), clause: 'c', ...FULL_SELECTOR }] });
    expect(rule.conditions).toEqual(PARTS.flatMap(({ conditions }) => conditions));
    expect(rule.actions).toEqual(['package.patch']);
  });
  test('an absent part matches all; an empty selector speaks about every act', () => {
    expect(ruleOf('X', { prohibited: [{ id: anId('X'), clause: 'c' }] })).toMatchObject({
      actions: 'every',
      conditions: [],
    });
  });
  test.each([
    ['change-record', 'hasChangeRecord'],
    ['contingency-plan', 'hasContingencyPlan'],
  ] as const)('a prohibition without a %s ends where there is one', (without, fact) => {
    const rule = ruleOf('X', { prohibited: [{ id: anId('X'), clause: 'c', zones: ['dmz'], without }] });
    expect(rule.conditions).toEqual([...SELECTED.zones, { op: 'is', fact, value: false }]);
  });
});

const guardrailRule = (change: Partial<Guardrail>): Rule =>
  ruleOf('W', {
    guardrails: [{ id: anId('W'), clause: 'c', modes: ['autonomous'], actions: [], conditions: [], ...change }],
  });

describe('E1: guardrails', () => {
  test.each<[Guardrail['modes'], Rule['modes']]>([
    [['autonomous'], ['autonomous', 'reviewed']],
    [['approved'], ['autonomous', 'reviewed', 'approved']],
    [
      ['autonomous', 'approved'],
      ['autonomous', 'reviewed', 'approved'],
    ],
    [
      ['approved', 'autonomous'],
      ['autonomous', 'reviewed', 'approved'],
    ],
  ])('%j: what people may not approve never runs alone or after a look either', (modes, expectedModes) => {
    expect(guardrailRule({ modes }).modes).toEqual(expectedModes);
  });
  test('it only ever forbids, about the actions it names or about all', () => {
    expect(guardrailRule({})).toMatchObject({ effect: 'forbid', actions: 'every' });
    expect(guardrailRule({ actions: ['acl.change'] }).actions).toEqual(['acl.change']);
  });
  test('its conditions are taken over as they are', () => {
    const conditions: readonly Condition[] = [{ op: 'one-of', fact: 'rollbackKind', values: ['none'] }];
    expect(guardrailRule({ conditions }).conditions).toBe(conditions);
  });
});

const phaseRulesOf = (name: Envelope['phase']): readonly Rule[] =>
  rulesOf(anEnvelope({ phase: name })).filter(({ clause }) => clause === 'L6');

describe('L6: phases', () => {
  test('observe-only forbids all but the question whom to ask, whatever a grant or people say', () => {
    expect(phaseRulesOf('observe-only')).toEqual([
      {
        id: 'phase/observe-only',
        clause: 'L6',
        effect: 'forbid',
        actions: 'every',
        conditions: [],
        modes: ['autonomous', 'reviewed', 'approved'],
      },
    ]);
  });
  test('non-production lets people approve, and nothing that touches production', () => {
    expect(phaseRulesOf('non-production').map(({ modes, conditions }) => [modes, conditions])).toEqual([
      [['autonomous', 'reviewed'], []],
      [['approved'], [{ op: 'any-of', fact: 'environments', values: ['production'] }]],
    ]);
  });
  test('bounded autonomy takes nothing away', () => {
    expect(phaseRulesOf('bounded-autonomy')).toEqual([]);
  });
});

describe('D5: limits', () => {
  test.each([
    ['class-rate', 'classActionsPerHour', 'classActionsLastHour', 3],
    ['organisation-rate', 'organisationActionsPerHour', 'organisationActionsLastHour', 3],
    ['concurrent', 'concurrentOperations', 'concurrentOperations', 3],
    // Targets of this act are counted already, so as many as the limit still go.
    ['organisation-targets', 'organisationTargetsPerDay', 'organisationTargets', 4],
  ] as const)('limit/%s: reaching %s turns the act to people and forbids them nothing', (id, limit, fact, from) => {
    const rule = ruleOf(`limit/${id}`, { limits: { ...anEnvelope().limits, [limit]: 3 } });
    expect(rule).toEqual({
      id: `limit/${id}`,
      clause: 'D5',
      effect: 'forbid',
      modes: ['autonomous', 'reviewed'],
      actions: 'every',
      conditions: [{ op: 'at-least', fact, value: from }],
    });
  });
});

test('E1: ids of our own rules carry a slash, which no id of an envelope can have: none is ever twice', () => {
  const ids = rulesOf(anEnvelope({ phase: 'non-production' })).map(({ id }) => id);
  expect(new Set(ids).size).toBe(ids.length);
  const own = ['P01-tenant', 'H01-clinical', 'G01-patch-staged', 'R01-production', 'R02-blast'];
  expect(ids.filter((id) => !id.includes('/'))).toEqual(own);
});
