/** A record of a few leaves in memory: enough for inclusion proofs and for a witness to follow. */
import { leafShape, type Digest, type Instant, type Leaf, type RecordEvent } from '@countersign/core';
import {
  canonicalBytes,
  CompactRange,
  cosignCheckpoint,
  formatTlogProof,
  consistencyProof,
  encodeBase64,
  inclusionProof,
  leafHash,
  signCheckpoint,
  type MerkleNode,
  type RecordLink,
  type SignerKey,
} from '@countersign/seal';
import { LOG_NAME, ORGANISATION, WITNESS_NAME } from './house.ts';
import { good, made } from './made.ts';

export interface RecordKeys {
  readonly log: SignerKey;
  readonly witness: SignerKey;
}

export class SmallRecord {
  readonly #keys: RecordKeys;
  readonly #nodes: Map<string, Uint8Array> = new Map();
  readonly #leaves: { readonly bytes: Uint8Array; readonly body: Uint8Array | undefined }[] = [];
  #range: CompactRange = CompactRange.empty;

  constructor(keys: RecordKeys) {
    this.#keys = keys;
  }

  get size(): number {
    return this.#range.size;
  }
  get root(): Uint8Array {
    return this.#range.root();
  }
  get leaves(): readonly { readonly bytes: Uint8Array; readonly body: Uint8Array | undefined }[] {
    return this.#leaves;
  }

  add(
    event: RecordEvent,
    about: { readonly body: Digest; readonly at: Instant; readonly bytes?: Uint8Array; readonly subject?: string },
  ): number {
    const leaf: Leaf = made(leafShape, {
      type: 'leaf',
      organisation: ORGANISATION,
      event,
      at: about.at,
      actor: 'control',
      subject: about.subject ?? 'thing:1',
      correlation: 'P-1',
      body: about.body,
    });
    const bytes = canonicalBytes(leaf);
    const { range, nodes } = this.#range.append(leafHash(bytes));
    for (const node of nodes) this.#nodes.set(key(node), node.hash);
    this.#range = range;
    this.#leaves.push({ bytes, body: about.bytes });
    return this.size - 1;
  }

  /** The signed checkpoint without witnesses. */
  checkpoint(): string {
    return signCheckpoint({ origin: LOG_NAME, size: this.size, root: this.root }, this.#keys.log);
  }

  cosigned(timeSeconds: number): string {
    return good(cosignCheckpoint(this.checkpoint(), { name: WITNESS_NAME, signer: this.#keys.witness }, timeSeconds));
  }

  proof(index: number, checkpoint: string): string {
    const hashes = good(inclusionProof((level, at) => this.#nodes.get(key({ level, index: at })), index, this.size));
    return formatTlogProof({ index, hashes, checkpoint });
  }

  /** From the record as it was at this size to the record as it is. */
  linkFrom(from: number): RecordLink {
    const hashes = good(consistencyProof((level, at) => this.#nodes.get(key({ level, index: at })), from, this.size));
    return { from, hashes: hashes.map(encodeBase64) };
  }
}

const key = ({ level, index }: Pick<MerkleNode, 'level' | 'index'>): string => `${level}/${index}`;
