import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { anEnvelope, anId, aRoute } from '../envelope.builder.ts';
import type { Route, Selector } from '../envelope.ts';
import { FULL_SELECTOR } from '../whole-envelope.builder.ts';
import { compareRoutes, covers, weakerRoles } from './compare-routes.ts';

/** For each part a selector that matches more than the one of the sample. */
const WIDER: Required<Selector> = {
  actions: ['package.patch', 'acl.change'],
  environments: ['production', 'staging'],
  tiers: ['non-critical', 'safety-critical'],
  affectedTiers: ['production-critical', 'safety-critical'],
  targetKinds: ['host', 'service'],
  zones: ['dmz', 'lan'],
  dataClasses: ['cardholder', 'phi'],
  paths: ['payments', 'login'],
  owners: ['shop-team', 'db-team'],
  calendars: ['freeze', 'release'],
  targetsOver: 4,
  servicesOver: 1,
  citizensFrom: 999,
  statutoryWithinHours: 25,
};
const PARTS = Object.keys(FULL_SELECTOR) as (keyof Selector)[];
const withPart = (part: keyof Selector): Selector => ({ ...FULL_SELECTOR, [part]: WIDER[part] });
const withoutPart = (part: keyof Selector): Selector =>
  Object.fromEntries(Object.entries(FULL_SELECTOR).filter(([name]) => name !== part));

describe('A1: what a selector covers', () => {
  test.each(PARTS)('%s: wider covers narrower and never the other way', (part) => {
    expect([covers(withPart(part), FULL_SELECTOR), covers(FULL_SELECTOR, withPart(part))]).toEqual([true, false]);
  });
  test.each(PARTS)('%s: a part that is not named covers all of it', (part) => {
    expect([covers(withoutPart(part), FULL_SELECTOR), covers(FULL_SELECTOR, withoutPart(part))]).toEqual([true, false]);
  });
  test('every part is compared: the sample names all of them', () => {
    expect(PARTS).toHaveLength(14);
    expect(covers({}, FULL_SELECTOR)).toBe(true);
    expect(covers(FULL_SELECTOR, {})).toBe(false);
  });
  test('an empty list matches nothing, so everything covers it and it covers only itself', () => {
    expect(covers({ zones: ['a'] }, { zones: [] })).toBe(true);
    expect(covers({ zones: [] }, { zones: ['a'] })).toBe(false);
    expect(covers({ zones: [] }, { zones: [] })).toBe(true);
  });
  test('lists that only meet cover each other neither way; order and repetition do not count', () => {
    expect(covers({ zones: ['a', 'b'] }, { zones: ['b', 'c'] })).toBe(false);
    expect(covers({ zones: ['a', 'b'] }, { zones: ['b', 'a', 'a'] })).toBe(true);
  });
  test('property: whoever covers matches every request that the covered one matches', () => {
    const selector = fc.record(
      {
        zones: fc.subarray(['a', 'b', 'c']),
        targetsOver: fc.integer({ min: 0, max: 3 }),
        citizensFrom: fc.integer({ min: 1, max: 3 }),
        statutoryWithinHours: fc.integer({ min: 0, max: 3 }),
      },
      { requiredKeys: [] },
    );
    const request = fc.record({
      zones: fc.subarray(['a', 'b', 'c']),
      targets: fc.integer({ min: 0, max: 5 }),
      citizens: fc.integer({ min: 0, max: 5 }),
      hours: fc.integer({ min: 0, max: 5 }),
    });
    type Asked = {
      readonly zones: readonly string[];
      readonly targets: number;
      readonly citizens: number;
      readonly hours: number;
    };
    const isMatched = (one: Selector, { zones, targets, citizens, hours }: Asked): boolean =>
      (one.zones === undefined || zones.some((zone) => one.zones?.includes(zone))) &&
      (one.targetsOver === undefined || targets > one.targetsOver) &&
      (one.citizensFrom === undefined || citizens >= one.citizensFrom) &&
      (one.statutoryWithinHours === undefined || hours <= one.statutoryWithinHours);
    fc.assert(
      fc.property(selector, selector, request, (outer, inner, asked) => {
        expect(!covers(outer, inner) || !isMatched(inner, asked) || isMatched(outer, asked)).toBe(true);
      }),
      { numRuns: 1000, seed: 706 },
    );
  });
});

const demand = (role: string, count: number) => ({ role: anId<'Role'>(role), count });

describe('A1: people who are asked no more', () => {
  test.each([
    ['the same', [demand('a', 1)], [demand('a', 1)], []],
    ['one less', [demand('a', 2)], [demand('a', 1)], ['a']],
    ['one more', [demand('a', 1)], [demand('a', 2)], []],
    ['nobody', [demand('a', 1), demand('b', 1)], [], ['a', 'b']],
    ['another role', [demand('a', 1)], [demand('b', 9)], ['a']],
    ['asked twice counts as the higher of both', [demand('a', 1), demand('a', 2)], [demand('a', 2)], []],
    ['two of one each are not two', [demand('a', 2)], [demand('a', 1), demand('a', 1)], ['a']],
  ])('%s', (_what, before, after, roles) => {
    expect(weakerRoles(before, after)).toEqual(roles);
  });
});

const compared = (before: readonly Route[], after: readonly Route[]): readonly string[] =>
  compareRoutes(anEnvelope({ routes: before }), anEnvelope({ routes: after })).map(
    ({ at, effect }) => `${at} ${effect}`,
  );
const route = (id: string, change: Partial<Route> = {}): Route => aRoute({ id: anId(id), when: {}, ...change });

describe('A1, E3: routes of two versions', () => {
  test('one route may be split in two that together ask the same people wherever it matched', () => {
    const whole = route('R', { demands: [demand('a', 1), demand('b', 1)] });
    const parts = [route('R1', { demands: [demand('a', 1)] }), route('R2', { demands: [demand('b', 1)] })];
    expect(compared([whole], parts)).toEqual(['/routes/R neutral']);
    expect(compared(parts, [whole])).toEqual(['/routes/R1 neutral', '/routes/R2 neutral']);
  });
  test('split by what it matches it is not shown any more: selectors alone cannot prove it', () => {
    const whole = route('R', { when: { zones: ['a', 'b'] } });
    const parts = [route('R1', { when: { zones: ['a'] } }), route('R2', { when: { zones: ['b'] } })];
    expect(compared([whole], parts)).toEqual(['/routes/R widens']);
  });
  test('step-up may come from another route that matches wherever this one did', () => {
    const strong = route('R', { stepUp: true });
    expect(compared([strong], [route('R'), route('S', { stepUp: true })])).toEqual(['/routes/R neutral']);
    expect(compared([strong], [route('R'), route('S', { stepUp: true, when: { zones: ['a'] } })])).toEqual([
      '/routes/R widens',
    ]);
    expect(compared([route('R')], [strong])).toEqual(['/routes/R neutral']);
  });
  test('another clause or id says nothing about who is asked', () => {
    expect(compared([route('R')], [route('R', { clause: 'other' })])).toEqual([]);
    expect(compared([route('R')], [route('S')])).toEqual(['/routes/R neutral']);
  });
  test('the first route of all makes approval possible: not clear; the last one taken away asks nobody: widens', () => {
    expect(compared([], [route('R')])).toEqual(['/routes/R unclear']);
    expect(compared([route('R')], [])).toEqual(['/routes/R widens']);
    expect(compared([], [])).toEqual([]);
  });
  test('what changed is shown in words, cut where nobody reads on', () => {
    const [change] = compareRoutes(
      anEnvelope({ routes: [route('R', { stepUp: true })] }),
      anEnvelope({ routes: [route('R', { when: { zones: Array.from({ length: 64 }, (_, n) => `zone-${n}`) } })] }),
    );
    expect(change?.before).toBe('1 x release-approver, step-up, when {}');
    expect(change?.after.length).toBe(201);
  });
  test('property: the same routes in any order are no change; routes added beside ones that cover them neither', () => {
    const routes = fc.uniqueArray(
      fc.record({
        id: fc.constantFrom('A', 'B', 'C'),
        over: fc.integer({ min: 0, max: 3 }),
        count: fc.integer({ min: 1, max: 3 }),
      }),
      { selector: ({ id }) => id, maxLength: 3 },
    );
    fc.assert(
      fc.property(routes, (some) => {
        const all = some.map(({ id, over, count }) =>
          route(id, { when: { targetsOver: over }, demands: [demand('a', count)] }),
        );
        expect(compared(all, all.toReversed())).toEqual([]);
        const covering = [...all, route('Z')];
        expect(compared(covering, [...covering, route('Y', { when: { zones: ['a'] } })])).toEqual([]);
      }),
      { seed: 706 },
    );
  });
});
