/**
 * An export: a period of an organisation as one file that is checked without us (V4). The record is held as C2SP tiles from a place whose
 * peaks are given, documents once each by digest, and each remediation names what it is made of. The manifest ends it, sealed.
 */
import {
  digest,
  id,
  instant,
  integer,
  list,
  literal,
  MAX_CAMPAIGN_CAPSULES,
  object,
  optional,
  parseDigest,
  text,
  type Digest,
  type Instant,
  type OrganisationId,
  type PersonId,
  type ProposalId,
  type Shape,
} from '@countersign/core';
import type { CompactRangeState } from '../compact-range.ts';
import { campaignDeliveryFields } from '../campaign-wire.ts';
import {
  evidenceFieldShape,
  type BundledCampaign,
  type BundledEvidence,
  type EvidenceBundle,
} from '../evidence-bundle.ts';

export const EXPORT_SEAL_TYPE = 'application/vnd.countersign.export-manifest.v1+json';

/** Leaves of one tile (C2SP tlog-tiles, height 8). */
export const TILE_LEAVES = 256;

export interface ExportFrame {
  readonly organisation: OrganisationId;
  readonly madeAt: Instant;
  /** Remediations with an entry of the record in this time; `to` is not part of it. */
  readonly from: Instant;
  readonly to: Instant;
  /** Who asked for it, in which roles, what for (V6). */
  readonly by: PersonId;
  readonly roles: readonly string[];
  readonly purpose: string;
}

export interface ExportManifest extends ExportFrame {
  readonly type: 'export-manifest';
  readonly checkpoint: { readonly size: number; readonly root: Digest };
  /** The tree before the first leaf of the file. */
  readonly start: CompactRangeState;
  /** Proof that the tree of an older checkpoint is the beginning of this one. */
  readonly older?: { readonly size: number; readonly proof: readonly string[] };
  readonly remediations: number;
  /** Digest of `entries.json`, the list of everything before it. */
  readonly entries: Digest;
}
export interface ExportedEntry {
  readonly name: string;
  readonly size: number;
  readonly digest: Digest;
}

/** The lists of signed documents of a bundle, by name. */
export const SIGNED_LISTS = [
  'envelopes',
  'predecessors',
  'graphs',
  'signals',
  'capsules',
  'approvals',
  'validations',
  'drills',
  'progress',
] as const;
type SignedList = (typeof SIGNED_LISTS)[number];

/** A campaign by references; its proof stays with it. */
export interface ExportedCampaign extends Pick<BundledCampaign, 'capsule' | 'index' | 'proof'> {
  readonly manifest: Digest;
  readonly approvals: readonly Digest[];
  readonly receipts: readonly Digest[];
}

/** A bundle by references: digests of objects of the file. Its leaves are those of the record with its name. */
export type ExportedRemediation = Readonly<Record<SignedList, readonly Digest[]>> & {
  readonly type: 'remediation';
  readonly proposal: ProposalId;
  readonly evidence: readonly {
    readonly statement: Digest;
    readonly fields: BundledEvidence['fields'];
    readonly view?: Digest;
  }[];
  readonly documents: readonly Digest[];
  readonly campaigns?: readonly ExportedCampaign[];
  readonly status?: Digest;
};

/** A bundle without its frame: what `ExportedRemediation` refers to. */
export type BundleParts = Omit<EvidenceBundle, 'type' | 'organisation' | 'madeAt' | 'trust' | 'leaves' | 'checkpoints'>;

const digests: Shape<readonly Digest[]> = list(digest, { max: 100_000 });

export const exportedRemediationShape: Shape<ExportedRemediation> = object<ExportedRemediation>({
  type: literal('remediation'),
  proposal: id(),
  envelopes: digests,
  predecessors: digests,
  graphs: digests,
  signals: digests,
  capsules: digests,
  approvals: digests,
  validations: digests,
  drills: digests,
  progress: digests,
  evidence: list(
    object<ExportedRemediation['evidence'][number]>({
      statement: digest,
      fields: list(evidenceFieldShape, { max: 100_000 }),
      view: optional(digest),
    }),
    { max: 100 },
  ),
  documents: digests,
  campaigns: optional(
    list(
      object<ExportedCampaign>({
        capsule: digest,
        manifest: digest,
        approvals: list(digest, { max: 200 }),
        index: campaignDeliveryFields.index,
        proof: campaignDeliveryFields.proof,
        receipts: list(digest, { max: MAX_CAMPAIGN_CAPSULES }),
      }),
      { max: 100 },
    ),
  ),
  status: optional(digest),
});

const count = integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const hash64 = text({ min: 44, max: 44, pattern: /^[A-Za-z0-9+/=]+$/ });

export const exportManifestShape: Shape<ExportManifest> = object<ExportManifest>({
  type: literal('export-manifest'),
  organisation: id(),
  madeAt: instant,
  from: instant,
  to: instant,
  by: id(),
  roles: list(text({ min: 1, max: 64 }), { max: 64 }),
  purpose: text({ min: 1, max: 200 }),
  checkpoint: object<ExportManifest['checkpoint']>({ size: count, root: digest }),
  start: object<CompactRangeState>({ size: count, peaks: list(hash64, { max: 53 }) }),
  older: optional(object<NonNullable<ExportManifest['older']>>({ size: count, proof: list(hash64, { max: 128 }) })),
  remediations: integer({ min: 0, max: 999_999 }),
  entries: digest,
});

/** Cosigned checkpoints that the tree of the file passes through, smallest first: what is proved of the times of its entries (V3). */
export const CHECKPOINTS_NAME = 'checkpoints.json';
/** More are not written; of a longer record those that lie evenly are. */
export const MAX_EXPORTED_CHECKPOINTS = 2048;
export const exportedCheckpointsShape: Shape<readonly string[]> = list(text({ max: 65_536 }), {
  max: MAX_EXPORTED_CHECKPOINTS,
});

export const exportedEntriesShape: Shape<readonly ExportedEntry[]> = list(
  object<ExportedEntry>({ name: text({ min: 1, max: 100 }), size: count, digest }),
  { max: 2_000_000 },
);

const GROUP = 1000;

/** The path of a tile (C2SP tlog-tiles): three digits a group, all but the last marked; a tile that is not full says its width. */
export function tilePath(kind: '0' | 'entries', index: number, width: number): string {
  let path = String(index % GROUP).padStart(3, '0');
  for (let rest = Math.floor(index / GROUP); rest > 0; rest = Math.floor(rest / GROUP))
    path = `x${String(rest % GROUP).padStart(3, '0')}/${path}`;
  return `tile/${kind}/${path}${width < TILE_LEAVES ? `.p/${width}` : ''}`;
}

/** An entry bundle: each leaf behind its length in two bytes. */
export function packLeaves(leaves: readonly Uint8Array[]): Uint8Array {
  return Buffer.concat(
    leaves.flatMap((leaf) => {
      if (leaf.length > 0xff_ff) throw new RangeError('a leaf has at most 65535 bytes');
      const length = Buffer.alloc(2);
      length.writeUInt16BE(leaf.length);
      return [length, leaf];
    }),
  );
}

export function unpackLeaves(bytes: Uint8Array): readonly Uint8Array[] | undefined {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const leaves: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    if (at + 2 > bytes.length) return undefined;
    const end = at + 2 + view.getUint16(at);
    if (end > bytes.length) return undefined;
    leaves.push(bytes.subarray(at + 2, end));
    at = end;
  }
  return leaves;
}

const OBJECTS = 'objects/';
export const objectName = (name: Digest): string => `${OBJECTS}${name.slice('sha256:'.length)}`;
export const objectDigest = (name: string): Digest | undefined => parseDigest(`sha256:${name.slice(OBJECTS.length)}`);
export const remediationName = (place: number): string => `remediations/${String(place).padStart(6, '0')}.json`;
export const trustName = (place: number): string => `trust/${String(place).padStart(6, '0')}.json`;
