/** Writes an export piece by piece, so that it is never in memory whole: what each call returns is the next part of the file. */
import type { Digest } from '@countersign/core';
import { decodeBase64 } from '../base64.ts';
import { canonicalBytes } from '../canonical.ts';
import type { CompactRangeState } from '../compact-range.ts';
import { digestOf } from '../digest.ts';
import { signEnvelope, type DsseEnvelope } from '../dsse.ts';
import type { SealKey } from '../keys.ts';
import { leafHash } from '../merkle.ts';
import { ARCHIVE_END, archiveHeader, paddedBytes } from './archive-format.ts';
import {
  CHECKPOINTS_NAME,
  EXPORT_SEAL_TYPE,
  objectName,
  packLeaves,
  remediationName,
  SIGNED_LISTS,
  TILE_LEAVES,
  tilePath,
  trustName,
  type BundleParts,
  type ExportedEntry,
  type ExportedRemediation,
  type ExportFrame,
  type ExportManifest,
} from './export-format.ts';
import type { TrustMetadata } from '../tuf/trust-metadata.ts';

/** The tree the file ends with, and the one it begins with, at a full tile. */
export interface ExportedTree {
  readonly checkpoint: ExportManifest['checkpoint'];
  readonly start: CompactRangeState;
  readonly older?: NonNullable<ExportManifest['older']>;
}

export class ExportWriter {
  readonly #frame: ExportFrame;
  readonly #tree: ExportedTree;
  readonly #entries: ExportedEntry[] = [];
  readonly #objects = new Set<Digest>();
  #trust = 0;
  #remediations = 0;
  #next: number;
  #waiting: Uint8Array[] = [];

  constructor(frame: ExportFrame, tree: ExportedTree) {
    if (tree.start.size % TILE_LEAVES !== 0) throw new RangeError('an export begins with a whole tile');
    this.#frame = frame;
    this.#tree = tree;
    this.#next = tree.start.size;
  }

  checkpoint(note: string): Uint8Array {
    return this.#entry('checkpoint', Buffer.from(note));
  }

  /** Cosigned ones of this record, smallest first. */
  checkpoints(notes: readonly string[]): Uint8Array {
    return this.#entry(CHECKPOINTS_NAME, canonicalBytes(notes));
  }

  /** Oldest first. */
  trust(metadata: TrustMetadata): Uint8Array {
    this.#trust += 1;
    return this.#entry(trustName(this.#trust - 1), canonicalBytes(metadata));
  }

  /** In the order of the record; a tile leaves when it is full. */
  leaf(bytes: Uint8Array): Uint8Array {
    this.#waiting.push(bytes);
    return this.#waiting.length === TILE_LEAVES ? this.#tile() : new Uint8Array();
  }

  /** Behind the last leaf. */
  recordEnd(): Uint8Array {
    return this.#waiting.length === 0 ? new Uint8Array() : this.#tile();
  }

  /** Bytes that something names by digest; written once. */
  object(bytes: Uint8Array): Uint8Array {
    const digest = digestOf(bytes);
    if (this.#objects.has(digest)) return new Uint8Array();
    this.#objects.add(digest);
    return this.#entry(objectName(digest), bytes);
  }

  remediation(parts: BundleParts): Uint8Array {
    const written: Uint8Array[] = [];
    const named = (bytes: Uint8Array): Digest => {
      written.push(this.object(bytes));
      return digestOf(bytes);
    };
    const signed = (envelope: DsseEnvelope): Digest => named(canonicalBytes(envelope));
    const [envelopes, predecessors, graphs, signals, capsules, approvals, validations, drills, progress] =
      SIGNED_LISTS.map((list) => parts[list].map(signed));
    const remediation = {
      type: 'remediation',
      proposal: parts.proposal,
      envelopes,
      predecessors,
      graphs,
      signals,
      capsules,
      approvals,
      validations,
      drills,
      progress,
      evidence: parts.evidence.map(({ statement, fields, view }) => ({
        statement: signed(statement),
        fields,
        ...(view !== undefined && { view: signed(view) }),
      })),
      documents: parts.documents.map((text) => named(decodeBase64(text) ?? new Uint8Array())),
      ...(parts.campaigns !== undefined && {
        campaigns: parts.campaigns.map(({ manifest, approvals: votes, receipts, ...place }) => ({
          ...place,
          manifest: signed(manifest),
          approvals: votes.map(signed),
          receipts: receipts.map(signed),
        })),
      }),
      ...(parts.status !== undefined && { status: signed(parts.status) }),
    } satisfies Partial<Record<keyof ExportedRemediation, unknown>>;
    this.#remediations += 1;
    return Buffer.concat([
      ...written,
      this.#entry(remediationName(this.#remediations - 1), canonicalBytes(remediation)),
    ]);
  }

  /** The manifest and the end of the file. */
  finish(signer: SealKey): Uint8Array {
    const list = canonicalBytes(this.#entries);
    const entries = this.#entry('entries.json', list);
    const manifest: ExportManifest = {
      type: 'export-manifest',
      ...this.#frame,
      ...this.#tree,
      remediations: this.#remediations,
      entries: digestOf(list),
    };
    const seal = signEnvelope(EXPORT_SEAL_TYPE, canonicalBytes(manifest), [signer]);
    return Buffer.concat([entries, this.#entry('manifest.json', canonicalBytes(seal)), ARCHIVE_END]);
  }

  #tile(): Uint8Array {
    const leaves = this.#waiting;
    const index = this.#next / TILE_LEAVES;
    this.#next += leaves.length;
    this.#waiting = [];
    return Buffer.concat([
      this.#entry(tilePath('0', index, leaves.length), Buffer.concat(leaves.map(leafHash))),
      this.#entry(tilePath('entries', index, leaves.length), packLeaves(leaves)),
    ]);
  }

  #entry(name: string, bytes: Uint8Array): Uint8Array {
    this.#entries.push({ name, size: bytes.length, digest: digestOf(bytes) });
    const padding = Buffer.alloc(paddedBytes(bytes.length) - bytes.length);
    return Buffer.concat([archiveHeader(name, bytes.length), bytes, padding]);
  }
}
