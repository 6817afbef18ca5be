import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Mode } from '../attributes.ts';
import type { Condition, Rule } from '../rule.ts';
import { everyRequest, isMatched, isPermitted, SMALL, someAttributes, type SmallRequest } from './compare.builder.ts';
import { compareModes, type Widening } from './compare.ts';
import { deadRules } from './dead-rules.ts';
import { cedarJsonOf } from './est.ts';
import { satisfied } from './matching.ts';
import { readEst } from './read-est.ts';

const PERMITTING = ['autonomous', 'reviewed', 'approved'] as const;
const REQUESTS = everyRequest();

/** Bounds that some request of the small universe meets and some does not. */
const bound = (fact: 'targets' | 'severity', min: number, max: number): fc.Arbitrary<Condition> =>
  fc.oneof(
    fc.record({
      op: fc.constant('at-least' as const),
      fact: fc.constant(fact),
      value: fc.integer({ min: min + 1, max }),
    }),
    fc.record({
      op: fc.constant('at-most' as const),
      fact: fc.constant(fact),
      value: fc.integer({ min, max: max - 1 }),
    }),
  );
const condition: fc.Arbitrary<Condition> = fc.oneof(
  fc.record({ op: fc.constant('is' as const), fact: fc.constant('isGraphFresh' as const), value: fc.boolean() }),
  bound('targets', 0, 3),
  bound('severity', -1, 1),
  fc.record({
    op: fc.constantFrom('any-of' as const, 'only' as const),
    fact: fc.constant('zones' as const),
    values: fc.subarray(['a', 'b']),
  }),
  fc.record({
    op: fc.constant('one-of' as const),
    fact: fc.constant('rollbackKind' as const),
    values: fc.subarray(['none', 'restore']),
  }),
);
const body = fc.record({
  clause: fc.constant('4.1'),
  effect: fc.constantFrom('permit' as const, 'permit' as const, 'forbid' as const),
  modes: fc.subarray<Mode>([...PERMITTING, 'route'], { minLength: 1, maxLength: 2 }),
  actions: fc.oneof(fc.constant('every' as const), fc.subarray(['package.patch', 'service.restart'] as const)),
  conditions: fc.array(condition, { maxLength: 4 }),
});
const rulesOf = (bodies: readonly Omit<Rule, 'id'>[]): readonly Rule[] =>
  bodies.map((rest, position) => ({
    ...rest,
    // Routes only permit: who is asked is never forbidden to be asked.
    effect: rest.modes.includes('route') ? 'permit' : rest.effect,
    id: `r${position}`,
  }));
/** Two versions that share most rules, as versions do. */
const versions = fc
  .record({
    shared: fc.array(body, { maxLength: 5 }),
    old: fc.array(body, { maxLength: 3 }),
    next: fc.array(body, { maxLength: 3 }),
  })
  .map(({ shared, old, next }) => ({ before: rulesOf([...shared, ...old]), after: rulesOf([...shared, ...next]) }));

const isNew = (before: readonly Rule[], after: readonly Rule[]) => (request: SmallRequest, mode: Mode) =>
  isPermitted(after, request, mode) && !isPermitted(before, request, mode);

/** Ids of routes that were owed and are not, while the act can be approved. */
const lostRoutes = (before: readonly Rule[], after: readonly Rule[], request: SmallRequest): readonly string[] => {
  const owed = (rules: readonly Rule[]): readonly string[] =>
    rules.filter((rule) => isMatched(rule, request, 'route')).map(({ id }) => id);
  const still = owed(after);
  return isPermitted(after, request, 'approved') ? owed(before).filter((id) => !still.includes(id)) : [];
};

function expectTrue(example: Widening, { before, after }: { before: readonly Rule[]; after: readonly Rule[] }): void {
  const { mode, grantedBy, lostRoutes: lost } = example;
  const owed = lostRoutes(before, after, example);
  expect(mode === 'route' ? lost.every((id) => owed.includes(id)) : isNew(before, after)(example, mode)).toBe(true);
  const asked = mode === 'route' ? 'approved' : mode;
  const granting = after.filter((rule) => rule.effect === 'permit' && isMatched(rule, example, asked));
  expect(grantedBy).toEqual(granting.map(({ id }) => id).toSorted());
}

test('E3: the comparison finds a widening exactly when one of every 1,728 small requests shows one', () => {
  const seen = { 'no-widening': 0, widening: 0, 'not-proved': 0, requests: 0 };
  fc.assert(
    fc.property(versions, ({ before, after }) => {
      const found = compareModes({ before: cedarJsonOf(before), after: cedarJsonOf(after) });
      const wide = isNew(before, after);
      const isWide = REQUESTS.some(
        (request) => PERMITTING.some((mode) => wide(request, mode)) || lostRoutes(before, after, request).length > 0,
      );
      expect(found.kind).toBe(isWide ? 'widening' : 'no-widening');
      if (found.kind === 'widening') for (const example of found.examples) expectTrue(example, { before, after });
      seen[found.kind] += 1;
      seen.requests += REQUESTS.length;
    }),
    { numRuns: 1500, seed: 706 },
  );
  expect(seen.requests).toBe(1500 * 1728);
  expect(seen['no-widening']).toBeGreaterThan(30);
  expect(seen.widening).toBeGreaterThan(100);
});

test('E3: a version compared with itself, in any order and under other names, widens nothing', () => {
  fc.assert(
    fc.property(versions, ({ before }) => {
      const renamed = before
        .toReversed()
        .map((rule) => (rule.modes.includes('route') ? rule : { ...rule, id: `x-${rule.id}` }));
      const found = compareModes({ before: cedarJsonOf(before), after: cedarJsonOf(renamed) });
      expect(found.kind).toBe('no-widening');
    }),
    { numRuns: 100, seed: 706 },
  );
});

test('E3: what is read from the JSON form means what the rules mean', () => {
  fc.assert(
    fc.property(versions, fc.constantFrom(...REQUESTS), fc.constantFrom(...PERMITTING), ({ before }, request, mode) => {
      const read = readEst(cedarJsonOf(before));
      if (!read.ok) throw new Error(read.refusal.detail);
      const { permits, forbids } = satisfied(read.value, { mode, ...request });
      const matched = before.filter((rule) => isMatched(rule, request, mode)).map(({ id }) => id);
      expect([...permits, ...forbids].toSorted()).toEqual(matched.toSorted());
    }),
    { numRuns: 1000, seed: 706 },
  );
});

test('E3: a rule found dead can be taken away and no small request is decided otherwise', () => {
  let dead = 0;
  fc.assert(
    fc.property(versions, ({ before }) => {
      const found = deadRules(cedarJsonOf(before));
      const gone = new Set(found.map(({ id }) => id));
      const rest = before.filter(({ id }) => !gone.has(id));
      const isSame = REQUESTS.every((request) =>
        PERMITTING.every((mode) => isPermitted(before, request, mode) === isPermitted(rest, request, mode)),
      );
      expect(isSame).toBe(true);
      // And where none is dead, none could go.
      for (const { id } of gone.size === 0 ? rest : []) {
        const fewer = rest.filter((rule) => rule.id !== id);
        const isNeeded = REQUESTS.some((request) =>
          [...PERMITTING, 'route' as const].some(
            (mode) =>
              (mode === 'route' && rest.some((rule) => rule.id === id && isMatched(rule, request, mode))) ||
              isPermitted(rest, request, mode) !== isPermitted(fewer, request, mode),
          ),
        );
        expect(isNeeded).toBe(true);
      }
      dead += gone.size;
    }),
    { numRuns: 60, seed: 706 },
  );
  expect(dead).toBeGreaterThan(50);
});

test('E3: every fact of an example is there, whole and sorted', () => {
  const [permit] = rulesOf([
    { clause: '4.1', effect: 'permit', modes: ['autonomous'], actions: [...SMALL.actions], conditions: [] },
  ]);
  const found = compareModes({ before: undefined, after: cedarJsonOf(permit === undefined ? [] : [permit]) });
  const example = found.kind === 'widening' ? found.examples[0] : undefined;
  expect(Object.keys(example?.attributes ?? {}).toSorted()).toEqual(Object.keys(someAttributes()).toSorted());
  expect(example).toMatchObject({ isRealistic: true, grantedBy: ['r0'], lostRoutes: [] });
});
