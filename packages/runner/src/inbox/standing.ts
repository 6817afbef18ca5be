/** The newest verified documents and the stops of this runner: kept in the journal, verified again after a restart. */
import { msOf, ok, refuse, type Refusal, type Result, type Status } from '@countersign/core';
import { parseEnvelope, readStrictJson, type DsseEnvelope } from '@countersign/seal';
import { KnownDocuments } from '../admit/known-documents.ts';
import { verifyStatus } from '../admit/status.ts';
import { verifyTrust, type Trust } from '../admit/trust.ts';
import type { Entry } from '../journal/entry.ts';
import type { Journal } from '../journal/journal.ts';
import type { Clock } from '../preflight/clock.ts';
import type { RunnerConfig } from '../preflight/runner-config.ts';

const MAX_STORED_BYTES = 8_388_608;
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
    const trust = stored(journal.latest('trust'));
    if (trust !== undefined) this.#take(verifyTrust(trust, config, 0), (value) => (this.#trust = value));
    this.#status = this.#storedStatus();
  }

  /** Under the trust that rules now: a status signer who was struck off says nothing any more. */
  #storedStatus(): Status | undefined {
    const envelope = this.#signedStatus ?? stored(this.#journal.latest('status'));
    if (envelope === undefined || this.#trust === undefined) return undefined;
    const status = verifyStatus(envelope, this.#trust, this.#config.organisation);
    return status.ok ? status.value : undefined;
  }

  #take<T>(read: Result<T>, keep: (value: T) => void): void {
    if (read.ok) keep(read.value);
  }

  get trust(): Trust | undefined {
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

  acceptTrust(envelope: DsseEnvelope): Refusal | undefined {
    const trust = verifyTrust(envelope, this.#config, this.#knownVersion());
    if (!trust.ok) return trust.refusal;
    const { bundle, digest } = trust.value;
    if (this.#trust !== undefined && this.#trust.bundle.version === bundle.version && this.#trust.digest !== digest)
      return refuse('trust-forked', `two different trust bundles of version ${bundle.version} were signed`, {
        clause: 'X1',
      }).refusal;
    this.#journal.write([
      { kind: 'latest', key: 'trust', value: JSON.stringify(envelope) },
      { kind: 'latest', key: 'trust-version', value: String(bundle.version) },
    ]);
    // The same bundle again changes nothing, and what was verified under it stays verified.
    if (this.#trust?.digest !== digest) this.#trust = trust.value;
    this.#status = this.#storedStatus();
    return undefined;
  }

  /** Remembered by itself: a stored bundle that no longer verifies must not let an older one in. */
  #knownVersion(): number {
    const version = Number(this.#journal.latest('trust-version') ?? '0');
    return Math.max(Number.isSafeInteger(version) ? version : 0, this.#trust?.bundle.version ?? 0);
  }

  /**
   * An older statement than the one known is dropped, so that a halt cannot be undone by sending yesterday's. It counts from now on;
   * the caller has it written down before it lets go of the delivery.
   */
  acceptStatus(envelope: DsseEnvelope): Result<Entry> {
    if (this.#trust === undefined)
      return refuse('trust-missing', 'no trust bundle was delivered yet', { clause: 'X1' });
    const status = verifyStatus(envelope, this.#trust, this.#config.organisation);
    if (!status.ok) return status;
    if (this.#status !== undefined && status.value.issuedAt < this.#status.issuedAt)
      return refuse('status-older', 'a newer status statement is known', { clause: 'X1' });
    this.#status = status.value;
    this.#signedStatus = envelope;
    return ok({ kind: 'latest', key: 'status', value: JSON.stringify(envelope) });
  }
}

function stored(text: string | undefined): DsseEnvelope | undefined {
  const json = text === undefined ? undefined : readStrictJson(Buffer.from(text), { maxBytes: MAX_STORED_BYTES });
  const envelope = json?.ok === true ? parseEnvelope(json.value) : undefined;
  return envelope?.ok === true ? envelope.value : undefined;
}
