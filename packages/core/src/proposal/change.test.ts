import { expect, test } from 'vitest';
import { acceptedUnknown, acceptedWrong, leftOut } from '../shared/shape.builder.ts';
import { readShape, type Shape } from '../shared/shape.ts';
import { ACTION_TYPES, changeShape, rollbackPlanShape, validationPlanShape } from './change.ts';

const probe = { id: 'pool', path: '/pool', expectStatus: 200 };
const CHANGE = {
  action: 'config.change',
  summary: 'pool 10 to 20',
  steps: [
    { adapter: 'config', path: 'etc/pool.json', content: '{}', validate: 'json' },
    { adapter: 'service', operation: 'restart', service: 'web' },
  ],
  intendedVersions: { pool: '20' },
};
const VALIDATION = {
  spec: { id: 'web-spec', version: 3 },
  reproduction: probe,
  checks: [probe, { id: 'health', path: '/health', expectStatus: 204 }],
  stagingTargets: ['stage-1', 'stage-2'],
};
const ROLLBACK = { kind: 'restore', windowMinutes: 60, dataEffects: 'none', isAutomatic: true };

const placesOf = (shape: Shape<unknown>, value: unknown): readonly string[] => {
  const read = readShape(shape, value);
  return read.ok ? [] : (read.refusal.complaints ?? []).map(({ at }) => at);
};

test.each<[string, Shape<unknown>, unknown, readonly string[]]>([
  ['change', changeShape, CHANGE, ['/intendedVersions/pool', '/steps/0', '/steps/1']],
  ['validation plan', validationPlanShape, VALIDATION, ['/reproduction']],
  ['way back', rollbackPlanShape, ROLLBACK, []],
])('L2: a %s is read whole, each field in its own type, and none may be added', (_, shape, value, free) => {
  expect(readShape(shape, value)).toEqual({ ok: true, value });
  expect(acceptedWrong(shape, value)).toEqual([]);
  expect(acceptedUnknown(shape, value)).toEqual([]);
  expect(leftOut(shape, value)).toEqual(free.filter((at) => !at.startsWith('/steps')));
});

test.each(ACTION_TYPES)('D1: the action %s can be named, so that policy can prohibit it', (action) => {
  expect(placesOf(changeShape, { ...CHANGE, action })).toEqual([]);
});

test.each(['config', 'CONFIG.CHANGE', 'config.change ', 'shell.run', 'toString', ''])(
  'L7: the list of actions is closed: %j is none',
  (action) => {
    expect(placesOf(changeShape, { ...CHANGE, action })).toEqual(['/action']);
  },
);

test('L7: no two actions have one name, and each is a kind and a verb', () => {
  expect(new Set(ACTION_TYPES).size).toBe(ACTION_TYPES.length);
  expect(ACTION_TYPES.filter((action) => !/^[a-z]+\.[a-z]+$/.test(action))).toEqual([]);
});

const [step] = CHANGE.steps;
test.each<[string, Record<string, unknown>, string]>([
  ['no step', { steps: [] }, '/steps'],
  ['more than 16 steps', { steps: Array.from({ length: 17 }, () => step) }, '/steps'],
  ['a step of text', { steps: ['systemctl restart web'] }, '/steps/0/adapter'],
  ['an empty summary', { summary: '' }, '/summary'],
  ['a summary of 501 characters', { summary: 'x'.repeat(501) }, '/summary'],
  ['an empty version', { intendedVersions: { pool: '' } }, '/intendedVersions/pool'],
  ['a version under a name that is none', { intendedVersions: { 'a b': '1' } }, '/intendedVersions/a b'],
  [
    'more than 16 versions',
    { intendedVersions: Object.fromEntries(Array.from({ length: 17 }, (_, n) => [`p${n}`, '1'])) },
    '/intendedVersions',
  ],
])('L2: refuses a change with %s', (_, more, at) => {
  expect(placesOf(changeShape, { ...CHANGE, ...more })).toEqual([at]);
});

test.each(['/', '/health', '/a.b_c~d-e/', '//a', '/...', `/${'x'.repeat(199)}`])(
  'W1: %j is a path of a probe',
  (path) => {
    expect(placesOf(validationPlanShape, { ...VALIDATION, checks: [{ ...probe, path }] })).toEqual([]);
  },
);

test.each([
  '',
  'health',
  'http://elsewhere/health',
  '/../admin',
  '/a/..',
  '/a/../b',
  '/health?x=1',
  '/health#x',
  '/%2e%2e/admin',
  '/a b',
  '/a\r\nHost: b',
  '/@evil',
  '/a:80',
  '/\\evil',
  `/${'x'.repeat(200)}`,
])('W1: a probe asks below the base address of its target and nowhere else: %j is refused', (path) => {
  expect(placesOf(validationPlanShape, { ...VALIDATION, checks: [{ ...probe, path }] })).toEqual(['/checks/0/path']);
  expect(placesOf(validationPlanShape, { ...VALIDATION, reproduction: { ...probe, path } })).toEqual([
    '/reproduction/path',
  ]);
});

test.each([
  [99, false],
  [100, true],
  [599, true],
  [600, false],
  ['200', false],
])('W1: a probe expects the status %j: %s', (expectStatus, isRead) => {
  const plan = { ...VALIDATION, checks: [{ ...probe, expectStatus }] };
  expect(placesOf(validationPlanShape, plan)).toEqual(isRead ? [] : ['/checks/0/expectStatus']);
});

test.each<[string, Record<string, unknown>, string]>([
  ['a spec of version 0', { spec: { id: 'web-spec', version: 0 } }, '/spec/version'],
  ['more than 16 checks', { checks: Array.from({ length: 17 }, () => probe) }, '/checks'],
  ['a staging target that is no id', { stagingTargets: ['stage 1'] }, '/stagingTargets/0'],
  [
    'more than 200 staging targets',
    { stagingTargets: Array.from({ length: 201 }, (_, n) => `s${n}`) },
    '/stagingTargets',
  ],
])('W1: refuses a validation plan with %s', (_, more, at) => {
  expect(placesOf(validationPlanShape, { ...VALIDATION, ...more })).toEqual([at]);
});

test.each<[string, Record<string, unknown>, string]>([
  ['a kind that is none', { kind: 'snapshot' }, '/kind'],
  ['more time than a week', { windowMinutes: 10_081 }, '/windowMinutes'],
  ['less than no time', { windowMinutes: -1 }, '/windowMinutes'],
  ['an effect on data that nobody listed', { dataEffects: 'some' }, '/dataEffects'],
  ['a word for a yes', { isAutomatic: 'yes' }, '/isAutomatic'],
])('X6: refuses a way back with %s', (_, more, at) => {
  expect(placesOf(rollbackPlanShape, { ...ROLLBACK, ...more })).toEqual([at]);
});

test.each(['none', 'kept', 'replayed-once', 'lost', 'unknown'])(
  'X6: what becomes of data can be said: %s',
  (dataEffects) => {
    expect(placesOf(rollbackPlanShape, { ...ROLLBACK, dataEffects })).toEqual([]);
  },
);
