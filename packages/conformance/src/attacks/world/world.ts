/** Everything an order is made of. Held by the side that orders: the real runner gets files only. */
import {
  indexGraph,
  instantOf,
  type Digest,
  type Envelope,
  type GraphIndex,
  type GraphSnapshot,
  type Instant,
  type TrustBundle,
} from '@countersign/core';
import { canonicalBytes, digestOf, type TrustMetadata } from '@countersign/seal';
import type { Keyring } from '../../demo/keyring.ts';
import type { EstateLayout } from '../../estate/layout.ts';
import {
  attackedEstate,
  attackedTrust,
  plainHosts,
  signedEnvelope,
  signedGraph,
  signTrust,
  type Signed,
} from './house.ts';
import { WorldRecord } from './world-record.ts';

export class World {
  readonly keys: Keyring;
  readonly layout: EstateLayout = attackedEstate();
  readonly bundle: TrustBundle;
  readonly trust: TrustMetadata;
  readonly envelope: Signed<Envelope>;
  readonly graph: Signed<GraphSnapshot>;
  readonly record: WorldRecord;
  readonly #plain: readonly string[];
  #next = 0;
  #serial = 0;
  #shiftMs = 0;

  constructor(keys: Keyring) {
    this.keys = keys;
    this.bundle = attackedTrust(keys);
    this.trust = signTrust(keys, this.bundle);
    this.envelope = signedEnvelope(keys);
    this.graph = signedGraph(keys);
    this.#plain = plainHosts(this.layout);
    this.record = this.newRecord();
  }

  /** A record that begins like every record of this world. */
  newRecord(isDemo = true): WorldRecord {
    const record = new WorldRecord({ log: this.keys.signer('log'), witness: this.keys.signer('witness') }, isDemo);
    record.add({ event: 'envelope.activated', body: digestOf(this.activation()), at: this.now() });
    return record;
  }

  /** What the first entry is about, as control writes it down: the envelope that two people signed. */
  activation(): Uint8Array {
    return canonicalBytes({ digest: this.envelopeDigest(), version: this.envelope.document.version, narrowings: 0 });
  }

  envelopeDigest(): Digest {
    return digestOf(this.envelope.bytes);
  }

  /** The honest graph, indexed. */
  graphIndex(): GraphIndex {
    return indexGraph(this.graph.document);
  }

  /** The clock of the machine: the runner under attack reads the same, unless its own was moved. */
  now(): Instant {
    return instantOf(Date.now() + this.#shiftMs);
  }

  /** As seen by programs whose clock was moved as far. */
  moveClock(ms: number): void {
    this.#shiftMs = ms;
  }

  /** The next hosts that no order of this world has named lately. */
  hosts(count: number): readonly string[] {
    return Array.from({ length: count }, () => {
      const host = this.#plain[this.#next % this.#plain.length] ?? '';
      this.#next += 1;
      return host;
    });
  }

  /** A number nothing else of this world has. */
  serial(): number {
    this.#serial += 1;
    return this.#serial;
  }
}
