/** The whole product for the tests of AG-706 section 8, reached as outsiders reach it: HTTP, signatures, and the hosts' own word. */
import { join } from 'node:path';
import type { Client, ProposalDetail } from '@countersign/client';
import { envelopeShape, instantOf, readShape, type Envelope, type ProposalDraft, type Signal } from '@countersign/core';
import { payloadOf, PAYLOAD, readStrictJson, type DsseEnvelope } from '@countersign/seal';
import { AutonomousAct } from '../bench/agent/autonomous-act.ts';
import { clientOf, OutsideAgent } from '../bench/agent/outside-agent.ts';
import { good } from '../attacks/world/made.ts';
import { demoEnvelope } from '../demo/envelope.ts';
import { signByPeople } from '../demo/trust.ts';
import { estateSummary } from '../scenarios/estate-view.ts';
import { until } from '../scenarios/wait.ts';
import { startSystem, type System } from '../system/start-system.ts';

/** States in which a proposal waits for people, or for nothing any more. */
const SETTLED: ReadonlySet<string> = new Set([
  'PENDING',
  'SUCCEEDED',
  'ROLLED_BACK',
  'FAILED',
  'UNKNOWN',
  'REJECTED',
  'WITHDRAWN',
  'EXPIRED',
  'PROHIBITED',
  'STAGING_FAILED',
]);
const SETTLE_MS = 60_000;

export interface Settled {
  readonly id: string;
  readonly detail: ProposalDetail;
}

export class Product {
  readonly system: System;
  readonly agent: OutsideAgent;
  readonly act: AutonomousAct;
  #autonomous: string | undefined;

  private constructor(system: System, agent: OutsideAgent) {
    this.system = system;
    this.agent = agent;
    this.act = new AutonomousAct(agent, system);
  }

  /** Started and drilled: from here on a restart of one host runs alone. */
  static async start(say: (text: string) => void): Promise<Product> {
    const system = await startSystem({ hear: (text) => say(text.trimEnd()) });
    try {
      const product = new Product(system, await OutsideAgent.join(system));
      await product.act.drill();
      return product;
    } catch (error) {
      await system.stop();
      throw error;
    }
  }

  async stop(): Promise<void> {
    this.agent.leave();
    await this.system.stop();
  }

  client(principal: string): Client {
    return clientOf(this.system, principal);
  }

  async restarts(): Promise<number> {
    return (await estateSummary(this.system.estates.production)).restarts;
  }

  /** Signals of both sources about these hosts and a proposal on them, until it waits for people or has ended. */
  async propose(rule: string, targets: readonly string[], draft: (targets: readonly string[], signals: readonly Signal[]) => ProposalDraft): Promise<Settled> {
    const signals = await this.agent.raise(rule, targets);
    const id = await this.agent.propose(draft(targets, signals));
    return this.settled(id);
  }

  async settled(id: string, isIt: (state: string) => boolean = (state) => SETTLED.has(state)): Promise<Settled> {
    const detail = await until({ what: `the end of ${id}`, timeoutMs: SETTLE_MS }, async () => {
      const found = await this.client('person:nils').proposal(id);
      return isIt(found.state) ? found : undefined;
    });
    return { id, detail };
  }

  /** The bundle of an act that ran alone; made once. */
  async autonomousAct(): Promise<string> {
    if (this.#autonomous === undefined) {
      await this.act.once();
      const { items } = await this.client('person:nils').proposals({ limit: 100 });
      const done = items.filter(({ state, action }) => state === 'SUCCEEDED' && action === 'service.restart');
      const latest = done.toSorted((a, b) => ((a.createdAt ?? '') < (b.createdAt ?? '') ? 1 : -1))[0];
      if (latest === undefined) throw new Error('no restart ran alone to its end');
      this.#autonomous = latest.id;
    }
    return this.#autonomous;
  }

  bundle(id: string): Promise<Uint8Array> {
    return this.client('person:ira').bundle(id);
  }

  /** The envelope in force, with the signatures under it. */
  async envelope(): Promise<{ readonly document: Envelope; readonly dsse: DsseEnvelope; readonly digest: string }> {
    const { envelope: dsse, digest } = await this.client('person:kim').envelope();
    const json = good(readStrictJson(good(payloadOf(dsse))));
    return { document: good(readShape(envelopeShape, json)), dsse, digest };
  }

  /** A next version of the envelope in force, signed by these people; not handed in yet. */
  async nextEnvelope(change: object, signers: readonly string[]): Promise<DsseEnvelope> {
    const { document, digest } = await this.envelope();
    const next = { ...demoEnvelope(instantOf(Date.now() - 1000)), rollout: document.rollout, version: document.version + 1, supersedes: digest, ...change };
    return signByPeople(this.agent.keys, { payloadType: PAYLOAD.envelope, value: next }, signers);
  }

  async activate(envelope: DsseEnvelope): Promise<void> {
    await this.client('person:kim').activateEnvelope(envelope);
    await this.agent.untilVouched();
  }

  /** Folder of the production hosts. */
  get hostsFolder(): string {
    return join(this.system.state, 'estate', 'production');
  }
}
