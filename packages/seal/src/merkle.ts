/** RFC 6962 section 2.1: hashes, roots and proofs. Sizes are safe up to 2^53: halving is division, never a shift. */
import { ok, type Result } from '@countersign/core';
import { sha256 } from './digest.ts';
import { no } from './hostile-text.ts';

export const HASH_BYTES = 32;
const LEAF_PREFIX = Uint8Array.of(0);
const NODE_PREFIX = Uint8Array.of(1);
/** A tree of 2^53 leaves has paths of at most 53 hashes; a consistency proof has one more. */
const MAX_PROOF_HASHES = 64;

export const leafHash = (leaf: Uint8Array): Uint8Array => sha256(Buffer.concat([LEAF_PREFIX, leaf]));
export const nodeHash = (left: Uint8Array, right: Uint8Array): Uint8Array =>
  sha256(Buffer.concat([NODE_PREFIX, left, right]));
export const emptyRoot = (): Uint8Array => sha256(new Uint8Array());

export const sameBytes = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
export const isSize = (value: number): boolean => Number.isSafeInteger(value) && value >= 0;
const isHash = (bytes: Uint8Array): boolean => bytes.length === HASH_BYTES;
const isOdd = (value: number): boolean => value % 2 === 1;
const half = (value: number): number => Math.floor(value / 2);

export interface InclusionClaim {
  readonly index: number;
  readonly size: number;
  /** `leafHash` of the entry. */
  readonly leaf: Uint8Array;
  readonly proof: readonly Uint8Array[];
  readonly root: Uint8Array;
}

/** RFC 9162 2.1.3.2. */
export function verifyInclusion(claim: InclusionClaim): Result<true> {
  const { index, size, leaf, proof, root } = claim;
  if (!isSize(index) || !isSize(size) || index >= size) return no('bad-proof', 'the index is not inside the tree');
  if (!areHashes([leaf, root, ...proof.slice(0, MAX_PROOF_HASHES)]))
    return no('bad-proof', 'a hash does not have 32 bytes');
  if (proof.length > MAX_PROOF_HASHES) return no('bad-proof', 'the proof is too long');
  let [node, last, hash] = [index, size - 1, leaf];
  for (const sibling of proof) {
    if (last === 0) return no('bad-proof', 'the proof is too long');
    if (isOdd(node) || node === last) {
      hash = nodeHash(sibling, hash);
      [node, last] = climbToRightChild(node, last);
    } else hash = nodeHash(hash, sibling);
    [node, last] = [half(node), half(last)];
  }
  if (last !== 0) return no('bad-proof', 'the proof is too short');
  return sameBytes(hash, root) ? ok(true) : no('bad-proof', 'the entry does not lead to the root');
}

/** The last node of a level without a sibling is lifted until it is a right child. */
function climbToRightChild(node: number, last: number): [number, number] {
  let [at, end] = [node, last];
  while (!isOdd(at) && at !== 0) [at, end] = [half(at), half(end)];
  return [at, end];
}

const areHashes = (hashes: readonly Uint8Array[]): boolean => hashes.every(isHash);

export interface ConsistencyClaim {
  /** At least 1: every tree is an extension of the empty one, the caller decides whether that is enough. */
  readonly oldSize: number;
  readonly newSize: number;
  readonly oldRoot: Uint8Array;
  readonly newRoot: Uint8Array;
  readonly proof: readonly Uint8Array[];
}

/** RFC 9162 2.1.4.2: the old tree is a prefix of the new one. */
export function verifyConsistency(claim: ConsistencyClaim): Result<true> {
  const { oldSize, newSize, oldRoot, newRoot, proof } = claim;
  if (!isSize(oldSize) || !isSize(newSize) || oldSize < 1 || oldSize > newSize)
    return no('bad-proof', 'the old size is not between 1 and the new size');
  if (proof.length > MAX_PROOF_HASHES) return no('bad-proof', 'the proof is too long');
  if (!areHashes([oldRoot, newRoot, ...proof])) return no('bad-proof', 'a hash does not have 32 bytes');
  if (oldSize < newSize) return verifyGrowth(claim);
  if (proof.length > 0) return no('bad-proof', 'the proof is too long');
  return sameBytes(oldRoot, newRoot) ? ok(true) : no('bad-proof', 'two trees of one size have different roots');
}

function verifyGrowth({ oldSize, newSize, oldRoot, newRoot, proof }: ConsistencyClaim): Result<true> {
  let [node, last] = [oldSize - 1, newSize - 1];
  while (isOdd(node)) [node, last] = [half(node), half(last)];
  // A perfect old tree is itself the first node of the path.
  const [start, ...path] = node === 0 ? [oldRoot, ...proof] : proof;
  if (start === undefined) return no('bad-proof', 'the proof is too short');
  let [oldHash, newHash] = [start, start];
  for (const sibling of path) {
    if (last === 0) return no('bad-proof', 'the proof is too long');
    if (isOdd(node) || node === last) {
      [oldHash, newHash] = [nodeHash(sibling, oldHash), nodeHash(sibling, newHash)];
      [node, last] = climbToRightChild(node, last);
    } else newHash = nodeHash(newHash, sibling);
    [node, last] = [half(node), half(last)];
  }
  if (last !== 0) return no('bad-proof', 'the proof is too short');
  if (!sameBytes(oldHash, oldRoot)) return no('bad-proof', 'the proof does not lead to the old root');
  return sameBytes(newHash, newRoot) ? ok(true) : no('bad-proof', 'the proof does not lead to the new root');
}
