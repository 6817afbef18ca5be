import fc from 'fast-check';
import { expect, test } from 'vitest';
import { EGRESS_MODES } from '../envelope/egress.ts';
import { egressList, mayCountsLeave, mayLeave } from './egress.ts';
import { exampleEvidence } from './example-evidence.test.ts';

/** Every leaf of a document with its JSON pointer. */
function fieldsOf(value: unknown, at = ''): readonly string[] {
  if (typeof value !== 'object' || value === null) return [at];
  return Object.entries(value).flatMap(([key, inner]) => fieldsOf(inner, `${at}/${key}`));
}
const FIELDS = fieldsOf(exampleEvidence());

test('V2: local-only lets nothing leave, not even counts', () => {
  expect(FIELDS.length).toBeGreaterThan(25);
  expect(FIELDS.filter((field) => mayLeave('local-only', field))).toEqual([]);
  expect(mayCountsLeave('local-only')).toBe(false);
  expect(egressList('local-only')).toEqual([]);
});

test('V2: metadata-only lets exactly these fields leave', () => {
  expect(FIELDS.filter((field) => mayLeave('metadata-only', field))).toEqual([
    '/type',
    '/organisation',
    '/runner',
    '/capsule',
    '/proposal',
    '/decision',
    '/outcome',
    '/startedAt',
    '/finishedAt',
  ]);
  expect(mayCountsLeave('metadata-only')).toBe(true);
});

test('V2: sanitized adds digests, states and who approved; exactly these fields stay inside', () => {
  expect(FIELDS.filter((field) => !mayLeave('sanitized', field))).toEqual([
    '/dependencyAnalysis/dependants/0',
    '/rollbackAvailability',
    '/healthBefore/0/subject',
    '/healthBefore/0/state',
    '/healthAfter/0/subject',
    '/healthAfter/0/state',
    '/targets/0/target',
    '/targets/0/before/0/path',
    '/targets/0/after/0/path',
    '/targets/0/healthBefore',
    '/targets/0/healthAfter',
    '/targets/0/output',
  ]);
});

test.each(EGRESS_MODES)('V2: a wider mode never holds back what %s lets leave', (mode) => {
  const wider = EGRESS_MODES.slice(EGRESS_MODES.indexOf(mode));
  for (const other of wider)
    expect(egressList(mode).every((pattern) => egressList(other).includes(pattern))).toBe(true);
});

test.each([
  '',
  '/',
  '/unknown',
  '/targets',
  '/targets/0',
  '/targets/x/outcome',
  '/targets/01/outcome',
  '/targets/0/outcome/0',
  '/trigger/*',
  'type',
  '/type/',
  '/TYPE',
  '/trigger/-1',
  '/targets/0/before/0/digest/',
])('I19: %j is on no list', (pointer) => {
  expect(EGRESS_MODES.some((mode) => mayLeave(mode, pointer))).toBe(false);
});

test('I19: a field that nobody listed never leaves', () => {
  const known = new Set(FIELDS.map((field) => field.replaceAll(/\/\d+/g, '/*')));
  fc.assert(
    fc.property(
      fc.array(fc.oneof(fc.constantFrom('targets', '0', 'before', 'digest', 'output'), fc.string()), { maxLength: 5 }),
      (parts) => {
        const pointer = parts.map((part) => `/${part.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
        const isKnown = known.has(pointer.replaceAll(/\/\d+/g, '/*'));
        const leaves = EGRESS_MODES.some((mode) => mayLeave(mode, pointer));
        expect(leaves && !isKnown).toBe(false);
      },
    ),
  );
});
