/** Gate steps 1 and 2: the capsule is well formed, one of the trusted signers signed exactly these bytes, its parts agree. */
import { capsuleShape, ok, readShape, refuse, type Capsule, type Digest, type Result } from '@countersign/core';
import {
  CAPSULE_PREDICATE,
  digestOf,
  digestOfDocument,
  PAYLOAD,
  payloadOf,
  readStatement,
  verifyEnvelope,
  type DsseEnvelope,
} from '@countersign/seal';
import type { Trust } from './trust.ts';

export interface SignedCapsule {
  readonly capsule: Capsule;
  /** SHA-256 of the payload bytes as received. */
  readonly digest: Digest;
}

export function checkCapsule(envelope: DsseEnvelope, trust: Trust): Result<SignedCapsule> {
  const rule = { payloadType: PAYLOAD.capsule, trusted: trust.capsuleSigners, threshold: 1 };
  const verified = verifyEnvelope(envelope, rule);
  if (!verified.ok) return refuse('capsule-unsigned', `the capsule: ${verified.refusal.detail}`, { clause: 'C2' });
  const read = readCapsule(verified.value.payload);
  if (!read.ok) return read;
  const { change, validation, rollback, changeDigest } = read.value.capsule;
  if (digestOfDocument({ change, validation, rollback }) !== changeDigest)
    return refuse('change-digest', 'the change is not the one its digest names', { clause: 'L4' });
  return read;
}

function readCapsule(payload: Uint8Array): Result<SignedCapsule> {
  const statement = readStatement(payload, CAPSULE_PREDICATE);
  if (!statement.ok) return statement;
  const capsule = readShape(capsuleShape, statement.value.predicate);
  if (!capsule.ok) return capsule;
  const ids = capsule.value.targets.map(({ id }) => id);
  if (new Set(ids).size !== ids.length) return refuse('malformed', 'a target is named twice', { clause: 'C1' });
  return ok({ capsule: capsule.value, digest: digestOf(payload) });
}

/** The capsule without its signature, for work the journal already holds. */
export function readUnsignedCapsule(envelope: DsseEnvelope): Result<SignedCapsule> {
  const payload = payloadOf(envelope);
  return payload.ok ? readCapsule(payload.value) : payload;
}
