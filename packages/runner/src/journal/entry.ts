/** What the journal can be told. One `write` of several entries is one transaction and one flush. */
import type {
  ActionType,
  AgentId,
  CapsuleId,
  Digest,
  Instant,
  ProposalId,
  RolloutEvent,
  TargetId,
} from '@countersign/core';
import type { Captured } from '../act/adapter.ts';

/** Documents of which the newest verified one is kept, and what has been seen of the record and the clock. */
export type LatestKey = 'trust' | 'trust-versions' | 'status' | 'checkpoint' | 'envelope-version' | 'clock';

/** Facts about one capsule beside its events: health before and after, outputs, for the evidence. */
export type NoteTopic =
  | 'health-before'
  | 'health-after'
  | 'output'
  | 'instance'
  | 'dependant-before'
  | 'dependant-after'
  | 'run'
  | 'reported'
  /** Who let it run and on which facts, as the gate found it (V1). */
  | 'authority'
  /** A person asked for the rollback while acts were still in flight. */
  | 'asked';

/** Documents that many capsules name by digest. */
export type DocumentKind = 'envelope' | 'graph';

/** One admitted rollout, for the limits over time (D5, I14). */
export interface Operation {
  readonly capsule: Digest;
  readonly proposal: ProposalId;
  readonly agent: AgentId;
  readonly action: ActionType;
  readonly targets: readonly TargetId[];
  readonly at: Instant;
  /** Place of its dispatch in the record. */
  readonly leaf: number;
  /** No person's signature stands behind it. */
  readonly isAlone: boolean;
}

export type Entry =
  | {
      readonly kind: 'admitted';
      readonly capsule: Digest;
      /** Which version of which capsule: no other version of it is ever admitted (C1). */
      readonly id: CapsuleId;
      readonly version: number;
      readonly nonce: string;
      readonly at: Instant;
      readonly delivery: string;
    }
  | { readonly kind: 'event'; readonly capsule: Digest; readonly seq: number; readonly event: RolloutEvent }
  | {
      readonly kind: 'captured';
      readonly capsule: Digest;
      readonly target: TargetId;
      readonly step: number;
      readonly captured: Captured;
    }
  | {
      readonly kind: 'note';
      readonly capsule: Digest;
      readonly subject: string;
      readonly topic: NoteTopic;
      readonly body: string;
    }
  | { readonly kind: 'operation'; readonly operation: Operation }
  /** The signed envelope of a document, kept by the digest of what was signed. */
  | { readonly kind: 'document'; readonly of: DocumentKind; readonly digest: Digest; readonly body: string }
  | { readonly kind: 'closed'; readonly capsule: Digest }
  /** A rollback was asked for after completion: there is work again. */
  | { readonly kind: 'reopened'; readonly capsule: Digest }
  /** A report that must reach the outbox; removed by `reported`. */
  | { readonly kind: 'report'; readonly name: string; readonly body: string }
  | { readonly kind: 'reported'; readonly name: string }
  /** A file of the inbox that was dealt with: the same file again is nothing new. */
  | { readonly kind: 'delivered'; readonly name: string; readonly digest: Digest }
  | { readonly kind: 'resumed'; readonly capsule: Digest; readonly trip: number; readonly nonce: string }
  | {
      readonly kind: 'refused';
      readonly at: Instant;
      readonly subject: Digest;
      readonly code: string;
      readonly detail: string;
    }
  | { readonly kind: 'latest'; readonly key: LatestKey; readonly value: string };
