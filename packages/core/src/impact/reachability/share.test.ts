import { expect, test } from 'vitest';
import { shareHeld, type FindingTally } from './share.ts';

const tally = (change: Partial<FindingTally>): FindingTally => ({
  disposition: 'queued',
  isOverdue: false,
  hasOwner: true,
  count: 1,
  ...change,
});

test('G5: how much is held, and why', () => {
  expect(
    shareHeld([
      tally({ disposition: 'routed', count: 2 }),
      tally({ count: 3, unknown: 'graph-stale', hasOwner: false }),
      tally({ count: 1, isOverdue: true }),
      tally({ disposition: 'held', held: 'unreachable', count: 5 }),
      tally({ disposition: 'held', held: 'not-affected', count: 2, hasOwner: false }),
      tally({ disposition: 'held', held: 'fixed', count: 1 }),
    ]),
  ).toEqual({
    total: 14,
    routed: 2,
    queued: 4,
    held: 8,
    heldPercent: 57,
    byReason: { unreachable: 5, 'not-affected': 2, fixed: 1 },
    unknownReach: { 'graph-stale': 3 },
    overdue: 1,
    withoutOwner: 5,
  });
});

test('nothing found is nothing held, and almost everything is not everything', () => {
  expect(shareHeld([])).toMatchObject({ total: 0, heldPercent: 0, unknownReach: {} });
  const nearly = [tally({ disposition: 'held', held: 'unreachable', count: 999 }), tally({})];
  expect(shareHeld(nearly).heldPercent).toBe(99);
});
