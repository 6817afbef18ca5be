/** A capsule as it lies in the table: the signed bytes decide, never a column. Remembered by digest, because bytes do not change. */
import type { Capsule, Digest } from '@countersign/core';
import { parseEnvelope, readSignedCapsule, type DsseEnvelope } from '@countersign/seal';

export interface StoredCapsule {
  readonly digest: Digest;
  readonly dsse: DsseEnvelope;
  readonly capsule: Capsule;
}

const MAX_REMEMBERED = 64;
const remembered = new Map<string, StoredCapsule>();

/** The name of a capsule where digests are not allowed, e.g. in the subject of a leaf. */
export const capsuleSubject = (digest: string): string => `capsule:${digest.slice('sha256:'.length)}`;

/** Throws when what is stored is not the capsule of this digest: then the database was tampered with. */
export function openStoredCapsule(digest: string, dsse: unknown): StoredCapsule {
  const known = remembered.get(digest);
  if (known !== undefined) return known;
  const envelope = parseEnvelope(dsse);
  if (!envelope.ok) throw new Error(`the stored capsule ${digest} is not an envelope`);
  const stored = readSignedCapsule(envelope.value);
  if (!stored.ok || stored.value.digest !== digest) throw new Error(`the stored capsule ${digest} has other bytes`);
  remember(stored.value);
  return stored.value;
}

export function remember(stored: StoredCapsule): void {
  const [oldest] = remembered.keys();
  if (remembered.size >= MAX_REMEMBERED && oldest !== undefined) remembered.delete(oldest);
  remembered.set(stored.digest, stored);
}
