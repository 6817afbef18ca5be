/** The newest verified documents and the stops of this runner: kept in the journal, verified again after a restart. */
import {
  integer,
  msOf,
  object,
  ok,
  readShape,
  refuse,
  type Refusal,
  type Result,
  type Status,
} from '@countersign/core';
import {
  parseEnvelope,
  readStrictJson,
  trustMetadataShape,
  type DsseEnvelope,
  type JsonValue,
  type TrustMetadata,
  type TrustVersions,
} from '@countersign/seal';
import { KnownDocuments } from '../admit/known-documents.ts';
import { verifyStatus } from '../admit/status.ts';
import { trustAt, verifyTrust, type Trust } from '../admit/trust.ts';
import type { Entry } from '../journal/entry.ts';
import type { Journal } from '../journal/journal.ts';
import type { Clock } from '../preflight/clock.ts';
import type { RunnerConfig } from '../preflight/runner-config.ts';

const MAX_STORED_BYTES = 16_777_216;
/** How far wall and monotonic clock may drift apart before the wall clock counts as changed. */
const MAX_DRIFT_MS = 5000;

export class Standing {
  /** Verified documents that capsules name. */
  readonly documents: KnownDocuments;
  readonly #config: RunnerConfig;
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #offsetMs: number;
  #trust: Trust | undefined;
  #status: Status | undefined;
  /** May be newer than the journal's: a statement is in force before it is written down. */
  #signedStatus: DsseEnvelope | undefined;

  constructor(config: RunnerConfig, journal: Journal, clock: Clock) {
    this.documents = new KnownDocuments(journal);
    this.#config = config;
    this.#journal = journal;
    this.#clock = clock;
    this.#offsetMs = msOf(clock.now()) - clock.monotonicMs();
    const metadata = storedTrust(journal.latest('trust'));
    const now = clock.now();
    if (metadata !== undefined) this.#take(verifyTrust(metadata, config, { now }), (value) => (this.#trust = value));
    this.#status = this.#storedStatus();
  }

  /** Under the trust that rules now: a status signer who was struck off says nothing any more. */
  #storedStatus(): Status | undefined {
    const envelope = this.#signedStatus ?? storedEnvelope(this.#journal.latest('status'));
    const { trust } = this;
    if (envelope === undefined || trust === undefined) return undefined;
    const status = verifyStatus(envelope, trust, this.#config.organisation);
    return status.ok ? status.value : undefined;
  }

  #take<T>(read: Result<T>, keep: (value: T) => void): void {
    if (read.ok) keep(read.value);
  }

  /** The same value until something in it changes: what was verified under it stays verified. */
  get trust(): Trust | undefined {
    if (this.#trust === undefined) return undefined;
    const current = trustAt(this.#trust, this.#clock.now());
    // A key that does not read any more cannot be here: all were read before.
    if (current.ok) this.#trust = current.value;
    return this.#trust;
  }
  get status(): Status | undefined {
    return this.#status;
  }

  /** False after somebody set the clock while we were running. */
  get isClockSteady(): boolean {
    const driftMs = msOf(this.#clock.now()) - this.#clock.monotonicMs() - this.#offsetMs;
    return Math.abs(driftMs) <= MAX_DRIFT_MS;
  }

  acceptTrust(metadata: TrustMetadata): Refusal | undefined {
    const known = this.#knownVersions();
    const trust = verifyTrust(metadata, this.#config, {
      now: this.#clock.now(),
      ...(known !== undefined && { known }),
      ...(this.#trust !== undefined && { previous: this.#trust.signed }),
    });
    if (!trust.ok) return trust.refusal;
    const { bundle, digest, versions, expiresAt } = trust.value;
    if (this.#trust !== undefined && this.#trust.bundle.version === bundle.version && this.#trust.digest !== digest)
      return refuse('trust-forked', `two different trust bundles of version ${bundle.version} were signed`, {
        clause: 'X1',
      }).refusal;
    this.#journal.write([
      { kind: 'latest', key: 'trust', value: JSON.stringify(metadata) },
      { kind: 'latest', key: 'trust-versions', value: JSON.stringify(versions) },
    ]);
    // The same bundle with the same end again changes nothing, and what was verified under it stays verified.
    if (this.#trust?.digest !== digest || this.#trust.expiresAt !== expiresAt) this.#trust = trust.value;
    this.#status = this.#storedStatus();
    return undefined;
  }

  /** Remembered by itself: stored metadata that no longer verifies must not let an older one in. */
  #knownVersions(): TrustVersions | undefined {
    const json = storedJson(this.#journal.latest('trust-versions'));
    const versions = json === undefined ? undefined : readShape(versionsShape, json);
    return versions?.ok === true ? versions.value : this.#trust?.versions;
  }

  /** The statement that came with a capsule; an older one is dropped: what it counted, the newer one counts too. */
  hear(envelope: DsseEnvelope | undefined): boolean {
    const entry = envelope === undefined ? undefined : this.acceptStatus(envelope);
    if (entry?.ok !== true) return false;
    this.#journal.write([entry.value]);
    return true;
  }

  /**
   * An older statement than the one known is dropped, so that a halt cannot be undone by sending yesterday's. A newer one counts from
   * now on; the caller has it written down before it lets go of the delivery.
   */
  acceptStatus(envelope: DsseEnvelope): Result<Entry> {
    const { trust } = this;
    if (trust === undefined) return refuse('trust-missing', 'no trust bundle was delivered yet', { clause: 'X1' });
    const status = verifyStatus(envelope, trust, this.#config.organisation);
    if (!status.ok) return status;
    if (this.#status !== undefined && isOlder(status.value, this.#status))
      return refuse('status-older', 'a newer status statement is known', { clause: 'X1' });
    this.#status = status.value;
    this.#signedStatus = envelope;
    return ok({ kind: 'latest', key: 'status', value: JSON.stringify(envelope) });
  }
}

/** Of two witnesses one can be kept from what followed a checkpoint: its statement of now is as old as the record it speaks of. */
const isOlder = (one: Status, known: Status): boolean =>
  one.issuedAt < known.issuedAt || one.checkpoint.size < known.checkpoint.size;

const version = integer({ min: 1, max: 1_000_000_000 });
const versionsShape = object<TrustVersions>({ root: version, timestamp: version, snapshot: version, targets: version });

function storedJson(text: string | undefined): JsonValue | undefined {
  const json = text === undefined ? undefined : readStrictJson(Buffer.from(text), { maxBytes: MAX_STORED_BYTES });
  return json?.ok === true ? json.value : undefined;
}

function storedEnvelope(text: string | undefined): DsseEnvelope | undefined {
  const json = storedJson(text);
  const envelope = json === undefined ? undefined : parseEnvelope(json);
  return envelope?.ok === true ? envelope.value : undefined;
}

function storedTrust(text: string | undefined): TrustMetadata | undefined {
  const json = storedJson(text);
  const metadata = json === undefined ? undefined : readShape(trustMetadataShape, json);
  return metadata?.ok === true ? metadata.value : undefined;
}
