/**
 * What comes back out of the tables. Ids and digests are read again; documents are cast, because only use cases of this program
 * write them, each after its shape was read, and what carries a signature is verified again where it counts.
 */
import {
  instantOf,
  parseDigest,
  parseId,
  type Decision,
  type Digest,
  type HeardStatement,
  type Id,
  type Leaf,
  type Proposal,
} from '@countersign/core';
import type { Delivery, DsseEnvelope, DsseSignature, JsonValue, Report, TrustMetadata } from '@countersign/seal';
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
/** Stored after the root led to its bundle. */
export const storedTrust = (document: unknown): TrustMetadata => document as TrustMetadata;
/** Signatures beside a draft, each read by its shape before. */
export const storedSignatures = (document: unknown): readonly DsseSignature[] => document as readonly DsseSignature[];
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
/** Written after the document it stood in was read; without the standing of its source. */
export const storedStatement = (row: {
  readonly source: string;
  readonly vulnerability: string;
  readonly product: string;
  readonly component: string;
  readonly status: string;
  readonly justification: string | null;
  readonly said_at: Date;
}): Omit<HeardStatement, 'mayLower'> => ({
  source: storedId<'Source'>(row.source),
  vulnerability: row.vulnerability,
  product: row.product,
  ...(row.component !== '' && { component: row.component }),
  status: row.status as HeardStatement['status'],
  ...(row.justification !== null && { justification: row.justification }),
  saidAt: instantOf(row.said_at.getTime()),
});
