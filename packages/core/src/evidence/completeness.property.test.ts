import fc from 'fast-check';
import { expect, test } from 'vitest';
import { digestOf } from '../capsule/example-capsule.test.ts';
import { missingEvidence } from './completeness.ts';
import { evidenceCounts } from './counts.ts';
import type { Evidence, TargetEvidence } from './evidence.ts';
import { exampleEvidence, exampleTarget } from './example-evidence.test.ts';

/** Each takes one thing out of a full bundle; the pointer is that of what is missing then. */
const HOLES: readonly (readonly [string, Partial<Evidence>])[] = [
  ['/trigger', { trigger: [] }],
  ['/approvals', { approvals: [] }],
  ['/validation', { validation: [] }],
  ['/rollbackAvailability', { rollbackAvailability: ' ' }],
  ['/healthBefore', { healthBefore: [] }],
  ['/healthAfter', { healthAfter: [] }],
  ['/targets', { targets: [] }],
];

test('V1: whatever is missing together is named together, and nothing else', () => {
  fc.assert(
    fc.property(fc.subarray([...HOLES]), (holes) => {
      const evidence = holes.reduce<Evidence>((sum, [, hole]) => ({ ...sum, ...hole }), exampleEvidence());
      expect(missingEvidence(evidence)).toEqual(holes.map(([at]) => at));
    }),
  );
});

test('V1: an automatic change owes no approval and is asked for everything else just the same', () => {
  const digest = digestOf('1');
  const automatic = { correlation: digest, drill: digest, prediction: digest, review: digest };
  fc.assert(
    fc.property(fc.subarray([...HOLES]), (holes) => {
      const evidence = holes.reduce<Evidence>((sum, [, hole]) => ({ ...sum, ...hole }), exampleEvidence({ automatic }));
      const wanted = holes.map(([at]) => at).filter((at) => at !== '/approvals');
      expect(missingEvidence(evidence, 'automatic')).toEqual(wanted);
    }),
  );
});

test('V1: where the analysis names no dependant, the own health of the targets is all there is', () => {
  const dependencyAnalysis = { graph: digestOf('5'), dependants: [] };
  expect(missingEvidence(exampleEvidence({ dependencyAnalysis, healthBefore: [], healthAfter: [] }))).toEqual([]);
});

test('X4: whoever was read before and not after is no healthy service', () => {
  const healthBefore = ['shop', 'billing'].map((subject) => ({ subject, state: 'healthy' }));
  expect(missingEvidence(exampleEvidence({ healthBefore }))).toEqual(['/healthAfter']);
  const healthAfter = healthBefore.toReversed();
  expect(missingEvidence(exampleEvidence({ healthBefore, healthAfter }))).toEqual([]);
});

const OUTCOMES = ['changed', 'reverted', 'revert-failed', 'unknown', 'held'] as const;
const someTargets: fc.Arbitrary<readonly TargetEvidence[]> = fc.array(
  fc.constantFrom(...OUTCOMES).map((outcome) => exampleTarget({ outcome })),
  { maxLength: 12 },
);

test('V2, I14: every target is held, or touched; of the touched, each is changed, reverted or unknown', () => {
  fc.assert(
    fc.property(someTargets, (targets) => {
      const counts = evidenceCounts({ targets });
      expect(counts.targets).toBe(targets.length);
      expect(counts.touched + counts.held).toBe(counts.targets);
      expect(counts.changed + counts.reverted + counts.unknown).toBe(counts.touched);
    }),
  );
});

test('V1: a target that says less never owes less than nothing: full targets owe nothing, whatever came of them', () => {
  fc.assert(
    fc.property(someTargets, (targets) => {
      expect(missingEvidence(exampleEvidence({ targets }))).toEqual(targets.length === 0 ? ['/targets'] : []);
    }),
  );
});
