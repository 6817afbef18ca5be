import { expect, test } from 'vitest';
import { solverAgreement } from './ask-solver.ts';
import { EDITS } from './edits.ts';
import { FOUR_HUNDRED_RULES } from './large-envelope.ts';

test('E3: z3 answers all forty published edits of four hundred rules in every mode as our comparison does', async () => {
  const { sat, unsat, differences } = await solverAgreement(FOUR_HUNDRED_RULES, EDITS);
  expect(differences).toEqual([]);
  expect(sat + unsat).toBe(120);
  expect(Math.min(sat, unsat)).toBeGreaterThan(20);
});
