/**
 * What comes back out of the tables. Ids and digests are read again; documents are cast, because only use cases of this program
 * write them, each after its shape was read, and what carries a signature is verified again where it counts.
 */
import { parseDigest, parseId, type Decision, type Digest, type Id, type Leaf, type Proposal } from '@countersign/core';
import type { Delivery, DsseEnvelope, JsonValue, Report } from '@countersign/seal';
import type { StoredCapsuleDelivery } from '../enclaves/deliveries.ts';

export function storedId<Name extends string>(text: string): Id<Name> {
  const id = parseId<Name>(text);
  if (id === undefined) throw new Error('a stored id does not have the form of one');
  return id;
}

export function storedDigest(text: string): Digest {
  const digest = parseDigest(text);
  if (digest === undefined) throw new Error('a stored digest does not have the form of one');
  return digest;
}

/** Written by intake alone. */
export const storedProposal = (document: unknown): Proposal => document as Proposal;
/** Written as `decide` made it. */
export const storedDecision = (document: unknown): Decision => document as Decision;
/** Stored after its shape was read. */
export const storedDsse = (document: unknown): DsseEnvelope => document as DsseEnvelope;
/** Disclosed fields, stored after they led to the signed root. */
export const storedFields = (document: unknown): Extract<Report, { readonly kind: 'evidence' }>['fields'] =>
  document as Extract<Report, { readonly kind: 'evidence' }>['fields'];
/** A value inside a document that `readStrictJson` read. */
export const readJson = (value: unknown): JsonValue => value as JsonValue;
/** A view beside its counts, written from the reducer's state. */
export const storedView = (document: unknown): { readonly phase?: unknown; readonly breaker?: unknown } =>
  document as { readonly phase?: unknown; readonly breaker?: unknown };
/** Everything but a capsule, written by `deliver`. */
export const storedDelivery = (document: unknown): Delivery => document as Delivery;
/** Written by `completeDelivery`. */
export const storedCapsuleDelivery = (document: unknown): StoredCapsuleDelivery => document as StoredCapsuleDelivery;
/** A leaf whose bytes lead to the signed root. */
export const storedLeaf = (document: unknown): Leaf => document as Leaf;
