/** Two versions of one capsule: what people signed, and what a control plane makes of it. */
import type { Capsule, Digest } from '@countersign/core';
import {
  deltaPageOf,
  digestOf,
  signCapsule,
  withWayBack,
  type DsseEnvelope,
  type ReadCapsule,
} from '@countersign/seal';
import { KEYS, NOW, TARGETS, world } from './attack.ts';
import { signApproval } from './signed.ts';
import type { World, WorldPlan } from './world.ts';

/** Version 1, signed by kim over three hosts. */
export const FIRST: World = world('people', { estate: TARGETS });

const fitted = (rule: Capsule['rollout'], targets: number): Capsule['rollout'] => ({
  ...rule,
  canary: Math.min(rule.canary, targets),
  window: Math.min(rule.window, targets),
});

/** A whole world around the version after `before`, decided again, with nobody's signature. */
export const versionAfter = (before: ReadCapsule, plan: Partial<WorldPlan> = {}): World =>
  world('people', {
    estate: TARGETS,
    ...plan,
    approvers: [],
    capsule: {
      version: before.capsule.version + 1,
      parent: before.digest,
      rollout: fitted(before.capsule.rollout, (plan.targets ?? TARGETS).length),
      nonce: String(before.capsule.version).padStart(32, 'b'),
      ...plan.capsule,
    },
  });

/** Version 2 with one host fewer. */
export const NARROWER: World = versionAfter(FIRST, { targets: TARGETS.slice(0, 2) });

const TWO = TARGETS.slice(0, 2);
/** Version 1 over two hosts, and version 2 with a third. */
export const SMALL: World = world('people', { targets: TWO, estate: TARGETS });
export const LARGER: World = versionAfter(SMALL);

export const parentsOf = (...worlds: readonly World[]): readonly DsseEnvelope[] =>
  worlds.map(({ delivery }) => delivery.capsule);

/** The approval of what changed, as a person signs it. */
export function signDelta(
  before: ReadCapsule,
  after: ReadCapsule,
  plan: { readonly name?: string; readonly change?: object } = {},
): DsseEnvelope {
  const shown: Digest = digestOf(new TextEncoder().encode(deltaPageOf(before, after)));
  return signApproval(KEYS, {
    ...after,
    name: plan.name ?? 'kim',
    now: NOW,
    change: { since: before.digest, shown, ...plan.change },
  });
}

/** Any version 2 that a control plane which holds the capsule key can make. */
export function forgedAfter(
  before: ReadCapsule,
  change: Partial<Capsule>,
): { readonly of: ReadCapsule; readonly dsse: DsseEnvelope } {
  const forged = withWayBack({
    ...before.capsule,
    version: before.capsule.version + 1,
    parent: before.digest,
    nonce: 'c'.repeat(32),
    ...change,
  });
  const { capsule, digest, dsse } = signCapsule(forged, [KEYS.capsules]);
  return { of: { capsule, digest }, dsse };
}
