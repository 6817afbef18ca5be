/**
 * Two sites under one quota: two real runner programs with hosts of their own, the real witness, and a record that the attacker owns.
 * The witness is honest and sees every entry; which of its statements reach which runner, when and how often is the attacker's choice.
 */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { msOf, readShape, statusShape, type Status } from '@countersign/core';
import { digestOf, payloadOf, readStrictJson, type DsseEnvelope } from '@countersign/seal';
import { Keyring } from '../../demo/keyring.ts';
import { ENCLAVES } from '../../demo/trust.ts';
import { until } from '../../scenarios/wait.ts';
import { LyingRecord } from '../witness/lying-record.ts';
import { writeWitness } from '../witness/witness-files.ts';
import { Enclave, type Address } from '../world/enclave.ts';
import { startHosts, type AttackedHosts } from '../world/estate.ts';
import { SECOND_SITE } from '../world/house.ts';
import { good } from '../world/made.ts';
import { order, type Order } from '../world/order.ts';
import { start, type Started } from '../world/programs.ts';
import { World } from '../world/world.ts';

export const LIMIT = 20;
const STATEMENT_MS = 20_000;
const ADDRESSES: readonly Address[] = [ENCLAVES[1], SECOND_SITE];

/** One statement of the witness, and what it says. */
export interface Statement {
  readonly signed: DsseEnvelope;
  readonly says: Status;
}

export interface Site {
  readonly address: Address;
  readonly hosts: AttackedHosts;
  readonly enclave: Enclave;
}

interface Parts {
  readonly folder: string;
  readonly world: World;
  readonly server: LyingRecord;
  readonly witness: Started;
  readonly hosts: readonly AttackedHosts[];
}

export class TwoSites {
  readonly world: World;
  readonly #parts: Parts;
  readonly #bodies: Map<number, Uint8Array> = new Map();
  #sites: readonly Site[] = [];

  private constructor(parts: Parts) {
    this.#parts = parts;
    this.world = parts.world;
    this.#bodies.set(0, parts.world.activation());
  }

  static async start(folder: string): Promise<TwoSites> {
    const world = new World(new Keyring(join(folder, 'keys')));
    setClock(folder, 0);
    const server = new LyingRecord();
    const plan = { folder: join(folder, 'witness'), url: await server.listen(), autonomousTargetsPerHour: LIMIT };
    const config = writeWitness(world.keys, plan);
    const witness = await start({ file: 'runner/src/witness.ts', args: [config], clock: clockOf(folder) });
    const hosts = await Promise.all(
      ADDRESSES.map(({ runner }) => startHosts(join(folder, `hosts-of-${runner}`), clockOf(folder))),
    );
    const sites = new TwoSites({ folder, world, server, witness, hosts });
    await sites.#startRunners();
    return sites;
  }

  get sites(): readonly Site[] {
    return this.#sites;
  }

  async #startRunners(): Promise<void> {
    const { folder, world, hosts } = this.#parts;
    this.#sites = await Promise.all(
      ADDRESSES.map(async (address, at): Promise<Site> => {
        const its = hosts[at];
        if (its === undefined) throw new Error(`${address.runner} has no hosts`);
        const place = { folder: join(folder, address.enclave), allowDemo: true, address, clock: clockOf(folder) };
        return { address, hosts: its, enclave: await Enclave.start(world, its, place) };
      }),
    );
    for (const { enclave } of this.#sites) enclave.drop({ kind: 'trust', trust: world.trust });
  }

  /** The runners were down while time went by: none of them sees its own clock move. */
  async later(ms: number): Promise<void> {
    await Promise.all(this.#sites.map(({ enclave }) => enclave.stop()));
    setClock(this.#parts.folder, ms);
    this.world.moveClock(ms);
    await this.#startRunners();
  }

  /** An order that the envelope covers, for one of the sites; its dispatch stands in the record. */
  dispatch({ address }: Pick<Site, 'address'>, targets: number, at: string = this.world.now()): Order {
    const { world } = this;
    const { enclave, runner } = address;
    const made = order(world, {
      authority: 'alone',
      hosts: world.hosts(targets),
      capsule: () => ({ audience: { enclave, runner }, notAfter: '2090-01-01T00:00:00.000Z' }),
      recordedAt: at,
    });
    this.#bodies.set(made.index, Buffer.from(made.delivery.capsule.payload, 'base64'));
    return made;
  }

  /** That the order is in the record as it is now. */
  proofNow({ index }: Order): string {
    const { record } = this.world;
    return record.proof(index, record.cosigned(Math.floor(msOf(this.world.now()) / 1000)));
  }

  /** The record is shown as it is; what the witness says once it has seen all of it. */
  async witnessed(): Promise<Statement> {
    const { server } = this.#parts;
    const { record } = this.world;
    const { size, leaves } = record;
    const told = server.said.map(statementOf).findLast(({ says }) => says.checkpoint.size >= size);
    if (told !== undefined) return told;
    server.claim({ size, note: record.checkpoint(), leaves, bodies: this.#bodies });
    return until({ what: `a statement on ${size} entries`, timeoutMs: STATEMENT_MS, everyMs: 20 }, async () =>
      server.said.map(statementOf).findLast(({ says }) => says.checkpoint.size >= size),
    );
  }

  /** An entry that changes nothing; the witness says anew what rules. */
  sayAnew(): Promise<Statement> {
    const { record } = this.world;
    const { index } = record.add({
      event: 'envelope.activated',
      body: digestOf(this.world.activation()),
      at: this.world.now(),
    });
    this.#bodies.set(index, this.world.activation());
    return this.witnessed();
  }

  /** Restarts on all hosts of both sites: what was acted on, as the hosts count it. */
  async acted(): Promise<number> {
    const counts = await Promise.all(this.#parts.hosts.map(({ restarts }) => restarts()));
    return counts.reduce((sum, count) => sum + count, 0);
  }

  async stop(): Promise<void> {
    const { server, witness, hosts } = this.#parts;
    await Promise.all(this.#sites.map(({ enclave }) => enclave.stop()));
    await witness.stop();
    await Promise.all(hosts.map((its) => its.stop()));
    await server.close();
  }
}

const clockOf = (folder: string): string => join(folder, 'clock');
const setClock = (folder: string, ms: number): void => writeFileSync(clockOf(folder), String(ms));

function statementOf(signed: DsseEnvelope): Statement {
  const says = good(readShape(statusShape, good(readStrictJson(good(payloadOf(signed))))));
  return { signed, says };
}
