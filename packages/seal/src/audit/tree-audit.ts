/**
 * Finds what does not lead to a signed root. Each node of the tree is known twice: as it is stored, and as its leaves make it. Going
 * down from a root that was signed, the pair of children that hashes to it is the true one; the other is what somebody changed.
 */
import { nodeHash, sameBytes } from '../merkle.ts';
import { rootNodes, type NodeAddress, type NodeReader } from '../merkle-proof.ts';
import type { Finding } from './finding.ts';

export interface TreeQuestion {
  readonly size: number;
  readonly root: Uint8Array;
  /** Hash of the leaf at this place, undefined when it is missing. */
  readonly leafAt: (seq: number) => Uint8Array | undefined;
  /** As stored. */
  readonly node: NodeReader;
  /** Whether nodes of this level are stored at all: tiles hold every eighth. */
  readonly isStored: (level: number) => boolean;
}

/** More peaks than this are tried one by one no further: 2^12 ways to combine what is stored with what is computed. */
const MAX_TRIED_PEAKS = 12;

export function auditTree(question: TreeQuestion): readonly Finding[] {
  return new TreeAudit(question).run();
}

class TreeAudit {
  readonly #of: TreeQuestion;
  readonly #computed = new Map<string, Uint8Array | undefined>();
  readonly #made = new Map<string, Uint8Array | undefined>();
  readonly #findings: Finding[] = [];
  /** Hashes that stand at another place: an entry that was moved is named with where it belongs. */
  readonly #trueLeaves = new Map<string, number>();
  readonly #wrongLeaves: number[] = [];

  constructor(of: TreeQuestion) {
    this.#of = of;
  }

  run(): readonly Finding[] {
    const peaks = rootNodes(this.#of.size);
    const hashes = this.#truePeaks(peaks);
    if (hashes === undefined) this.#everything();
    else for (const [place, peak] of peaks.entries()) this.#descend(peak, hashes[place] ?? new Uint8Array());
    this.#nameLeaves();
    return this.#findings;
  }

  #truePeaks(peaks: readonly NodeAddress[]): readonly Uint8Array[] | undefined {
    const candidates = peaks.map((peak) => this.#candidates(peak));
    if (candidates.some(({ length }) => length === 0)) return undefined;
    const open = candidates.filter(({ length }) => length > 1).length;
    if (open > MAX_TRIED_PEAKS) return undefined;
    for (let mask = 0; mask < 2 ** open; mask += 1) {
      let bit = 0;
      const chosen = candidates.map((options) => {
        const place = options.length > 1 ? Math.floor(mask / 2 ** bit++) % 2 : 0;
        return options[place] ?? new Uint8Array();
      });
      const root = chosen.reduceRight((right, peak) => nodeHash(peak, right));
      if (sameBytes(root, this.#of.root)) return chosen;
    }
    return undefined;
  }

  /** As stored, or as what is stored below it makes it; an entry stands in for its own hash where that is missing. */
  #kept(level: number, index: number): Uint8Array | undefined {
    const stored = this.#of.node(level, index);
    if (stored !== undefined || level === 0) return stored ?? this.#of.leafAt(index);
    const key = `${level}/${index}`;
    if (this.#made.has(key)) return this.#made.get(key);
    const [left, right] = [this.#kept(level - 1, 2 * index), this.#kept(level - 1, 2 * index + 1)];
    const hash = left === undefined || right === undefined ? undefined : nodeHash(left, right);
    this.#made.set(key, hash);
    return hash;
  }

  /** What a node may be: as computed, and as kept when that is something else. */
  #candidates({ level, index }: NodeAddress): readonly Uint8Array[] {
    const computed = this.#compute(level, index);
    const stored = this.#kept(level, index);
    const both = [computed, stored].filter((hash) => hash !== undefined);
    const [first, second] = both;
    return first !== undefined && second !== undefined && sameBytes(first, second) ? [first] : both;
  }

  #compute(level: number, index: number): Uint8Array | undefined {
    if (level === 0) return this.#of.leafAt(index);
    const key = `${level}/${index}`;
    if (this.#computed.has(key)) return this.#computed.get(key);
    const [left, right] = [this.#compute(level - 1, 2 * index), this.#compute(level - 1, 2 * index + 1)];
    const hash = left === undefined || right === undefined ? undefined : nodeHash(left, right);
    this.#computed.set(key, hash);
    return hash;
  }

  /** `hash` is what was signed at this node. */
  #descend(address: NodeAddress, hash: Uint8Array): void {
    const { level, index } = address;
    this.#checkStored(address, hash);
    if (level === 0) return this.#leaf(index, hash);
    const computed = this.#compute(level, index);
    if (computed !== undefined && sameBytes(computed, hash)) return this.#intact(address);
    const children = [2 * index, 2 * index + 1].map((child) => ({ level: level - 1, index: child }));
    const [left, right] = children;
    if (left === undefined || right === undefined) return undefined;
    for (const a of this.#candidates(left))
      for (const b of this.#candidates(right))
        if (sameBytes(nodeHash(a, b), hash)) {
          this.#descend(left, a);
          return this.#descend(right, b);
        }
    return this.#lost(address);
  }

  /** Leaves below are as they were signed; only stored nodes may have been changed. */
  #intact({ level, index }: NodeAddress): void {
    for (let at = level; at >= 0; at -= 1) {
      if (!this.#of.isStored(at)) continue;
      const width = 2 ** (level - at);
      for (let place = 0; place < width; place += 1) {
        const address = { level: at, index: index * width + place };
        const hash = this.#compute(address.level, address.index);
        if (hash !== undefined && at < level) this.#checkStored(address, hash);
        if (at === 0 && hash !== undefined) this.#trueLeaves.set(Buffer.from(hash).toString('hex'), address.index);
      }
    }
  }

  #checkStored({ level, index }: NodeAddress, hash: Uint8Array): void {
    const stored = this.#of.node(level, index);
    if (!this.#of.isStored(level)) return;
    const at = `tree_node ${level}/${index}`;
    if (stored === undefined) this.#findings.push({ harm: 'deleted', at, detail: 'the node is missing' });
    else if (!sameBytes(stored, hash))
      this.#findings.push({
        harm: 'edited',
        at,
        detail: 'the stored hash is not the one that leads to the signed root',
      });
  }

  #leaf(seq: number, hash: Uint8Array): void {
    this.#trueLeaves.set(Buffer.from(hash).toString('hex'), seq);
    const found = this.#of.leafAt(seq);
    if (found === undefined)
      this.#findings.push({ harm: 'deleted', at: `leaf ${seq}`, detail: 'the entry is missing' });
    else if (!sameBytes(found, hash)) this.#wrongLeaves.push(seq);
  }

  /** Which of an entry and another was put in its place can be told when every true hash is known. */
  #nameLeaves(): void {
    for (const seq of this.#wrongLeaves) {
      const home = this.#trueLeaves.get(Buffer.from(this.#of.leafAt(seq) ?? new Uint8Array()).toString('hex'));
      this.#findings.push(
        home === undefined || home === seq
          ? { harm: 'edited', at: `leaf ${seq}`, detail: 'the entry is not the one that was signed' }
          : { harm: 'moved', at: `leaf ${seq}`, detail: `the entry that stands here belongs to place ${home}` },
      );
    }
  }

  /** Neither what is stored nor what is computed leads on: everything below is named together. */
  #lost({ level, index }: NodeAddress): void {
    const width = 2 ** level;
    const missing = Array.from({ length: width }, (_, place) => index * width + place).filter(
      (seq) => this.#of.leafAt(seq) === undefined,
    );
    for (const seq of missing)
      this.#findings.push({ harm: 'deleted', at: `leaf ${seq}`, detail: 'the entry is missing' });
    this.#findings.push({
      harm: 'damaged',
      at: width === 1 ? `leaf ${index}` : `leaf ${index * width} to leaf ${(index + 1) * width - 1}`,
      detail: 'entries and nodes of the tree were changed together; what is left does not tell which',
    });
  }

  #everything(): void {
    for (const { level, index } of rootNodes(this.#of.size)) this.#lost({ level, index });
  }
}
