/** The witness's word, as the real witness would give it for this world's record. */
import { plusMs, statusShape, type Instant } from '@countersign/core';
import { canonicalBytes, PAYLOAD, signEnvelope, type Delivery, type SignerKey } from '@countersign/seal';
import { DEMO_ORGANISATION } from '../../demo/people.ts';
import { made } from './made.ts';
import type { World } from './world.ts';

export interface StatusPlan {
  readonly issuedAt?: Instant;
  readonly signer?: SignerKey;
  /** Fields as told; an undefined one is left out. */
  readonly change?: object;
}

export function status(world: World, { issuedAt = world.now(), signer, change }: StatusPlan = {}): Delivery {
  const { document } = world.envelope;
  const { size, root } = world.record;
  const told = {
    type: 'status',
    organisation: DEMO_ORGANISATION,
    issuedAt,
    expiresAt: plusMs(issuedAt, 300_000),
    checkpoint: { size, root },
    envelope: { digest: world.envelopeDigest(), version: document.version },
    trustVersion: world.bundle.version,
    halts: [],
    suspendedActions: [],
    quota: { used: 0, limit: 500, from: 0 },
    ...change,
  };
  const value = made(statusShape, Object.fromEntries(Object.entries(told).filter(([, field]) => field !== undefined)));
  const key = signer ?? world.keys.signer('witness-status');
  return { kind: 'status', status: signEnvelope(PAYLOAD.status, canonicalBytes(value), [key]) };
}
