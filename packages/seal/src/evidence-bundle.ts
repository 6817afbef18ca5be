/**
 * The evidence bundle: one remediation as one file that anyone can check without us (V4). Everything that matters carries the
 * signature of who knows it; the seal around it only makes sure that no byte was changed on the way.
 */
import {
  digest,
  id,
  instant,
  list,
  literal,
  object,
  optional,
  text,
  type Digest,
  type Instant,
  type OrganisationId,
  type ProposalId,
  type Shape,
} from '@countersign/core';
import { bundledCheckpointsShape, type BundledCheckpoint } from './bundle-times.ts';
import { campaignDeliveryFields, type CampaignDelivery } from './campaign-wire.ts';
import { canonicalBytes } from './canonical.ts';
import { digestOf } from './digest.ts';
import { dsseShape, signEnvelope, type DsseEnvelope } from './dsse.ts';
import type { SealKey } from './keys.ts';
import { trustMetadataShape, type TrustMetadata } from './tuf/trust-metadata.ts';
import type { Report } from './wire.ts';

export const BUNDLE_SEAL_TYPE = 'application/vnd.countersign.bundle-seal.v1+json';

/** One line of the record with its place in it; the body is there unless it was removed at its time (V3). */
export interface BundledLeaf {
  /** Canonical bytes, base64. */
  readonly leaf: string;
  readonly body?: string;
  /** `.tlog-proof`. */
  readonly proof: string;
}
export interface BundledEvidence {
  readonly statement: DsseEnvelope;
  readonly fields: Extract<Report, { readonly kind: 'evidence' }>['fields'];
  /** What the runner said besides, in sanitized mode (V2). */
  readonly view?: DsseEnvelope;
}
/** What a capsule that was signed through a campaign was sent with (C4). */
export interface BundledCampaign extends CampaignDelivery {
  readonly capsule: Digest;
}
export interface EvidenceBundle {
  readonly type: 'evidence-bundle';
  readonly organisation: OrganisationId;
  readonly proposal: ProposalId;
  readonly madeAt: Instant;
  /** Oldest first; the last one rules. */
  readonly trust: readonly TrustMetadata[];
  readonly envelopes: readonly DsseEnvelope[];
  /** Versions before an envelope that one person signed, back to one that two people signed (E3). */
  readonly predecessors: readonly DsseEnvelope[];
  readonly graphs: readonly DsseEnvelope[];
  /** Statements of relays. */
  readonly signals: readonly DsseEnvelope[];
  readonly capsules: readonly DsseEnvelope[];
  readonly approvals: readonly DsseEnvelope[];
  readonly validations: readonly DsseEnvelope[];
  /** Reports of other staging runs in which this action was drilled and taken back: the drill certificate (V1, X6). */
  readonly drills: readonly DsseEnvelope[];
  readonly progress: readonly DsseEnvelope[];
  readonly evidence: readonly BundledEvidence[];
  /** Canonical bytes of documents that are named by digest: decisions and risk assessments, base64. */
  readonly documents: readonly string[];
  readonly leaves: readonly BundledLeaf[];
  /** Cosigned checkpoints between the entries, smallest first: what is proved of their times. */
  readonly checkpoints?: readonly BundledCheckpoint[];
  /** One for each capsule that was sent through a campaign. */
  readonly campaigns?: readonly BundledCampaign[];
  /** The witness's last word when the bundle was made. */
  readonly status?: DsseEnvelope;
}

export interface BundleSeal {
  readonly type: 'bundle-seal';
  readonly organisation: OrganisationId;
  /** Digest of the canonical bytes of the bundle. */
  readonly bundle: Digest;
}
export interface BundleFile {
  readonly bundle: EvidenceBundle;
  readonly seal: DsseEnvelope;
}

const envelopes: Shape<readonly DsseEnvelope[]> = list(dsseShape, { max: 100_000 });
const base64 = text({ max: 16_777_216, pattern: /^[A-Za-z0-9+/=]*$/ });

/** A field of an evidence tree as a file holds it. */
export const evidenceFieldShape: Shape<BundledEvidence['fields'][number]> = {
  schema: { oneOf: [{ type: 'string' }, { type: 'array', minItems: 3, maxItems: 3 }] },
  read(value, at, complaints) {
    if (typeof value === 'string' && value.length <= 64) return value;
    if (Array.isArray(value) && value.length === 3) {
      const parts: readonly unknown[] = value;
      const [salt, pointer, shown] = parts;
      if (typeof salt === 'string' && typeof pointer === 'string') return [salt, pointer, shown];
    }
    complaints.push({ at, problem: 'must be a hash or a list of salt, pointer and value' });
    return undefined;
  },
};

const bundleShape: Shape<EvidenceBundle> = object<EvidenceBundle>({
  type: literal('evidence-bundle'),
  organisation: id(),
  proposal: id(),
  madeAt: instant,
  trust: list(trustMetadataShape, { min: 1, max: 100 }),
  envelopes,
  predecessors: envelopes,
  graphs: envelopes,
  signals: envelopes,
  capsules: envelopes,
  approvals: envelopes,
  validations: envelopes,
  drills: envelopes,
  progress: envelopes,
  evidence: list(
    object<BundledEvidence>({
      statement: dsseShape,
      fields: list(evidenceFieldShape, { max: 100_000 }),
      view: optional(dsseShape),
    }),
    {
      max: 100,
    },
  ),
  documents: list(base64, { max: 1000 }),
  leaves: list(object<BundledLeaf>({ leaf: base64, body: optional(base64), proof: text({ max: 131_072 }) }), {
    max: 100_000,
  }),
  checkpoints: optional(bundledCheckpointsShape),
  campaigns: optional(list(object<BundledCampaign>({ capsule: digest, ...campaignDeliveryFields }), { max: 100 })),
  status: optional(dsseShape),
});

export const bundleFileShape: Shape<BundleFile> = object<BundleFile>({ bundle: bundleShape, seal: dsseShape });
export const bundleSealShape: Shape<BundleSeal> = object<BundleSeal>({
  type: literal('bundle-seal'),
  organisation: id(),
  bundle: digest,
});

/** The bytes of the file: canonical, so that there is one file for one content. */
export function sealBundle(bundle: EvidenceBundle, signer: SealKey): Uint8Array {
  const seal: BundleSeal = {
    type: 'bundle-seal',
    organisation: bundle.organisation,
    bundle: digestOf(canonicalBytes(bundle)),
  };
  return canonicalBytes({ bundle, seal: signEnvelope(BUNDLE_SEAL_TYPE, canonicalBytes(seal), [signer]) });
}
