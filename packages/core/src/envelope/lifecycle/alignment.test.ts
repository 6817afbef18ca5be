import { describe, expect, test } from 'vitest';
import { aGraph, aNode, anEdge } from '../../graph/graph.builder.ts';
import type { GraphEdge, GraphNode } from '../../graph/graph.ts';
import { indexGraph } from '../../graph/index-graph.ts';
import type { Person } from '../../people/person.ts';
import { instantOf, msOf } from '../../shared/brand.ts';
import { aCalendar, aGrant, anEnvelope, anId, aRoute, NOW } from '../envelope.builder.ts';
import type { Envelope, Grant, Selector } from '../envelope.ts';
import { alignmentOf, EXPIRY_WARNING_DAYS, type Drift, type DriftKind } from './alignment.ts';
import { rosterProblems } from './roster-problems.ts';

const NODES: readonly GraphNode[] = [
  aNode('web', { tier: 'production-critical', zone: 'dmz', dataClasses: ['phi'], paths: ['login'], owner: 'shop' }),
  ...[1, 2, 3].map((n) => aNode(`host-${n}`, { zone: 'lan', owner: 'ops' })),
];
// Speaks about this estate as it is: every route matches, no cap is larger than what there is.
const ALIGNED = anEnvelope({
  prohibited: [],
  humanOnly: [],
  grants: [],
  calendars: [],
  routes: [aRoute({ when: {} })],
});
const found = (
  change: Partial<Envelope>,
  {
    nodes = NODES,
    edges = [],
    ageMs = 0,
    now = NOW,
  }: { nodes?: readonly GraphNode[]; edges?: readonly GraphEdge[]; ageMs?: number; now?: typeof NOW } = {},
): readonly Drift[] => {
  const graph = indexGraph({ ...aGraph(nodes, edges), takenAt: instantOf(msOf(now) - ageMs) });
  return alignmentOf({ ...ALIGNED, ...change }, graph, now);
};
const of = (kind: DriftKind, drifts: readonly Drift[]): readonly string[] =>
  drifts.filter((drift) => drift.kind === kind).map(({ at }) => at);

test('E7: the estate the table starts from has no drift', () => {
  expect(found({})).toEqual([]);
});

const ruleFor = (selector: Selector) => ({ id: anId<'Rule'>('X'), clause: 'c', ...selector });

describe('E7: names that no node has', () => {
  const parts: readonly (readonly [keyof Selector, Selector, Selector])[] = [
    ['zones', { zones: ['gone'] }, { zones: ['dmz'] }],
    ['dataClasses', { dataClasses: ['gone'] }, { dataClasses: ['phi'] }],
    ['paths', { paths: ['gone'] }, { paths: ['login'] }],
    ['owners', { owners: ['gone'] }, { owners: ['shop'] }],
    ['targetKinds', { targetKinds: ['datastore'] }, { targetKinds: ['host'] }],
  ];
  test.each(parts)('%s, in a prohibition, a human-only rule and a route, each with its place', (part, gone, there) => {
    const every = aRoute({ when: {} });
    const named = (selector: Selector): Partial<Envelope> => ({
      prohibited: [ruleFor({}), ruleFor(selector)],
      humanOnly: [ruleFor(selector)],
      routes: [every, aRoute({ id: anId('R2'), when: selector })],
    });
    expect(of('names-nothing', found(named(gone)))).toEqual([
      `/prohibited/1/${part}`,
      `/humanOnly/0/${part}`,
      `/routes/1/when/${part}`,
    ]);
    expect(found(named(there))).toEqual([]);
  });
  test('only the missing names are said, and all of them', () => {
    const [drift] = found({ humanOnly: [{ id: anId('X'), clause: 'c', zones: ['gone', 'dmz', 'lost'] }] });
    expect(drift).toMatchObject({
      count: 2,
      examples: ['gone', 'lost'],
      text: 'no node of the graph has zones: gone, lost',
    });
  });
  test('a staging dependency the graph lost', () => {
    const dependencies = ['web', 'gone'].map((name) => anId<'Node'>(name));
    expect(of('dependency-gone', found({ staging: { dataClasses: [], dependencies } }))).toEqual([
      '/staging/dependencies',
    ]);
  });
});

const grantThatIs = (isEnabled: boolean): Partial<Envelope> => ({
  routes: [],
  grants: [
    aGrant({ isEnabled, calendars: [], caps: { ...aGrant().caps, targets: 2, perTier: { 'non-critical': 2 } } }),
  ],
});

const scoped = (when: Selector): readonly string[] =>
  found({ routes: [aRoute({ when })] }).flatMap(({ kind, examples }) => (kind === 'out-of-scope' ? examples : []));

describe('E7: nodes nobody speaks about', () => {
  test.each<[string, Selector, readonly string[]]>([
    ['an environment', { environments: ['production'] }, []],
    ['another environment', { environments: ['staging'] }, ['web', 'host-1', 'host-2', 'host-3']],
    ['a tier', { tiers: ['non-critical'] }, ['web']],
    ['a zone', { zones: ['lan'] }, ['web']],
    ['a data class: nodes without any may reach one', { dataClasses: ['cardholder'] }, ['web']],
    ['a path: nodes without any may lie on one', { paths: ['payments'] }, ['web']],
    ['an owner', { owners: ['shop'] }, ['host-1', 'host-2', 'host-3']],
    ['a count, which may be reached', { targetsOver: 3 }, []],
  ])('a route for %s', (_what, when, examples) => {
    expect(scoped(when)).toEqual(examples);
  });
  test('at most five examples, and the whole count', () => {
    const nodes = Array.from({ length: 9 }, (_, n) => aNode(`n${n}`));
    const [drift] = found({ routes: [] }, { nodes });
    expect(drift).toMatchObject({ kind: 'out-of-scope', count: 9, examples: ['n0', 'n1', 'n2', 'n3', 'n4'] });
  });
  test('a grant that is on speaks about its nodes; one that is off does not', () => {
    expect(of('out-of-scope', found(grantThatIs(true)))).toEqual([]);
    expect(of('out-of-scope', found(grantThatIs(false)))).toEqual(['/routes']);
  });
});

const unowned = (one: GraphNode): GraphNode => {
  const { owner: _, ...node } = one;
  return node;
};

describe('E7: tiers and owners', () => {
  test('an unknown tier, a critical node nobody owns, a tier below what needs it', () => {
    const nodes = [...NODES, aNode('odd', { tier: 'unknown' }), unowned(aNode('alone', { tier: 'safety-critical' }))];
    expect(found({}, { nodes }).map(({ kind, examples }) => [kind, examples])).toEqual([
      ['tier-unknown', ['odd']],
      ['unowned', ['alone']],
    ]);
    expect(of('tier-lowered', found({}, { edges: [anEdge('web > host-1')] }))).toEqual(['graph']);
  });
  test('a node that is not critical needs no owner', () => {
    expect(found({}, { nodes: [...NODES, unowned(aNode('spare'))] })).toEqual([]);
  });
});

const capDrifts = (change: Partial<Grant['caps']>, grant: Partial<Grant> = {}): readonly string[] =>
  of(
    'cap-without-effect',
    found({
      grants: [
        aGrant({
          calendars: [],
          caps: { ...aGrant().caps, targets: 3, perTier: { 'non-critical': 2 }, ...change },
          ...grant,
        }),
      ],
    }),
  );

describe('E7, AG-706 4.5: caps that protect nothing', () => {
  test.each<[string, Partial<Grant['caps']>, readonly string[]]>([
    ['one below what there is', {}, []],
    ['as many targets as there are', { targets: 4 }, ['/grants/0/caps/targets']],
    ['as many of a tier as there are', { perTier: { 'non-critical': 3 } }, ['/grants/0/caps/perTier/non-critical']],
    [
      'a tier of which there is one',
      { perTier: { 'production-critical': 1 } },
      ['/grants/0/caps/perTier/production-critical'],
    ],
    ['a tier of which there is none', { perTier: { 'safety-critical': 9 } }, []],
  ])('%s', (_what, change, places) => {
    expect(capDrifts(change)).toEqual(places);
  });
  test('a grant that is off has no caps to look at; one for nothing in the graph is said to be that', () => {
    expect(capDrifts({ targets: 99 }, { isEnabled: false })).toEqual([]);
    const staging = found({ grants: [aGrant({ environments: ['staging'] })] });
    expect(of('names-nothing', staging)).toEqual(['/grants/0']);
  });
});

describe('E7: calendars', () => {
  const calendar = aCalendar({ name: 'c' });
  const uses: readonly (readonly [string, Partial<Envelope>])[] = [
    ['a grant', { grants: [aGrant({ calendars: ['c'] })] }],
    ['a prohibition', { prohibited: [{ id: anId('X'), clause: 'c', calendars: ['c'] }] }],
    ['a human-only rule', { humanOnly: [{ id: anId('X'), clause: 'c', calendars: ['c'] }] }],
    ['a route', { routes: [aRoute({ when: {} }), aRoute({ id: anId('R2'), when: { calendars: ['c'] } })] }],
    [
      'a guardrail',
      {
        guardrails: [
          {
            id: anId<'Rule'>('W'),
            clause: 'c',
            modes: ['approved'],
            actions: [],
            conditions: [{ op: 'only', fact: 'openCalendars', values: ['c'] }],
          },
        ],
      },
    ],
  ];
  test.each(uses)('%s uses it: then it has to open some time', (_who, change) => {
    const drifts = (one: typeof calendar): readonly string[] =>
      found({ ...change, calendars: [one] }).flatMap(({ kind }) => (kind.startsWith('calendar') ? [kind] : []));
    expect(drifts(calendar)).toEqual([]);
    expect(drifts({ ...calendar, weekly: [] })).toEqual(['calendar-never-open']);
  });
  test('one that nobody uses is said, open or not', () => {
    expect(of('calendar-unused', found({ calendars: [calendar] }))).toEqual(['/calendars/0']);
  });
});

const endingIn = (ms: number): readonly string[] =>
  found({ validUntil: instantOf(msOf(NOW) + ms) }).flatMap(({ kind, text }) => (kind === 'expires-soon' ? [text] : []));

describe('E2, E7: dates', () => {
  test.each([
    [60 * 60_000, []],
    [60 * 60_000 + 59_999, []],
    [61 * 60_000, ['/maxGraphAgeMinutes']],
  ])('a graph %i ms old against 60 minutes', (ageMs, places) => {
    expect(of('graph-stale', found({}, { ageMs }))).toEqual(places);
  });
  test('the end is said from fourteen days before it on, and after it', () => {
    expect(endingIn(EXPIRY_WARNING_DAYS * 86_400_000)).toEqual([]);
    expect(endingIn(EXPIRY_WARNING_DAYS * 86_400_000 - 1)[0]).toContain('in 13 days');
    expect(endingIn(0)[0]).toContain('in 0 days');
    expect(endingIn(-1)[0]).toContain('authority ended at');
  });
});

const person = (id: string, roles: readonly string[], keys = 1): Person => ({
  id: anId(id),
  name: id,
  roles: roles.map((role) => anId(role)),
  credentials: Array.from({ length: keys }, () => ({
    kind: 'raw' as const,
    publicKey: 'A',
    surface: 'own' as const,
    enrolledAt: instantOf(0),
    usableFrom: instantOf(0),
  })),
});
const asking = (count: number): Envelope => ({
  ...ALIGNED,
  routes: [aRoute({ demands: [{ role: anId('r'), count }] })],
  dryRun: { marginPercent: 0, demands: [{ role: anId('policy-admin'), count: 1 }] },
});

describe('A1: people an envelope asks', () => {
  const admins = ['p1', 'p2'].map((id) => person(id, ['policy-admin']));
  test.each([
    [0, 'asks 2 of `r` and 0 people with a key hold that role'],
    [1, 'asks 2 of `r` and 1 people with a key hold that role'],
    [2, 'nobody can stand in: 2 of `r` exist and all of them are asked'],
    [3, undefined],
  ])('two are asked and %i exist: %s', (have, problem) => {
    const people = [...admins, ...Array.from({ length: have }, (_, n) => person(`r${n}`, ['r']))];
    const expected = problem === undefined ? [] : [{ at: '/routes/0/demands/0', problem }];
    expect(rosterProblems(asking(2), people)).toEqual(expected);
  });
  test.each([
    ['both have a key and neither is the owner', admins, []],
    ['one is the owner', [...admins.slice(0, 1), person('olive', ['policy-admin'])], ['/owner']],
    ['one has no key', [...admins.slice(0, 1), person('p2', ['policy-admin'], 0)], ['/dryRun/demands/0', '/owner']],
  ])('E3: two policy admins: %s', (_what, people, places) => {
    const all = [...people, person('r1', ['r']), person('r2', ['r'])];
    expect(rosterProblems(asking(1), all).map(({ at }) => at)).toEqual(places);
  });
});
