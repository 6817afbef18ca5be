import { expect, test } from 'vitest';
import type { CaseResult } from '../result.ts';
import { CLAUSES, TEST_IDS } from './ag-706.ts';
import { CAPABILITIES, LEVELS, scoreOf, type LiveState } from './maturity.ts';

const passed = (name: string): CaseResult => ({
  name,
  kind: 'check',
  state: 'passed',
  requirements: [],
  threats: [],
  complaints: [],
  ms: 1,
});
const CHECK_NAMES = [...new Set(CAPABILITIES.flatMap(({ checks }) => checks))];
const ALL: readonly CaseResult[] = [...CHECK_NAMES, ...TEST_IDS.map((id) => `${id} something`)].map(passed);
const SOUND: LiveState = {
  isEnvelopeActive: true,
  envelopeDaysLeft: 30,
  phase: 'bounded-autonomy',
  drilledActions: 2,
  grantedActions: 2,
  isGraphFresh: true,
  overdueFindings: 0,
  historyLength: 3,
  hasDashboards: true,
};

test('O5: with every check passed and every control on the highest level holds', () => {
  expect(scoreOf(ALL, SOUND).level).toBe('advanced');
});

test('O5: nothing looked at is no level at all', () => {
  const score = scoreOf([], {});
  expect(score.level).toBeUndefined();
  expect(score.capabilities.every(({ holds }) => !holds)).toBe(true);
});

test('O5: every clause of the standard rests on some level', () => {
  const ids = CLAUSES.map(({ id }) => id);
  for (const id of ids) {
    const without = ALL.filter(
      ({ name }) => !CLAUSES.find((clause) => clause.id === id)?.tests.some((one) => name.startsWith(`${one} `)),
    );
    expect([id, scoreOf(without, SOUND).level]).not.toEqual([id, 'advanced']);
  }
});

test.each(CAPABILITIES)('O5: without $id the level $level does not hold', ({ id, level, checks, isLive }) => {
  const results = ALL.map((result): CaseResult =>
    checks.includes(result.name) ? { ...result, state: 'failed' } : result,
  );
  const score = scoreOf(results, isLive === undefined ? SOUND : {});
  expect(score.capabilities.find((one) => one.id === id)?.holds).toBe(false);
  const reached = score.level === undefined ? -1 : LEVELS.indexOf(score.level);
  expect(reached).toBeLessThan(LEVELS.indexOf(level));
});

test('O5: an overdue drill takes the level away the same day', () => {
  expect(scoreOf(ALL, { ...SOUND, drilledActions: 1 }).level).toBe('basic');
});

test('O5: an expired envelope leaves no level', () => {
  expect(scoreOf(ALL, { ...SOUND, isEnvelopeActive: false }).level).toBeUndefined();
});

test('O5: a skipped check does not hold', () => {
  const skipped = ALL.map((result): CaseResult =>
    result.name === '8.7 safety-critical-is-left-to-people' ? { ...result, state: 'skipped' } : result,
  );
  expect(scoreOf(skipped, SOUND).level).toBeUndefined();
});

test('O5: a failed twin takes the capability down like a failed check', () => {
  const twin: CaseResult = { ...passed('8.8 six-facts-of-an-act-alone'), kind: 'twin', state: 'failed' };
  const score = scoreOf([...ALL, twin], SOUND);
  expect(score.capabilities.find(({ id }) => id === 'acts-recorded')?.why).toEqual([
    'the twin of `8.8 six-facts-of-an-act-alone` failed',
  ]);
});
