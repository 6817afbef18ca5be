import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { GraphNode } from '../graph/graph.ts';
import { aGraph, anEdge, aNode } from '../graph/graph.builder.ts';
import { indexGraph } from '../graph/index-graph.ts';
import {
  CUMULATIVE_WINDOW_MS,
  cumulativeImpact,
  cumulativeTargets,
  overlapsOf,
  type AskedOperation,
  type CumulativeImpact,
  type OperationRecord,
  type Overlap,
} from './cumulative.ts';

const service = (id: string, change: Partial<GraphNode> = {}): GraphNode => aNode(id, { kind: 'service', ...change });
const hosts = Array.from({ length: 120 }, (_, n) => `h${n}`);

/** A hundred and twenty hosts: the first sixty carry pay, which is critical; the next carry shop; the last thirty nothing. */
const index = indexGraph(
  aGraph(
    [
      ...hosts.map((id) => aNode(id)),
      service('pay', { tier: 'production-critical' }),
      service('shop'),
      service('store'),
      aNode('db', { kind: 'datastore' }),
      aNode('net-1', { kind: 'segment' }),
      aNode('net-2', { kind: 'segment' }),
    ],
    [
      ...hosts.slice(0, 60).map((host) => anEdge(`pay > ${host}`)),
      ...hosts.slice(60, 90).map((host) => anEdge(`shop > ${host}`)),
      anEdge('store > shop'),
      anEdge('pay > db'),
      anEdge('store > db'),
      ...hosts.slice(0, 20).map((host) => anEdge(`${host} ~ net-1`, 'member-of-segment')),
      ...hosts.slice(20, 60).map((host) => anEdge(`${host} ~ net-2`, 'member-of-segment')),
    ],
  ),
);

const NOW = '2026-11-18T02:14:00.000Z';
const asked = (targets: readonly string[], change: object = {}): AskedOperation =>
  ({
    proposal: 'p99',
    agent: 'playbook',
    action: 'package.patch',
    targets,
    now: NOW,
    ...change,
  }) as unknown as AskedOperation;
const ran = (targets: readonly string[], change: object = {}): OperationRecord =>
  ({
    proposal: 'p1',
    agent: 'playbook',
    action: 'package.patch',
    targets,
    startedAt: '2026-11-18T02:00:00.000Z',
    isOngoing: false,
    ...change,
  }) as unknown as OperationRecord;
const sum = (operations: readonly OperationRecord[], now: AskedOperation): CumulativeImpact =>
  cumulativeImpact(operations, now, { windowMs: CUMULATIVE_WINDOW_MS, index });

const nine = (n: number): readonly string[] => hosts.slice(9 * n, 9 * n + 9);

test('D5: ten operations of nine hosts by one agent count as ninety', () => {
  const before = Array.from({ length: 9 }, (_, n) => ran(nine(n), { proposal: `p${n}` }));
  expect(sum(before, asked(nine(9)))).toEqual({
    targets: 90,
    perTier: { 'non-critical': 30, 'production-critical': 60, 'safety-critical': 0 },
    services: 3,
    segments: 2,
    agentTargets: 90,
    actionTargets: 90,
    classTargets: 30,
    organisationTargets: 90,
    targetsOfOneService: 30,
    concurrent: 0,
    actionsLastHour: { agent: 9, action: 9, targetClass: 3, organisation: 9 },
  });
});

test('D5: nothing before leaves what is asked for', () => {
  expect(sum([], asked(['h0', 'h119']))).toEqual({
    targets: 2,
    perTier: { 'non-critical': 1, 'production-critical': 1, 'safety-critical': 0 },
    services: 1,
    segments: 1,
    agentTargets: 2,
    actionTargets: 2,
    classTargets: 2,
    organisationTargets: 2,
    targetsOfOneService: 1,
    concurrent: 0,
    actionsLastHour: { agent: 0, action: 0, targetClass: 0, organisation: 0 },
  });
});

const whose = [
  {
    what: 'the same agent, another action',
    change: { action: 'service.restart' },
    sums: [2, 2, 1, 2, 2],
    rates: [1, 0, 1, 1],
  },
  { what: 'another agent, the same action', change: { agent: 'other' }, sums: [2, 1, 2, 2, 2], rates: [0, 1, 1, 1] },
  {
    what: 'somebody else and something else',
    change: { agent: 'other', action: 'service.restart' },
    sums: [1, 1, 1, 2, 2],
    rates: [0, 0, 1, 1],
  },
  {
    what: 'somebody else on another tier',
    change: { agent: 'other', action: 'service.restart', targets: ['h119'] },
    sums: [1, 1, 1, 1, 2],
    rates: [0, 0, 0, 1],
  },
  {
    what: 'two hours ago',
    change: { startedAt: '2026-11-18T00:14:00.000Z' },
    sums: [2, 2, 2, 2, 2],
    rates: [0, 0, 0, 0],
  },
  { what: 'yesterday', change: { startedAt: '2026-11-17T02:14:00.000Z' }, sums: [1, 1, 1, 1, 1], rates: [0, 0, 0, 0] },
  {
    what: 'yesterday and still running',
    change: { startedAt: '2026-11-16T02:14:00.000Z', isOngoing: true },
    sums: [2, 2, 2, 2, 2],
    rates: [1, 1, 1, 1],
  },
  {
    what: 'dated in the future',
    change: { startedAt: '2026-11-20T00:00:00.000Z' },
    sums: [2, 2, 2, 2, 2],
    rates: [1, 1, 1, 1],
  },
  { what: 'its own earlier part', change: { proposal: 'p99' }, sums: [2, 2, 2, 2, 2], rates: [0, 0, 0, 0] },
] as const;
test.each(whose)('D5: one operation of $what sums to $sums and counts $rates', ({ change, sums, rates }) => {
  const found = sum([ran(['h1'], change)], asked(['h0']));
  const { agent, action, targetClass, organisation } = found.actionsLastHour;
  expect([
    found.targets,
    found.agentTargets,
    found.actionTargets,
    found.classTargets,
    found.organisationTargets,
  ]).toEqual(sums);
  expect([agent, action, targetClass, organisation]).toEqual(rates);
});

test('4.5: separate operations on one service add up beneath it, whoever ran them', () => {
  const others = [
    ran(['h0', 'h1', 'h2'], { agent: 'x', action: 'service.restart', proposal: 'p1' }),
    ran(['h2', 'h3', 'h70'], { agent: 'y', action: 'config.change', proposal: 'p2' }),
  ];
  expect(sum(others, asked(['h4']))).toMatchObject({ targets: 1, targetsOfOneService: 5, organisationTargets: 6 });
  expect(sum(others, asked(['h71']))).toMatchObject({ targetsOfOneService: 2 });
  expect(sum(others, asked(['h119']))).toMatchObject({ targetsOfOneService: 0 });
});

test('4.5: a shared dependency counts its services once, however often it is touched', () => {
  const before = [ran(['db'], { proposal: 'p1' }), ran(['db'], { proposal: 'p2' })];
  expect(sum(before, asked(['h60']))).toMatchObject({ targets: 2, services: 3 });
});

test('D5: operations in flight are counted, this one not', () => {
  const running = ['p1', 'p2', 'p99'].map((proposal) => ran(['h1'], { proposal, isOngoing: true, agent: proposal }));
  expect(sum([...running, ran(['h2'])], asked(['h0'])).concurrent).toBe(2);
});

test('G1: a target the graph does not know is counted, as safety-critical', () => {
  expect(sum([ran(['ghost'])], asked(['h119']))).toMatchObject({
    targets: 2,
    perTier: { 'non-critical': 1, 'safety-critical': 1 },
  });
});

test('G4: a walk that is stopped counts one more than it saw', () => {
  const limits = { hops: 32, caps: { dependants: 1, edges: 1000 } };
  const found = cumulativeImpact([ran(['h0'])], asked(['h60']), { windowMs: CUMULATIVE_WINDOW_MS, index, limits });
  expect(found.services).toBe(2);
});

const anyOperation = fc
  .record({
    targets: fc.subarray(['h0', 'h1', 'h60', 'h119', 'ghost', 'db'], { minLength: 1 }),
    agent: fc.constantFrom('playbook', 'other'),
    action: fc.constantFrom('package.patch', 'service.restart'),
    proposal: fc.constantFrom('p1', 'p2', 'p3'),
    isOngoing: fc.boolean(),
    startedAt: fc.constantFrom('2026-11-18T02:00:00.000Z', '2026-11-17T20:00:00.000Z', '2026-11-10T00:00:00.000Z'),
  })
  .map(({ targets, ...change }) => ran(targets, change));
const flat = ({ perTier, actionsLastHour, ...rest }: CumulativeImpact): readonly number[] => [
  ...Object.values(rest),
  ...Object.values(perTier),
  ...Object.values(actionsLastHour),
];

test('D5: another operation never makes a sum or a rate smaller, and the old sum is the same number', () => {
  fc.assert(
    fc.property(fc.array(anyOperation, { maxLength: 6 }), anyOperation, (some, more) => {
      const now = asked(['h0', 'h61']);
      const [before, after] = [flat(sum(some, now)), flat(sum([...some, more], now))];
      before.forEach((value, n) => {
        expect(Number.isSafeInteger(value)).toBe(true);
        expect(after[n]).toBeGreaterThanOrEqual(value);
      });
      expect(sum(some, now).targets).toBe(cumulativeTargets(some, now, CUMULATIVE_WINDOW_MS));
    }),
  );
});

const meet = (
  targets: readonly string[],
  own: readonly string[],
  change: object = {},
  mayNotOverlap: readonly string[] = [],
): readonly Overlap[] =>
  overlapsOf(
    [ran(targets, { isOngoing: true, ...change })],
    { ...asked(own), mayNotOverlap: mayNotOverlap as never },
    { index },
  );

const pairs: readonly {
  readonly what: string;
  readonly targets: readonly string[];
  readonly own: readonly string[];
  readonly by: readonly (readonly [Overlap['by'], readonly string[]])[];
}[] = [
  { what: 'nothing in common', targets: ['h0'], own: ['h60'], by: [] },
  { what: 'a target in common', targets: ['h100', 'h101'], own: ['h101', 'h102'], by: [['target', ['h101']]] },
  {
    what: 'a target that the other needs',
    targets: ['h60'],
    own: ['shop'],
    by: [
      ['dependant', ['shop']],
      ['shared-dependant', ['store']],
    ],
  },
  {
    what: 'a target that needs the other',
    targets: ['shop'],
    own: ['h60'],
    by: [
      ['dependant', ['shop']],
      ['shared-dependant', ['store']],
    ],
  },
  { what: 'one service on both', targets: ['h0'], own: ['h1'], by: [['shared-dependant', ['pay']]] },
  { what: 'one store under both', targets: ['pay'], own: ['store'], by: [['shared-dependency', ['db']]] },
  { what: 'one target that nobody knows', targets: ['ghost'], own: ['ghost'], by: [['target', ['ghost']]] },
];
test.each(pairs)('D5: operations with $what overlap by $by', ({ targets, own, by }) => {
  expect(meet(targets, own).map((overlap) => [overlap.by, overlap.nodes])).toEqual(by);
});

test('D5: an action that must not overlap does so anywhere, and only what runs overlaps', () => {
  expect(meet(['h0'], ['h60'], { action: 'data.restore' }, ['data.restore'])).toEqual([
    { proposal: 'p1', by: 'action', nodes: [] },
  ]);
  expect(meet(['h0'], ['h0'], { isOngoing: false })).toEqual([]);
  expect(meet(['h0'], ['h0'], { proposal: 'p99' })).toEqual([]);
});

test('D5: an operation whose reach was not seen to its end overlaps', () => {
  const limits = { hops: 32, caps: { dependants: 1, edges: 1000 } };
  const found = overlapsOf(
    [ran(['h60'], { isOngoing: true })],
    { ...asked(['h100']), mayNotOverlap: [] },
    { index, limits },
  );
  expect(found).toEqual([{ proposal: 'p1', by: 'unknown', nodes: [] }]);
});

const key = ({ by, nodes }: Overlap): string => `${by} ${nodes.join(' ')}`;
test('D5: overlap is mutual', () => {
  const some = fc.subarray(['h0', 'h1', 'h60', 'pay', 'shop', 'store', 'db', 'net-1'], { minLength: 1 });
  fc.assert(
    fc.property(some, some, (one, other) => {
      expect(meet(one, other).map(key)).toEqual(meet(other, one).map(key));
    }),
  );
});
