/**
 * What the record owes to the content of a file, and the file to its record (V3): whoever takes an entry out of a record takes away what
 * it lets happen too. Each refusal says which entry is missing.
 */
import { ok, refuse, type Digest, type RecordEvent, type Result, type RolloutEvent } from '@countersign/core';
import type { VerifiedLeaf } from './bundle-envelope.ts';
import { subjectOf, type LeafPlaces } from './leaf-places.ts';
import { isRemoved, removedBodies } from './removed-bodies.ts';
import type { VerifiedCapsule } from './verify-bundle-acts.ts';

/** A part of the file that is not believed without its entry. */
export const missingLeaf = (event: RecordEvent, of: string): Result<never> =>
  refuse('bad-proof', `the record lacks the entry \`${event}\` of ${of}`, { clause: 'V3' });

/** Events that only a capsule that was sent can bring about. */
const OF_ACTS: ReadonlySet<RecordEvent> = new Set<RecordEvent>([
  'validation.finished',
  'rollout.started',
  'rollout.progressed',
  'rollout.tripped',
  'rollout.halted',
  'rollout.resumed',
  'rollout.rolled-back',
  'rollout.rollback-failed',
  'rollout.completed',
  'evidence.received',
  'evidence.closed',
  'prediction.compared',
]);

/** Decided, built, sent, in this order; and of each act the record tells, the capsule is here and was sent before. */
export function checkOwed(
  capsules: readonly VerifiedCapsule[],
  { leaves, places }: { readonly leaves: readonly VerifiedLeaf[]; readonly places: LeafPlaces },
): Result<true> {
  for (const { digest, capsule } of capsules) {
    const decided = places.ofBody('decision.made', capsule.decision.digest);
    const built = places.ofSubject('capsule.built', subjectOf('capsule', digest));
    const sent = places.ofBody('capsule.dispatched', digest);
    if (decided === undefined) return missingLeaf('decision.made', `the decision of \`${capsule.id}\``);
    if (built === undefined) return missingLeaf('capsule.built', `\`${capsule.id}\``);
    if (built.index < decided.index || (sent !== undefined && sent.index < built.index))
      return refuse('bad-proof', `\`${capsule.id}\` was not decided, built and sent in this order`, { clause: 'V3' });
  }
  const known = new Map(capsules.map(({ digest }) => [subjectOf('capsule', digest), digest]));
  for (const { leaf, index } of leaves) {
    const isSent = leaf.event === 'capsule.dispatched';
    if (!isSent && !OF_ACTS.has(leaf.event)) continue;
    const digest = isSent ? capsules.find((one) => one.digest === leaf.body)?.digest : known.get(leaf.subject);
    if (digest === undefined)
      return refuse('bad-proof', `the record names \`${leaf.event}\` of a capsule that is not in the file`, {
        clause: 'V3',
      });
    const sent = places.ofBody('capsule.dispatched', digest);
    if (sent === undefined || sent.index > index)
      return missingLeaf('capsule.dispatched', `a capsule that has \`${leaf.event}\``);
  }
  return ok(true);
}

/** Moments that have an entry of their own, and the runner's event behind each. */
const MOMENTS: ReadonlyMap<RecordEvent, RolloutEvent['type']> = new Map<RecordEvent, RolloutEvent['type']>([
  ['rollout.started', 'started'],
  ['rollout.tripped', 'tripped'],
  ['rollout.halted', 'halted'],
  ['rollout.resumed', 'resumed'],
  ['rollout.rolled-back', 'restored'],
  ['rollout.rollback-failed', 'restored'],
  ['rollout.completed', 'completed'],
]);

/** What the record says of a run, the runner's signed events of the file say too: a stop can't be left out at the end of them. */
export function checkMoments(
  capsule: Digest,
  events: readonly RolloutEvent[],
  leaves: readonly VerifiedLeaf[],
): Result<true> {
  const subject = subjectOf('capsule', capsule);
  const owed = new Map<RolloutEvent['type'], number>();
  const removed = removedBodies(leaves);
  for (const one of leaves) {
    const { leaf } = one;
    // Its time was over, and with it that of the reports behind it.
    if (isRemoved(one, removed)) continue;
    const type = leaf.subject === subject ? MOMENTS.get(leaf.event) : undefined;
    if (type !== undefined) owed.set(type, (owed.get(type) ?? 0) + 1);
  }
  for (const [type, count] of owed)
    if (events.filter((event) => event.type === type).length < count)
      return refuse('bad-proof', `the record names an event \`${type}\` that the runner's reports here do not have`, {
        clause: 'V3',
      });
  return ok(true);
}
