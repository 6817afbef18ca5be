import { expect, test } from 'vitest';
import { digestOf, instantAt } from '../capsule/example-capsule.test.ts';
import { missingEvidence, missingForAutomatic } from './completeness.ts';
import type { Evidence, TargetEvidence } from './evidence.ts';
import { exampleEvidence, exampleTarget } from './example-evidence.test.ts';

test('V1: the full bundle lacks nothing', () => {
  expect(missingEvidence(exampleEvidence())).toEqual([]);
});

test.each<[string, Partial<Evidence>]>([
  ['/trigger', { trigger: [] }],
  ['/trigger', { trigger: [' '] }],
  ['/approvals', { approvals: [] }],
  ['/validation', { validation: [] }],
  ['/rollbackAvailability', { rollbackAvailability: '' }],
  ['/healthBefore', { healthBefore: [] }],
  ['/healthBefore', { healthBefore: [{ subject: 'shop', state: '' }] }],
  ['/healthAfter', { healthAfter: [] }],
  ['/healthAfter', { healthAfter: [{ subject: 'shop', state: ' ' }] }],
  ['/healthAfter', { healthAfter: [{ subject: 'other', state: 'healthy' }] }],
  ['/targets', { targets: [] }],
  ['/finishedAt', { finishedAt: instantAt('2026-11-21T17:59:59.999Z') }],
])('V1: names %s when it is missing', (at, more) => {
  expect(missingEvidence(exampleEvidence(more))).toEqual([at]);
});

test.each<[string, Partial<TargetEvidence>]>([
  ['before', { before: [] }],
  ['after', { after: [] }],
  ['healthBefore', { healthBefore: '' }],
  ['healthAfter', { healthAfter: ' ' }],
  ['output', { output: '' }],
])('V1: names the target and %s when it is missing', (field, more) => {
  const targets = [exampleTarget(), exampleTarget(more)];
  expect(missingEvidence(exampleEvidence({ targets }))).toEqual([`/targets/1/${field}`]);
});

test('V1: a held target owes nothing, an unknown one only what was read before and what is said of its health', () => {
  const empty = { before: [], after: [], healthBefore: '', healthAfter: '', output: '' };
  expect(missingEvidence(exampleEvidence({ targets: [exampleTarget({ ...empty, outcome: 'held' })] }))).toEqual([]);
  expect(missingEvidence(exampleEvidence({ targets: [exampleTarget({ ...empty, outcome: 'unknown' })] }))).toEqual([
    '/targets/0/before',
    '/targets/0/healthBefore',
    '/targets/0/healthAfter',
  ]);
});

const automatic = {
  correlation: digestOf('a'),
  drill: digestOf('b'),
  prediction: digestOf('c'),
  review: digestOf('d'),
};

test('V1: an automatic change owes no approval, but correlation, drill, prediction and review', () => {
  expect(missingEvidence(exampleEvidence({ approvals: [], automatic }), 'automatic')).toEqual([]);
  expect(missingEvidence(exampleEvidence({ approvals: [] }), 'automatic')).toEqual([
    '/automatic/correlation',
    '/automatic/drill',
    '/automatic/prediction',
    '/automatic/review',
  ]);
});

test.each(['correlation', 'drill', 'prediction', 'review'] as const)(
  'V1: an automatic change without its %s is stopped beforehand',
  (name) => {
    const { [name]: _, ...rest } = automatic;
    expect(missingForAutomatic(rest)).toEqual([`/automatic/${name}`]);
    expect(missingForAutomatic(automatic)).toEqual([]);
  },
);
