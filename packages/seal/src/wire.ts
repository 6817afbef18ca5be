/**
 * What crosses the boundary of an enclave, in both directions. Everything that matters is a signed envelope inside; the frame
 * itself is not trusted.
 */
import {
  digest,
  id,
  instant,
  integer,
  list,
  literal,
  MAX_CARRY_DEPTH,
  MAX_NARROWINGS,
  object,
  optional,
  text,
  union,
  type Digest,
  type Instant,
  type OrganisationId,
  type RolloutEvent,
  type RunnerId,
  type Shape,
} from '@countersign/core';
import { recordLinksShape, type RecordLink } from './record-link.ts';
import { campaignDeliveryShape, type CampaignDelivery } from './campaign-wire.ts';
import { dsseShape, MAX_GRAPH_ENVELOPE_BYTES, type DsseEnvelope } from './dsse.ts';
import { trustMetadataShape, type TrustMetadata } from './tuf/trust-metadata.ts';

export { PAYLOAD } from './payload.ts';

/** Everything a runner needs to decide offline about one capsule. */
export interface CapsuleDelivery {
  readonly kind: 'capsule';
  readonly capsule: DsseEnvelope;
  readonly approvals: readonly DsseEnvelope[];
  /** Earlier versions that people signed, newest first: approvals are over these, or over what changed since (D6). */
  readonly parents?: readonly DsseEnvelope[];
  /** Absent when it was delivered before: the capsule names it by digest, and the runner keeps what it has verified. */
  readonly envelope?: DsseEnvelope;
  /** The versions before an envelope that one person signed, newest first, back to one that two people signed (E3). */
  readonly since?: readonly DsseEnvelope[];
  readonly graph?: DsseEnvelope;
  /** Relay-signed signals and staging-signed validation: enabling facts with their knowers' signatures. */
  readonly facts: readonly DsseEnvelope[];
  /** Canonical bytes of the decision, base64; must hash to the digest in the capsule. */
  readonly decision: string;
  /** Canonical bytes of the risk assessment, base64; must hash to the digest in the capsule. */
  readonly riskAssessment: string;
  /** Canonical bytes of the leaf `capsule.dispatched`, base64, and its `.tlog-proof`. */
  readonly leaf: string;
  readonly proof: string;
  /** From the records that went along with earlier deliveries to the one of this proof: the runner verified one of them last. */
  readonly links?: readonly RecordLink[];
  /** Present when it runs as part of a campaign that people signed in its place (C4). */
  readonly campaign?: CampaignDelivery;
  /** The witness's statement that counts this dispatch; owed where nobody was asked (I14). */
  readonly status?: DsseEnvelope;
}

/** Files of the inbox, one document each. */
export type Delivery =
  | CapsuleDelivery
  | { readonly kind: 'status'; readonly status: DsseEnvelope }
  | { readonly kind: 'trust'; readonly trust: TrustMetadata }
  /** Documents that many capsules name by digest, sent once: a graph is hundreds of kilobytes, a capsule is not. */
  | {
      readonly kind: 'envelope';
      readonly envelope: DsseEnvelope;
      /** As in a capsule's delivery; absent: two people signed it. */
      readonly since?: readonly DsseEnvelope[];
    }
  | { readonly kind: 'graph'; readonly graph: DsseEnvelope }
  /** Stop needs no signature: anyone who can write to the inbox can stop (X5). */
  | { readonly kind: 'halt'; readonly capsule: Digest | 'all'; readonly by: string }
  | { readonly kind: 'resume'; readonly resume: DsseEnvelope }
  /** On demand within the window; the counter-capsule is already signed (X6). */
  | { readonly kind: 'rollback'; readonly capsule: Digest; readonly by: string };

/** Events of the runner's journal, in order, signed in batches. `from` is the sequence of the first. */
export interface Progress {
  readonly type: 'progress';
  readonly organisation: OrganisationId;
  readonly runner: RunnerId;
  readonly capsule: Digest;
  readonly from: number;
  readonly events: readonly RolloutEvent[];
}

/** A delivery the runner did not admit: journaled, reported, visible (X1). */
export interface AdmissionRefusal {
  readonly type: 'refusal';
  readonly organisation: OrganisationId;
  readonly runner: RunnerId;
  /** Digest of the capsule's payload when one could be read, else of the delivery's bytes. */
  readonly subject: Digest;
  readonly code: string;
  readonly detail: string;
  /** Entries of the record it verified last, when a proof from there is what it lacks (`record-unlinked`). */
  readonly seen?: number;
  readonly at: Instant;
}

/** Files of the outbox. */
export type Report =
  | { readonly kind: 'progress'; readonly progress: DsseEnvelope }
  | { readonly kind: 'validation'; readonly validation: DsseEnvelope }
  | { readonly kind: 'refusal'; readonly refusal: DsseEnvelope }
  /** Of a capsule of a campaign that has ended; it releases the next stage or holds it (C4). */
  | { readonly kind: 'receipt'; readonly receipt: DsseEnvelope }
  | {
      readonly kind: 'evidence';
      readonly evidence: DsseEnvelope;
      /** Disclosed leaves `[salt, pointer, value]` or the hash of a withheld one, in tree order (V2). */
      readonly fields: readonly (readonly [string, string, unknown] | string)[];
      /** Values the runner worked out from what stays inside; made in sanitized mode only (V2). */
      readonly view?: DsseEnvelope;
    };

/** Of one delivery as it is stored and handed on: a graph, and everything else as ever. Each document in it has its own limit. */
export const MAX_DELIVERY_BYTES: number = 33_554_432 + MAX_GRAPH_ENVELOPE_BYTES;
/** Of the answer to a poll: control ends it behind the first graph that is larger than other documents may be. */
export const MAX_POLL_BYTES: number = 67_108_864 + MAX_GRAPH_ENVELOPE_BYTES;

/** What a gateway gets from a poll: deliveries after its cursor. */
export interface PollAnswer {
  readonly next: number;
  readonly deliveries: readonly { readonly seq: number; readonly delivery: Delivery }[];
}

const envelopes = list(dsseShape, { max: 200 });
const predecessors = list(dsseShape, { max: MAX_NARROWINGS });
const base64 = text({ max: 8_000_000, pattern: /^[A-Za-z0-9+/=]*$/ });

export const deliveryShape: Shape<Delivery> = union<Delivery>('kind', {
  capsule: object<CapsuleDelivery>({
    kind: literal('capsule'),
    capsule: dsseShape,
    approvals: envelopes,
    parents: optional(list(dsseShape, { max: MAX_CARRY_DEPTH })),
    envelope: optional(dsseShape),
    since: optional(predecessors),
    graph: optional(dsseShape),
    facts: envelopes,
    decision: base64,
    riskAssessment: base64,
    leaf: base64,
    proof: text({ max: 16_384 }),
    links: optional(recordLinksShape),
    status: optional(dsseShape),
    campaign: optional(campaignDeliveryShape),
  }),
  status: object({ kind: literal('status'), status: dsseShape }),
  trust: object({ kind: literal('trust'), trust: trustMetadataShape }),
  envelope: object<Extract<Delivery, { readonly kind: 'envelope' }>>({
    kind: literal('envelope'),
    envelope: dsseShape,
    since: optional(predecessors),
  }),
  graph: object({ kind: literal('graph'), graph: dsseShape }),
  halt: object({ kind: literal('halt'), capsule: haltScope(), by: text({ min: 1, max: 200 }) }),
  resume: object({ kind: literal('resume'), resume: dsseShape }),
  rollback: object({ kind: literal('rollback'), capsule: digest, by: text({ min: 1, max: 200 }) }),
});

function haltScope(): Shape<Digest | 'all'> {
  return {
    schema: { anyOf: [{ const: 'all' }, digest.schema] },
    read: (value, at, complaints) => (value === 'all' ? value : digest.read(value, at, complaints)),
  };
}

export const refusalShape: Shape<AdmissionRefusal> = object<AdmissionRefusal>({
  type: literal('refusal'),
  organisation: id(),
  runner: id(),
  subject: digest,
  code: text({ min: 1, max: 64 }),
  detail: text({ max: 2000 }),
  seen: optional(integer({ min: 1, max: Number.MAX_SAFE_INTEGER })),
  at: instant,
});
