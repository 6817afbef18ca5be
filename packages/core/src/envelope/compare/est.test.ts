import { describe, expect, test } from 'vitest';
import { toCedar } from '../cedar.ts';
import { anEnvelope, anId, aRoute } from '../envelope.builder.ts';
import type { Condition, Rule } from '../rule.ts';
import { rulesOf } from '../rules.ts';
import { aRule } from './compare.builder.ts';
import { cedarJsonOf, toEst } from './est.ts';

const context = (attr: string): object => ({ '.': { attr, left: { Var: 'context' } } });
const values = (...items: readonly (string | number | boolean)[]): object => ({
  Set: items.map((Value) => ({ Value })),
});
/** The condition besides the mode, which every rule asks first. */
const bodyOf = (condition: Condition): unknown => {
  const est = JSON.parse(JSON.stringify(toEst(aRule('X', { conditions: [condition] })))) as {
    conditions: { body: { '&&': { left: unknown; right: unknown } } }[];
  };
  return est.conditions[0]?.body['&&'].right;
};
const textOf = (rule: Rule): string => toCedar([rule]).policies[rule.id] ?? '';

const GOLDEN: readonly (readonly [string, Condition, string, object])[] = [
  ['a flag', { op: 'is', fact: 'isSuspended', value: true }, 'context.isSuspended', context('isSuspended')],
  [
    'the opposite of a flag',
    { op: 'is', fact: 'isSuspended', value: false },
    '!context.isSuspended',
    { '!': { arg: context('isSuspended') } },
  ],
  [
    'at least',
    { op: 'at-least', fact: 'targets', value: 3 },
    'context.targets >= 3',
    { '>=': { left: context('targets'), right: { Value: 3 } } },
  ],
  [
    'at most, below zero',
    { op: 'at-most', fact: 'severity', value: -1 },
    'context.severity <= -1',
    { '<=': { left: context('severity'), right: { Value: -1 } } },
  ],
  [
    'any of',
    { op: 'any-of', fact: 'zones', values: ['a', 'b'] },
    'context.zones.containsAny(["a", "b"])',
    { containsAny: { left: context('zones'), right: values('a', 'b') } },
  ],
  ['any of nothing', { op: 'any-of', fact: 'zones', values: [] }, 'false', { Value: false }],
  [
    'only',
    { op: 'only', fact: 'zones', values: ['a'] },
    '["a"].containsAll(context.zones)',
    { containsAll: { left: values('a'), right: context('zones') } },
  ],
  [
    'only nothing',
    { op: 'only', fact: 'zones', values: [] },
    'context.zones.isEmpty()',
    { isEmpty: { arg: context('zones') } },
  ],
  [
    'one of',
    { op: 'one-of', fact: 'rollbackKind', values: ['none', 'restore'] },
    '["none", "restore"].contains(context.rollbackKind)',
    { contains: { left: values('none', 'restore'), right: context('rollbackKind') } },
  ],
  ['one of nothing', { op: 'one-of', fact: 'rollbackKind', values: [] }, 'false', { Value: false }],
];

test.each(GOLDEN)('E1: %s has one Cedar text and one JSON form', (_what, condition, text, est) => {
  expect(textOf(aRule('X', { conditions: [condition] }))).toContain(`.contains(context.mode) &&\n  ${text}\n};`);
  expect(bodyOf(condition)).toEqual(est);
});

const actionOf = (actions: Rule['actions']): unknown => toEst(aRule('X', { actions }))['action'];

describe('E1: scopes', () => {
  test('every action, one action, several actions and none', () => {
    expect(actionOf('every')).toEqual({ op: 'All' });
    expect(actionOf(['acl.change'])).toEqual({ op: 'in', entity: { type: 'Action', id: 'acl.change' } });
    expect(actionOf(['acl.change', 'data.destroy'])).toEqual({
      op: 'in',
      entities: [
        { type: 'Action', id: 'acl.change' },
        { type: 'Action', id: 'data.destroy' },
      ],
    });
    expect(actionOf([])).toEqual({ op: 'All' });
  });
  test('a rule about no action is false first, so it matches nothing in both forms', () => {
    const rule = aRule('X', { actions: [], conditions: [{ op: 'is', fact: 'isSuspended', value: true }] });
    expect(textOf(rule)).toContain('false &&\n  context.isSuspended');
    expect(JSON.stringify(toEst(rule))).toContain('"right":{"Value":false}');
  });
  test('principal and resource are typed, effect, clause and id are kept', () => {
    expect(toEst(aRule('X', { effect: 'forbid', clause: 'D5' }))).toMatchObject({
      annotations: { clause: 'D5', id: 'X' },
      effect: 'forbid',
      principal: { op: 'is', entity_type: 'Agent' },
      resource: { op: 'is', entity_type: 'Operation' },
    });
  });
  test('a rule without conditions asks the mode alone', () => {
    expect(toEst(aRule('X', { modes: ['approved', 'route'] }))['conditions']).toEqual([
      { kind: 'when', body: { contains: { left: values('approved', 'route'), right: context('mode') } } },
    ]);
  });
  test('conditions nest to the left, as Cedar writes them', () => {
    const conditions: readonly Condition[] = ['targets', 'fanOut'].map((fact) => ({
      op: 'at-most',
      fact: fact as 'targets',
      value: 1,
    }));
    const most = (fact: string): object => ({ '<=': { left: context(fact), right: { Value: 1 } } });
    const mode = { contains: { left: values('autonomous'), right: context('mode') } };
    expect(toEst(aRule('X', { conditions }))['conditions']).toEqual([
      {
        kind: 'when',
        body: { '&&': { left: { '&&': { left: mode, right: most('targets') } }, right: most('fanOut') } },
      },
    ]);
  });
});

const forbidText = (id: string, clause: string, modes: string, ...conditions: readonly string[]): string =>
  `@id("${id}")\n@clause("${clause}")\nforbid (principal is Agent, action, resource is Operation)\nwhen {\n  ${[`[${modes}].contains(context.mode)`, ...conditions].join(' &&\n  ')}\n};`;

/** One rule of each kind, as an auditor reads it. */
const KINDS: readonly (readonly [string, Rule | undefined, string])[] = (() => {
  const rules = rulesOf(
    anEnvelope({
      phase: 'non-production',
      prohibited: [{ id: anId('P'), clause: 'PCI 6.5', dataClasses: ['cardholder'], without: 'change-record' }],
      humanOnly: [{ id: anId('H'), clause: 'AG-706 4.7', targetsOver: 5, statutoryWithinHours: 24 }],
      guardrails: [
        {
          id: anId('W'),
          clause: 'W1',
          modes: ['approved'],
          actions: ['acl.change'],
          conditions: [{ op: 'one-of', fact: 'rollbackKind', values: ['none'] }],
        },
      ],
      routes: [aRoute({ id: anId('R'), when: { citizensFrom: 1000, calendars: ['freeze'] } })],
      limits: { ...anEnvelope().limits, concurrentOperations: 2 },
    }),
  );
  const rule = (id: string): Rule | undefined => rules.find((one) => one.id === id);
  const alone = '"autonomous", "reviewed"';
  return [
    [
      'a prohibition',
      rule('P'),
      forbidText(
        'P',
        'PCI 6.5',
        `${alone}, "approved"`,
        'context.reachedDataClasses.containsAny(["cardholder"])',
        '!context.hasChangeRecord',
      ),
    ],
    [
      'a human-only rule',
      rule('H'),
      forbidText('H', 'AG-706 4.7', alone, 'context.targets >= 6', 'context.statutoryHours <= 24'),
    ],
    [
      'a guardrail',
      rule('W'),
      forbidText('W', 'W1', `${alone}, "approved"`, '["none"].contains(context.rollbackKind)').replace(
        'action,',
        'action in [Action::"acl.change"],',
      ),
    ],
    [
      'the phase',
      rule('phase/not-in-production'),
      forbidText('phase/not-in-production', 'L6', '"approved"', 'context.environments.containsAny(["production"])'),
    ],
    [
      'a limit',
      rule('limit/concurrent'),
      forbidText('limit/concurrent', 'D5', alone, 'context.concurrentOperations >= 2'),
    ],
    [
      'the closed list',
      rule('people/stale-graph'),
      forbidText('people/stale-graph', 'AG-706 4.3', alone, '!context.isGraphFresh'),
    ],
    [
      'the human path',
      rule('approved/by-people'),
      forbidText(
        'approved/by-people',
        'AG-706 4.2',
        '"approved"',
        'context.isAgentListed',
        'context.nowMs >= 1793491200000',
        'context.nowMs <= 1799971199999',
      ).replace('forbid', 'permit'),
    ],
    [
      'a route',
      rule('R'),
      forbidText(
        'R',
        'AG-706 4.2',
        '"route"',
        'context.openCalendars.containsAny(["freeze"])',
        'context.citizens >= 1000',
      ).replace('forbid', 'permit'),
    ],
  ];
})();
test.each(KINDS)('E1: %s prints as exactly this policy', (_kind, rule, text) => {
  expect(rule === undefined ? 'absent' : textOf(rule)).toBe(text);
});

describe('E1: the set of policies', () => {
  test('is sorted by code units of the id, whatever the order of the rules', () => {
    const rules = ['b', 'a', 'B', 'a/b', 'é'].map((id) => aRule(id));
    const ids = Object.keys(cedarJsonOf(rules).staticPolicies);
    expect(ids).toEqual(['B', 'a', 'a/b', 'b', 'é']);
    expect(JSON.stringify(cedarJsonOf(rules.toReversed()))).toBe(JSON.stringify(cedarJsonOf(rules)));
  });
  test('every object has sorted keys: equal rules have equal bytes without another pass', () => {
    const isSorted = (value: unknown): boolean => {
      if (Array.isArray(value)) return value.every(isSorted);
      if (typeof value !== 'object' || value === null) return true;
      const names = Object.keys(value);
      return names.toSorted().join() === names.join() && Object.values(value).every(isSorted);
    };
    expect(isSorted(cedarJsonOf(rulesOf(anEnvelope({ phase: 'non-production' }))))).toBe(true);
  });
  test('no rule is lost', () => {
    const rules = rulesOf(anEnvelope());
    expect(Object.keys(cedarJsonOf(rules).staticPolicies)).toHaveLength(rules.length);
  });
});
