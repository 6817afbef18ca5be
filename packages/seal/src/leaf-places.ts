/** Where the record holds what a signed document stands for: found by event and body, or by event and subject, each the first time (V3). */
import type { Digest, Leaf, RecordEvent } from '@countersign/core';

export interface PlacedLeaf {
  readonly leaf: Leaf;
  readonly index: number;
}

/** The name of a document where digests are not allowed: in the subject of a leaf. */
export const subjectOf = (kind: 'capsule' | 'campaign', digest: Digest): string =>
  `${kind}:${digest.slice('sha256:'.length)}`;

/** Entries by which a file is judged; the others are of no use here, and a record is long. */
const KEPT: ReadonlySet<RecordEvent> = new Set<RecordEvent>([
  'proposal.created',
  'decision.made',
  'capsule.built',
  'approval.received',
  'capsule.dispatched',
  'validation.finished',
  'rollout.progressed',
  'evidence.received',
  'evidence.closed',
  'campaign.made',
  'campaign.signed',
  'campaign.released',
  'campaign.receipt',
]);

export class LeafPlaces {
  readonly #bodies = new Map<string, PlacedLeaf>();
  readonly #subjects = new Map<string, PlacedLeaf>();

  constructor(leaves: Iterable<PlacedLeaf> = []) {
    for (const placed of leaves) this.add(placed);
  }

  add(placed: PlacedLeaf): void {
    const { event, body, subject } = placed.leaf;
    if (!KEPT.has(event)) return;
    keepFirst(this.#bodies, `${event} ${body}`, placed);
    keepFirst(this.#subjects, `${event} ${subject}`, placed);
  }

  ofBody(event: RecordEvent, body: Digest): PlacedLeaf | undefined {
    return this.#bodies.get(`${event} ${body}`);
  }

  ofSubject(event: RecordEvent, subject: string): PlacedLeaf | undefined {
    return this.#subjects.get(`${event} ${subject}`);
  }
}

function keepFirst(places: Map<string, PlacedLeaf>, name: string, placed: PlacedLeaf): void {
  if (!places.has(name)) places.set(name, placed);
}
