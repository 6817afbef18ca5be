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
  // One use covers all versions: else signatures that carry over would run the same change twice (C1, D6).
  const ran = journal.versionOf(capsule.id);
  if (ran !== undefined && ran > capsule.version)
    return refuse(
      'capsule-superseded',
      `version ${ran} of this capsule was admitted, this is version ${capsule.version}`,
      {
        clause: 'C1',
      },
    );
  if (ran !== undefined)
    return refuse('replay', `version ${ran} of this capsule was admitted before; one version runs, once`, {
      clause: 'C1',
    });
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

/**
 * The floor's most targets, and the estate-wide quota of the witness (I14). The statement has to count this dispatch already, and lately:
 * so all acts of all runners under a statement are in its sum, whichever statements a server chooses to bring.
 */
export function checkBudget(
  capsule: Capsule,
  about: { readonly bundle: TrustBundle; readonly status: Status; readonly index: number },
): Result<true> {
  const { bundle, status, index } = about;
  const { used, limit, from } = status.quota;
  const targets = capsule.targets.length;
  if (targets > bundle.floor.autonomousTargets)
    return refuse('budget', `${targets} targets, the floor lets ${bundle.floor.autonomousTargets} be changed alone`, {
      clause: 'I14',
    });
  if (index >= status.checkpoint.size)
    return refuse('uncounted', 'the witness has not counted this dispatch', { clause: 'I14' });
  if (index < from) return refuse('uncounted', 'it was dispatched too long ago to begin alone', { clause: 'I14' });
  return used > limit
    ? refuse('budget', `${used} autonomous targets in the hour, the estate allows ${limit}`, { clause: 'I14' })
    : ok(true);
}
