/**
 * Documents that many capsules name by digest: sent once, kept here, so that a capsule is small and its admission quick. Cached is
 * only what cannot change without another key: signatures, parsing, indexing, under one trust bundle. Whether a document is still
 * fresh, valid and the one that is named is asked at each admission.
 */
import {
  list,
  MAX_NARROWINGS,
  object,
  ok,
  readShape,
  refuse,
  type Digest,
  type Result,
  type Shape,
} from '@countersign/core';
import {
  digestOf,
  dsseShape,
  parseEnvelope,
  payloadOf,
  readStrictJson,
  type CapsuleDelivery,
  type DsseEnvelope,
} from '@countersign/seal';
import type { DocumentKind, Entry } from '../journal/entry.ts';
import type { Journal } from '../journal/journal.ts';
import { verifyPolicy, type VerifiedPolicy } from './envelope.ts';
import { verifyGraph, type VerifiedGraph } from './graph.ts';
import type { Trust } from './trust.ts';

const MAX_STORED_BYTES = 67_108_864;
/** Newest of each kind in memory; more are read from the journal again. */
const MAX_CACHED = 4;

/** A document, and for an envelope the versions before it that its proof needs. */
interface Received {
  readonly document: DsseEnvelope;
  readonly since: readonly DsseEnvelope[];
}
type Verify<T> = (received: Received, trust: Trust, digest: Digest) => Result<T>;

export class KnownDocuments {
  readonly #journal: Journal;
  readonly #graphs: Known<VerifiedGraph>;
  readonly #envelopes: Known<VerifiedPolicy>;

  constructor(journal: Journal) {
    this.#journal = journal;
    this.#graphs = new Known(journal, 'graph', ({ document }, trust, digest) => verifyGraph(document, trust, digest));
    this.#envelopes = new Known(journal, 'envelope', ({ document, since }, trust, digest) =>
      verifyPolicy({ policy: document, since }, trust, digest),
    );
  }

  /** What is to be written when the document verifies; the journal it goes to is the caller's transaction. */
  accept(
    kind: DocumentKind,
    signed: DsseEnvelope,
    trust: Trust | undefined,
    since: readonly DsseEnvelope[] = [],
  ): Result<Entry> {
    if (trust === undefined) return refuse('trust-missing', 'no trust bundle was delivered yet', { clause: 'X1' });
    const payload = payloadOf(signed);
    if (!payload.ok) return payload;
    const digest = digestOf(payload.value);
    const verified = (kind === 'graph' ? this.#graphs : this.#envelopes).verify(
      { document: signed, since },
      trust,
      digest,
    );
    const body = since.length === 0 ? signed : { document: signed, since };
    return verified.ok ? ok({ kind: 'document', of: kind, digest, body: JSON.stringify(body) }) : verified;
  }

  /** What came along with an admitted capsule and is not known yet, so that the next capsule need not bring it. */
  broughtBy({ graph, envelope, since }: CapsuleDelivery, trust: Trust | undefined): readonly Entry[] {
    return [...this.#brought('graph', graph, trust), ...this.#brought('envelope', envelope, trust, since)];
  }

  #brought(
    kind: DocumentKind,
    signed: DsseEnvelope | undefined,
    trust: Trust | undefined,
    since: readonly DsseEnvelope[] = [],
  ): readonly Entry[] {
    const payload = signed === undefined ? undefined : payloadOf(signed);
    if (signed === undefined || payload?.ok !== true) return [];
    if (this.#journal.document(kind, digestOf(payload.value)) !== undefined) return [];
    const accepted = this.accept(kind, signed, trust, since);
    return accepted.ok ? [accepted.value] : [];
  }

  graph(digest: Digest, trust: Trust): Result<VerifiedGraph> {
    return this.#graphs.named(digest, trust);
  }

  envelope(digest: Digest, trust: Trust): Result<VerifiedPolicy> {
    return this.#envelopes.named(digest, trust);
  }
}

const receivedShape: Shape<Received> = object<Received>({
  document: dsseShape,
  since: list(dsseShape, { max: MAX_NARROWINGS }),
});

class Known<T> {
  readonly #journal: Journal;
  readonly #kind: DocumentKind;
  readonly #verify: Verify<T>;
  /** INVARIANT: everything in it was verified under `#trust`. */
  readonly #verified: Map<Digest, T> = new Map();
  #trust: Trust | undefined;

  constructor(journal: Journal, kind: DocumentKind, verify: Verify<T>) {
    this.#journal = journal;
    this.#kind = kind;
    this.#verify = verify;
  }

  verify(received: Received, trust: Trust, digest: Digest): Result<T> {
    const verified = this.#verify(received, trust, digest);
    if (verified.ok) this.#keep(digest, trust, verified.value);
    return verified;
  }

  named(digest: Digest, trust: Trust): Result<T> {
    const known = this.#trust === trust ? this.#verified.get(digest) : undefined;
    if (known !== undefined) return ok(known);
    const received = this.#stored(digest);
    if (received !== undefined) return this.verify(received, trust, digest);
    return refuse(`${this.#kind}-missing`, `the ${this.#kind} that the capsule names was not delivered`, {
      clause: 'X1',
    });
  }

  #keep(digest: Digest, trust: Trust, value: T): void {
    // Another bundle may know other owners and admins: what was verified under the last one counts for nothing.
    if (this.#trust !== trust) this.#verified.clear();
    this.#trust = trust;
    this.#verified.delete(digest);
    this.#verified.set(digest, value);
    const [oldest] = this.#verified.keys();
    if (this.#verified.size > MAX_CACHED && oldest !== undefined) this.#verified.delete(oldest);
  }

  #stored(digest: Digest): Received | undefined {
    const body = this.#journal.document(this.#kind, digest);
    const json = body === undefined ? undefined : readStrictJson(Buffer.from(body), { maxBytes: MAX_STORED_BYTES });
    if (json?.ok !== true) return undefined;
    const alone = parseEnvelope(json.value);
    if (alone.ok) return { document: alone.value, since: [] };
    const together = readShape(receivedShape, json.value);
    return together.ok ? together.value : undefined;
  }
}
