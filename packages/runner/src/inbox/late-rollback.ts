/** X6: whether a rollout that is over may still be taken back: on demand, inside its window, once, and never under another rollout. */
import { msOf, ok, refuse, type Digest, type Instant, type Result } from '@countersign/core';
import type { Journal } from '../journal/journal.ts';
import type { OpenCapsule } from '../journal/rows.parse.ts';
import { storedDelivery } from './open-rollout.ts';

const MINUTE_MS = 60_000;
const no = (detail: string, clause = 'X6'): Result<never> => refuse('rollback-refused', detail, { clause });

export interface LateRollback {
  readonly capsule: Digest;
  readonly journal: Journal;
  /** Targets of rollouts that are not finished. */
  readonly busyTargets: ReadonlySet<string>;
  readonly now: Instant;
}

/** The row of the journal to begin from. */
export function checkLateRollback({ capsule, journal, busyTargets, now }: LateRollback): Result<OpenCapsule> {
  const row = journal.capsule(capsule);
  if (row === undefined) return no('this runner has not run the capsule');
  const stored = storedDelivery(row);
  if (!stored.ok) return stored;
  const { rollback, targets } = stored.value.signed.capsule;
  if (rollback.kind !== 'restore') return no('the capsule has no rollback');
  const events = journal.events(capsule);
  if (events.some(({ type }) => type === 'rollback-started')) return no('it was rolled back before');
  const completed = events.find(({ type }) => type === 'completed');
  if (completed === undefined) return no('it was not completed');
  if (msOf(now) - msOf(completed.at) > rollback.windowMinutes * MINUTE_MS)
    return no(`the window of ${rollback.windowMinutes} minutes after ${completed.at} is over`);
  const busy = targets.find(({ id }) => busyTargets.has(id));
  return busy === undefined ? ok(row) : no(`\`${busy.id}\` is part of a rollout that is not finished`, 'D5');
}
