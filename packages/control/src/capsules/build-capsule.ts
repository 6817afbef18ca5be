/** The capsule of a decided proposal, complete with the digest of its way back (C1, X6). */
import { planCapsule, type Capsule, type CapsulePlan, type Result } from '@countersign/core';
import { withWayBack } from '@countersign/seal';

export function buildCapsule(plan: CapsulePlan): Result<Capsule> {
  const planned = planCapsule(plan);
  return planned.ok ? { ok: true, value: withWayBack(planned.value) } : planned;
}
