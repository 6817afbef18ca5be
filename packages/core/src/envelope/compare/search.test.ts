import fc from 'fast-check';
import { expect, test } from 'vitest';
import { narrow, wholeBox, type Box } from './box.ts';
import { Diagram, levelsOf, NO, YES } from './diagram.ts';
import { partitionOf, type Test, type Tests } from './partition.ts';
import { Search, type Effort } from './search.ts';

/** Six variables with four values each, in place of the facts. */
const SIZE = 6;
const boxOfDigits = (): Box => ({
  low: Array.from({ length: SIZE }, () => 0),
  high: Array.from({ length: SIZE }, () => 3),
  allowed: Array.from({ length: SIZE }, () => undefined),
  clauses: [],
});
const effort = (maxSteps = 100_000): Effort => ({ steps: 0, nodes: 0, maxSteps, maxNodes: 1_000_000 });
const bound = fc.record({
  kind: fc.constantFrom('from' as const, 'below' as const),
  variable: fc.nat(SIZE - 1),
  value: fc.integer({ min: 1, max: 3 }),
});
/** Many covers on few variables: about as often nothing is left as something is. */
const covers = fc.nat(SIZE - 1).chain((last) =>
  fc.array(
    fc.array(
      bound.map((one) => ({ ...one, variable: one.variable % (last + 1) })),
      { minLength: 2, maxLength: 3 },
    ),
    {
      maxLength: 40,
    },
  ),
);

const passes = (point: readonly number[], one: Test): boolean => {
  if (one.kind !== 'from' && one.kind !== 'below') return false;
  const value = point[one.variable] ?? 0;
  return one.kind === 'from' ? value >= one.value : value < one.value;
};
const POINTS: readonly (readonly number[])[] = Array.from({ length: 4 ** SIZE }, (_, index) =>
  Array.from({ length: SIZE }, (__, variable) => Math.floor(index / 4 ** variable) % 4),
);
const isLeft = (point: readonly number[], all: readonly Tests[]): boolean =>
  !all.some((cover) => cover.every((one) => passes(point, one)));

test('E3: what is left of a box is found exactly when one of all 4,096 points is left, and the way there leads to one', () => {
  const seen = { left: 0, nothing: 0, searched: 0 };
  fc.assert(
    fc.property(covers, (all) => {
      const expected = POINTS.some((point) => isLeft(point, all));
      const box = boxOfDigits();
      const open = narrow(box, all);
      const found =
        open === undefined
          ? ({ kind: 'nothing' } as const)
          : new Search(box, open, effort()).run({ usual: () => 2 }, effort());
      expect(found.kind).toBe(expected ? 'left' : 'nothing');
      seen[expected ? 'left' : 'nothing'] += 1;
      seen.searched += open !== undefined && open.length > 0 ? 1 : 0;
      const choice = found.kind === 'left' ? found.choice : new Map<number, { low: number }>();
      const point = box.low.map((low, variable) => choice.get(variable)?.low ?? low);
      expect(found.kind === 'nothing' || isLeft(point, all)).toBe(true);
    }),
    { numRuns: 400, seed: 706 },
  );
  expect(seen.searched).toBeGreaterThan(100);
  expect(Math.min(seen.left, seen.nothing)).toBeGreaterThan(20);
});

test('E3: a search that may take no step gives no answer', () => {
  const all: readonly Tests[] = [
    [
      { kind: 'from', variable: 0, value: 2 },
      { kind: 'from', variable: 1, value: 2 },
    ],
  ];
  const box = boxOfDigits();
  expect(new Search(box, all, effort()).run({ usual: () => 3 }, effort(0)).kind).toBe('gave-up');
  expect(new Search(box, all, effort()).run({ usual: () => 3 }, effort()).kind).toBe('left');
});

test('E3: of an item list one must be there; when every item is covered nothing is left', () => {
  const box: Box = { ...boxOfDigits(), high: Array.from({ length: SIZE }, () => 1), clauses: [[0, 1]] };
  const each: readonly Tests[] = [0, 1].map((variable): Tests => [
    { kind: 'from', variable, value: 1 },
    { kind: 'some', variables: [2, 3] },
  ]);
  const half = new Search(box, each, effort()).run({ usual: () => 0 }, effort());
  expect(half.kind).toBe('left');
  const none: Tests = [
    { kind: 'none', variables: [2, 3] },
    { kind: 'some', variables: [0, 1] },
  ];
  expect(new Search(box, [...each, none], effort()).run({ usual: () => 0 }, effort()).kind).toBe('nothing');
});

test('E3: usual values are tried first', () => {
  const all: readonly Tests[] = [
    [
      { kind: 'below', variable: 0, value: 1 },
      { kind: 'below', variable: 1, value: 1 },
    ],
  ];
  const found = new Search(boxOfDigits(), all, effort()).run({ usual: () => 3 }, effort());
  expect(found.kind === 'left' && [...found.choice.values()]).toEqual([{ low: 1, high: 3 }]);
});

test('E3: equal diagrams are one node', () => {
  const box = boxOfDigits();
  const one: Tests = [
    { kind: 'from', variable: 0, value: 1 },
    { kind: 'below', variable: 1, value: 2 },
  ];
  const diagram = new Diagram(levelsOf(box, [one]));
  expect(diagram.all(one)).toBe(diagram.all([...one].toReversed()));
  expect(diagram.all([])).toBe(YES);
  const contradiction: Tests = [
    { kind: 'from', variable: 0, value: 1 },
    { kind: 'below', variable: 0, value: 1 },
  ];
  expect(diagram.all(contradiction)).toBe(NO);
});

test('E3: the whole box holds every safe integer, every action and every item', () => {
  const partition = partitionOf([[{ kind: 'some', fact: 'zones', values: ['a', 'b'] }]]);
  const box = wholeBox(partition);
  const targets = partition.positionOf.get('targets') ?? -1;
  expect([box.low[targets], box.high[targets]]).toEqual([Number.MIN_SAFE_INTEGER, Number.MAX_SAFE_INTEGER]);
  expect(partition.itemsOf.get('zones')?.size).toBe(3);
  // What a zone set may hold, the zones reached may hold: both are asked about the same items.
  expect(partition.itemsOf.get('reachedZones')?.size).toBe(3);
  expect(box.allowed[partition.positionOf.get('action') ?? -1]?.every((is) => is)).toBe(true);
});
