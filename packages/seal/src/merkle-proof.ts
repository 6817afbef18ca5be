/**
 * Making RFC 6962 proofs from stored perfect subtrees. A plan names the nodes first, so a store can fetch them in one query.
 * Node (level, index) covers the leaves [index * 2^level, (index + 1) * 2^level).
 */
import { ok, type Result } from '@countersign/core';
import { no } from './hostile-text.ts';
import { emptyRoot, isSize, nodeHash } from './merkle.ts';

export interface NodeAddress {
  readonly level: number;
  readonly index: number;
}
/** Hash of a perfect subtree, undefined when it is not known. */
export type NodeReader = (level: number, index: number) => Uint8Array | undefined;
/** Leaves [from, to). */
interface Span {
  readonly from: number;
  readonly to: number;
}

/** Largest power of two below `count`; `count` > 1. */
function splitOf(count: number): number {
  let split = 1;
  while (split * 2 < count) split *= 2;
  return split;
}

/** Perfect subtrees of a span that starts at a multiple of the power of two not below its length, left to right. */
function nodesOf({ from, to }: Span): readonly NodeAddress[] {
  const nodes: NodeAddress[] = [];
  for (let at = from; at < to;) {
    let [level, width] = [0, 1];
    while (width * 2 <= to - at && at % (width * 2) === 0) [level, width] = [level + 1, width * 2];
    nodes.push({ level, index: at / width });
    at += width;
  }
  return nodes;
}

function inclusionSpans(index: number, size: number): readonly Span[] {
  const spans: Span[] = [];
  let [from, to] = [0, size];
  while (to - from > 1) {
    const middle = from + splitOf(to - from);
    const isLeft = index < middle;
    spans.push(isLeft ? { from: middle, to } : { from, to: middle });
    [from, to] = isLeft ? [from, middle] : [middle, to];
  }
  return spans.toReversed();
}

function consistencySpans(oldSize: number, newSize: number): readonly Span[] {
  const spans: Span[] = [];
  let [from, to, isOldTreeWhole] = [0, newSize, true];
  while (oldSize < to) {
    const middle = from + splitOf(to - from);
    if (oldSize <= middle) {
      spans.push({ from: middle, to });
      to = middle;
    } else {
      spans.push({ from, to: middle });
      from = middle;
      isOldTreeWhole = false;
    }
  }
  // When the path never turned right the verifier knows the last node already: it is the old root.
  if (!isOldTreeWhole) spans.push({ from, to });
  return spans.toReversed();
}

function hashOf(get: NodeReader, span: Span): Uint8Array | undefined {
  let folded: Uint8Array | undefined;
  for (const { level, index } of nodesOf(span).toReversed()) {
    const hash = get(level, index);
    if (hash === undefined) return undefined;
    folded = folded === undefined ? hash : nodeHash(hash, folded);
  }
  return folded;
}

function hashesOf(get: NodeReader, spans: readonly Span[]): Result<readonly Uint8Array[]> {
  const hashes = spans.flatMap((span) => hashOf(get, span) ?? []);
  return hashes.length === spans.length ? ok(hashes) : no('bad-proof', 'a node of the tree is not known');
}

const isInside = (index: number, size: number): boolean => isSize(index) && isSize(size) && index < size;

/** Nodes that `inclusionProof` will read. */
export const inclusionNodes = (index: number, size: number): readonly NodeAddress[] =>
  isInside(index, size) ? inclusionSpans(index, size).flatMap(nodesOf) : [];

/** Nodes that `consistencyProof` will read. */
export const consistencyNodes = (oldSize: number, newSize: number): readonly NodeAddress[] =>
  oldSize > 0 && isInside(oldSize, newSize) ? consistencySpans(oldSize, newSize).flatMap(nodesOf) : [];

/** Nodes that `rootFromNodes` will read. */
export const rootNodes = (size: number): readonly NodeAddress[] => nodesOf({ from: 0, to: size });

export function inclusionProof(get: NodeReader, index: number, size: number): Result<readonly Uint8Array[]> {
  if (!isInside(index, size)) return no('bad-proof', 'the index is not inside the tree');
  return hashesOf(get, inclusionSpans(index, size));
}

/** Empty when the sizes are equal. */
export function consistencyProof(get: NodeReader, oldSize: number, newSize: number): Result<readonly Uint8Array[]> {
  if (!isSize(oldSize) || !isSize(newSize) || oldSize < 1 || oldSize > newSize)
    return no('bad-proof', 'the old size is not between 1 and the new size');
  return oldSize === newSize ? ok([]) : hashesOf(get, consistencySpans(oldSize, newSize));
}

export function rootFromNodes(get: NodeReader, size: number): Result<Uint8Array> {
  if (!isSize(size)) return no('bad-proof', 'the size is not a count');
  if (size === 0) return ok(emptyRoot());
  const root = hashOf(get, { from: 0, to: size });
  return root === undefined ? no('bad-proof', 'a node of the tree is not known') : ok(root);
}
