/**
 * The counter-capsule (X6): the way back, named before the way forth is taken. Its digest stands in the capsule, so whoever signs
 * the change signs it too, and going back never waits for a signature.
 */
import type { CapsuleId, Digest, EnclaveId, OrganisationId, RunnerId, TargetId } from '../shared/brand.ts';
import type { Probe, RollbackPlan } from '../proposal/change.ts';
import type { Capsule } from './capsule.ts';
import type { CapturedState } from './captured-state.ts';

export interface CounterCapsule {
  readonly type: 'counter-capsule';
  readonly id: CapsuleId;
  readonly version: number;
  readonly organisation: OrganisationId;
  readonly environment: Capsule['environment'];
  readonly audience: { readonly enclave: EnclaveId; readonly runner: RunnerId };
  readonly changeDigest: Digest;
  readonly rollback: RollbackPlan;
  /** Put back in this order, the last change first. */
  readonly restore: readonly CapturedState[];
  readonly targets: readonly TargetId[];
  /** What has to hold afterwards. */
  readonly checks: readonly Probe[];
}

/** Made from the capsule alone, so that anybody can make it again and compare its digest. */
export function counterCapsuleOf(capsule: Omit<Capsule, 'counterCapsule'>): CounterCapsule {
  const { id, version, organisation, environment, audience, changeDigest, rollback, capture, targets } = capsule;
  return {
    type: 'counter-capsule',
    id,
    version,
    organisation,
    environment,
    audience,
    changeDigest,
    rollback,
    restore: rollback.kind === 'restore' ? capture.toReversed() : [],
    targets: targets.map((target) => target.id),
    checks: capsule.validation.checks,
  };
}
