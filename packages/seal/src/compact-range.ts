/** The state a log needs to grow: its size and the roots of its perfect subtrees, O(log n) hashes (RFC 6962). */
import { integer, list, object, ok, readShape, text, type Result } from '@countersign/core';
import { decodeBase64, encodeBase64 } from './base64.ts';
import { no } from './hostile-text.ts';
import { emptyRoot, HASH_BYTES, nodeHash } from './merkle.ts';
import type { NodeAddress } from './merkle-proof.ts';

export interface MerkleNode extends NodeAddress {
  readonly hash: Uint8Array;
}
export interface Appended {
  readonly range: CompactRange;
  /** Perfect subtrees that this leaf completed, the leaf first: what a store keeps for proofs. */
  readonly nodes: readonly MerkleNode[];
}
/** Serialised form; peaks in base64, widest first. */
export interface CompactRangeState {
  readonly size: number;
  readonly peaks: readonly string[];
}

const STATE = object<CompactRangeState>({
  size: integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  peaks: list(text({ min: 44, max: 44 }), { max: 53 }),
});

/** Number of one bits, for sizes beyond 32 bits. */
function countOfPeaks(size: number): number {
  let count = 0;
  for (let rest = size; rest > 0; rest = Math.floor(rest / 2)) count += rest % 2;
  return count;
}

/** Immutable: an append that is rolled back leaves nothing behind. */
export class CompactRange {
  static readonly empty: CompactRange = new CompactRange(0, []);
  readonly size: number;
  readonly #peaks: readonly Uint8Array[];

  private constructor(size: number, peaks: readonly Uint8Array[]) {
    this.size = size;
    this.#peaks = peaks;
  }

  static parse(value: unknown): Result<CompactRange> {
    const state = readShape(STATE, value);
    if (!state.ok) return state;
    const peaks = state.value.peaks.flatMap((peak) => decodeBase64(peak) ?? []);
    const areHashes = peaks.length === state.value.peaks.length && peaks.every((peak) => peak.length === HASH_BYTES);
    if (!areHashes || peaks.length !== countOfPeaks(state.value.size))
      return no('malformed', 'the peaks do not fit the size of the tree');
    return ok(new CompactRange(state.value.size, peaks));
  }

  /** The range with one more leaf; `leaf` is a `leafHash`. */
  append(leaf: Uint8Array): Appended {
    if (leaf.length !== HASH_BYTES || this.size === Number.MAX_SAFE_INTEGER)
      throw new RangeError('a leaf hash has 32 bytes');
    const peaks = [...this.#peaks];
    const nodes: MerkleNode[] = [{ level: 0, index: this.size, hash: leaf }];
    let [hash, index, level] = [leaf, this.size, 0];
    for (; index % 2 === 1; level += 1) {
      hash = nodeHash(peaks.pop() ?? leaf, hash);
      index = (index - 1) / 2;
      nodes.push({ level: level + 1, index, hash });
    }
    return { range: new CompactRange(this.size + 1, [...peaks, hash]), nodes };
  }

  root(): Uint8Array {
    return (
      this.#peaks.reduceRight<Uint8Array | undefined>(
        (right, peak) => (right === undefined ? peak : nodeHash(peak, right)),
        undefined,
      ) ?? emptyRoot()
    );
  }

  toJSON(): CompactRangeState {
    return { size: this.size, peaks: this.#peaks.map(encodeBase64) };
  }
}
