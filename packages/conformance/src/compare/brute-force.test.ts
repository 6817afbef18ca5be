import { expect, test } from 'vitest';
import { cedarJsonOf, compareModes, type Attributes, type Condition, type Rule } from '@countersign/core';
import { emptyValues } from './random-request.ts';

/** A small envelope in the manner of a large one; every constant lies inside the universe below. */
const MODE = { modes: ['autonomous'], clause: 'AG-706 4.1' } as const;
const cap = (fact: 'targets' | 'nonCriticalTargets' | 'productionCriticalTargets', value: number): Condition => ({
  op: 'at-most',
  fact,
  value,
});
const base: readonly Rule[] = [
  {
    id: 'P1',
    ...MODE,
    effect: 'forbid',
    actions: ['firewall.rule'],
    conditions: [{ op: 'at-most', fact: 'rollbackWindowMinutes', value: 1 }],
  },
  {
    id: 'H1',
    ...MODE,
    effect: 'forbid',
    actions: 'every',
    conditions: [{ op: 'any-of', fact: 'tiers', values: ['safety-critical'] }],
  },
  {
    id: 'H2',
    ...MODE,
    effect: 'forbid',
    actions: 'every',
    conditions: [{ op: 'any-of', fact: 'zones', values: ['ot', 'scada'] }],
  },
  {
    id: 'H3',
    ...MODE,
    effect: 'forbid',
    actions: 'every',
    conditions: [{ op: 'at-least', fact: 'drillAgeDays', value: 3 }],
  },
  {
    id: 'H4',
    ...MODE,
    effect: 'forbid',
    actions: 'every',
    conditions: [{ op: 'is', fact: 'isBreakerOpen', value: true }],
  },
  {
    id: 'G1',
    ...MODE,
    effect: 'permit',
    actions: ['service.restart'],
    conditions: [
      { op: 'only', fact: 'tiers', values: ['non-critical', 'production-critical'] },
      { op: 'at-least', fact: 'severity', value: 1 },
      { op: 'at-least', fact: 'independentSignals', value: 2 },
      cap('nonCriticalTargets', 3),
      cap('productionCriticalTargets', 1),
      cap('targets', 3),
    ],
  },
  {
    id: 'G2',
    ...MODE,
    effect: 'permit',
    actions: ['package.patch', 'firewall.rule'],
    conditions: [
      { op: 'only', fact: 'tiers', values: ['non-critical'] },
      { op: 'at-least', fact: 'severity', value: 2 },
      { op: 'at-least', fact: 'independentSignals', value: 1 },
      cap('nonCriticalTargets', 2),
      cap('targets', 2),
    ],
  },
];

const changed = (id: string, change: (condition: Condition) => Condition): readonly Rule[] =>
  base.map((rule) => (rule.id === id ? { ...rule, conditions: rule.conditions.map(change) } : rule));
const bounded =
  (fact: Condition['fact'], value: number) =>
  (condition: Condition): Condition =>
    condition.fact === fact && (condition.op === 'at-most' || condition.op === 'at-least')
      ? { ...condition, value }
      : condition;
const named = (id: string): Rule => base.find((rule) => rule.id === id)!;

const EDITS: readonly (readonly [string, readonly Rule[]])[] = [
  [
    'refactored',
    [
      ...base.filter(({ id }) => id !== 'H2'),
      ...['ot', 'scada'].map((zone): Rule => ({
        ...named('H2'),
        id: `H-${zone}`,
        conditions: [{ op: 'any-of', fact: 'zones', values: [zone] }],
      })),
    ],
  ],
  ['narrowed', changed('G1', bounded('targets', 2))],
  ['with a cap higher by one', changed('G1', bounded('productionCriticalTargets', 2))],
  ['without a zone', changed('H2', (condition) => ({ ...condition, values: ['ot'] }) as Condition)],
  [
    'narrower here, wider there',
    changed('G1', bounded('independentSignals', 3)).map((rule) =>
      rule.id === 'G2' ? { ...rule, conditions: rule.conditions.map(bounded('severity', 1)) } : rule,
    ),
  ],
  [
    'with a shadowed grant',
    [...base, { ...named('G2'), id: 'G3', conditions: [...named('G2').conditions, cap('targets', 1)] }],
  ],
  ['with older drills', changed('H3', bounded('drillAgeDays', 4))],
];

const UNIVERSE = {
  action: ['service.restart', 'package.patch', 'firewall.rule'],
  tiers: [
    [],
    ['non-critical'],
    ['production-critical'],
    ['non-critical', 'production-critical'],
    ['safety-critical'],
    ['other-tier'],
  ],
  zones: [[], ['scada'], ['ot'], ['office']],
  severity: [0, 1, 2],
  independentSignals: [0, 1, 2, 3],
  productionCriticalTargets: [1, 2, 3],
  nonCriticalTargets: [1, 2, 3, 4],
  targets: [1, 2, 3, 4],
  drillAgeDays: [2, 3, 4],
  isBreakerOpen: [false, true],
  rollbackWindowMinutes: [1, 2],
} as const;
const FACTS = Object.entries(UNIVERSE);

/** Calls with every request; the one object is written over, so whoever keeps it copies it. */
function eachRequest(call: (request: Record<string, unknown>) => void): number {
  const request: Record<string, unknown> = emptyValues();
  let count = 0;
  const choose = (position: number): void => {
    const [fact, values] = FACTS[position] ?? [];
    if (fact === undefined || values === undefined) {
      count += 1;
      call(request);
      return;
    }
    for (const value of values) {
      request[fact] = value;
      choose(position + 1);
    }
  };
  choose(0);
  return count;
}

function meaning(condition: Condition): (request: Record<string, unknown>) => boolean {
  const { fact } = condition;
  switch (condition.op) {
    case 'is':
      return (request) => request[fact] === condition.value;
    case 'at-least':
      return (request) => (request[fact] as number) >= condition.value;
    case 'at-most':
      return (request) => (request[fact] as number) <= condition.value;
    case 'any-of':
      return (request) => (request[fact] as string[]).some((item) => condition.values.includes(item));
    case 'only':
      return (request) => (request[fact] as string[]).every((item) => condition.values.includes(item));
    case 'one-of':
      return (request) => condition.values.includes(request[fact] as string);
  }
}

function allows(rules: readonly Rule[]): (request: Record<string, unknown>) => boolean {
  const compile = (effect: Rule['effect']) =>
    rules
      .filter((rule) => rule.effect === effect)
      .map(({ actions, conditions }) => {
        const parts = conditions.map(meaning);
        return (request: Record<string, unknown>) =>
          (actions === 'every' || (actions as readonly unknown[]).includes(request['action'])) &&
          parts.every((part) => part(request));
      });
  const [permits, forbids] = [compile('permit'), compile('forbid')];
  return (request) => permits.some((permit) => permit(request)) && !forbids.some((forbid) => forbid(request));
}

test.each(EDITS)('E3: of every request of a small universe, none disagrees with the comparison: %s', (_, after) => {
  const [old, next] = [allows(base), allows(after)];
  let wide = 0;
  const count = eachRequest((request) => {
    if (next(request) && !old(request)) wide += 1;
  });
  expect(count).toBe(FACTS.reduce((product, [, values]) => product * values.length, 1));
  expect(count).toBeGreaterThan(400_000);
  const found = compareModes({ before: cedarJsonOf(base), after: cedarJsonOf(after) });
  expect(found.kind).toBe(wide === 0 ? 'no-widening' : 'widening');
  const examples = found.kind === 'widening' ? found.examples : [];
  const isTrue = ({ action, attributes }: { action: string; attributes: Attributes }): boolean =>
    next({ ...attributes, action }) && !old({ ...attributes, action });
  expect(examples.every(isTrue)).toBe(true);
});
