/** Gate steps 1 and 2: the capsule is well formed, one of the trusted signers signed exactly these bytes, its parts agree. */
import { refuse, type Result } from '@countersign/core';
import {
  PAYLOAD,
  payloadOf,
  readCapsule,
  verifyEnvelope,
  type DsseEnvelope,
  type ReadCapsule,
} from '@countersign/seal';
import type { Trust } from './trust.ts';

export type SignedCapsule = ReadCapsule;

export function checkCapsule(envelope: DsseEnvelope, trust: Trust): Result<SignedCapsule> {
  const rule = { payloadType: PAYLOAD.capsule, trusted: trust.capsuleSigners, threshold: 1 };
  const verified = verifyEnvelope(envelope, rule);
  if (!verified.ok) return refuse('capsule-unsigned', `the capsule: ${verified.refusal.detail}`, { clause: 'C2' });
  return readCapsule(verified.value.payload);
}

/** The capsule without its signature, for work the journal already holds. */
export function readUnsignedCapsule(envelope: DsseEnvelope): Result<SignedCapsule> {
  const payload = payloadOf(envelope);
  return payload.ok ? readCapsule(payload.value) : payload;
}
