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
  /** A change is not the one that its digest names. */
  'change-digest',
  /** Versions of a capsule do not follow each other. */
  'version-chain',
  /** A Merkle proof or disclosure does not lead to the root. */
  'bad-proof',
  /** Trust metadata lacks signatures of the keys that its root demands, or holds one that does not verify. */
  'trust-unsigned',
  /** Trust metadata is older than what was seen. */
  'trust-rolled-back',
  /** Two different documents of one version. */
  'trust-forked',
  /** A part of the trust metadata is not the one that the part before it names. */
  'trust-mixed',
  /** Trust metadata of another organisation. */
  'trust-other',
  /** Demo keys where production keys are needed, or the other way round. */
  'demo-trust',
  /** A key was revoked before what it signed counted. */
  'trust-revoked',
  /** The trust bundle says what no bundle may: a shared key, no cooling-off time. */
  'trust-unsound',
] as const;
export type SealCode = (typeof SEAL_CODES)[number];
