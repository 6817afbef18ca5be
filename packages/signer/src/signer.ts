/**
 * The port behind which private keys live. Whoever signs sees a public key and a promise of a signature, never the private
 * part, so that a file can be replaced by an agent, a token or a service without another change.
 */
import type { Result } from '@countersign/core';
import { escapeHostile, type KeyKind, type PublicKey } from '@countersign/seal';
import { no } from './codes.ts';

/** What judges a signature; a `PublicKey` is one, a key of a new algorithm can be. */
export interface Verifier {
  readonly keyid: string;
  readonly verify: (message: Uint8Array, signature: Uint8Array) => boolean;
}

/** A signer of any algorithm, also of those that nothing in the product trusts yet (ML-DSA). */
export interface AnySigner<Algorithm extends string = string, Key extends Verifier = Verifier> {
  readonly algorithm: Algorithm;
  readonly publicKey: Key;
  /**
   * The signature over exactly these bytes: 64 bytes of Ed25519, DER of ECDSA with SHA-256. When it answers, the signature has
   * been verified. It may take as long as a person needs to touch a key; after a refusal it may be called again; calls at the
   * same time are allowed. Nothing is remembered between calls.
   */
  readonly sign: (message: Uint8Array) => Promise<Result<Uint8Array>>;
  /** Lets go of sessions and sockets; afterwards `sign` refuses. */
  readonly close: () => Promise<void>;
}

/** A signer whose signatures the product trusts. */
export type Signer = AnySigner<KeyKind, PublicKey>;

/**
 * A signature leaves only after it was verified: a device with a fault would otherwise give away parts of its key, and a hostile
 * agent would let us publish something else than what we meant to sign.
 */
export function checked(publicKey: Verifier, message: Uint8Array, signature: Result<Uint8Array>): Result<Uint8Array> {
  if (!signature.ok || publicKey.verify(message, signature.value)) return signature;
  return no('bad-answer', `what was answered is no signature of the key \`${escapeHostile(publicKey.keyid)}\``);
}

export const checkedSignature = async (
  publicKey: Verifier,
  message: Uint8Array,
  made: Promise<Result<Uint8Array>>,
): Promise<Result<Uint8Array>> => checked(publicKey, message, await made);
