/**
 * Documents that many capsules name by digest: sent once, kept here, so that a capsule is small and its admission quick. Cached is
 * only what cannot change without another key: signatures, parsing, indexing, under one trust bundle. Whether a document is still
 * fresh, valid and the one that is named is asked at each admission.
 */
import { ok, refuse, type Digest, type Result } from '@countersign/core';
import {
  digestOf,
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

const MAX_STORED_BYTES = 8_388_608;
/** Newest of each kind in memory; more are read from the journal again. */
const MAX_CACHED = 4;

type Verify<T> = (signed: DsseEnvelope, trust: Trust, digest: Digest) => Result<T>;

export class KnownDocuments {
  readonly #journal: Journal;
  readonly #graphs: Known<VerifiedGraph>;
  readonly #envelopes: Known<VerifiedPolicy>;

  constructor(journal: Journal) {
    this.#journal = journal;
    this.#graphs = new Known(journal, 'graph', verifyGraph);
    this.#envelopes = new Known(journal, 'envelope', verifyPolicy);
  }

  /** What is to be written when the document verifies; the journal it goes to is the caller's transaction. */
  accept(kind: DocumentKind, signed: DsseEnvelope, trust: Trust | undefined): Result<Entry> {
    if (trust === undefined) return refuse('trust-missing', 'no trust bundle was delivered yet', { clause: 'X1' });
    const payload = payloadOf(signed);
    if (!payload.ok) return payload;
    const digest = digestOf(payload.value);
    const verified = (kind === 'graph' ? this.#graphs : this.#envelopes).verify(signed, trust, digest);
    return verified.ok ? ok({ kind: 'document', of: kind, digest, body: JSON.stringify(signed) }) : verified;
  }

  /** What came along with an admitted capsule and is not known yet, so that the next capsule need not bring it. */
  broughtBy({ graph, envelope }: CapsuleDelivery, trust: Trust | undefined): readonly Entry[] {
    return [...this.#brought('graph', graph, trust), ...this.#brought('envelope', envelope, trust)];
  }

  #brought(kind: DocumentKind, signed: DsseEnvelope | undefined, trust: Trust | undefined): readonly Entry[] {
    const payload = signed === undefined ? undefined : payloadOf(signed);
    if (signed === undefined || payload?.ok !== true) return [];
    if (this.#journal.document(kind, digestOf(payload.value)) !== undefined) return [];
    const accepted = this.accept(kind, signed, trust);
    return accepted.ok ? [accepted.value] : [];
  }

  graph(digest: Digest, trust: Trust): Result<VerifiedGraph> {
    return this.#graphs.named(digest, trust);
  }

  envelope(digest: Digest, trust: Trust): Result<VerifiedPolicy> {
    return this.#envelopes.named(digest, trust);
  }
}

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

  verify(signed: DsseEnvelope, trust: Trust, digest: Digest): Result<T> {
    const verified = this.#verify(signed, trust, digest);
    if (verified.ok) this.#keep(digest, trust, verified.value);
    return verified;
  }

  named(digest: Digest, trust: Trust): Result<T> {
    const known = this.#trust === trust ? this.#verified.get(digest) : undefined;
    if (known !== undefined) return ok(known);
    const signed = this.#stored(digest);
    if (signed !== undefined) return this.verify(signed, trust, digest);
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

  #stored(digest: Digest): DsseEnvelope | undefined {
    const body = this.#journal.document(this.#kind, digest);
    const json = body === undefined ? undefined : readStrictJson(Buffer.from(body), { maxBytes: MAX_STORED_BYTES });
    const envelope = json?.ok === true ? parseEnvelope(json.value) : undefined;
    return envelope?.ok === true ? envelope.value : undefined;
  }
}
