import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assume, copyOf, narrow, type Box } from './box.ts';
import { Diagram, levelsOf, NO, YES } from './diagram.ts';
import { oppositeTest, type Test, type Tests } from './partition.ts';

/** Two digits 0..3, one choice of three values, three items. */
const aBox = (): Box => ({
  low: [0, 0, 0, 0, 0, 0],
  high: [3, 3, 2, 1, 1, 1],
  allowed: [undefined, undefined, [true, true, true], undefined, undefined, undefined],
  clauses: [],
});
const POINTS: readonly (readonly number[])[] = Array.from({ length: 4 * 4 * 3 * 8 }, (_, n) => [
  n % 4,
  Math.floor(n / 4) % 4,
  Math.floor(n / 16) % 3,
  Math.floor(n / 48) % 2,
  Math.floor(n / 96) % 2,
  Math.floor(n / 192) % 2,
]);
const passes = (point: readonly number[], asked: Test): boolean => {
  const value = (variable: number): number => point[variable] ?? 0;
  switch (asked.kind) {
    case 'from':
      return value(asked.variable) >= asked.value;
    case 'below':
      return value(asked.variable) < asked.value;
    case 'among':
      return asked.passes[value(asked.variable)] === true;
    case 'some':
      return asked.variables.some((variable) => value(variable) === 1);
    case 'none':
      return asked.variables.every((variable) => value(variable) === 0);
  }
};
const isIn = (point: readonly number[], { low, high, allowed, clauses }: Box): boolean =>
  point.every((value, n) => value >= (low[n] ?? 0) && value <= (high[n] ?? 0) && allowed[n]?.[value] !== false) &&
  clauses.every((clause) => clause.some((variable) => point[variable] === 1));

const oneTest = fc.oneof(
  fc.record({
    kind: fc.constantFrom('from' as const, 'below' as const),
    variable: fc.nat(1),
    value: fc.integer({ min: 0, max: 4 }),
  }),
  fc.record({
    kind: fc.constant('among' as const),
    variable: fc.constant(2),
    passes: fc.array(fc.boolean(), { minLength: 3, maxLength: 3 }),
  }),
  fc.record({ kind: fc.constantFrom('some' as const, 'none' as const), variables: fc.subarray([3, 4, 5]) }),
);
const tests: fc.Arbitrary<Tests> = fc.array(oneTest, { maxLength: 4 });

describe('E3: assuming a test', () => {
  test('property: what is left of the box are exactly the points that pass, and "nothing left" is said only when so', () => {
    fc.assert(
      fc.property(tests, (all) => {
        const box = aBox();
        const isSome = all.every((one) => assume(box, one));
        const expected = POINTS.filter((point) => all.every((one) => passes(point, one)));
        expect(isSome ? POINTS.filter((point) => isIn(point, box)) : []).toEqual(expected);
      }),
      { numRuns: 500, seed: 706 },
    );
  });
  test('property: a test and its opposite share no point and leave none out', () => {
    fc.assert(
      fc.property(oneTest, (one) => {
        for (const point of POINTS) expect(passes(point, one)).toBe(!passes(point, oppositeTest(one)));
      }),
      { numRuns: 50, seed: 706 },
    );
  });
  test('a copy is not touched by what is assumed of the other', () => {
    const box = aBox();
    const copy = copyOf(box);
    assume(copy, { kind: 'from', variable: 0, value: 2 });
    assume(copy, { kind: 'among', variable: 2, passes: [false, true, true] });
    assume(copy, { kind: 'some', variables: [3, 4] });
    expect(box).toEqual(aBox());
    expect(copy).not.toEqual(aBox());
  });
  test('the last open item of a clause is there; a clause without open items leaves nothing', () => {
    const box = aBox();
    expect(assume(box, { kind: 'none', variables: [3, 4] })).toBe(true);
    expect(assume(box, { kind: 'some', variables: [3, 4, 5] })).toBe(true);
    expect([box.low[5], box.clauses]).toEqual([1, []]);
    expect(assume(box, { kind: 'some', variables: [3, 4] })).toBe(false);
    expect(assume(aBox(), { kind: 'some', variables: [] })).toBe(false);
  });
});

describe('E3: taking covers away', () => {
  const covers = fc.array(fc.array(oneTest, { minLength: 1, maxLength: 3 }), { maxLength: 6 });
  test('property: narrowing loses no point that is not covered and keeps open every cover that could matter', () => {
    const seen = { nothing: 0, narrowed: 0 };
    fc.assert(
      fc.property(covers, (all) => {
        const left = POINTS.filter((point) => !all.some((cover) => cover.every((one) => passes(point, one))));
        const box = aBox();
        const open = narrow(box, all);
        if (open === undefined) seen.nothing += 1;
        else if (JSON.stringify(box) !== JSON.stringify(aBox())) seen.narrowed += 1;
        const inside = open === undefined ? [] : POINTS.filter((point) => isIn(point, box));
        const still = open ?? [];
        expect(inside.filter((point) => !still.some((cover) => cover.every((one) => passes(point, one))))).toEqual(
          left,
        );
        for (const cover of still) expect(cover.length).toBeGreaterThan(1);
      }),
      { numRuns: 500, seed: 706 },
    );
    expect(seen.nothing).toBeGreaterThan(20);
    expect(seen.narrowed).toBeGreaterThan(100);
  });
  test('a cover without tests covers everything; none at all covers nothing', () => {
    expect(narrow(aBox(), [[]])).toBeUndefined();
    expect(narrow(aBox(), [])).toEqual([]);
  });
});

const fromTwo = (variable: number): Test => ({ kind: 'from', variable, value: 2 });

describe('E3: diagrams', () => {
  test('property: a diagram says yes at exactly the points that pass all tests', () => {
    fc.assert(
      fc.property(tests, (all) => {
        const box = aBox();
        const diagram = new Diagram(levelsOf(box, [all]));
        const root = diagram.all(all);
        for (const point of POINTS) {
          let node = root;
          while (node !== YES && node !== NO) {
            const { variable, classes } = diagram.levels[diagram.levelOfNode(node)] ?? { variable: -1, classes: [] };
            const value = point[variable] ?? -1;
            node = diagram.child(
              node,
              classes.findIndex(({ low, high }) => low <= value && value <= high),
            );
          }
          expect(node === YES).toBe(all.every((one) => passes(point, one)));
        }
      }),
      { numRuns: 200, seed: 706 },
    );
  });
  test('classes of a variable cover its bounds without a gap and without meeting', () => {
    const cover: Tests = [1, 3].map((value): Test => ({ kind: 'from', variable: 0, value }));
    expect(levelsOf(aBox(), [cover])).toEqual([
      {
        variable: 0,
        classes: [
          { low: 0, high: 0 },
          { low: 1, high: 2 },
          { low: 3, high: 3 },
        ],
      },
    ]);
  });
  test('a bound outside the box cuts nothing; values that a choice lost are no class', () => {
    const box = aBox();
    assume(box, { kind: 'among', variable: 2, passes: [true, false, true] });
    const cover: Tests = [
      { kind: 'from', variable: 0, value: 0 },
      { kind: 'below', variable: 0, value: 9 },
      { kind: 'among', variable: 2, passes: [true, true, false] },
    ];
    expect(levelsOf(box, [cover]).map(({ classes }) => classes)).toEqual([
      [{ low: 0, high: 3 }],
      [
        { low: 0, high: 0 },
        { low: 2, high: 2 },
      ],
    ]);
  });
  test('a cover that looks at an item which is settled was not narrowed: that is an error here, never an answer', () => {
    const box = aBox();
    box.low[3] = 1;
    expect(() => levelsOf(box, [[{ kind: 'some', variables: [3] }]])).toThrow(/decided test/);
  });
  test('what stands in short covers is asked first, and equal weights by position', () => {
    expect(
      levelsOf(aBox(), [[fromTwo(0), fromTwo(1), { kind: 'some', variables: [3] }], [fromTwo(1)]])[0]?.variable,
    ).toBe(1);
    expect(levelsOf(aBox(), [[fromTwo(1), fromTwo(0)]]).map(({ variable }) => variable)).toEqual([0, 1]);
  });
});
