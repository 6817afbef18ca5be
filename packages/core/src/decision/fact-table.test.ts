import fc from 'fast-check';
import { expect, test } from 'vitest';
import { anEnvelope, anId, aRoute } from '../envelope/envelope.builder.ts';
import { TIERS } from '../graph/graph.ts';
import { decide } from './decide.ts';
import { inputOf } from './decide.builder.ts';
import type { Verdict } from './decision.ts';
import { FACT_TABLE, KNOWERS, type Worse } from './fact-table.ts';
import { anyFacts } from './facts.arbitrary.builder.ts';
import type { Facts } from './facts.ts';
import { someFacts } from './facts.builder.ts';
import { stricterFacts } from './stricter-facts.ts';

const keys = Object.keys(someFacts()) as readonly (keyof Facts)[];

test('X1: every fact has a knower, a clause, a unit and a stricter side, and nothing else has', () => {
  expect(Object.keys(FACT_TABLE).toSorted()).toEqual(keys.toSorted());
  for (const key of keys) {
    const { knowers, clause, unit } = FACT_TABLE[key];
    expect(knowers.length).toBeGreaterThan(0);
    for (const knower of knowers) expect(KNOWERS).toContain(knower);
    expect(clause).toMatch(/^(AG-706 \d|[A-Z]\d)/);
    expect(unit.length).toBeGreaterThan(1);
  }
});

/** What a joined fact has to be, from the table alone. */
function expected(worse: Worse, own: unknown, told: unknown): unknown {
  switch (worse) {
    case 'own':
      return own;
    case 'more':
      if (typeof own === 'object')
        return Object.fromEntries(
          TIERS.map((tier) => [
            tier,
            Math.max((own as Facts['targetsPerTier'])[tier], (told as Facts['targetsPerTier'])[tier]),
          ]),
        );
      return Math.max(own as number, told as number);
    case 'less':
      return Math.min(own as number, told as number);
    case 'true':
      return own === true || told === true;
    case 'false':
      return own === true && told === true;
    case 'join':
      return [...new Set([...(own as readonly string[]), ...(told as readonly string[])])].toSorted();
    case 'never-or-older':
      return own === -1 || told === -1 ? -1 : Math.max(own as number, told as number);
  }
}

test('X1: of two words the stricter counts, fact by fact as the table says', () => {
  fc.assert(
    fc.property(anyFacts, anyFacts, (own, told) => {
      const joined = stricterFacts(own, told, []);
      const byTable = keys.map((key) => [key, expected(FACT_TABLE[key].worse, own[key], told[key])]);
      expect(joined).toEqual(Object.fromEntries(byTable));
    }),
    { numRuns: 300 },
  );
});

const envelope = anEnvelope({
  prohibited: [
    { id: anId('P-duty'), clause: 'E1', statutoryWithinHours: 24 },
    { id: anId('P-record'), clause: 'E1', dataClasses: ['pci'], without: 'change-record' },
  ],
  humanOnly: [{ id: anId('H-public'), clause: 'E1', citizensFrom: 100_000 }],
  // Somebody can always be asked: that nobody can is no matter of strictness.
  routes: [aRoute({ when: {} })],
  limits: {
    classActionsPerHour: 3,
    organisationActionsPerHour: 4,
    concurrentOperations: 3,
    organisationTargetsPerDay: 30,
  },
});
const STRICTNESS: Readonly<Record<Verdict, number>> = { autonomous: 0, 'needs-approval': 1, prohibited: 2 };
const strictness = (facts: Facts): number => STRICTNESS[decide(inputOf({ facts, envelope })).verdict];

test('X1: joined facts never give a milder verdict than either word', () => {
  const seen = { alone: 0, all: 0 };
  fc.assert(
    fc.property(anyFacts, anyFacts, (own, told) => {
      const joined = strictness(stricterFacts(own, told, []));
      seen.all += 1;
      if (joined === 0) seen.alone += 1;
      expect(joined).toBeGreaterThanOrEqual(Math.max(strictness(own), strictness(told)));
    }),
    { numRuns: 300, examples: [[someFacts(), someFacts()]] },
  );
  expect(seen.alone).toBeGreaterThan(0);
});

test('X1: joining is idempotent and does not depend on who speaks first, except for what is ones own', () => {
  fc.assert(
    fc.property(anyFacts, anyFacts, (one, other) => {
      expect(stricterFacts(one, one, [])).toEqual({ ...one, environments: one.environments.toSorted() });
      expect(stricterFacts(one, other, [])).toEqual(stricterFacts(other, one, []));
    }),
    { numRuns: 100 },
  );
});

test('X1: tiers that only this place knows are added', () => {
  const joined = stricterFacts(someFacts(), someFacts(), ['safety-critical', 'safety-critical']);
  expect(joined.tiers).toEqual(['non-critical', 'safety-critical']);
  expect(joined.targetsPerTier['safety-critical']).toBe(2);
});
