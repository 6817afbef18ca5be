/** The witness: cosigns each new checkpoint at once and says what rules now, on change and every half minute. */
import { mkdirSync } from 'node:fs';
import { instantOf, ok, type Result, type Status } from '@countersign/core';
import { canonicalBytes, PAYLOAD, parseVkey, signEnvelope, type SignerKey } from '@countersign/seal';
import { Backoff } from '../gateway/backoff.ts';
import { tokenReader } from '../gateway/gateway-config.ts';
import { loadRoot } from '../preflight/configuration.ts';
import type { Running } from '../preflight/lifecycle.ts';
import type { Log } from '../preflight/log.ts';
import { loadKey } from '../preflight/own-key.ts';
import { httpCaller } from '../watch/ask.ts';
import { quotaOf, STATUS_LIFE_MS, type RulingState } from './ledger.ts';
import { OwnTrust } from './own-trust.ts';
import { RecordCopy } from './record-copy.ts';
import { recordLink, type RecordLink } from './record-link.ts';
import { Tail } from './tail.ts';
import type { WitnessConfig } from './witness-config.ts';

const STATUS_EVERY_MS = 30_000;

export function startWitness(config: WitnessConfig, log: Log, nowMs: () => number = Date.now): Result<Running> {
  const cosigner = loadKey(config.cosignKeyFile);
  if (!cosigner.ok) return cosigner;
  const statusKey = loadKey(config.statusKeyFile);
  if (!statusKey.ok) return statusKey;
  const logKey = parseVkey(config.log);
  if (!logKey.ok) return logKey;
  const ownTrust = openOwnTrust(config, log);
  if (!ownTrust.ok) return ownTrust;
  mkdirSync(config.state, { recursive: true });
  const caller = httpCaller();
  const link = recordLink(caller, { url: config.url, token: tokenReader(config.tokenFile) });
  const witness = { name: config.name, signer: cosigner.value };
  const trust = { logKey: logKey.value, witnessKeys: [], witnessQuorum: 0 };
  const copy = config.copy === undefined ? undefined : RecordCopy.open(config.copy);
  if (copy?.ok === false) return copy;
  const own = copy === undefined ? {} : { copy: copy.value };
  const tail = Tail.open({ link, trust, witness, state: config.state, nowMs, ...own });
  if (!tail.ok) return tail;
  const stopping = new AbortController();
  const herald = new Herald({
    config,
    link,
    signer: statusKey.value,
    tail: tail.value,
    ownTrust: ownTrust.value,
    log,
    nowMs,
  });
  const following = follow(tail.value, { herald, log, signal: stopping.signal });
  const timer = setInterval(() => void herald.tell(), STATUS_EVERY_MS);
  return ok({
    async stop() {
      clearInterval(timer);
      stopping.abort();
      caller.close();
      await following;
      herald.silence();
      await tail.value.close();
    },
  });
}

function openOwnTrust({ organisation, trust }: WitnessConfig, log: Log): Result<OwnTrust | undefined> {
  if (trust === undefined) return ok(undefined);
  const root = loadRoot(trust.root);
  return root.ok ? ok(new OwnTrust({ organisation, folder: trust.folder, root: root.value }, log)) : root;
}

interface HeraldOf {
  readonly config: WitnessConfig;
  readonly link: RecordLink;
  readonly signer: SignerKey;
  readonly tail: Tail;
  readonly ownTrust: OwnTrust | undefined;
  readonly log: Log;
  readonly nowMs: () => number;
}

/** Signs and sends the status; silent once an alarm stands, so that what runs alone stops within minutes. */
class Herald {
  readonly #of: HeraldOf;
  #isSilent = false;
  #told: RulingState | undefined;

  constructor(of: HeraldOf) {
    this.#of = of;
  }

  silence(): void {
    this.#isSilent = true;
  }

  /** At once: what rules stops or starts things, and what runs alone waits for the statement that counts it. */
  tellIfChanged(): void {
    if (this.#of.tail.ruling !== this.#told) void this.tell();
  }

  async tell(): Promise<void> {
    const { config, link, signer, tail, ownTrust, log, nowMs } = this.#of;
    if (this.#isSilent || tail.size === 0) return;
    const told = tail.ruling;
    const status = statusOf(config, tail, nowMs());
    const trustVersion = Math.max(status.trustVersion, ownTrust?.version() ?? 0);
    const bytes = canonicalBytes({ ...status, trustVersion });
    const sent = await link.status(signEnvelope(PAYLOAD.status, bytes, [signer]));
    if (sent.ok) this.#told = told;
    else log('status-not-sent', { detail: sent.refusal.detail });
  }
}

export function statusOf(config: WitnessConfig, tail: Pick<Tail, 'size' | 'root' | 'ruling'>, nowMs: number): Status {
  const { envelope, trustVersion, halts, suspended = [] } = tail.ruling;
  return {
    type: 'status',
    organisation: config.organisation,
    issuedAt: instantOf(nowMs),
    expiresAt: instantOf(nowMs + STATUS_LIFE_MS),
    checkpoint: { size: tail.size, root: tail.root },
    ...(envelope !== undefined && { envelope }),
    trustVersion,
    halts,
    suspendedActions: suspended,
    quota: quotaOf(tail.ruling, { limit: config.autonomousTargetsPerHour, nowMs, size: tail.size }),
  };
}

async function follow(
  tail: Tail,
  { herald, log, signal }: { readonly herald: Herald; readonly log: Log; readonly signal: AbortSignal },
): Promise<void> {
  const backoff = new Backoff();
  while (!signal.aborted) {
    const followed = await tail.follow(signal);
    if (followed.ok) {
      backoff.succeeded();
      // The cosignature has been sent; the next checkpoint must not wait for the status.
      if (followed.value) setImmediate(() => herald.tellIfChanged());
      // The server holds the question while nothing is new; one that does not must not be asked in a loop.
      else await backoff.pause(signal);
      continue;
    }
    if (signal.aborted) return;
    const { code, detail } = followed.refusal;
    log(tail.isAlarm(followed.refusal) ? 'ALARM' : 'record-unreachable', { code, detail });
    if (tail.isAlarm(followed.refusal)) return herald.silence();
    await backoff.pause(signal);
  }
}
