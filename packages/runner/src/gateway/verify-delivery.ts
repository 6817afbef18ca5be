/**
 * What the gateway lets into the enclave (X1): documents that verify under the pinned root and the trust bundle it signed. The runner
 * asks all of it again; this keeps what is forged outside. A stop needs no signature and is never held up (X5).
 */
import { join } from 'node:path';
import { ok, refuse, type Result } from '@countersign/core';
import {
  PAYLOAD,
  parseEnvelope,
  readStrictJson,
  verifyEnvelope,
  type Delivery,
  type DsseEnvelope,
  type PublicKey,
} from '@countersign/seal';
import { verifyTrust, type Trust, type TrustRule } from '../admit/trust.ts';
import { writeDurable } from '../journal/durable-file.ts';
import { readBounded } from '../preflight/read-file.ts';
import type { GatewayConfig } from './gateway-config.ts';

const MAX_STORED_BYTES = 8_388_608;

export interface Verifier {
  /** False while nothing but a trust bundle can be verified; then deliveries are read again from the first. */
  readonly hasTrust: boolean;
  readonly check: (delivery: Delivery) => Result<true>;
}

/** Nothing pinned: everything of the right shape passes, and only the runner verifies. */
const OPEN: Verifier = { hasTrust: true, check: () => ok(true) };

export function verifierOf(config: GatewayConfig): Verifier {
  const { organisation, rootKeys, rootThreshold = 1, allowDemo = false, state } = config;
  if (rootKeys === undefined) return OPEN;
  return new PinnedVerifier({ organisation, rootKeys, rootThreshold, allowDemo }, join(state, 'trust.json'));
}

class PinnedVerifier implements Verifier {
  readonly #rule: TrustRule;
  readonly #file: string;
  #trust: Trust | undefined;

  constructor(rule: TrustRule, file: string) {
    this.#rule = rule;
    this.#file = file;
    const known = storedBundle(file);
    const trust = known === undefined ? undefined : verifyTrust(known, rule, 0);
    if (trust?.ok === true) this.#trust = trust.value;
  }

  get hasTrust(): boolean {
    return this.#trust !== undefined;
  }

  check(delivery: Delivery): Result<true> {
    switch (delivery.kind) {
      case 'halt':
      case 'rollback':
      // People's signatures are the runner's to judge: it alone knows which trip is open.
      case 'resume':
        return ok(true);
      case 'trust':
        return this.#takeTrust(delivery.bundle);
      case 'status':
        return this.#signed(delivery.status, PAYLOAD.status, (trust) => trust.statusSigners);
      case 'graph':
        return this.#signed(delivery.graph, PAYLOAD.graph, (trust) => trust.graphOwners);
      case 'capsule':
        return this.#signed(delivery.capsule, PAYLOAD.capsule, (trust) => trust.capsuleSigners);
      case 'envelope':
        return delivery.envelope.payloadType === PAYLOAD.envelope
          ? ok(true)
          : refuse('envelope-type', 'the envelope is of another type', { clause: 'E2' });
    }
  }

  #takeTrust(bundle: DsseEnvelope): Result<true> {
    const trust = verifyTrust(bundle, this.#rule, this.#trust?.bundle.version ?? 0);
    if (!trust.ok) return trust;
    if (this.#trust?.digest !== trust.value.digest) writeDurable(this.#file, JSON.stringify(bundle));
    this.#trust = trust.value;
    return ok(true);
  }

  #signed(envelope: DsseEnvelope, payloadType: string, keysOf: (trust: Trust) => readonly PublicKey[]): Result<true> {
    if (this.#trust === undefined)
      return refuse('trust-missing', 'no trust bundle has come through this gateway', { clause: 'X1' });
    const verified = verifyEnvelope(envelope, { payloadType, trusted: keysOf(this.#trust), threshold: 1 });
    return verified.ok ? ok(true) : refuse('not-signed', verified.refusal.detail, { clause: 'X1' });
  }
}

function storedBundle(file: string): DsseEnvelope | undefined {
  const bytes = readBounded(file, MAX_STORED_BYTES);
  const json = bytes.ok ? readStrictJson(bytes.value, { maxBytes: MAX_STORED_BYTES }) : bytes;
  const envelope = json.ok ? parseEnvelope(json.value) : json;
  return envelope.ok ? envelope.value : undefined;
}
