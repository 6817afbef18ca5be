// An act that was not tried, or that nothing refused, must not look as if it had been.
import { expect, test } from 'vitest';
import type { CaseResult } from '../../result.ts';
import { foundOf } from './found.ts';
import type { Standing } from './standing.ts';

const ACT: Standing = { id: 'A0', act: 'something', attacks: ['one', 'two'] };
const result = (name: string, more: Partial<CaseResult> = {}): CaseResult => ({
  name,
  kind: 'check',
  state: 'passed',
  requirements: [],
  threats: [],
  complaints: [],
  ms: 1,
  refusedBy: ['no'],
  ...more,
});
const found = (...results: readonly CaseResult[]): readonly [boolean, readonly string[]] => {
  const [only] = foundOf([ACT], results);
  if (only === undefined) throw new Error('nothing was said');
  return [only.isRefused, only.refusedBy];
};

test('O5: an act is refused when all of its attacks ran and passed, and says by which codes, once each', () => {
  expect(found(result('one', { refusedBy: ['quorum', 'audience'] }), result('two', { refusedBy: ['quorum'] }))).toEqual(
    [true, ['audience', 'quorum']],
  );
});

test('O5: an attack that did not run, failed or was skipped refuses nothing', () => {
  expect(found(result('one'))).toEqual([false, ['no']]);
  expect(found()).toEqual([false, []]);
  for (const state of ['failed', 'skipped'] as const)
    expect(found(result('one'), result('two', { state }))[0]).toBe(false);
});

test('O5: the twin of an attack does not stand for it', () => {
  expect(found(result('one', { kind: 'twin' }), result('two'))[0]).toBe(false);
});

test('O5: other attacks do not count', () => {
  expect(found(result('one'), result('two'), result('three', { refusedBy: ['other'] }))).toEqual([true, ['no']]);
});

test('what stands open is told with what was found', () => {
  expect(foundOf([{ ...ACT, open: 'this' }], [])[0]?.open).toBe('this');
  expect(foundOf([ACT], [])[0]).not.toHaveProperty('open');
});
