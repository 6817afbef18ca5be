/** Bytes that are hashed, signed and proven: the only package that touches keys and signatures. */
export {
  decodeBase64,
  decodeBase64Url,
  decodeEitherBase64,
  encodeBase64,
  encodeBase64Url,
  encodeHex,
} from './base64.ts';
export { canonicalBytes, readCanonicalBytes } from './canonical.ts';
export {
  cosignCheckpoint,
  formatCheckpoint,
  openCheckpoint,
  readCheckpoint,
  signCheckpoint,
  type Checkpoint,
  type CheckpointTrust,
  type Cosignature,
  type OpenedCheckpoint,
} from './checkpoint.ts';
export { SEAL_CODES, type SealCode } from './codes.ts';
export { CompactRange, type Appended, type CompactRangeState, type MerkleNode } from './compact-range.ts';
export { readCoseKey, type CoseKey } from './cose-key.ts';
export { digestOf, digestOfDocument, digestOfHash, digestWords, hashOfDigest, sha256 } from './digest.ts';
export {
  addSignature,
  attachSignature,
  dsseShape,
  MAX_ENVELOPE_BYTES,
  MAX_GRAPH_BYTES,
  MAX_GRAPH_ENVELOPE_BYTES,
  parseEnvelope,
  payloadOf,
  preAuthEncoding,
  readEnvelope,
  signEnvelope,
  verifyEnvelope,
  type DsseEnvelope,
  type DsseSignature,
  type EnvelopeRule,
  type PasskeyAssertionFields,
  type VerifiedEnvelope,
} from './dsse.ts';
export {
  disclose,
  MAX_EVIDENCE_LEAVES,
  MIN_SALT_BYTES,
  sealFields,
  verifyDisclosure,
  type DisclosedLeaf,
  type EvidenceLeaf,
  type EvidenceRoot,
  type MaskedLeaf,
  type SealedFields,
} from './evidence-tree.ts';
export { escapeHostile, invisibleAt, quote } from './hostile-text.ts';
export {
  APPROVAL_NAMESPACE,
  keyidOfCredential,
  passkeySignature,
  sshSignature,
  verifyHumanSignature,
  type HumanCredential,
  type PasskeyCredential,
  type RawCredential,
  type SshCredential,
  type VerifiedHumanSignature,
} from './human-signature.ts';
export {
  decodePublicKey,
  encodePublicKey,
  generateSigner,
  keyId,
  loadSigner,
  publicKeyOf,
  signerPem,
  type KeyKind,
  type PublicKey,
  type SignerKey,
} from './keys.ts';
export {
  emptyRoot,
  leafHash,
  nodeHash,
  verifyConsistency,
  verifyInclusion,
  type ConsistencyClaim,
  type InclusionClaim,
} from './merkle.ts';
export {
  consistencyNodes,
  consistencyProof,
  inclusionNodes,
  inclusionProof,
  rootFromNodes,
  rootNodes,
  type NodeAddress,
  type NodeReader,
} from './merkle-proof.ts';
export { parseVkey, vkeyOf, type NoteRole, type NoteVerifier } from './note.ts';
export {
  challengeOf,
  verifyPasskeyAssertion,
  type PasskeyAssertion,
  type PasskeyRule,
  type VerifiedPasskey,
} from './passkey.ts';
export {
  loadOpenSshPrivateKey,
  parseSshPublicKey,
  sshFingerprint,
  sshPublicKeyLine,
  type SshPublicKey,
} from './ssh-key.ts';
export { signSsh, verifySshSignature, type SshSignatureRule, type VerifiedSshSignature } from './sshsig.ts';
export {
  INTOTO_TYPE,
  isJsonObject,
  readStatement,
  STATEMENT_TYPE,
  statementBytes,
  subjectOf,
  type Statement,
  type StatementSubject,
} from './statement.ts';
export { readStrictJson, type JsonLimits, type JsonObject, type JsonValue } from './strict-json.ts';
export {
  formatTlogProof,
  parseTlogProof,
  verifyTlogProof,
  type TlogProof,
  type VerifiedTlogProof,
} from './tlog-proof.ts';
export {
  CAPSULE_PREDICATE,
  deliveryShape,
  MAX_DELIVERY_BYTES,
  MAX_POLL_BYTES,
  PAYLOAD,
  refusalShape,
  type AdmissionRefusal,
  type CapsuleDelivery,
  type Delivery,
  type PollAnswer,
  type Progress,
  type Report,
} from './wire.ts';
export { changeDigestOf } from './change-digest.ts';
export {
  BUNDLE_SEAL_TYPE,
  sealBundle,
  type BundledEvidence,
  type BundledLeaf,
  type BundleFile,
  type BundleSeal,
  type EvidenceBundle,
} from './evidence-bundle.ts';
export { verifyBundle, type BundleReport, type BundleTrust } from './verify-bundle.ts';
export type { CapsuleReport } from './verify-bundle-acts.ts';
export { checkPolicies, policyDigestOf, withPolicies } from './policies.ts';
export {
  MAX_POLICY_BYTES,
  openPolicy,
  readPolicy,
  type OpenedPolicy,
  type PolicyChain,
  type PolicyRule,
  type ReadPolicy,
} from './open-policy.ts';
