import { describe, expect, test } from 'vitest';
import type { Condition, Rule } from '../rule.ts';
import type { Effect } from './outside-change.ts';
import { isAgainst, lessWidens, moreWidens, setChanges, shown } from './outside-change.ts';
import { effectOf, type Move } from './sensitivity.ts';

const rule = (effect: Rule['effect'], conditions: readonly Condition[], change: Partial<Rule> = {}): Rule => ({
  id: 'X',
  clause: 'c',
  effect,
  modes: ['autonomous'],
  actions: 'every',
  conditions,
  ...change,
});
const asking: Readonly<Record<'permit' | 'forbid' | 'route', (condition: Condition) => Rule>> = {
  permit: (condition) => rule('permit', [condition]),
  forbid: (condition) => rule('forbid', [condition]),
  // Beside it stands a route for everything, so that somebody is asked in any case.
  route: (condition) => rule('permit', [condition], { modes: ['route'] }),
};
const ANYWAY = rule('permit', [], { id: 'A', modes: ['route'] });

const BEGINS: readonly (readonly [string, Condition, Move])[] = [
  [
    'a flag that is asked for',
    { op: 'is', fact: 'isGraphFresh', value: true },
    { fact: 'isGraphFresh', before: false, after: true },
  ],
  [
    'a flag that must not be',
    { op: 'is', fact: 'isGraphFresh', value: false },
    { fact: 'isGraphFresh', before: true, after: false },
  ],
  [
    'a number that reaches its bound',
    { op: 'at-least', fact: 'severity', value: 3 },
    { fact: 'severity', before: 2, after: 3 },
  ],
  [
    'a number that falls to its bound',
    { op: 'at-most', fact: 'severity', value: 2 },
    { fact: 'severity', before: 3, after: 2 },
  ],
  [
    'an item that is gained',
    { op: 'any-of', fact: 'openCalendars', values: ['c'] },
    { fact: 'openCalendars', item: 'c', isGained: true },
  ],
  [
    'an item that is lost and was not allowed',
    { op: 'only', fact: 'openCalendars', values: ['d'] },
    { fact: 'openCalendars', item: 'c', isGained: false },
  ],
];
const back = (move: Move): Move =>
  'item' in move
    ? { ...move, isGained: !move.isGained }
    : ({ ...move, before: move.after, after: move.before } as Move);

describe('E3: a condition that begins to hold', () => {
  test.each(BEGINS)(
    '%s: a permit gives more, a forbid less, a route asks more people; and each the other way back',
    (_what, condition, move) => {
      const effects = (kind: keyof typeof asking): readonly Effect[] =>
        [move, back(move)].map((one) => effectOf([asking[kind](condition), ANYWAY], [one]));
      expect(effects('permit')).toEqual(['widens', 'narrows']);
      expect(effects('forbid')).toEqual(['narrows', 'widens']);
      expect(effects('route')).toEqual(['narrows', 'widens']);
    },
  );
  test.each(BEGINS)('%s: a permit and a forbid together are not clear, in no direction', (_what, condition, move) => {
    const both = [asking.permit(condition), asking.forbid(condition)];
    expect([move, back(move)].map((one) => effectOf(both, [one]))).toEqual(['unclear', 'unclear']);
  });
  test.each(BEGINS)(
    '%s: D1: a route that nothing stands in for makes approval possible: not clear',
    (_what, condition, move) => {
      expect(effectOf([asking.route(condition)], [move])).toBe('unclear');
      expect(effectOf([asking.route(condition)], [back(move)])).toBe('widens');
    },
  );
});

const otherRoute = (conditions: readonly Condition[], change: Partial<Rule> = {}): Rule =>
  rule('permit', conditions, { id: 'B', modes: ['route'], ...change });

describe('E3: what stands in for a route', () => {
  const calendar: Condition = { op: 'any-of', fact: 'openCalendars', values: ['c'] };
  const zone: Condition = { op: 'any-of', fact: 'reachedZones', values: ['dmz'] };
  const move: Move = { fact: 'openCalendars', item: 'c', isGained: true };
  const own = (change: Partial<Rule> = {}): Rule =>
    rule('permit', [calendar, zone], { modes: ['route'], actions: ['acl.change'], ...change });
  test.each<[string, Rule, Effect]>([
    ['a route for everything', otherRoute([]), 'narrows'],
    ['a route with one of its conditions', otherRoute([zone]), 'narrows'],
    ['a route for the same action', otherRoute([zone], { actions: ['acl.change'] }), 'narrows'],
    ['a route for another action', otherRoute([], { actions: ['data.destroy'] }), 'unclear'],
    ['a route with the same calendar', otherRoute([calendar]), 'unclear'],
    ['a route with a condition of its own', otherRoute([{ ...zone, values: ['lan'] }]), 'unclear'],
    ['a permit that is no route', otherRoute([], { modes: ['approved'] }), 'unclear'],
  ])('%s: %s', (_what, standIn, effect) => {
    expect(effectOf([own(), standIn], [move])).toBe(effect);
  });
  test('a route for every action is not covered by one for some', () => {
    expect(effectOf([own({ actions: 'every' }), otherRoute([], { actions: ['acl.change'] })], [move])).toBe('unclear');
  });
});

describe('E3: what does not move authority', () => {
  test.each<[string, Condition, Move]>([
    ['another fact', { op: 'at-least', fact: 'targets', value: 3 }, { fact: 'severity', before: 0, after: 4 }],
    [
      'a bound that is not crossed',
      { op: 'at-least', fact: 'severity', value: 3 },
      { fact: 'severity', before: 0, after: 2 },
    ],
    [
      'another item',
      { op: 'any-of', fact: 'openCalendars', values: ['d'] },
      { fact: 'openCalendars', item: 'c', isGained: true },
    ],
    [
      'an item that is allowed',
      { op: 'only', fact: 'openCalendars', values: ['c'] },
      { fact: 'openCalendars', item: 'c', isGained: true },
    ],
    ['a word', { op: 'one-of', fact: 'rollbackKind', values: ['none'] }, { fact: 'severity', before: 0, after: 4 }],
  ])('%s', (_what, condition, move) => {
    expect(effectOf([asking.permit(condition), asking.forbid(condition)], [move])).toBe('neutral');
  });
  test('no rule, or no move', () => {
    expect(effectOf([], [{ fact: 'severity', before: 0, after: 4 }])).toBe('neutral');
    expect(effectOf([asking.permit({ op: 'at-least', fact: 'severity', value: 3 })], [])).toBe('neutral');
  });
});

describe('E4: one line of a report', () => {
  test('unclear counts against, as widening does', () => {
    const against = (['widens', 'unclear', 'narrows', 'neutral'] as const).map((effect) => isAgainst({ effect }));
    expect(against).toEqual([true, true, false, false]);
  });
  test('values are shown as they are, 200 characters of them', () => {
    expect([shown(undefined), shown('a'), shown(3), shown({ a: [1] })]).toEqual(['absent', 'a', '3', '{"a":[1]}']);
    expect(shown('x'.repeat(200))).toBe('x'.repeat(200));
    expect(shown('x'.repeat(201))).toBe(`${'x'.repeat(200)}…`);
  });
  test('numbers: more or less is wider, equal is no change, signs are kept', () => {
    expect(moreWidens('/x', 1, 2, 'why')).toEqual([
      { at: '/x', effect: 'widens', before: '1', after: '2', why: 'why' },
    ]);
    expect(lessWidens('/x', 1, 2, 'why')).toEqual([
      { at: '/x', effect: 'narrows', before: '1', after: '2', why: 'why' },
    ]);
    expect([...moreWidens('/x', 2, 2, ''), ...lessWidens('/x', 0, 0, '')]).toEqual([]);
  });
  test('sets: gained first, then lost, each once and sorted', () => {
    const found = setChanges('/x', { before: ['b', 'a', 'c'], after: ['c', 'e', 'd', 'd'] }, 'narrows', 'why');
    expect(found.map(({ effect, before, after }) => `${effect} ${before} ${after}`)).toEqual([
      'narrows absent d',
      'narrows absent e',
      'widens a absent',
      'widens b absent',
    ]);
  });
});
