import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseId, type PersonId } from '../shared/brand.ts';
import { checkGrant, dutyConflicts, exclusionsOf, ineligibility, naturalPerson, type Tie } from './duties.ts';
import type { Person, Role } from './person.ts';

const role = (name: string): Role => parseId<'Role'>(name)!;
const personId = (name: string): PersonId => parseId<'Person'>(name)!;
const ROLES = ['operator', 'fleet-operator', 'policy-admin', 'registrar', 'auditor', 'release-approver', 'owner'].map(
  role,
);
const NAMES = ['a', 'b', 'c', 'd', 'e', 'f'].map(personId);

const someRoles = fc.uniqueArray(fc.constantFrom(...ROLES));
const someTies: fc.Arbitrary<readonly Tie[]> = fc.array(
  fc.record({
    kind: fc.constantFrom<Tie['kind']>('alias', 'delegate'),
    person: fc.constantFrom(...NAMES),
    of: fc.constantFrom(...NAMES),
  }),
  { maxLength: 8 },
);
const holding = (roles: readonly Role[]): Person => ({ id: personId('kim'), name: 'Kim', roles, credentials: [] });

test('A4: whether duties conflict does not depend on the order they were given in', () => {
  fc.assert(
    fc.property(someRoles, (roles) => {
      expect(dutyConflicts(roles.toReversed())).toHaveLength(dutyConflicts(roles).length);
    }),
  );
});

test('A4: another duty never settles a conflict', () => {
  fc.assert(
    fc.property(someRoles, fc.constantFrom(...ROLES), (roles, more) => {
      expect(dutyConflicts([...roles, more]).length).toBeGreaterThanOrEqual(dutyConflicts(roles).length);
    }),
  );
});

test('A4: by grants alone nobody ever comes to hold a conflicting pair', () => {
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...ROLES), { maxLength: 12 }), (wishes) => {
      let roles: readonly Role[] = [];
      for (const wish of wishes) {
        const granted = checkGrant(holding(roles), wish);
        if (granted.ok) roles = granted.value;
      }
      expect(dutyConflicts(roles)).toEqual([]);
    }),
  );
});

test('A4: an exception settles its own pair and leaves every other conflict', () => {
  fc.assert(
    fc.property(someRoles, (roles) => {
      const conflicts = dutyConflicts(roles);
      expect(conflicts.map(({ roles: pair }) => dutyConflicts(roles, [pair]))).toEqual(
        conflicts.map((settled) => conflicts.filter((other) => other !== settled)),
      );
    }),
  );
});

const excludedFor = (ties: readonly Tie[]): ReadonlySet<PersonId> =>
  new Set(
    exclusionsOf({
      owner: NAMES[0]!,
      authors: [],
      initiators: [],
      editors: [],
      contributors: [],
      environment: 'staging',
      roster: [],
      ties,
    }).map(({ person }) => person),
  );

/** By the words of T3, step by step: aliases both ways, delegates from the one they act for. */
function reachedFrom(person: PersonId, ties: readonly Tie[]): ReadonlySet<PersonId> {
  const reached = new Set([person]);
  for (const one of reached)
    for (const { kind, person: other, of } of ties) {
      if (of === one) reached.add(other);
      if (kind === 'alias' && other === one) reached.add(of);
    }
  return reached;
}

test('T3: excluded is exactly who can be reached over second identities and delegates', () => {
  fc.assert(
    fc.property(someTies, (ties) => {
      expect([...excludedFor(ties)].toSorted()).toEqual([...reachedFrom(NAMES[0]!, ties)].toSorted());
    }),
    { numRuns: 300 },
  );
});

test('T3: one more tie never lets an excluded person back in, and nobody is listed twice', () => {
  fc.assert(
    fc.property(someTies, (ties) => {
      const fewer = excludedFor(ties.slice(1));
      const more = excludedFor(ties);
      expect([...fewer].every((person) => more.has(person))).toBe(true);
    }),
  );
});

test('A2: identities are one natural person for each of them, whatever the order of the ties', () => {
  fc.assert(
    fc.property(someTies, (ties) => {
      for (const person of NAMES) {
        const natural = naturalPerson(person, ties);
        expect(naturalPerson(natural, ties)).toBe(natural);
        expect(naturalPerson(person, ties.toReversed())).toBe(natural);
        expect(natural <= person).toBe(true);
      }
    }),
  );
});

test('T3: whoever is excluded may not sign in any role, whatever roles they hold', () => {
  fc.assert(
    fc.property(someRoles, fc.constantFrom(...ROLES), (roles, asked) => {
      const exclusions = [{ person: personId('kim'), reason: 'author' } as const];
      expect(ineligibility(holding(roles), asked, exclusions)).toBe('excluded as author');
      expect(ineligibility(holding(roles), asked, []) === undefined).toBe(roles.includes(asked));
    }),
  );
});
