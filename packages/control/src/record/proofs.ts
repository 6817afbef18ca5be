/** Proofs out of the stored tree. A proof leaves only when it leads to the signed root: a damaged table shows here first. */
import { refuse, type OrganisationId, type Result } from '@countersign/core';
import {
  consistencyNodes,
  consistencyProof,
  encodeBase64,
  formatTlogProof,
  inclusionNodes,
  inclusionProof,
  leafHash,
  verifyInclusion,
  type NodeReader,
  type RecordLink,
} from '@countersign/seal';
import type { OrganisationConfig } from '../config.ts';
import type { Store } from '../store/schema.ts';
import type { Trust } from '../trust/current.ts';
import { cosignedNote, type StoredCheckpoint } from './checkpoints.ts';
import type { NewestRecord } from './newest.ts';
import { openOwnCheckpoint } from './own-checkpoint.ts';
import { readNodes } from './tree.ts';

interface ProofParts {
  readonly store: Store;
  readonly trust: Trust;
  readonly organisations: ReadonlyMap<OrganisationId, OrganisationConfig>;
  readonly newest: NewestRecord;
}

/** A `.tlog-proof`, with what shows that its record continues the ones its receiver may have verified before. */
export interface LinkedProof {
  readonly proof: string;
  readonly links?: readonly RecordLink[];
}

type StoredLeaf = { readonly seq: number; readonly bytes: Uint8Array };

export class RecordProofs {
  readonly #parts: ProofParts;

  constructor(parts: ProofParts) {
    this.#parts = parts;
  }

  /**
   * `.tlog-proof` of a leaf in a checkpoint that enough witnesses have cosigned; undefined while there is none yet.
   * This is what a runner demands before it acts (X1).
   */
  async witnessedProof(organisation: OrganisationId, seq: number): Promise<string | undefined> {
    const checkpoint = await this.witnessed(organisation, seq + 1);
    if (checkpoint === undefined) return undefined;
    const proof = await this.proofIn(organisation, seq, checkpoint);
    return proof.ok ? proof.value : undefined;
  }

  /** The newest checkpoint of at least this size with a quorum of witnesses. */
  async witnessed(organisation: OrganisationId, size: number): Promise<StoredCheckpoint | undefined> {
    const { newest, trust } = this.#parts;
    const config = this.#parts.organisations.get(organisation);
    const installed = await trust.bundle(organisation);
    if (config === undefined || installed === undefined) return undefined;
    const rule = { keys: installed.witnesses, quorum: installed.bundle.keys.witnessQuorum };
    const isEnough = (candidate: StoredCheckpoint): boolean =>
      candidate.size >= size && openOwnCheckpoint(cosignedNote(candidate), config, rule).ok;
    const head = rule.quorum === 0 ? await newest.checkpoint(organisation, size) : undefined;
    if (head !== undefined) return isEnough(head) ? head : undefined;
    for await (const candidate of newest.cosigned(organisation, size)) if (isEnough(candidate)) return candidate;
    return undefined;
  }

  /** Proof of a leaf in a checkpoint of this size, or in the newest one. */
  async proofFor(organisation: OrganisationId, seq: number, size?: number): Promise<Result<string>> {
    const { newest } = this.#parts;
    const checkpoint =
      size === undefined
        ? await newest.checkpoint(organisation, seq + 1)
        : await newest.checkpointOf(organisation, size);
    if (checkpoint === undefined || checkpoint.size <= seq)
      return refuse('not-found', 'no checkpoint holds this entry');
    return this.proofIn(organisation, seq, checkpoint);
  }

  async proofIn(organisation: OrganisationId, seq: number, checkpoint: StoredCheckpoint): Promise<Result<string>> {
    const leaf = await this.#parts.store
      .selectFrom('leaf')
      .select('bytes')
      .where('organisation', '=', organisation)
      .where('seq', '=', seq)
      .executeTakeFirst();
    if (leaf === undefined) return refuse('not-found', 'the record has no such entry');
    return this.proofOf(organisation, { seq, bytes: leaf.bytes }, checkpoint);
  }

  /** Proof of a leaf as the table holds it. */
  async proofOf(organisation: OrganisationId, leaf: StoredLeaf, checkpoint: StoredCheckpoint): Promise<Result<string>> {
    const node = await this.#parts.newest.nodes(organisation, inclusionNodes(leaf.seq, checkpoint.size));
    return this.#proofFrom(node, { organisation, leaf, checkpoint });
  }

  /** The same with links from smaller records of these sizes; all nodes are asked for at once. */
  async linkedProofOf(
    organisation: OrganisationId,
    leaf: StoredLeaf,
    { checkpoint, from }: { readonly checkpoint: StoredCheckpoint; readonly from: readonly number[] },
  ): Promise<Result<LinkedProof>> {
    const { size } = checkpoint;
    const sizes = from.filter((older) => older > 0 && older < size);
    const plan = [...inclusionNodes(leaf.seq, size), ...sizes.flatMap((older) => consistencyNodes(older, size))];
    const node = await this.#parts.newest.nodes(organisation, plan);
    const proof = this.#proofFrom(node, { organisation, leaf, checkpoint });
    if (!proof.ok) return proof;
    // A link that cannot be made is left out: its receiver refuses, loudly, only when it needs that one.
    const links = sizes.flatMap((older): readonly RecordLink[] => {
      const hashes = consistencyProof(node, older, size);
      return hashes.ok ? [{ from: older, hashes: hashes.value.map(encodeBase64) }] : [];
    });
    return { ok: true, value: { proof: proof.value, ...(links.length > 0 && { links }) } };
  }

  /** Those that a quorum of today's witnesses has cosigned: what anybody else can open. */
  async opened(
    organisation: OrganisationId,
    checkpoints: readonly StoredCheckpoint[],
  ): Promise<readonly StoredCheckpoint[]> {
    const config = this.#parts.organisations.get(organisation);
    const installed = await this.#parts.trust.bundle(organisation);
    if (config === undefined || installed === undefined) return [];
    const rule = { keys: installed.witnesses, quorum: Math.max(1, installed.bundle.keys.witnessQuorum) };
    return checkpoints.filter((one) => openOwnCheckpoint(cosignedNote(one), config, rule).ok);
  }

  /** From smaller records of this organisation to a larger one, all nodes asked for at once; one that cannot be made is left out. */
  async links(
    organisation: OrganisationId,
    { from, to }: { readonly from: readonly number[]; readonly to: number },
  ): Promise<readonly RecordLink[]> {
    const sizes = from.filter((older) => older > 0 && older < to);
    const plan = sizes.flatMap((older) => consistencyNodes(older, to));
    const node = await this.#parts.newest.nodes(organisation, plan);
    return sizes.flatMap((older): readonly RecordLink[] => {
      const hashes = consistencyProof(node, older, to);
      return hashes.ok ? [{ from: older, hashes: hashes.value.map(encodeBase64) }] : [];
    });
  }

  /** From a smaller record of this organisation to a larger one. */
  async link(
    organisation: OrganisationId,
    { from, to }: { readonly from: number; readonly to: number },
  ): Promise<Result<RecordLink>> {
    if (from >= to) return refuse('not-found', 'the record did not grow between these sizes');
    const node = await this.#parts.newest.nodes(organisation, consistencyNodes(from, to));
    const hashes = consistencyProof(node, from, to);
    return hashes.ok ? { ok: true, value: { from, hashes: hashes.value.map(encodeBase64) } } : hashes;
  }

  #proofFrom(
    node: NodeReader,
    about: {
      readonly organisation: OrganisationId;
      readonly leaf: StoredLeaf;
      readonly checkpoint: StoredCheckpoint;
    },
  ): Result<string> {
    const { organisation, checkpoint } = about;
    const { seq, bytes } = about.leaf;
    const hashes = inclusionProof(node, seq, checkpoint.size);
    if (!hashes.ok) return hashes;
    const note = cosignedNote(checkpoint);
    const root = this.#signedRoot(organisation, checkpoint);
    const isIncluded =
      root.ok &&
      verifyInclusion({
        index: seq,
        size: checkpoint.size,
        leaf: leafHash(bytes),
        proof: hashes.value,
        root: root.value,
      }).ok;
    if (!isIncluded)
      return refuse('record-damaged', `entry ${seq} does not lead to the signed root: the stored record was changed`);
    return { ok: true, value: formatTlogProof({ index: seq, hashes: hashes.value, checkpoint: note }) };
  }

  async consistency(organisation: OrganisationId, from: number, to: number): Promise<Result<readonly string[]>> {
    const node = await readNodes(this.#parts.store, organisation, consistencyNodes(from, to));
    const proof = consistencyProof(node, from, to);
    return proof.ok ? { ok: true, value: proof.value.map(encodeBase64) } : proof;
  }

  #signedRoot(organisation: OrganisationId, checkpoint: StoredCheckpoint): Result<Uint8Array> {
    const config = this.#parts.organisations.get(organisation);
    if (config === undefined) return refuse('not-found', 'this server does not keep the record of this organisation');
    const opened = openOwnCheckpoint(checkpoint.note, config);
    return opened.ok ? { ok: true, value: opened.value.root } : opened;
  }
}
