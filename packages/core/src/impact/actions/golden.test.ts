import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { analyse } from './estate.builder.ts';
import { GOLDEN, goldenIndex } from './golden.builder.ts';

/**
 * The whole meaning of one act of every kind on one small estate, to the last word: a change here changes decisions that
 * were made and records that replay (D2). Be deliberate.
 */
const EXPECTED = JSON.parse(readFileSync(new URL('golden.json', import.meta.url), 'utf8')) as Readonly<
  Record<string, unknown>
>;

test.each(Object.entries(GOLDEN))('G4, D2: the meaning of %s is what it was', (name, act) => {
  expect(analyse(goldenIndex, act)).toEqual(EXPECTED[name]);
});

test('G4: there is a golden act of every kind of step', () => {
  expect(Object.keys(EXPECTED)).toEqual(Object.keys(GOLDEN));
  const steps = Object.values(GOLDEN).flatMap(({ change }) => change.steps);
  expect(new Set(steps.map(({ adapter }) => adapter)).size).toBe(13);
});
