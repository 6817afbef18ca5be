import { expect, test } from 'vitest';
import { solverAgreement } from './ask-solver.ts';
import { EDITS } from './edits.ts';
import { FORTY_RULES } from './large-envelope.ts';

test('E3: z3 answers ten edits in every mode as our comparison does', async () => {
  const ten = EDITS.filter((_, position) => position % 4 === 1);
  expect(ten).toHaveLength(10);
  const { sat, unsat, differences } = await solverAgreement(FORTY_RULES, ten);
  expect(differences).toEqual([]);
  expect(sat + unsat).toBe(30);
  expect(Math.min(sat, unsat)).toBeGreaterThan(3);
}, 180_000);
