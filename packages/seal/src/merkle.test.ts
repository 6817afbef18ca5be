import fc from 'fast-check';
import type { Result } from '@countersign/core';
import { describe, expect, test } from 'vitest';
import { encodeHex } from './base64.ts';
import { CompactRange } from './compact-range.ts';
import {
  consistencyNodes,
  consistencyProof,
  inclusionNodes,
  inclusionProof,
  rootFromNodes,
  rootNodes,
  type NodeReader,
} from './merkle-proof.ts';
import {
  emptyRoot,
  leafHash,
  nodeHash,
  verifyConsistency,
  verifyInclusion,
  type ConsistencyClaim,
  type InclusionClaim,
} from './merkle.ts';

function must<T>(result: Result<T>): T {
  if (!result.ok) throw new Error(result.refusal.detail);
  return result.value;
}
const detailOf = (result: Result<unknown>): string => (result.ok ? 'accepted' : result.refusal.detail);
const hex = (text: string): Uint8Array => Uint8Array.from(Buffer.from(text, 'hex'));

/** Leaves and roots of the certificate-transparency reference tests. */
const LEAVES = ['', '00', '10', '2021', '3031', '40414243', '5051525354555657', '606162636465666768696a6b6c6d6e6f'].map(
  hex,
);
const ROOTS = [
  'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855',
  '6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d',
  'fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125',
  'aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77',
  'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
  '4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4',
  '76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef',
  'ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c',
  '5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328',
];

interface Grown {
  readonly ranges: readonly CompactRange[];
  readonly get: NodeReader;
}
function grow(leaves: readonly Uint8Array[]): Grown {
  const nodes = new Map<string, Uint8Array>();
  const ranges = [CompactRange.empty];
  for (const leaf of leaves) {
    const appended = ranges.at(-1)!.append(leafHash(leaf));
    for (const { level, index, hash } of appended.nodes) nodes.set(`${level}/${index}`, hash);
    ranges.push(appended.range);
  }
  return { ranges, get: (level, index) => nodes.get(`${level}/${index}`) };
}
/** RFC 6962 2.1, word for word: the definition the fast code is compared with. */
function rootByDefinition(leaves: readonly Uint8Array[]): Uint8Array {
  if (leaves.length <= 1) return leaves[0] === undefined ? emptyRoot() : leafHash(leaves[0]);
  let split = 1;
  while (split * 2 < leaves.length) split *= 2;
  return nodeHash(rootByDefinition(leaves.slice(0, split)), rootByDefinition(leaves.slice(split)));
}
const numbered = (count: number): readonly Uint8Array[] =>
  Array.from({ length: count }, (_, i) => Buffer.from(`entry ${i}`));

describe('RFC 6962 reference tree', () => {
  const { ranges, get } = grow(LEAVES);

  test.each(ROOTS.map((root, size) => [size, root] as const))('root of size %d', (size, root) => {
    expect(encodeHex(ranges[size]!.root())).toBe(root);
    expect(encodeHex(must(rootFromNodes(get, size)))).toBe(root);
    expect(encodeHex(rootByDefinition(LEAVES.slice(0, size)))).toBe(root);
  });

  test('inclusion of the first leaf of 8', () => {
    expect(must(inclusionProof(get, 0, 8)).map(encodeHex)).toEqual([
      '96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7',
      '5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e',
      '6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4',
    ]);
  });

  test('inclusion of the sixth leaf of 8', () => {
    expect(must(inclusionProof(get, 5, 8)).map(encodeHex)).toEqual([
      'bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
  });

  test('consistency of 6 and 8', () => {
    expect(must(consistencyProof(get, 6, 8)).map(encodeHex)).toEqual([
      '0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a',
      'ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0',
      'd37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7',
    ]);
  });
});

const MAX = 70;
const tree = grow(numbered(MAX));
const rootAt = (size: number): Uint8Array => tree.ranges[size]!.root();
const inclusionClaim = (index: number, size: number): InclusionClaim => ({
  index,
  size,
  leaf: leafHash(numbered(MAX)[index]!),
  proof: must(inclusionProof(tree.get, index, size)),
  root: rootAt(size),
});
const consistencyClaim = (oldSize: number, newSize: number): ConsistencyClaim => ({
  oldSize,
  newSize,
  oldRoot: rootAt(oldSize),
  newRoot: rootAt(newSize),
  proof: must(consistencyProof(tree.get, oldSize, newSize)),
});
const place = fc.integer({ min: 1, max: MAX }).chain((size) => fc.tuple(fc.nat({ max: size - 1 }), fc.constant(size)));
const sizes = fc
  .integer({ min: 1, max: MAX })
  .chain((size) => fc.tuple(fc.integer({ min: 1, max: size }), fc.constant(size)));
const withBit = (bytes: Uint8Array, bit: number): Uint8Array => {
  const flipped = Uint8Array.from(bytes);
  flipped[Math.floor(bit / 8)]! ^= 1 << (bit % 8);
  return flipped;
};

describe('inclusion', () => {
  test('every leaf of every size is proven, with the nodes the plan names', () => {
    let checked = 0;
    for (let size = 1; size <= MAX; size += 1)
      for (let index = 0; index < size; index += 1) {
        expect(verifyInclusion(inclusionClaim(index, size))).toEqual({ ok: true, value: true });
        const planned = new Set(inclusionNodes(index, size).map((node) => `${node.level}/${node.index}`));
        const sparse: NodeReader = (level, at) => (planned.has(`${level}/${at}`) ? tree.get(level, at) : undefined);
        expect(inclusionProof(sparse, index, size).ok).toBe(true);
        checked += 1;
      }
    expect(checked).toBe((MAX * (MAX + 1)) / 2);
  });

  test('a proof for one place proves no other place, size, leaf or root', () => {
    fc.assert(
      fc.property(place, place, ([index, size], [otherIndex, otherSize]) => {
        const claim = inclusionClaim(index, size);
        const isSamePlace = index === otherIndex;
        expect(verifyInclusion({ ...claim, index: otherIndex }).ok).toBe(isSamePlace);
        expect(verifyInclusion({ ...claim, root: rootAt(otherSize) }).ok).toBe(size === otherSize);
        expect(verifyInclusion({ ...claim, leaf: leafHash(Buffer.from('forged')) }).ok).toBe(false);
      }),
    );
  });

  test('every bit of leaf, root and proof matters', () => {
    fc.assert(
      fc.property(place, fc.nat({ max: 255 }), fc.nat(), ([index, size], bit, which) => {
        const claim = inclusionClaim(index, size);
        expect(verifyInclusion({ ...claim, leaf: withBit(claim.leaf, bit) }).ok).toBe(false);
        expect(verifyInclusion({ ...claim, root: withBit(claim.root, bit) }).ok).toBe(false);
        const at = which % Math.max(claim.proof.length, 1);
        const proof = claim.proof.map((hash, i) => (i === at ? withBit(hash, bit) : hash));
        expect(verifyInclusion({ ...claim, proof }).ok).toBe(proof.length === 0);
      }),
    );
  });

  test.each([
    ['an index outside', { index: 8 }, 'the index is not inside the tree'],
    ['a negative index', { index: -1 }, 'the index is not inside the tree'],
    ['a fractional index', { index: 0.5 }, 'the index is not inside the tree'],
    ['an index that is not a number', { index: Number.NaN }, 'the index is not inside the tree'],
    ['an unsafe size', { size: 2 ** 53 }, 'the index is not inside the tree'],
    ['a long proof', { proof: Array.from({ length: 4 }, emptyRoot) }, 'the proof is too long'],
    ['a huge proof', { proof: Array.from({ length: 100_000 }, emptyRoot) }, 'the proof is too long'],
    ['a short proof', { proof: [] }, 'the proof is too short'],
    ['a short hash', { proof: [emptyRoot(), emptyRoot(), new Uint8Array(31)] }, 'a hash does not have 32 bytes'],
    ['a short leaf', { leaf: new Uint8Array() }, 'a hash does not have 32 bytes'],
    ['an empty root', { root: new Uint8Array() }, 'a hash does not have 32 bytes'],
  ])('refuses %s', (_name, change, detail) => {
    expect(detailOf(verifyInclusion({ ...inclusionClaim(3, 8), ...change }))).toBe(detail);
  });

  test('an inner node is not a leaf', () => {
    const claim = inclusionClaim(0, 4);
    const inner = nodeHash(claim.leaf, claim.proof[0]!);
    expect(verifyInclusion({ index: 0, size: 2, leaf: inner, proof: claim.proof.slice(1), root: claim.root }).ok).toBe(
      true,
    );
    expect(leafHash(Buffer.concat([claim.leaf, claim.proof[0]!]))).not.toEqual(inner);
  });

  test('indices beyond 2^31 work: a tree of equal leaves with 2^52 entries', () => {
    const levels = [leafHash(new Uint8Array())];
    for (let level = 0; level < 52; level += 1) levels.push(nodeHash(levels[level]!, levels[level]!));
    const get: NodeReader = (level) => levels[level];
    for (const size of [2 ** 32 + 1, 2 ** 40 + 12_345, 2 ** 52]) {
      const root = must(rootFromNodes(get, size));
      for (const index of [0, 2 ** 31, 2 ** 32 - 1, size - 1]) {
        const proof = must(inclusionProof(get, index, size));
        expect(verifyInclusion({ index, size, leaf: levels[0]!, proof, root }).ok).toBe(true);
      }
      const oldSize = 2 ** 31 + 7;
      const oldRoot = must(rootFromNodes(get, oldSize));
      const proof = must(consistencyProof(get, oldSize, size));
      expect(verifyConsistency({ oldSize, newSize: size, oldRoot, newRoot: root, proof }).ok).toBe(true);
    }
  });
});

describe('consistency', () => {
  test('every size is a prefix of every later size, with the nodes the plan names', () => {
    for (let newSize = 1; newSize <= MAX; newSize += 1)
      for (let oldSize = 1; oldSize <= newSize; oldSize += 1) {
        expect(detailOf(verifyConsistency(consistencyClaim(oldSize, newSize)))).toBe('accepted');
        const planned = new Set(consistencyNodes(oldSize, newSize).map((node) => `${node.level}/${node.index}`));
        const sparse: NodeReader = (level, at) => (planned.has(`${level}/${at}`) ? tree.get(level, at) : undefined);
        expect(consistencyProof(sparse, oldSize, newSize).ok).toBe(true);
      }
  });

  test('T1: a log that rewrote one old entry cannot prove growth', () => {
    fc.assert(
      fc.property(sizes, fc.nat(), ([oldSize, newSize], which) => {
        const entries = [...numbered(newSize)];
        entries[which % oldSize] = Buffer.from('rewritten');
        const forged = grow(entries);
        const proof = must(consistencyProof(forged.get, oldSize, newSize));
        const claim = { oldSize, newSize, oldRoot: rootAt(oldSize), newRoot: forged.ranges[newSize]!.root(), proof };
        expect(verifyConsistency(claim).ok).toBe(false);
      }),
      { numRuns: 60 },
    );
  });

  test('every bit of roots and proof matters', () => {
    fc.assert(
      fc.property(sizes, fc.nat({ max: 255 }), fc.nat(), ([oldSize, newSize], bit, which) => {
        const claim = consistencyClaim(oldSize, newSize);
        expect(verifyConsistency({ ...claim, oldRoot: withBit(claim.oldRoot, bit) }).ok).toBe(false);
        expect(verifyConsistency({ ...claim, newRoot: withBit(claim.newRoot, bit) }).ok).toBe(false);
        const at = which % Math.max(claim.proof.length, 1);
        const proof = claim.proof.map((hash, i) => (i === at ? withBit(hash, bit) : hash));
        expect(verifyConsistency({ ...claim, proof }).ok).toBe(proof.length === 0);
        expect(verifyConsistency({ ...claim, proof: [...claim.proof, emptyRoot()] }).ok).toBe(false);
        expect(verifyConsistency({ ...claim, proof: claim.proof.slice(1) }).ok).toBe(proof.length === 0);
      }),
    );
  });

  test.each([
    ['an old size of 0', { oldSize: 0 }, 'the old size is not between 1 and the new size'],
    ['a shrinking log', { oldSize: 9 }, 'the old size is not between 1 and the new size'],
    ['a fractional size', { newSize: 8.5 }, 'the old size is not between 1 and the new size'],
    ['an empty proof', { oldSize: 3, proof: [] }, 'the proof is too short'],
    ['a huge proof', { proof: Array.from({ length: 100_000 }, emptyRoot) }, 'the proof is too long'],
    ['a short hash', { oldRoot: new Uint8Array(31) }, 'a hash does not have 32 bytes'],
    ['a proof for equal sizes', { oldSize: 8, oldRoot: rootAt(8) }, 'the proof is too long'],
    ['different roots of one size', { oldSize: 8, proof: [] }, 'two trees of one size have different roots'],
  ])('refuses %s', (_name, change, detail) => {
    expect(detailOf(verifyConsistency({ ...consistencyClaim(5, 8), ...change }))).toBe(detail);
  });
});

describe('making proofs', () => {
  test.each([
    ['inclusion outside', () => inclusionProof(tree.get, 8, 8)],
    ['inclusion in nothing', () => inclusionProof(tree.get, 0, 0)],
    ['inclusion at a fraction', () => inclusionProof(tree.get, 0.5, 8)],
    ['inclusion without nodes', () => inclusionProof(() => undefined, 0, 8)],
    ['consistency backwards', () => consistencyProof(tree.get, 9, 8)],
    ['consistency from nothing', () => consistencyProof(tree.get, 0, 8)],
    ['consistency without nodes', () => consistencyProof(() => undefined, 3, 8)],
    ['a root of a fraction', () => rootFromNodes(tree.get, 1.5)],
    ['a root without nodes', () => rootFromNodes(() => undefined, 8)],
  ])('refuses %s', (_name, make) => {
    expect(make().ok).toBe(false);
  });

  test('plans of impossible proofs are empty; the plan of a root names its peaks', () => {
    expect(inclusionNodes(8, 8)).toEqual([]);
    expect(consistencyNodes(0, 8)).toEqual([]);
    expect(rootNodes(11)).toEqual([
      { level: 3, index: 0 },
      { level: 1, index: 4 },
      { level: 0, index: 10 },
    ]);
  });
});
