import { expect, test } from 'vitest';
import { isGood, tallyOf, type CaseResult } from './result.ts';

const result = (change: Partial<CaseResult>): CaseResult => ({
  name: 'a-case',
  kind: 'check',
  state: 'passed',
  requirements: ['X1'],
  threats: ['T4'],
  complaints: [],
  ms: 1,
  ...change,
});

test('a run is good when something passed and nothing failed', () => {
  expect(isGood(tallyOf([result({}), result({ state: 'skipped' })]))).toBe(true);
});

test('a run that looked at nothing is not good', () => {
  expect(isGood(tallyOf([]))).toBe(false);
  expect(isGood(tallyOf([result({ state: 'skipped' })]))).toBe(false);
});

test('a failed twin fails the run: a control that refuses everything proves nothing', () => {
  const tally = tallyOf([result({}), result({ kind: 'twin', state: 'failed' })]);
  expect(tally).toMatchObject({ passed: 1, failed: 1, twins: 0 });
  expect(isGood(tally)).toBe(false);
});

test('twins that did what they must are counted, among those that passed', () => {
  expect(tallyOf([result({}), result({ kind: 'twin' }), result({ kind: 'twin' })])).toMatchObject({
    passed: 3,
    twins: 2,
  });
});
