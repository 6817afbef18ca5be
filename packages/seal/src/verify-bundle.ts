/**
 * Offline check of an evidence bundle (V4): what the file says is believed only where a key that the root keys vouch for signed it,
 * and only if the parts agree with each other. The first thing that does not hold is named; there is no partial pass.
 */
import {
  leafShape,
  missingFields,
  ok,
  readShape,
  refuse,
  type BundleField,
  type FieldLine,
  type Result,
  type TrustBundle,
} from '@countersign/core';
import { decodeBase64 } from './base64.ts';
import { keysOf, openSigned } from './bundle-envelope.ts';
import { fieldsOfBundle } from './bundle-fields.ts';
import { timesOfLeaves, type ProvedLeaf } from './bundle-times.ts';
import { logTrustOf, openBundledTrust, type BundleTrust } from './bundle-trust.ts';
import { canonicalBytes } from './canonical.ts';
import type { CheckpointTrust } from './checkpoint.ts';
import { digestOf } from './digest.ts';
import {
  BUNDLE_SEAL_TYPE,
  bundleFileShape,
  bundleSealShape,
  type BundledLeaf,
  type BundleFile,
  type EvidenceBundle,
} from './evidence-bundle.ts';
import { readStrictJson } from './strict-json.ts';
import type { EntryTime } from './time-bracket.ts';
import { parseTlogProof, verifyTlogProof } from './tlog-proof.ts';
import { checkRevocations } from './verify-bundle-revocations.ts';
import { campaignSubjects, isOfCampaigns } from './verify-bundle-campaigns.ts';
import { verifyActs, type VerifiedActs } from './verify-bundle-acts.ts';

export interface BundleReport extends VerifiedActs {
  readonly organisation: string;
  readonly proposal: string;
  /** Made with demo keys: it proves nothing about a production. */
  readonly isDemo: boolean;
  readonly trustVersion: number;
  readonly leaves: number;
  /** Size of the largest checkpoint that holds a leaf, 0 without leaves. */
  readonly recordSize: number;
  /** When each entry came into the record, as far as witnesses prove it. What they contradict does not refuse the file: it is said. */
  readonly times: readonly EntryTime[];
  /** Every field of V1 and where it is. */
  readonly fields: readonly FieldLine[];
  readonly missing: readonly BundleField[];
}

const MAX_FILE_BYTES = 134_217_728;

export function verifyBundle(bytes: Uint8Array, trusted: BundleTrust): Result<BundleReport> {
  const file = readFile(bytes);
  if (!file.ok) return file;
  const { bundle } = file.value;
  const trust = openBundledTrust(bundle, trusted);
  if (!trust.ok) return trust;
  const sealed = checkSeal(file.value, trust.value.newest);
  if (!sealed.ok) return sealed;
  const record = checkLeaves(bundle, trust.value.newest);
  if (!record.ok) return record;
  const acts = verifyActs(bundle, {
    versions: trust.value.versions,
    newest: trust.value.newest,
    leaves: record.value.leaves,
  });
  if (!acts.ok) return acts;
  const { size, leaves, times } = record.value;
  // The seal is younger than the newest entry around it.
  const sealedAt = { at: bundle.madeAt, ...(size > 0 && { index: size - 1 }) };
  const standing = checkRevocations(bundle, { ...trust.value, leaves, seal: file.value.seal, sealedAt });
  if (!standing.ok) return standing;
  const fields = fieldsOfBundle(bundle, acts.value, leaves);
  return ok({
    ...acts.value,
    fields,
    missing: missingFields(fields),
    organisation: bundle.organisation,
    proposal: bundle.proposal,
    isDemo: trust.value.newest.isDemo,
    trustVersion: trust.value.newest.version,
    leaves: leaves.length,
    recordSize: size,
    times,
  });
}

/** Strict JSON, no unknown field, and exactly the canonical bytes: two files with one content do not exist. */
function readFile(bytes: Uint8Array): Result<BundleFile> {
  const json = readStrictJson(bytes, { maxBytes: MAX_FILE_BYTES });
  if (!json.ok) return json;
  const file = readShape(bundleFileShape, json.value);
  if (!file.ok) return file;
  if (Buffer.compare(canonicalBytes(json.value), bytes) !== 0)
    return refuse('malformed', 'the file is not in its canonical form');
  return file;
}

function checkSeal({ bundle, seal }: BundleFile, newest: TrustBundle): Result<true> {
  const opened = openSigned(
    seal,
    { payloadType: BUNDLE_SEAL_TYPE, trusted: keysOf(newest.keys.capsuleSigners) },
    bundleSealShape,
  );
  if (!opened.ok) return refuse(opened.refusal.code, `the seal: ${opened.refusal.detail}`, { clause: 'V4' });
  const { organisation, bundle: sealed } = opened.value.document;
  const isSame = organisation === bundle.organisation && sealed === digestOf(canonicalBytes(bundle));
  return isSame ? ok(true) : refuse('bad-signature', 'the seal is not of this content', { clause: 'V4' });
}

/** Every leaf is in a checkpoint that enough witnesses have seen, belongs to this remediation, and has the body it names (V3). */
function checkLeaves(
  bundle: EvidenceBundle,
  newest: TrustBundle,
): Result<{ readonly leaves: readonly ProvedLeaf[]; readonly size: number; readonly times: readonly EntryTime[] }> {
  const trust = logTrustOf(newest);
  if (!trust.ok) return trust;
  const leaves: ProvedLeaf[] = [];
  let size = 0;
  const campaigns = campaignSubjects(bundle);
  for (const bundled of bundle.leaves) {
    const checked = checkLeaf(bundled, { bundle, campaigns, trust: trust.value });
    if (!checked.ok)
      return refuse(checked.refusal.code, `a leaf of the record: ${checked.refusal.detail}`, { clause: 'V3' });
    const before = leaves.at(-1);
    if (before !== undefined && checked.value.index <= before.index)
      return refuse('malformed', 'the leaves are not in the order of the record');
    leaves.push(checked.value);
    size = Math.max(size, checked.value.checkpoint.size);
  }
  const times = timesOfLeaves(leaves, bundle.checkpoints ?? [], trust.value);
  return times.ok ? ok({ leaves, size, times: times.value }) : times;
}

function checkLeaf(
  { leaf: encoded, body: encodedBody, proof: text }: BundledLeaf,
  {
    bundle,
    campaigns,
    trust,
  }: { readonly bundle: EvidenceBundle; readonly campaigns: ReadonlySet<string>; readonly trust: CheckpointTrust },
): Result<ProvedLeaf> {
  const bytes = decodeBase64(encoded);
  const body = encodedBody === undefined ? undefined : decodeBase64(encodedBody);
  if (bytes === undefined || (encodedBody !== undefined && body === undefined))
    return refuse('malformed', 'it is not base64');
  const json = readStrictJson(bytes);
  const leaf = json.ok ? readShape(leafShape, json.value) : json;
  if (!leaf.ok) return leaf;
  const isOwn = leaf.value.correlation === bundle.proposal || isOfCampaigns(leaf.value, campaigns);
  if (leaf.value.organisation !== bundle.organisation || !isOwn)
    return refuse('wrong-type', 'it belongs to another remediation');
  if (body !== undefined && digestOf(body) !== leaf.value.body)
    return refuse('bad-proof', 'its body is not the one it names');
  const proof = parseTlogProof(text);
  const included = proof.ok ? verifyTlogProof(proof.value, bytes, trust) : proof;
  if (!included.ok) return included;
  const { index, checkpoint } = included.value;
  return ok({ leaf: leaf.value, index, body, checkpoint });
}
