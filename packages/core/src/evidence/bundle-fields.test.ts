import fc from 'fast-check';
import { expect, test } from 'vitest';
import { AUTOMATIC_FIELDS, BUNDLE_FIELDS, bundleFields, missingFields, type BundleFacts } from './bundle-fields.ts';

const WHOLE: BundleFacts = {
  proposal: 'shown',
  hasSignals: true,
  hasDecision: true,
  hasGraph: true,
  hasCapsule: true,
  run: 'over',
  evidence: new Set([
    '/healthBefore/0/state',
    '/healthAfter/0/state',
    '/targets/0/before/0/digest',
    '/targets/0/after/0/digest',
  ]),
  isLocalOnly: false,
  isAutomatic: false,
  approvals: 2,
  hasValidation: true,
  isValidationOwed: true,
  hasDrill: true,
  hasPrediction: true,
};
const states = (change: Partial<BundleFacts>): Readonly<Record<string, string>> =>
  Object.fromEntries(bundleFields({ ...WHOLE, ...change }).map(({ field, state }) => [field, state]));

test('V1: the fields are the same for every change, and an automatic one owes four more', () => {
  expect(bundleFields(WHOLE).map(({ field }) => field)).toEqual(BUNDLE_FIELDS);
  const automatic = bundleFields({ ...WHOLE, isAutomatic: true, approvals: 0 }).map(({ field }) => field);
  expect(automatic).toEqual([...BUNDLE_FIELDS, ...AUTOMATIC_FIELDS]);
});

test('V2: what the root commits to and egress kept is held inside, never missing and never green', () => {
  expect(states({})).toMatchObject({ 'tool-output': 'held-inside', 'state-after': 'shown' });
  expect(states({ evidence: new Set() })).toMatchObject({
    'health-before': 'held-inside',
    'state-after': 'held-inside',
  });
  const { evidence: _, ...none } = WHOLE;
  const local = bundleFields({ ...none, isLocalOnly: true });
  expect(local.filter(({ state }) => state === 'held-inside').map(({ field }) => field)).toEqual([
    'health-before',
    'health-after',
    'state-before',
    'state-after',
    'tool-output',
  ]);
  expect(missingFields(bundleFields(none))).toEqual([
    'health-before',
    'health-after',
    'state-before',
    'state-after',
    'tool-output',
  ]);
});

test.each<[string, Partial<BundleFacts>, readonly string[]]>([
  ['no decision', { hasDecision: false }, ['classification']],
  ['a capsule without its graph', { hasGraph: false }, ['dependency-analysis']],
  ['a run that nobody approved and policy did not let alone', { approvals: 0 }, ['approvals']],
  ['a finished staging run without its report', { hasValidation: false }, ['validation']],
  ['an automatic change without a drill', { isAutomatic: true, approvals: 0, hasDrill: false }, ['drill-certificate']],
  ['an automatic change without a dry run', { isAutomatic: true, approvals: 0, hasPrediction: false }, ['prediction']],
  ['a proposal the record does not hold', { proposal: 'missing' }, ['context']],
])('V1: %s is missing', (_, change, missing) => {
  expect(missingFields(bundleFields({ ...WHOLE, ...change }))).toEqual(missing);
});

test('V1: a change that was prohibited says what it never reached, and misses nothing', () => {
  const { evidence: _, ...none } = WHOLE;
  const prohibited = bundleFields({
    ...none,
    hasCapsule: false,
    run: 'none',
    approvals: 0,
    hasValidation: false,
    isValidationOwed: false,
    hasDrill: false,
  });
  expect(missingFields(prohibited)).toEqual([]);
  expect(prohibited.filter(({ state }) => state === 'shown').map(({ field }) => field)).toEqual([
    'trigger',
    'classification',
    'context',
    'dependency-analysis',
    'action',
    'rollback-availability',
  ]);
});

test('V2: a proposal whose body was removed at its time is removed, not missing', () => {
  expect(states({ proposal: 'removed', hasSignals: false, hasCapsule: false, run: 'none' })).toMatchObject({
    trigger: 'removed',
    context: 'removed',
    action: 'removed',
  });
});

test('V1: no field is ever left out or said twice, whatever was found', () => {
  const facts = fc.record({
    proposal: fc.constantFrom('shown', 'removed', 'missing'),
    hasSignals: fc.boolean(),
    hasDecision: fc.boolean(),
    hasGraph: fc.boolean(),
    hasCapsule: fc.boolean(),
    run: fc.constantFrom('none', 'under-way', 'over'),
    isLocalOnly: fc.boolean(),
    isAutomatic: fc.boolean(),
    approvals: fc.nat(3),
    hasValidation: fc.boolean(),
    isValidationOwed: fc.boolean(),
    hasDrill: fc.boolean(),
    hasPrediction: fc.boolean(),
  }) as fc.Arbitrary<BundleFacts>;
  fc.assert(
    fc.property(facts, (found) => {
      const lines = bundleFields(found).map(({ field }) => field);
      expect(lines).toEqual(found.isAutomatic ? [...BUNDLE_FIELDS, ...AUTOMATIC_FIELDS] : BUNDLE_FIELDS);
    }),
  );
});
