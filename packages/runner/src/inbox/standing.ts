/** The newest verified documents and the stops of this runner: kept in the journal, verified again after a restart. */
import { msOf, refuse, type Refusal, type Result, type Status } from '@countersign/core';
import { parseEnvelope, readStrictJson, type DsseEnvelope } from '@countersign/seal';
import { verifyStatus } from '../admit/status.ts';
import { verifyTrust, type Trust } from '../admit/trust.ts';
import type { Journal } from '../journal/journal.ts';
import type { Clock } from '../preflight/clock.ts';
import type { RunnerConfig } from '../preflight/runner-config.ts';

const MAX_STORED_BYTES = 8_388_608;
/** How far wall and monotonic clock may drift apart before the wall clock counts as changed. */
const MAX_DRIFT_MS = 5000;

export class Standing {
  readonly #config: RunnerConfig;
  readonly #journal: Journal;
  readonly #clock: Clock;
  readonly #offsetMs: number;
  #trust: Trust | undefined;
  #status: Status | undefined;

  constructor(config: RunnerConfig, journal: Journal, clock: Clock) {
    this.#config = config;
    this.#journal = journal;
    this.#clock = clock;
    this.#offsetMs = msOf(clock.now()) - clock.monotonicMs();
    const trust = stored(journal.latest('trust'));
    if (trust !== undefined) this.#take(verifyTrust(trust, config, 0), (value) => (this.#trust = value));
    const status = stored(journal.latest('status'));
    const known = this.#trust;
    if (status !== undefined && known !== undefined)
      this.#take(verifyStatus(status, known, config.organisation), (value) => (this.#status = value));
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
    const trust = verifyTrust(envelope, this.#config, this.#trust?.bundle.version ?? 0);
    if (!trust.ok) return trust.refusal;
    this.#journal.write([{ kind: 'latest', key: 'trust', value: JSON.stringify(envelope) }]);
    this.#trust = trust.value;
    return undefined;
  }

  /** An older statement than the one known is dropped, so that a halt cannot be undone by sending yesterday's. */
  acceptStatus(envelope: DsseEnvelope): Refusal | undefined {
    if (this.#trust === undefined)
      return refuse('trust-missing', 'no trust bundle was delivered yet', { clause: 'X1' }).refusal;
    const status = verifyStatus(envelope, this.#trust, this.#config.organisation);
    if (!status.ok) return status.refusal;
    if (this.#status !== undefined && status.value.issuedAt < this.#status.issuedAt)
      return refuse('status-older', 'a newer status statement is known', { clause: 'X1' }).refusal;
    this.#journal.write([{ kind: 'latest', key: 'status', value: JSON.stringify(envelope) }]);
    this.#status = status.value;
    return undefined;
  }
}

function stored(text: string | undefined): DsseEnvelope | undefined {
  const json = text === undefined ? undefined : readStrictJson(Buffer.from(text), { maxBytes: MAX_STORED_BYTES });
  const envelope = json?.ok === true ? parseEnvelope(json.value) : undefined;
  return envelope?.ok === true ? envelope.value : undefined;
}
