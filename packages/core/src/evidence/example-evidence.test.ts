/** A full bundle of which a test takes one thing away. */
import { expect, test } from 'vitest';
import { digestOf, idOf, instantAt } from '../capsule/example-capsule.test.ts';
import { evidenceCounts } from './counts.ts';
import type { Evidence, TargetEvidence } from './evidence.ts';

export const exampleTarget = (more: Partial<TargetEvidence> = {}): TargetEvidence => ({
  target: idOf('web-1'),
  outcome: 'changed',
  before: [{ path: 'etc/pool.json', digest: digestOf('1') }],
  after: [{ path: 'etc/pool.json', digest: digestOf('2') }],
  healthBefore: '503',
  healthAfter: '200 pool 20',
  output: 'written',
  ...more,
});

export const exampleEvidence = (more: Partial<Evidence> = {}): Evidence => ({
  type: 'evidence',
  organisation: idOf('acme'),
  runner: idOf('prod-1'),
  capsule: digestOf('3'),
  proposal: idOf('P-1'),
  trigger: ['S-1'],
  decision: digestOf('4'),
  dependencyAnalysis: { graph: digestOf('5'), dependants: ['shop'] },
  approvals: [{ person: idOf('kim'), role: 'release-approver', envelope: digestOf('6') }],
  validation: [idOf('R-1')],
  rollbackAvailability: 'captured on 1 of 1 targets',
  healthBefore: [{ subject: 'shop', state: 'healthy' }],
  healthAfter: [{ subject: 'shop', state: 'healthy' }],
  targets: [exampleTarget()],
  outcome: 'completed',
  startedAt: instantAt('2026-11-21T18:00:00.000Z'),
  finishedAt: instantAt('2026-11-21T18:05:00.000Z'),
  ...more,
});

test('V2: the counts are taken from the targets; unknown counts as touched, held does not', () => {
  const targets = (['changed', 'changed', 'reverted', 'revert-failed', 'unknown', 'held'] as const).map((outcome) =>
    exampleTarget({ outcome }),
  );
  expect(evidenceCounts({ targets })).toEqual({ targets: 6, touched: 5, changed: 3, reverted: 1, unknown: 1, held: 1 });
  expect(evidenceCounts({ targets: [] })).toEqual({
    targets: 0,
    touched: 0,
    changed: 0,
    reverted: 0,
    unknown: 0,
    held: 0,
  });
});
