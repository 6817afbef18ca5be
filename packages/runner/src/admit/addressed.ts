/** Last steps of the gate: meant for this runner, never seen before, in the catalogue, inside the budgets (O3, I4, X2, I14). */
import {
  ok,
  refuse,
  type Capsule,
  type Digest,
  type Envelope,
  type Result,
  type Status,
  type TrustBundle,
} from '@countersign/core';
import type { Operation } from '../journal/entry.ts';
import type { GateContext } from './context.ts';

export function checkAudience(capsule: Capsule, { config }: GateContext): Result<true> {
  const isHere =
    capsule.organisation === config.organisation &&
    capsule.audience.enclave === config.enclave &&
    capsule.audience.runner === config.runner &&
    capsule.environment === config.environment;
  if (!isHere)
    return refuse('wrong-audience', 'the capsule is for another organisation, enclave, runner or environment', {
      clause: 'C1',
    });
  if (capsule.isDemo && !config.allowDemo)
    return refuse('demo-capsule', 'this runner refuses demo capsules', { clause: 'C1' });
  return ok(true);
}

export function checkUnused(capsule: Capsule, digest: Digest, { journal }: GateContext): Result<true> {
  if (journal.hasCapsule(digest)) return refuse('replay', 'this capsule was admitted before', { clause: 'I4' });
  if (journal.hasNonce(capsule.nonce)) return refuse('replay', 'the nonce was used before', { clause: 'I4' });
  return ok(true);
}

/** Never two rollouts on one target at the same time. */
export function checkFree(capsule: Capsule, { busyTargets }: GateContext): Result<true> {
  const busy = capsule.targets.find(({ id }) => busyTargets.has(id));
  return busy === undefined
    ? ok(true)
    : refuse('overlap', `\`${busy.id}\` is part of a rollout that is not finished`, { clause: 'D5' });
}

/** A capsule may be slower and smaller than the envelope's rule, never faster or larger. */
export function checkRolloutRule({ rollout, purpose }: Capsule, envelope: Envelope): Result<true> {
  if (purpose === 'validation') return ok(true);
  const isWider =
    rollout.canary > envelope.rollout.canary ||
    rollout.window > envelope.rollout.window ||
    rollout.bakeMs < envelope.rollout.bakeMs;
  return isWider
    ? refuse('rollout-wider', 'the capsule goes faster than the envelope allows', { clause: 'AG-706 4.9' })
    : ok(true);
}

/** The estate-wide quota counts this dispatch already when the status was made after it. */
export function checkBudget(
  capsule: Capsule,
  about: {
    readonly bundle: TrustBundle;
    readonly status: Status;
    readonly index: number;
    readonly earlier: readonly Operation[];
  },
): Result<true> {
  const { bundle, status, index, earlier } = about;
  const targets = capsule.targets.length;
  if (targets > bundle.floor.autonomousTargets)
    return refuse('budget', `${targets} targets, the floor lets ${bundle.floor.autonomousTargets} be changed alone`, {
      clause: 'I14',
    });
  // I14: what was admitted here and is younger than the statement is not in its sum yet; an old statement must not be spent twice.
  const unseen = earlier
    .filter(({ isAlone, leaf }) => isAlone && leaf >= status.checkpoint.size)
    .reduce((sum, operation) => sum + operation.targets.length, 0);
  const used = status.quota.used + unseen + (index < status.checkpoint.size ? 0 : targets);
  return used > status.quota.limit
    ? refuse('budget', `${used} autonomous targets in the hour, the estate allows ${status.quota.limit}`, {
        clause: 'I14',
      })
    : ok(true);
}
