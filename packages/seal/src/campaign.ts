/**
 * The campaign manifest as bytes (C4): its Merkle root over the capsule digests, the proof that a capsule is one of its leaves, and
 * reading it whole. Nothing here asks who signed; that is the caller's question, with the caller's keys.
 */
import {
  campaignShape,
  checkCampaign,
  ok,
  placedMembers,
  readShape,
  refuse,
  renderCampaign,
  type CampaignManifest,
  type Digest,
  type PlacedMember,
  type Result,
} from '@countersign/core';
import { CompactRange } from './compact-range.ts';
import { changeDigestOf } from './change-digest.ts';
import { digestOf, digestOfHash, digestWords, hashOfDigest } from './digest.ts';
import { HASH_BYTES, leafHash, verifyInclusion } from './merkle.ts';
import { inclusionProof } from './merkle-proof.ts';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { readStrictJson } from './strict-json.ts';

export const MAX_CAMPAIGN_BYTES = 3_145_728;

/** A leaf is the 32 bytes of a capsule digest, so that a tree of digests and a record of documents can't be taken for each other. */
const leafOf = (capsule: Digest): Uint8Array => leafHash(hashOfDigest(capsule));

interface CampaignTree {
  readonly root: Digest;
  readonly node: (level: number, index: number) => Uint8Array | undefined;
}

function treeOf(capsules: readonly Digest[]): CampaignTree {
  const nodes = new Map<string, Uint8Array>();
  let range = CompactRange.empty;
  for (const capsule of capsules) {
    const appended = range.append(leafOf(capsule));
    for (const { level, index, hash } of appended.nodes) nodes.set(`${level}/${index}`, hash);
    range = appended.range;
  }
  return { root: digestOfHash(range.root()), node: (level, index) => nodes.get(`${level}/${index}`) };
}

/** RFC 6962 root over the capsules in stage order. */
export const campaignRoot = (capsules: readonly Digest[]): Digest => treeOf(capsules).root;

/** Base64 hashes that lead from leaf `index` to the root. */
export function campaignProof(capsules: readonly Digest[], index: number): Result<readonly string[]> {
  const proof = inclusionProof(treeOf(capsules).node, index, capsules.length);
  return proof.ok ? ok(proof.value.map(encodeBase64)) : proof;
}

export interface MemberClaim {
  readonly root: Digest;
  readonly size: number;
  readonly capsule: Digest;
  readonly index: number;
  /** As made by `campaignProof`. */
  readonly proof: readonly string[];
}

/** The capsule is leaf `index` of the tree people signed. */
export function verifyCampaignMember({ root, size, capsule, index, proof }: MemberClaim): Result<true> {
  const hashes = proof.flatMap((hash) => decodeBase64(hash) ?? []);
  if (hashes.length !== proof.length || hashes.some(({ length }) => length !== HASH_BYTES))
    return refuse('bad-proof', 'a hash of the proof is not base64 of 32 bytes', { clause: 'C4' });
  return verifyInclusion({ index, size, leaf: leafOf(capsule), proof: hashes, root: hashOfDigest(root) });
}

export interface OpenedCampaign {
  readonly manifest: CampaignManifest;
  /** SHA-256 of the bytes as received. */
  readonly digest: Digest;
  /** The plain text of the manifest, and its digest, which people sign with it. */
  readonly page: string;
  readonly shown: Digest;
  /** In stage order; the place is the leaf index. */
  readonly members: readonly PlacedMember[];
}

/** Reads hostile bytes as a manifest that agrees with itself: totals, root and the digest of each change are computed, never trusted. */
export function readCampaign(payload: Uint8Array): Result<OpenedCampaign> {
  const json = readStrictJson(payload, { maxBytes: MAX_CAMPAIGN_BYTES });
  if (!json.ok) return json;
  const read = readShape(campaignShape, json.value);
  if (!read.ok) return read;
  const manifest = read.value;
  const members = placedMembers(manifest);
  const complaints = [
    ...checkCampaign(manifest),
    ...(campaignRoot(members.map(({ member }) => member.capsule)) === manifest.root
      ? []
      : [{ at: '/root', problem: 'is not the root over the capsules' }]),
    ...manifest.changes.flatMap((change, place) =>
      changeDigestOf(change) === change.digest
        ? []
        : [{ at: `/changes/${place}/digest`, problem: 'is not that of the change' }],
    ),
  ];
  if (complaints.length > 0)
    return refuse('campaign-faulty', 'the campaign contradicts itself', { clause: 'C4', complaints });
  const digest = digestOf(payload);
  const page = renderCampaign(manifest, digest, digestWords(digest));
  return ok({ manifest, digest, page, shown: digestOf(new TextEncoder().encode(page)), members });
}
