/** A record in memory with the keys of the demo's log and witness: what the control plane and an honest witness would hold. */
import { leafShape, type Digest, type Leaf, type RecordEvent } from '@countersign/core';
import {
  canonicalBytes,
  CompactRange,
  consistencyProof,
  cosignCheckpoint,
  encodeBase64,
  formatTlogProof,
  inclusionProof,
  leafHash,
  signCheckpoint,
  type RecordLink,
  type SignerKey,
} from '@countersign/seal';
import { DEMO_ORGANISATION } from '../../demo/people.ts';
import { recordNames, type RecordNames } from '../../demo/trust.ts';
import { good, made } from './made.ts';

export interface RecordKeys {
  readonly log: SignerKey;
  readonly witness: SignerKey;
}

export interface NewLeaf {
  readonly event: RecordEvent;
  readonly body: Digest;
  readonly at: string;
}

export interface RecordLeaf {
  readonly index: number;
  readonly bytes: Uint8Array;
}

export class WorldRecord {
  readonly keys: RecordKeys;
  readonly #nodes: Map<string, Uint8Array> = new Map();
  readonly #leaves: Uint8Array[] = [];
  readonly #names: RecordNames;
  #range: CompactRange = CompactRange.empty;

  constructor(keys: RecordKeys, isDemo = true) {
    this.keys = keys;
    this.#names = recordNames(isDemo);
  }

  get size(): number {
    return this.#range.size;
  }
  get root(): string {
    return encodeBase64(this.#range.root());
  }
  get leaves(): readonly Uint8Array[] {
    return this.#leaves;
  }

  add({ event, body, at }: NewLeaf): RecordLeaf {
    const leaf: Leaf = made(leafShape, {
      type: 'leaf',
      organisation: DEMO_ORGANISATION,
      event,
      at,
      actor: 'control',
      subject: `capsule:${body.slice('sha256:'.length)}`,
      correlation: '',
      body,
    });
    const bytes = canonicalBytes(leaf);
    const { range, nodes } = this.#range.append(leafHash(bytes));
    for (const node of nodes) this.#nodes.set(addressOf(node.level, node.index), node.hash);
    this.#range = range;
    this.#leaves.push(bytes);
    return { index: this.size - 1, bytes };
  }

  /** Signed by the log alone. */
  checkpoint(signer: SignerKey = this.keys.log): string {
    return signCheckpoint({ origin: this.#names.log, size: this.size, root: this.#range.root() }, signer);
  }

  cosigned(timeSeconds: number, signer: SignerKey = this.keys.witness): string {
    return good(cosignCheckpoint(this.checkpoint(), { name: this.#names.witness, signer }, timeSeconds));
  }

  proof(index: number, checkpoint: string): string {
    const hashes = good(inclusionProof((level, at) => this.#nodes.get(addressOf(level, at)), index, this.size));
    return formatTlogProof({ index, hashes, checkpoint });
  }

  /** From the record as it was at one size to the record as it was at another. */
  linkFrom(from: number, to: number = this.size): RecordLink {
    const hashes = good(consistencyProof((level, at) => this.#nodes.get(addressOf(level, at)), from, to));
    return { from, hashes: hashes.map(encodeBase64) };
  }
}

const addressOf = (level: number, index: number): string => `${level}/${index}`;
