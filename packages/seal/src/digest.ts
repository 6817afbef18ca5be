/** SHA-256, the only hash of identities in this system, and its short form for people. */
import { hash } from 'node:crypto';
import { parseDigest, type Digest } from '@countersign/core';
import { encodeHex } from './base64.ts';
import { canonicalBytes } from './canonical.ts';

export function sha256(bytes: Uint8Array): Uint8Array {
  // By way of a string: Node then takes the 32 bytes from its pool, a buffer of its own costs more than the hash.
  const buffer = Buffer.from(hash('sha256', bytes, 'hex'), 'hex');
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.byteLength);
}

/** Digest of bytes exactly as they are. */
export const digestOf = (bytes: Uint8Array): Digest => digestFrom(hash('sha256', bytes, 'hex'));
/** Digest of the canonical bytes of a document; throws when the document has no canonical form. */
export const digestOfDocument = (value: unknown): Digest => digestOf(canonicalBytes(value));
/** Digest from a hash that was computed elsewhere, 32 bytes. */
export const digestOfHash = (hash32: Uint8Array): Digest => digestFrom(encodeHex(hash32));

function digestFrom(hex: string): Digest {
  const digest = parseDigest(`sha256:${hex}`);
  if (digest === undefined) throw new TypeError('a SHA-256 hash has 32 bytes');
  return digest;
}

/** The 32 bytes of a digest. */
export const hashOfDigest = (digest: Digest): Uint8Array =>
  Uint8Array.from(Buffer.from(digest.slice('sha256:'.length), 'hex'));

/** The short form for people is computed in the browser too, so it lives in core. */
export { digestWords } from '@countersign/core';
