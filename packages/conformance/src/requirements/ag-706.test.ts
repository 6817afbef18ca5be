import { expect, test } from 'vitest';
import { ATTACKS } from '../attacks/table.ts';
import { CHECKS, attacksFor } from '../checks/run-checks.ts';
import { CLAUSES, TEST_IDS } from './ag-706.ts';

const REQUIREMENT = /^(?:AG-706 4\.(?:[1-9]|1[0-2])|[A-Z]\d{1,2})$/;
const THREAT = /^[TI]\d{1,2}$/;
const cited = [...ATTACKS, ...CHECKS].flatMap(({ requirements }) => requirements);

test('AG-706: clauses 4.1 to 4.12 are all there, once each', () => {
  expect(CLAUSES.map(({ id }) => id)).toEqual(Array.from({ length: 12 }, (_, index) => `4.${index + 1}`));
});

test('AG-706: the first eight clauses are duties, then come three that should and one that may be met', () => {
  expect(CLAUSES.map(({ level }) => level)).toEqual([
    ...Array.from({ length: 8 }, () => 'MUST'),
    ...Array.from({ length: 3 }, () => 'SHOULD'),
    'MAY',
  ]);
});

test.each(CLAUSES.filter(({ level }) => level !== 'MAY'))(
  'AG-706 $id: an attack or a check stands for it',
  ({ id }) => {
    expect(cited).toContain(`AG-706 ${id}`);
  },
);

test.each(TEST_IDS)('AG-706 %s: a check on the whole product, a twin, and attacks on its clauses', (id) => {
  const own = CHECKS.filter(({ test: of }) => of === id);
  expect(own.length).toBeGreaterThan(0);
  expect(own.some(({ twin }) => twin !== undefined) || attacksFor([id]).some(({ twin }) => twin !== undefined)).toBe(
    true,
  );
  expect(attacksFor([id]).length).toBeGreaterThan(0);
});

test('no two attacks have one name', () => {
  expect(new Set(ATTACKS.map(({ name }) => name)).size).toBe(ATTACKS.length);
});

test.each(ATTACKS)('the attack $name says what must not happen, and cites threats and requirements', (attack) => {
  const { name, claim, threats, requirements } = attack;
  expect(name).toMatch(/^[a-z0-9-]+$/);
  expect(claim.length).toBeGreaterThan(10);
  expect(threats.length).toBeGreaterThan(0);
  expect(requirements.length).toBeGreaterThan(0);
  expect(threats.filter((threat) => !THREAT.test(threat))).toEqual([]);
  expect(requirements.filter((requirement) => !REQUIREMENT.test(requirement))).toEqual([]);
});

test('no attack is without a control that its twin satisfies: at least twelve kinds of them', () => {
  expect(ATTACKS.filter(({ twin }) => twin !== undefined).length).toBeGreaterThanOrEqual(12);
});
