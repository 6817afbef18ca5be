/** What the journal can be told. One `write` of several entries is one transaction and one flush. */
import type { Digest, Instant, RolloutEvent, TargetId } from '@countersign/core';
import type { Captured } from '../act/adapter.ts';

/** Documents of which the newest verified one is kept, and what has been seen of the record and the clock. */
export type LatestKey = 'trust' | 'status' | 'checkpoint' | 'clock' | 'halt-all';

/** Facts about one capsule beside its events: health before and after, outputs, for the evidence. */
export type NoteTopic =
  | 'health-before'
  | 'health-after'
  | 'output'
  | 'instance'
  | 'dependant-before'
  | 'dependant-after'
  | 'run'
  | 'reported';

export type Entry =
  | {
      readonly kind: 'admitted';
      readonly capsule: Digest;
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
