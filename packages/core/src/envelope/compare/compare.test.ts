import { describe, expect, test } from 'vitest';
import type { Condition, Rule } from '../rule.ts';
import { aRule, isPermitted } from './compare.builder.ts';
import { compareModes, type CompareOptions, type Comparison, type Widening } from './compare.ts';
import { cedarJsonOf, type CedarJson, type Est } from './est.ts';

const compared = (before: readonly Rule[] | undefined, after: readonly Rule[], options?: CompareOptions): Comparison =>
  compareModes({ before: before && cedarJsonOf(before), after: cedarJsonOf(after) }, options);
const examplesOf = (found: Comparison): readonly Widening[] => (found.kind === 'widening' ? found.examples : []);
const first = (found: Comparison): Widening => {
  const [example] = examplesOf(found);
  if (example === undefined) throw new Error(`expected an example, got ${JSON.stringify(found)}`);
  return example;
};

const cap = (value: number): Condition => ({ op: 'at-most', fact: 'targets', value });
const only = (...values: readonly string[]): Condition => ({ op: 'only', fact: 'zones', values });
const tiers = (op: 'any-of' | 'only', ...values: readonly string[]): Condition => ({ op, fact: 'tiers', values });
const anyOf = (...values: readonly string[]): Condition => ({ op: 'any-of', fact: 'zones', values });
const forbid = (id: string, change: Partial<Rule> = {}): Rule => aRule(id, { effect: 'forbid', ...change });
const route = (id: string, change: Partial<Rule> = {}): Rule => aRule(id, { modes: ['route'], ...change });
const people = aRule('by-people', { modes: ['approved'] });

describe('E3: what is permitted', () => {
  test('the first version is new authority', () => {
    expect(first(compared(undefined, [aRule('G')]))).toMatchObject({ mode: 'autonomous', grantedBy: ['G'] });
  });

  test('no rules at all permit nothing', () => {
    expect(compared(undefined, [])).toMatchObject({ kind: 'no-widening' });
    expect(compared([aRule('G')], [])).toMatchObject({ kind: 'no-widening' });
  });

  test('a cap higher by one is found at exactly that size', () => {
    const found = compared([aRule('G', { conditions: [cap(5)] })], [aRule('G', { conditions: [cap(6)] })]);
    expect(first(found)).toMatchObject({ grantedBy: ['G'], isRealistic: true, attributes: { targets: 6 } });
  });

  test('a cap lower by one widens nothing', () => {
    const found = compared([aRule('G', { conditions: [cap(6)] })], [aRule('G', { conditions: [cap(5)] })]);
    expect(found).toMatchObject({ kind: 'no-widening' });
  });

  test('narrower in one fact and wider in another is a widening', () => {
    const before = aRule('G', { conditions: [cap(5), only('a', 'b')] });
    const after = aRule('G', { conditions: [cap(6), only('a')] });
    expect(first(compared([before], [after])).attributes).toMatchObject({ targets: 6 });
  });

  test('each mode is a question of its own', () => {
    const before = aRule('G', { conditions: [cap(5)] });
    const after = [before, aRule('near/G', { modes: ['reviewed'], conditions: [cap(6)] })];
    expect(examplesOf(compared([before], after)).map(({ mode }) => mode)).toEqual(['reviewed']);
  });

  test('an action more is found by name', () => {
    const before = aRule('G', { actions: ['package.patch'] });
    const after = aRule('G', { actions: ['package.patch', 'host.isolate'] });
    expect(first(compared([before], [after])).action).toBe('host.isolate');
  });

  test('an item that no rule named before is tried as well', () => {
    const example = first(compared([aRule('G', { conditions: [only('a')] })], [aRule('G')]));
    expect(example.attributes.zones).toEqual(['another']);
    expect(example.attributes.reachedZones).toEqual(['another']);
  });

  test('a prohibition that is weakened is found although no grant changed', () => {
    const prohibition = forbid('P', { modes: ['autonomous', 'approved'], conditions: [anyOf('scada', 'plc')] });
    const weaker = { ...prohibition, conditions: [anyOf('scada')] };
    const found = compared([people, prohibition], [people, weaker]);
    expect(first(found)).toMatchObject({ mode: 'approved', grantedBy: ['by-people'] });
    expect(first(found).attributes.zones).toEqual(['plc']);
  });

  test('a forbid that held nothing back may go', () => {
    const before = [aRule('G', { conditions: [only('a')] }), forbid('H', { conditions: [anyOf('scada')] })];
    expect(compared(before, before.slice(0, 1))).toMatchObject({ kind: 'no-widening' });
  });

  test('a new grant behind a forbid is no widening', () => {
    const held = forbid('H', { actions: ['secret.change'] });
    const found = compared([held], [held, aRule('G', { actions: ['secret.change'] })]);
    expect(found).toMatchObject({ kind: 'no-widening' });
  });

  test('an item that two conditions together leave as the only one decides what covers it', () => {
    const before = aRule('G', { conditions: [only(), tiers('only')] });
    const after = aRule('G', {
      conditions: [only(), tiers('any-of', 'non-critical', 'safety-critical'), tiers('only', 'non-critical')],
    });
    expect(first(compared([before], [after])).attributes.tiers).toEqual(['non-critical']);
  });

  test('there is one example a granting rule, and no more than asked for', () => {
    const after = Array.from({ length: 9 }, (_, position) => aRule(`G${position}`, { conditions: [cap(position)] }));
    expect(examplesOf(compared(undefined, after, { maxExamples: 3 }))).toHaveLength(3);
    expect(examplesOf(compared(undefined, after, { maxExamples: 100 }))).toHaveLength(9);
  });
});

describe('E3: the same authority written otherwise widens nothing', () => {
  const halves: readonly (readonly [string, readonly Rule[], readonly Rule[]])[] = [
    [
      'a forbid in two',
      [forbid('H', { conditions: [anyOf('a', 'b')] })],
      [forbid('H1', { conditions: [anyOf('a')] }), forbid('H2', { conditions: [anyOf('b')] })],
    ],
    [
      'a grant in two by a flag',
      [aRule('G1')],
      [
        aRule('G2', { conditions: [{ op: 'is', fact: 'isGraphFresh', value: true }] }),
        aRule('G3', { conditions: [{ op: 'is', fact: 'isGraphFresh', value: false }] }),
      ],
    ],
    [
      'a grant in two by size',
      [aRule('G1')],
      [
        aRule('G2', { conditions: [cap(10)] }),
        aRule('G3', { conditions: [{ op: 'at-least', fact: 'targets', value: 11 }] }),
      ],
    ],
    [
      'a grant in two by actions',
      [aRule('G1', { actions: ['package.patch', 'host.isolate'] })],
      [aRule('G2', { actions: ['package.patch'] }), aRule('G3', { actions: ['host.isolate'] })],
    ],
  ];

  test.each(halves)('%s, and back', (_, whole, parts) => {
    const base = [aRule('base', { conditions: [cap(100)] })];
    expect(compared([...base, ...whole], [...base, ...parts])).toMatchObject({ kind: 'no-widening' });
    expect(compared([...base, ...parts], [...base, ...whole])).toMatchObject({ kind: 'no-widening' });
  });

  test('a gap of one between the parts is found', () => {
    const parts = [
      aRule('G2', { conditions: [cap(9)] }),
      aRule('G3', { conditions: [{ op: 'at-least', fact: 'targets', value: 11 }] }),
    ];
    expect(first(compared(parts, [aRule('G1')])).attributes.targets).toBe(10);
  });

  test('two grants that each allow one zone are not one that allows both', () => {
    const found = compared(
      [aRule('G1', { conditions: [only('a')] }), aRule('G2', { conditions: [only('b')] })],
      [aRule('G', { conditions: [only('a', 'b')] })],
    );
    expect(first(found).attributes.zones).toEqual(['a', 'b']);
  });
});

const over = (value: number): Rule => route('R', { conditions: [{ op: 'at-least', fact: 'targets', value }] });

describe('E3: routes', () => {
  test('a route that asks from more targets on is lost in between', () => {
    const example = first(compared([people, over(100)], [people, over(500)]));
    expect(example).toMatchObject({ mode: 'route', lostRoutes: ['R'], grantedBy: ['by-people'] });
    expect(example.attributes.targets).toBeGreaterThanOrEqual(100);
    expect(example.attributes.targets).toBeLessThan(500);
    expect(compared([people, over(500)], [people, over(100)])).toMatchObject({ kind: 'no-widening' });
  });

  test('a route that is gone is lost', () => {
    expect(first(compared([people, route('R')], [people])).lostRoutes).toEqual(['R']);
  });

  test('another route in its place does not make up for it: who is asked is not the same', () => {
    expect(first(compared([people, route('R')], [people, route('S')])).lostRoutes).toEqual(['R']);
  });

  test('a route to what can no longer be approved is not missed', () => {
    const never = forbid('P', { modes: ['approved'], actions: ['data.destroy'] });
    const before = [people, never, route('R', { actions: ['data.destroy'] })];
    expect(compared(before, [people, never])).toMatchObject({ kind: 'no-widening' });
  });
});

const within = (from: number, until: number): readonly Condition[] => [
  { op: 'at-least', fact: 'nowMs', value: from },
  { op: 'at-most', fact: 'nowMs', value: until },
];

describe('E2: dates', () => {
  const [before, after] = [aRule('G', { conditions: within(10, 20) }), aRule('G', { conditions: within(15, 30) })];

  test('a later end is a widening when dates count', () => {
    expect(first(compared([before], [after])).attributes.nowMs).toBeGreaterThan(20);
  });

  test('and is none when dates are compared elsewhere', () => {
    expect(compared([before], [after], { ignoreValidity: true })).toMatchObject({ kind: 'no-widening' });
  });

  test('an example lies where both versions could hold', () => {
    const wider = aRule('G', { conditions: [...within(15, 30)] });
    const narrow = aRule('G', { conditions: [...within(10, 20), cap(5)] });
    const example = first(compared([narrow], [wider], { ignoreValidity: true }));
    expect(example.attributes.nowMs).toBe(15);
    expect(isPermitted([wider], example, 'autonomous') && !isPermitted([narrow], example, 'autonomous')).toBe(true);
  });

  test('a forbid that ends is a widening all the same: only permits are read as timeless', () => {
    const held = forbid('H');
    const ending = forbid('H', { conditions: [{ op: 'at-most', fact: 'nowMs', value: 20 }] });
    expect(first(compared([aRule('G'), held], [aRule('G'), ending], { ignoreValidity: true })).attributes.nowMs).toBe(
      21,
    );
  });
});

describe('E3: examples are realistic where they can be', () => {
  test('targets are the sum of the tiers, and the tiers those that have some', () => {
    const many = aRule('G', { conditions: [{ op: 'at-least', fact: 'productionCriticalTargets', value: 7 }] });
    const { attributes, isRealistic } = first(compared(undefined, [many]));
    expect(isRealistic).toBe(true);
    expect(attributes).toMatchObject({ productionCriticalTargets: 7, targets: 7, nonCriticalTargets: 0 });
    expect(attributes.tiers).toEqual(['production-critical']);
    expect(attributes.cumulativeTargets).toBe(7);
    expect(attributes.organisationTargets).toBe(7);
    expect(attributes.environments).toEqual(['production']);
  });

  test('an unknown target is a safety-critical one', () => {
    const unknown = aRule('G', { conditions: [{ op: 'at-least', fact: 'unknownTargets', value: 2 }] });
    const { attributes } = first(compared(undefined, [unknown]));
    expect(attributes.safetyCriticalTargets).toBeGreaterThanOrEqual(2);
    expect(attributes.tiers).toContain('safety-critical');
  });

  test('when the first class found is impossible a possible one is looked for', () => {
    const before = aRule('G', { conditions: [{ op: 'at-most', fact: 'cumulativeTargets', value: 3 }] });
    const after = aRule('G', {
      conditions: [
        { op: 'at-least', fact: 'targets', value: 2 },
        { op: 'at-most', fact: 'cumulativeTargets', value: 6 },
      ],
    });
    const { attributes, isRealistic } = first(compared([before], [after]));
    expect(isRealistic).toBe(true);
    expect(attributes.targets).toBeLessThanOrEqual(attributes.cumulativeTargets);
  });

  test.each<readonly [string, readonly Condition[]]>([
    [
      'more unknown than safety-critical targets',
      [
        { op: 'at-least', fact: 'unknownTargets', value: 3 },
        { op: 'at-most', fact: 'safetyCriticalTargets', value: 2 },
      ],
    ],
    [
      'a tier without a target',
      [
        { op: 'any-of', fact: 'tiers', values: ['safety-critical'] },
        { op: 'at-most', fact: 'safetyCriticalTargets', value: 0 },
      ],
    ],
    ['fewer targets than those of one tier', [cap(3), { op: 'at-least', fact: 'nonCriticalTargets', value: 4 }]],
    ['more than a hundred per cent', [{ op: 'at-least', fact: 'percentOfTier', value: 101 }]],
    ['a severity there is not', [{ op: 'at-least', fact: 'severity', value: 5 }]],
    ['a tier there is not', [{ op: 'any-of', fact: 'tiers', values: ['imaginary'] }]],
    ['nowhere', [{ op: 'only', fact: 'environments', values: [] }]],
    ['a way back there is not', [{ op: 'one-of', fact: 'rollbackKind', values: ['imaginary'] }]],
  ])('%s: reported, not dropped, and said to be unrealistic', (name, conditions) => {
    const after = [aRule('G', { conditions })];
    const example = first(compared([], after));
    expect(isPermitted(after, example, 'autonomous')).toBe(true);
    expect([name, example.isRealistic]).toEqual([name, false]);
  });
});

const policy = (effect: 'permit' | 'forbid', body: Est): Est => ({
  action: { op: 'All' },
  annotations: {},
  conditions: [{ body, kind: 'when' }],
  effect,
  principal: { op: 'All' },
  resource: { op: 'All' },
});
const json = (policies: Readonly<Record<string, Est>>): CedarJson => ({ staticPolicies: policies });
const like: Est = {
  like: { left: { '.': { attr: 'rollbackKind', left: { Var: 'context' } } }, pattern: ['Wildcard'] },
};
const other: Est = { like: { left: { '.': { attr: 'rollbackKind', left: { Var: 'context' } } }, pattern: ['x'] } };

describe('E3: what is not understood proves nothing it should not', () => {
  test('the same strange expression in both versions cancels out', () => {
    const before = json({ G: policy('permit', like) });
    const after = json({ G: policy('permit', { '&&': { left: like, right: { Value: true } } }) });
    expect(compareModes({ before, after })).toMatchObject({ kind: 'no-widening' });
  });

  test('another strange expression is a widening that may not be real', () => {
    const found = compareModes({
      before: json({ G: policy('permit', like) }),
      after: json({ G: policy('permit', other) }),
    });
    expect(first(found)).toMatchObject({ isRealistic: false });
  });

  test('arithmetic, which can fail while it is evaluated, is not proved', () => {
    const sum: Est = { '<': { left: { '+': { left: { Value: 1 }, right: { Value: 2 } } }, right: { Value: 4 } } };
    const after = json({ G: policy('permit', sum) });
    expect(compareModes({ before: after, after })).toMatchObject({
      kind: 'not-proved',
      reason: '/G calculates: that can fail while it is evaluated',
    });
  });

  test('effort is bounded: what would take more is not proved', () => {
    const facts = ['targets', 'affectedServices', 'affectedSegments', 'changeSetSize', 'fanOut', 'citizens'] as const;
    // Each covers what is small in one fact and large in the next: no single one bounds anything.
    const covers = facts.flatMap((fact, position) =>
      Array.from({ length: 6 }, (_, step) =>
        aRule(`C${fact}${step}`, {
          conditions: [
            { op: 'at-most', fact, value: 10 * step },
            { op: 'at-least', fact: facts[(position + 1) % facts.length] ?? fact, value: 7 * step },
          ],
        }),
      ),
    );
    const exact = compared(covers, [...covers, aRule('G')]);
    expect(exact.kind).toBe('widening');
    expect(compared(covers, [...covers, aRule('G')], { maxSteps: 8 })).toMatchObject({ kind: 'not-proved' });
    expect(compared(covers, [...covers, aRule('G')], { maxNodes: 8 })).toMatchObject({ kind: 'not-proved' });
  });

  test('the proof says how much it looked at', () => {
    const found = compared(
      [aRule('G', { conditions: [cap(5), only('a')] })],
      [aRule('G', { conditions: [cap(4), only('a')] })],
    );
    expect(found).toMatchObject({ kind: 'no-widening' });
    expect(found.kind === 'no-widening' && BigInt(found.classes) > 1_000_000n).toBe(true);
  });
});
