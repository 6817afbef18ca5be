import fc from 'fast-check';
import { expect, test } from 'vitest';
import { instantOf } from '../shared/brand.ts';
import { digestOf, idOf } from '../capsule/example-capsule.test.ts';
import type { Exclusion, Tie } from '../people/duties.ts';
import type { Demand, Person } from '../people/person.ts';
import { fillPlaces } from './matching.ts';
import { aKey } from './keys.builder.ts';
import {
  eligiblePeople,
  evaluateQuorum,
  isReachable,
  Quorum,
  quorumProgress,
  type QuorumQuestion,
  type Vote,
} from './quorum.ts';

const capsule = digestOf('1');
const person = (name: string, ...roles: string[]): Person => ({
  id: idOf(name),
  name,
  roles: roles.map((role) => idOf<'Role'>(role)),
  credentials: [aKey()],
});
const vote = (name: string, role = 'reviewer', over = capsule): Vote => ({
  person: idOf(name),
  role: idOf(role),
  capsule: over,
  keys: [aKey()],
});
const demand = (role: string, count: number): Demand => ({ role: idOf(role), count });
const roster = [
  person('kim', 'reviewer', 'owner'),
  person('lea', 'reviewer'),
  person('max', 'owner'),
  person('olga', 'reviewer', 'owner'),
];
const question = (more: Partial<QuorumQuestion> = {}): QuorumQuestion => ({
  capsule,
  demands: [demand('reviewer', 2)],
  approvals: [vote('kim'), vote('lea')],
  exclusions: [],
  roster,
  environment: 'production',
  now: instantOf(1000),
  ...more,
});
const codeOf = (more: Partial<QuorumQuestion>): string => {
  const result = evaluateQuorum(question(more));
  return result.ok ? 'met' : result.refusal.code;
};

test('A2: two different people who hold the role are a quorum over this capsule', () => {
  const result = evaluateQuorum(question());
  expect(result.ok && result.value).toBeInstanceOf(Quorum);
  expect(result.ok && result.value.capsule).toBe(capsule);
  expect(result.ok && result.value.seats).toEqual([
    { role: 'reviewer', person: 'kim' },
    { role: 'reviewer', person: 'lea' },
  ]);
});

test('A4: no demand at all is never a quorum, with or without signatures', () => {
  expect(codeOf({ demands: [] })).toBe('quorum-empty');
  expect(codeOf({ demands: [], approvals: [] })).toBe('quorum-empty');
});

test('trap 2: one approval delivered many times is one person', () => {
  expect(codeOf({ approvals: [vote('kim'), vote('kim'), vote('kim')] })).toBe('quorum-missing');
});

test('A4: one person with two roles fills one place', () => {
  const demands = [demand('reviewer', 1), demand('owner', 1)];
  expect(codeOf({ demands, approvals: [vote('kim'), vote('kim', 'owner')] })).toBe('quorum-missing');
});

test('A4: people are placed so that as many demands as possible are met', () => {
  const demands = [demand('reviewer', 1), demand('owner', 1)];
  // Kim alone could be either; she has to move to the owner's place so that Lea can be the reviewer.
  const approvals = [vote('kim'), vote('kim', 'owner'), vote('lea')];
  expect(codeOf({ demands, approvals })).toBe('met');
});

test('demands for the same role of two routes add up', () => {
  const demands = [demand('reviewer', 1), demand('reviewer', 1)];
  expect(codeOf({ demands, approvals: [vote('kim')] })).toBe('quorum-missing');
  expect(codeOf({ demands })).toBe('met');
});

test.each<[string, Partial<QuorumQuestion>, string]>([
  [
    'another capsule (trap 1)',
    { approvals: [vote('kim'), vote('lea', 'reviewer', digestOf('2'))] },
    'signed another capsule',
  ],
  ['somebody not on the roster', { approvals: [vote('kim'), vote('eve')] }, 'is not on the roster'],
  [
    'a role they lost meanwhile (trap 4)',
    { roster: [person('kim', 'reviewer'), person('lea')] },
    'does not hold `reviewer`',
  ],
  ['a role they never held', { approvals: [vote('kim'), vote('max')] }, 'does not hold `reviewer`'],
  ['a role nobody asked for', { approvals: [vote('kim'), vote('max', 'owner')] }, 'nobody is asked for `owner`'],
  ['an excluded person', { exclusions: [{ person: idOf('lea'), reason: 'agent-owner' }] }, 'excluded as agent-owner'],
])('does not count %s, and says so', (_, more, reason) => {
  const progress = quorumProgress(question(more));
  expect(progress).toMatchObject({ isMet: false, missing: [{ role: 'reviewer', count: 1 }] });
  expect(progress.uncounted.map((entry) => entry.reason)).toEqual([reason]);
  expect(codeOf(more)).toBe('quorum-missing');
});

test('T3: two identities of one natural person are one', () => {
  const ties: readonly Tie[] = [{ kind: 'alias', person: idOf('lea'), of: idOf('kim') }];
  expect(codeOf({ ties })).toBe('quorum-missing');
  expect(codeOf({ ties, approvals: [vote('kim'), vote('lea'), vote('olga')] })).toBe('met');
});

test('a refusal names what is owed, who could still sign, and what did not count', () => {
  const exclusions: readonly Exclusion[] = [{ person: idOf('olga'), reason: 'agent-owner' }];
  const result = evaluateQuorum(question({ approvals: [vote('kim'), vote('olga')], exclusions }));
  expect(result).toEqual({
    ok: false,
    refusal: {
      code: 'quorum-missing',
      detail: 'approvals are missing: 1 x `reviewer`',
      clause: 'A2',
      eligible: ['kim', 'lea'],
      complaints: [{ at: '/approvals/olga/reviewer', problem: 'excluded as agent-owner' }],
    },
  });
});

test('eligible people are named per demand, the excluded are not', () => {
  const demands = [demand('reviewer', 2), demand('owner', 1)];
  expect(eligiblePeople(demands, roster, [{ person: idOf('olga'), reason: 'author' }])).toEqual([
    { role: 'reviewer', count: 2, people: ['kim', 'lea'] },
    { role: 'owner', count: 1, people: ['kim', 'max'] },
  ]);
});

test('a demand that the roster can never meet is found before anyone waits', () => {
  expect(isReachable(question())).toBe(true);
  expect(isReachable(question({ demands: [demand('reviewer', 4)] }))).toBe(false);
  expect(isReachable(question({ demands: [demand('nobody', 1)] }))).toBe(false);
});

test('the proof cannot be copied, changed or made of parts', () => {
  const result = evaluateQuorum(question());
  if (!result.ok) throw new Error('the quorum is met');
  expect(Object.isFrozen(result.value)).toBe(true);
  expect(Object.isFrozen(result.value.seats)).toBe(true);
  expect(JSON.parse(JSON.stringify(result.value))).toEqual({});
  const forged = Object.create(Quorum.prototype) as Quorum;
  expect(() => forged.capsule).toThrow(TypeError);
});

const names = ['a', 'b', 'c', 'd', 'e'];
const roleNames = ['r', 's', 't'];
const people = fc
  .tuple(...names.map(() => fc.subarray(roleNames)))
  .map((held) => names.map((name, index) => person(name, ...held[index]!)));
const votes = fc.array(
  fc.record({
    name: fc.constantFrom(...names, 'x'),
    role: fc.constantFrom(...roleNames, 'u'),
    over: fc.constantFrom(capsule, capsule, capsule, digestOf('2')),
  }),
  { maxLength: 14 },
);
const demandLists = fc.array(
  fc.record({ role: fc.constantFrom(...roleNames), count: fc.integer({ min: 1, max: 2 }) }),
  { maxLength: 3 },
);
const exclusionLists = fc.subarray(names, { maxLength: 2 });
const questions = fc
  .tuple(people, votes, demandLists, exclusionLists)
  .map(([everyone, cast, owed, excluded]): QuorumQuestion => ({
    capsule,
    roster: everyone,
    approvals: cast.map(({ name, role, over }) => vote(name, role, over)),
    demands: owed.map(({ role, count }) => demand(role, count)),
    exclusions: excluded.map((name) => ({ person: idOf(name), reason: 'author' })),
    environment: 'production',
    now: instantOf(1000),
  }));

/** By trying every way to hand out the places. */
function bruteForce({ demands, approvals, roster: everyone, exclusions }: QuorumQuestion): boolean {
  const places = demands.flatMap(({ role, count }) => Array.from({ length: count }, () => role));
  const maySit = (role: string, name: string): boolean =>
    approvals.some((cast) => cast.person === name && cast.role === role && cast.capsule === capsule) &&
    everyone.some(({ id, roles }) => id === name && roles.some((held) => held === role)) &&
    !exclusions.some((exclusion) => exclusion.person === name);
  const fits = (index: number, taken: readonly string[]): boolean =>
    index === places.length ||
    names.some((name) => !taken.includes(name) && maySit(places[index]!, name) && fits(index + 1, [...taken, name]));
  return places.length > 0 && fits(0, []);
}

test('I1: a quorum is met exactly when an exhaustive search finds different people for all places', () => {
  let met = 0;
  fc.assert(
    fc.property(questions, (asked) => {
      const result = evaluateQuorum(asked);
      met += Number(result.ok);
      expect(result.ok).toBe(bruteForce(asked));
      if (!result.ok) return;
      const sitting = result.value.seats.map((seat) => seat.person);
      expect(new Set(sitting).size).toBe(sitting.length);
    }),
    { numRuns: 2000 },
  );
  expect(met).toBeGreaterThan(20);
});

test('A4: taking a vote, a role or a person away never completes a quorum; an exclusion neither', () => {
  fc.assert(
    fc.property(questions, fc.nat(), (asked, n) => {
      if (evaluateQuorum(asked).ok) return;
      const fewer = asked.approvals.filter((_, index) => index !== n % Math.max(1, asked.approvals.length));
      const exclusions = [...asked.exclusions, { person: idOf<'Person'>('a'), reason: 'editor' as const }];
      expect(evaluateQuorum({ ...asked, approvals: fewer }).ok).toBe(false);
      expect(evaluateQuorum({ ...asked, exclusions }).ok).toBe(false);
      expect(evaluateQuorum({ ...asked, roster: asked.roster.slice(1) }).ok).toBe(false);
      expect(evaluateQuorum({ ...asked, approvals: [...asked.approvals, ...asked.approvals] }).ok).toBe(false);
    }),
    { numRuns: 500 },
  );
});

test('T3: all 2^k ways to hide the owner behind other identities give no vote', () => {
  const aliases = ['o1', 'o2', 'o3', 'o4', 'o5', 'o6'];
  const everyone = [...roster, ...aliases.map((name) => person(name, 'reviewer'))];
  let refused = 0;
  for (let mask = 1; mask < 2 ** aliases.length; mask += 1) {
    const used = aliases.filter((_, bit) => (mask >> bit) % 2 === 1);
    const ties = used.map((name): Tie => ({ kind: 'alias', person: idOf(name), of: idOf('kim') }));
    const approvals = [vote('kim'), ...used.map((name) => vote(name))];
    refused += Number(codeOf({ roster: everyone, ties, approvals }) === 'quorum-missing');
  }
  expect(refused).toBe(63);
});

test('matching fills as many places as there can be, one voter in each', () => {
  const table = [['a', 'b'], ['a'], ['b', 'c']];
  expect(fillPlaces([0, 1, 2], ['a', 'b', 'c'], (place, voter) => table[place]!.includes(voter))).toEqual([
    'b',
    'a',
    'c',
  ]);
  expect(fillPlaces([0, 1], [], () => true)).toEqual([undefined, undefined]);
  expect(fillPlaces([], ['a'], () => true)).toEqual([]);
});
