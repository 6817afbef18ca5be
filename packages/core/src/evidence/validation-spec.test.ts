import { expect, test } from 'vitest';
import { ACTION_TYPES } from '../proposal/change.ts';
import { acceptedUnknown, acceptedWrong, leftOut } from '../shared/shape.builder.ts';
import { readShape } from '../shared/shape.ts';
import { validationSpecShape } from './validation-spec.ts';

const SPEC = {
  type: 'validation-spec',
  id: 'web-spec',
  version: 3,
  module: 'web',
  owner: 'olga',
  checks: [
    { id: 'pool', what: 'the pool has room' },
    { id: 'health', what: 'the service answers' },
  ],
  reproduction: 'pool',
  fixtures: ['eleven open connections'],
  dataBoundary: 'synthetic',
  actionClasses: ['config.change', 'service.restart'],
};
const complaintsOf = (more: Record<string, unknown>): readonly string[] => {
  const read = readShape(validationSpecShape, { ...SPEC, ...more });
  return read.ok ? [] : (read.refusal.complaints ?? []).map(({ at, problem }) => `${at} ${problem}`.trim());
};
const placesOf = (more: Record<string, unknown>): readonly string[] =>
  complaintsOf(more).map((one) => one.split(' ')[0] ?? '');

test('W1: a spec is read whole; it names its owner, its checks and what it is about', () => {
  expect(readShape(validationSpecShape, SPEC)).toEqual({ ok: true, value: SPEC });
  expect(leftOut(validationSpecShape, SPEC)).toEqual(['/reproduction']);
  expect(acceptedWrong(validationSpecShape, SPEC)).toEqual([]);
  expect(acceptedUnknown(validationSpecShape, SPEC)).toEqual([]);
});

test.each<[string, Record<string, unknown>, string]>([
  ['version 0', { version: 0 }, '/version'],
  ['a module that is a path', { module: '../web' }, '/module'],
  ['a nameless module', { module: '' }, '/module'],
  ['nobody who answers for it', { owner: '' }, '/owner'],
  ['no check', { checks: [], reproduction: undefined }, '/checks'],
  ['a check that says nothing', { checks: [{ id: 'pool', what: '' }] }, '/checks/0/what'],
  ['production data', { dataBoundary: 'production' }, '/dataBoundary'],
  ['no kind of change', { actionClasses: [] }, '/actionClasses'],
  ['a kind of change that is none', { actionClasses: ['all'] }, '/actionClasses/0'],
  ['an empty fixture', { fixtures: [''] }, '/fixtures/0'],
  ['more than 64 fixtures', { fixtures: Array.from({ length: 65 }, () => 'x') }, '/fixtures'],
])('W1: refuses a spec with %s', (_, more, at) => {
  expect(placesOf(more)).toContain(at);
});

test.each<[string, Record<string, unknown>, string]>([
  ['a check twice', { checks: [SPEC.checks[0], SPEC.checks[0]] }, 'must not name a check twice'],
  [
    'a kind of change twice',
    { actionClasses: ['config.change', 'config.change'] },
    'must not name an action class twice',
  ],
  ['a reproduction that it does not have', { reproduction: 'disk' }, 'must reproduce with one of its checks'],
])('W1: refuses a spec with %s', (_, more, problem) => {
  expect(complaintsOf(more)).toEqual([problem]);
});

test.each(['synthetic', 'masked', 'staging-only'])('W1: data may be %s', (dataBoundary) => {
  expect(complaintsOf({ dataBoundary })).toEqual([]);
});

test('W4: a spec may be about every kind of change', () => {
  expect(complaintsOf({ actionClasses: ACTION_TYPES })).toEqual([]);
});
