/**
 * What crosses the boundary of an enclave, in both directions. Everything that matters is a signed envelope inside; the frame
 * itself is not trusted.
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
  union,
  type Digest,
  type Instant,
  type OrganisationId,
  type RolloutEvent,
  type RunnerId,
  type Shape,
} from '@countersign/core';
import { dsseShape, type DsseEnvelope } from './dsse.ts';

/** DSSE payload types; one per document, so that a signature over one can never be read as another. */
export const PAYLOAD = {
  capsule: 'application/vnd.in-toto+json',
  trustBundle: 'application/vnd.countersign.trust-bundle.v1+json',
  envelope: 'application/vnd.countersign.envelope.v1+json',
  graph: 'application/vnd.countersign.graph.v1+json',
  signal: 'application/vnd.countersign.signal.v1+json',
  approval: 'application/vnd.countersign.approval.v1+json',
  resume: 'application/vnd.countersign.resume.v1+json',
  status: 'application/vnd.countersign.status.v1+json',
  validation: 'application/vnd.countersign.validation.v1+json',
  evidence: 'application/vnd.countersign.evidence.v1+json',
  progress: 'application/vnd.countersign.progress.v1+json',
  refusal: 'application/vnd.countersign.refusal.v1+json',
} as const;
export const CAPSULE_PREDICATE = 'https://countersign.dev/capsule/v1';

/** Everything a runner needs to decide offline about one capsule. */
export interface CapsuleDelivery {
  readonly kind: 'capsule';
  readonly capsule: DsseEnvelope;
  readonly approvals: readonly DsseEnvelope[];
  /** Absent when it was delivered before: the capsule names it by digest, and the runner keeps what it has verified. */
  readonly envelope?: DsseEnvelope;
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
}

/** Files of the inbox, one document each. */
export type Delivery =
  | CapsuleDelivery
  | { readonly kind: 'status'; readonly status: DsseEnvelope }
  | { readonly kind: 'trust'; readonly bundle: DsseEnvelope }
  /** Documents that many capsules name by digest, sent once: a graph is hundreds of kilobytes, a capsule is not. */
  | { readonly kind: 'envelope'; readonly envelope: DsseEnvelope }
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
  readonly at: Instant;
}

/** Files of the outbox. */
export type Report =
  | { readonly kind: 'progress'; readonly progress: DsseEnvelope }
  | { readonly kind: 'validation'; readonly validation: DsseEnvelope }
  | { readonly kind: 'refusal'; readonly refusal: DsseEnvelope }
  | {
      readonly kind: 'evidence';
      readonly evidence: DsseEnvelope;
      /** Disclosed leaves `[salt, pointer, value]` or the hash of a withheld one, in tree order (V2). */
      readonly fields: readonly (readonly [string, string, unknown] | string)[];
    };

/** What a gateway gets from a poll: deliveries after its cursor. */
export interface PollAnswer {
  readonly next: number;
  readonly deliveries: readonly { readonly seq: number; readonly delivery: Delivery }[];
}

const envelopes = list(dsseShape, { max: 200 });
const base64 = text({ max: 8_000_000, pattern: /^[A-Za-z0-9+/=]*$/ });

export const deliveryShape: Shape<Delivery> = union<Delivery>('kind', {
  capsule: object<CapsuleDelivery>({
    kind: literal('capsule'),
    capsule: dsseShape,
    approvals: envelopes,
    envelope: optional(dsseShape),
    graph: optional(dsseShape),
    facts: envelopes,
    decision: base64,
    riskAssessment: base64,
    leaf: base64,
    proof: text({ max: 16_384 }),
  }),
  status: object({ kind: literal('status'), status: dsseShape }),
  trust: object({ kind: literal('trust'), bundle: dsseShape }),
  envelope: object({ kind: literal('envelope'), envelope: dsseShape }),
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
  at: instant,
});
