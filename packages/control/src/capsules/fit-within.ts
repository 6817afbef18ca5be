/**
 * A capsule that people had signed is decided again (D6). The new version is kept inside the signed one wherever what rules now would
 * also allow more, so that signatures need not be given twice; what rules now is never stretched for it.
 */
import {
  linkBetween,
  nodeOf,
  plusMs,
  type Capsule,
  type CapsuleTarget,
  type GraphIndex,
  type Instant,
} from '@countersign/core';
import { withWayBack, type NarrowsEnvelope, type ReadCapsule } from '@countersign/seal';

export interface Fitting {
  readonly graph: GraphIndex;
  readonly narrows: NarrowsEnvelope;
  readonly now: Instant;
}

/** Less than this to act in is no help to anybody. */
const LEAST_WINDOW_MS = 600_000;

/** The version kept inside the one before; itself when the difference is too wide for any signature to carry over. */
export function fitWithin(before: ReadCapsule, made: Capsule, { graph, narrows, now }: Fitting): Capsule {
  const { capsule } = before;
  const notAfter = earlier(capsule.notAfter, made.notAfter);
  if (plusMs(now, LEAST_WINDOW_MS) > notAfter) return made;
  const fitted = withWayBack({
    ...made,
    notBefore: later(capsule.notBefore, made.notBefore),
    notAfter,
    targets: inSignedOrder(capsule.targets, made),
    rollout: {
      canary: Math.min(capsule.rollout.canary, made.rollout.canary),
      window: Math.min(capsule.rollout.window, made.rollout.window),
      bakeMs: Math.max(capsule.rollout.bakeMs, made.rollout.bakeMs),
      healthTimeoutMs: Math.min(capsule.rollout.healthTimeoutMs, made.rollout.healthTimeoutMs),
    },
    dependants: [
      ...new Set([...made.dependants, ...capsule.dependants.filter((id) => nodeOf(graph, id) !== undefined)]),
    ],
  });
  const [was, is] = [capsule.envelope.digest, fitted.envelope.digest];
  // The digest of the new version is not looked at by the link; only its content is.
  const after = { capsule: fitted, digest: before.digest };
  const link = linkBetween(before, after, { narrowsEnvelope: was !== is && narrows(was, is) });
  return link.ok && link.value.kind !== 'void' ? fitted : made;
}

const earlier = (a: Instant, b: Instant): Instant => (a < b ? a : b);
const later = (a: Instant, b: Instant): Instant => (a > b ? a : b);

/** X4: the signed order, unless the fresh one covers more configurations in its canary. */
function inSignedOrder(signed: readonly CapsuleTarget[], { targets, rollout }: Capsule): readonly CapsuleTarget[] {
  const known = new Map(targets.map((target) => [target.id, target]));
  const kept = signed.flatMap(({ id }) => known.get(id) ?? []);
  const isSubset = kept.length === targets.length;
  return isSubset && covered(kept, rollout.canary) >= covered(targets, rollout.canary) ? kept : targets;
}

const covered = (targets: readonly CapsuleTarget[], canary: number): number =>
  new Set(targets.slice(0, canary).map(({ stratum }) => stratum)).size;
