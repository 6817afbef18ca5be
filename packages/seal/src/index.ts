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
export { readCbor, readCoseKey, type CoseKey } from './cose-key.ts';
export { decidedLines } from './decided-text.ts';
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
  signEnvelopeWith,
  verifyEnvelope,
  type DsseEnvelope,
  type DsseSignature,
  type EnvelopeSigner,
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
  keyMaterialOf,
  keysThatSigned,
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
  publicKeyFromPoint,
  publicKeyOf,
  signerPem,
  type KeyKind,
  type PublicKey,
  type SealKey,
  type SignerKey,
} from './keys.ts';
export {
  emptyRoot,
  HASH_BYTES,
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
  isHardwareKey,
  parseSshPublicKey,
  readSshBlob,
  sshBlobOf,
  sshFingerprint,
  sshPublicKeyLine,
  type SshPublicKey,
} from './ssh-key.ts';
export {
  armourSshSignature,
  signSsh,
  sshSignatureBlob,
  sshSignedData,
  verifySshSignature,
  type SshSignatureRule,
  type VerifiedSshSignature,
} from './sshsig.ts';
export { mpintToFixed, WireReader, wireMpint, wireString, wireUint32 } from './ssh-wire.ts';
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
  gatewayInvitationShape,
  openGatewayEnrolment,
  signGatewayEnrolment,
  type GatewayEnrolment,
  type GatewayInvitation,
  type OpenedEnrolment,
} from './gateway-enrolment.ts';
export {
  MAX_TASK_SECONDS,
  signTaskCredential,
  verifyTaskCredential,
  type TaskClaims,
  type TaskRule,
} from './task-credential.ts';
export {
  formatTlogProof,
  parseTlogProof,
  verifyTlogProof,
  type TlogProof,
  type VerifiedTlogProof,
} from './tlog-proof.ts';
export {
  decodeEntries,
  decodeTile,
  encodeEntries,
  encodeTile,
  parseTilePath,
  TILE_LEVELS,
  TILE_WIDTH,
  tileNodes,
  tilePath,
  tilesOf,
  tileWidth,
  type Tile,
} from './tiles.ts';
export { compareViews, openView, type Comparison, type OpenedView, type RootThen, type View } from './compare-views.ts';
export { edgeTiles, TileGrowth, type TileFile } from './tile-growth.ts';
export { betweenTiles, rootWithin, rootWithinNodes, tileReader, tilesFor } from './tile-reader.ts';
export { auditRecord, type AuditReport, type AuditRule, type RecordDump } from './audit/audit-record.ts';
export type { AuditedLeaf, Finding, Harm } from './audit/finding.ts';
export { readDump } from './audit/read-dump.ts';
export {
  checkLinked,
  MAX_RECORD_LINKS,
  recordLinkShape,
  recordLinksShape,
  type RecordLink,
  type TreeHead,
} from './record-link.ts';
export {
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
  CAPSULE_PREDICATE,
  capsuleBytes,
  capsulePageOf,
  capsuleShownDigest,
  capsuleStatementOf,
  capsuleSubjects,
  counterCapsuleDigestOf,
  readCapsule,
  readSignedCapsule,
  signCapsule,
  withWayBack,
  type ReadCapsule,
  type SignedCapsuleFile,
} from './capsule-statement.ts';
export {
  approvalFactsIn,
  capsuleChain,
  deltaPageOf,
  NOTHING_PROVED,
  standingApprovals,
  votesIn,
  type CapsuleChain,
  type ChainLink,
  type ChainVersion,
  type NarrowsEnvelope,
} from './capsule-chain.ts';
export {
  BUNDLE_SEAL_TYPE,
  bundleFileShape,
  sealBundle,
  type BundledCampaign,
  type BundledEvidence,
  type BundledLeaf,
  type BundleFile,
  type BundleSeal,
  type EvidenceBundle,
} from './evidence-bundle.ts';
export { MAX_BUNDLED_CHECKPOINTS, timesOfLeaves, type BundledCheckpoint } from './bundle-times.ts';
export type { BundleTrust } from './bundle-trust.ts';
export {
  bracketText,
  entryTime,
  timesSummary,
  timesTexts,
  WitnessedTimes,
  type EntryTime,
  type TimeBracket,
  type TimesSummary,
} from './time-bracket.ts';
export { verifyBundle, type BundleReport } from './verify-bundle.ts';
export type { CapsuleReport } from './verify-bundle-acts.ts';
export { campaignSubjects } from './verify-bundle-campaigns.ts';
export {
  approvalLeafBody,
  campaignApprovalLeafBody,
  evidenceLeafBody,
  leafBodyDigest,
  receiptLeafBody,
  validationLeafBody,
} from './leaf-bodies.ts';
export { LeafPlaces, subjectOf as leafSubjectOf, type PlacedLeaf } from './leaf-places.ts';
export { checkPolicies, policyDigestOf, withPolicies } from './policies.ts';
export {
  MAX_POLICY_BYTES,
  openPolicy,
  readPolicy,
  type OpenedPolicy,
  type PolicyChain,
  type PolicyRule,
  type PolicyVersion,
  type ReadPolicy,
} from './open-policy.ts';
export {
  campaignProof,
  campaignRoot,
  MAX_CAMPAIGN_BYTES,
  readCampaign,
  verifyCampaignMember,
  type MemberClaim,
  type OpenedCampaign,
} from './campaign.ts';
export { campaignDeliveryShape, type CampaignDelivery } from './campaign-wire.ts';
export {
  addTufSignature,
  signTufMetadata,
  tufSignature,
  tufSignatureOfPasskey,
  tufSignatureOfSsh,
} from './tuf/sign.ts';
export { tufKeyId, tufKeyOf, tufKeyOfPasskey, tufKeyOfSsh, TUF_SSH_NAMESPACE } from './tuf/keys.ts';
export { makeRoot, makeSnapshot, makeTargets, makeTimestamp, type RoleKeys, type RootContent } from './tuf/make.ts';
export {
  readTufRoot,
  readTufSnapshot,
  readTufTargets,
  readTufTimestamp,
  tufFileBytes,
  tufSignedBytes,
  type RootSigned,
  type SnapshotSigned,
  type TargetsSigned,
  type TimestampSigned,
  type TufKey,
  type TufMetadata,
  type TufRole,
  type TufRoleName,
  type TufSignature,
  type TufSigned,
} from './tuf/metadata.ts';
export { openTrust, type OpenedTrust, type PinnedTrust, type TrustVersions } from './tuf/open-trust.ts';
export { publishRoot, publishTrust, type RootPublication, type TrustPublication } from './tuf/publish-trust.ts';
export { bundleInForce, isLogRevoked, nextRevocation } from './tuf/in-force.ts';
export { checkTrustKeys } from './tuf/key-duties.ts';
export { trustDates, trustEnds, type TrustEnd } from './tuf/trust-ends.ts';
export { REGISTRAR_ROLE } from './tuf/registrars.ts';
export { readRoot as readSoundTufRoot, tufSignersOf } from './tuf/roles.ts';
export {
  encodeTrust,
  readTrustFolder,
  trustFiles,
  trustMetadataShape,
  type TrustBytes,
  type TrustFile,
  type TrustMetadata,
} from './tuf/trust-metadata.ts';
export {
  EXPORT_SEAL_TYPE,
  TILE_LEAVES,
  tilePath as exportTilePath,
  type BundleParts,
  type ExportFrame,
  type ExportManifest,
  MAX_EXPORTED_CHECKPOINTS,
} from './export/export-format.ts';
export { ExportWriter, type ExportedTree } from './export/export-writer.ts';
export {
  ExportVerifier,
  verifyExport,
  type ExportContent,
  type ExportReport,
  type ExportRule,
} from './export/verify-export.ts';
export type { ExportProblem } from './export/verify-export-damage.ts';
export type { RemediationReport } from './export/verify-export-remediations.ts';
export type { VerifiedRecord } from './export/verify-export-record.ts';
export type { VerifiedLeaf } from './bundle-envelope.ts';
export { OCSF_VERSION } from './export/ocsf.ts';
export { SIEM_FORMATS, SiemWriter, type SiemFormat } from './export/siem.ts';
export {
  discloseEvidence,
  disclosureBytes,
  openFullEvidence,
  readDisclosure,
  readFullEvidence,
  verifyEvidence,
  type EvidenceDisclosure,
  type FullEvidence,
  type OpenedEvidence,
} from './evidence-disclosure.ts';
export { maskingDigest, verifySanitizedView, type ViewQuestion } from './sanitized-view.ts';
