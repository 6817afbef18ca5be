/**
 * What the gateway lets into the enclave (X1): documents that verify under the pinned root and the trust bundle it signed. The runner
 * asks all of it again; this keeps what is forged outside. A stop needs no signature and is never held up (X5).
 */
import { join } from 'node:path';
import { instantOf, ok, readShape, refuse, type Instant, type Result } from '@countersign/core';
import {
  PAYLOAD,
  readStrictJson,
  trustMetadataShape,
  verifyEnvelope,
  type Delivery,
  type DsseEnvelope,
  type PublicKey,
  type TrustMetadata,
} from '@countersign/seal';
import { trustAt, verifyTrust, type Trust, type TrustRule } from '../admit/trust.ts';
import { writeDurable } from '../journal/durable-file.ts';
import { readBounded } from '../preflight/read-file.ts';
import type { GatewayConfig } from './gateway-config.ts';

const MAX_STORED_BYTES = 16_777_216;

export interface Verifier {
  /** False while nothing but a trust bundle can be verified; then deliveries are read again from the first. */
  readonly hasTrust: boolean;
  readonly check: (delivery: Delivery) => Result<true>;
}

/** Nothing pinned: everything of the right shape passes, and only the runner verifies. */
const OPEN: Verifier = { hasTrust: true, check: () => ok(true) };

export function verifierOf(config: GatewayConfig, now: () => Instant = () => instantOf(Date.now())): Verifier {
  const { organisation, root, allowDemo = false, state } = config;
  if (root === undefined) return OPEN;
  return new PinnedVerifier({ organisation, root, allowDemo }, { file: join(state, 'trust.json'), now });
}

class PinnedVerifier implements Verifier {
  readonly #rule: TrustRule;
  readonly #file: string;
  readonly #now: () => Instant;
  #trust: Trust | undefined;

  constructor(rule: TrustRule, { file, now }: { readonly file: string; readonly now: () => Instant }) {
    this.#rule = rule;
    this.#file = file;
    this.#now = now;
    const known = storedTrust(file);
    const trust = known === undefined ? undefined : verifyTrust(known, rule, { now: now() });
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
        return this.#takeTrust(delivery.trust);
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

  #takeTrust(metadata: TrustMetadata): Result<true> {
    const seen = this.#trust;
    const known = seen === undefined ? {} : { known: seen.versions, previous: seen.signed };
    const trust = verifyTrust(metadata, this.#rule, { now: this.#now(), ...known });
    if (!trust.ok) return trust;
    if (seen?.digest !== trust.value.digest || seen.expiresAt !== trust.value.expiresAt)
      writeDurable(this.#file, JSON.stringify(metadata));
    this.#trust = trust.value;
    return ok(true);
  }

  #signed(envelope: DsseEnvelope, payloadType: string, keysOf: (trust: Trust) => readonly PublicKey[]): Result<true> {
    if (this.#trust === undefined)
      return refuse('trust-missing', 'no trust bundle has come through this gateway', { clause: 'X1' });
    const trust = trustAt(this.#trust, this.#now());
    if (!trust.ok) return trust;
    const verified = verifyEnvelope(envelope, { payloadType, trusted: keysOf(trust.value), threshold: 1 });
    return verified.ok ? ok(true) : refuse('not-signed', verified.refusal.detail, { clause: 'X1' });
  }
}

function storedTrust(file: string): TrustMetadata | undefined {
  const bytes = readBounded(file, MAX_STORED_BYTES);
  const json = bytes.ok ? readStrictJson(bytes.value, { maxBytes: MAX_STORED_BYTES }) : bytes;
  const metadata = json.ok ? readShape(trustMetadataShape, json.value) : json;
  return metadata.ok ? metadata.value : undefined;
}
