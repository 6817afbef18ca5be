/** Every code a check of this package refuses with; callers map them to HTTP and exit codes. */
export const SEAL_CODES = [
  /** The bytes do not have the one form that is accepted. */
  'malformed',
  /** The document is well formed but is of another type than the caller asked for. */
  'wrong-type',
  /** A key is of a kind that is not supported, is weak, or is protected by a passphrase. */
  'bad-key',
  /** A signature does not belong to these bytes, this key or this purpose. */
  'bad-signature',
  /** Fewer distinct trusted keys signed than are required. */
  'too-few-signatures',
  /** A Merkle proof or disclosure does not lead to the root. */
  'bad-proof',
] as const;
export type SealCode = (typeof SEAL_CODES)[number];
