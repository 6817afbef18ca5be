/** The whole product for the tests of AG-706 section 8, reached as outsiders reach it: HTTP, signatures, and the hosts' own word. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { Problem, type Client, type ProposalDetail } from '@countersign/client';
import { envelopeShape, instantOf, readShape, type Envelope, type ProposalDraft, type Signal } from '@countersign/core';
import { digestOf, payloadOf, PAYLOAD, readStrictJson, withPolicies, type DsseEnvelope } from '@countersign/seal';
import { AutonomousAct } from '../bench/agent/autonomous-act.ts';
import { configDraft, CONFIG_RULE, restartDraft, RESTART_RULE, STAGING_HOST } from '../bench/agent/drafts.ts';
import { OutsideAgent } from '../bench/agent/outside-agent.ts';
import { good } from '../attacks/world/made.ts';
import { demoEnvelope } from '../demo/envelope.ts';
import { signByPeople } from '../demo/trust.ts';
import { controlTokenFile, hostRoot, replaceFile } from '../estate/host/host-files.ts';
import { productionEstate } from '../estate/layout.ts';
import { appConfText } from '../estate/packages.ts';
import { CONTROL_TOKEN_HEADER } from '../estate/serve/server.ts';
import { estateSummary } from '../scenarios/estate-view.ts';
import { until } from '../scenarios/wait.ts';
import { clientOf, headersOf } from '../system/callers.ts';
import { startSystem, type System } from '../system/start-system.ts';
import { when } from './when.ts';

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
/** Shorter than the upstream of the staging host takes. */
const TOO_SHORT_MS = 500;

const reasonsOf = ({ decisions }: ProposalDetail): string =>
  decisions.flatMap(({ reasons }) => reasons.map(({ clause, text }) => `${clause} ${text}`)).join('; ');

export interface Settled {
  readonly id: string;
  readonly detail: ProposalDetail;
}

/** Complaints unless it was decided, and decided to be no act of the agent alone; or was refused at intake as incomplete. */
export function leftToPeople(found: Settled | 'incomplete'): readonly string[] {
  if (found === 'incomplete') return [];
  const { state, decisions } = found.detail;
  return [
    ...when(decisions.length === 0, 'nothing was decided'),
    ...when(
      decisions.some(({ verdict }) => verdict === 'autonomous'),
      'a decision calls it autonomous',
    ),
    ...when(!['PENDING', 'PROHIBITED', 'STAGING_FAILED'].includes(state), `it is ${state}`),
  ];
}

export interface SignedEnvelope {
  readonly document: Envelope;
  readonly dsse: DsseEnvelope;
  readonly digest: string;
}

function opened(dsse: DsseEnvelope): SignedEnvelope {
  const payload = good(payloadOf(dsse));
  return { document: good(readShape(envelopeShape, good(readStrictJson(payload)))), dsse, digest: digestOf(payload) };
}

export class Product {
  readonly system: System;
  readonly agent: OutsideAgent;
  readonly act: AutonomousAct;
  readonly #batch: readonly string[];
  #autonomous: string | undefined;
  #host = 0;
  #activated: SignedEnvelope | undefined;

  private constructor(system: System, agent: OutsideAgent) {
    this.system = system;
    this.agent = agent;
    this.act = new AutonomousAct(agent, system);
    this.#batch = productionEstate()
      .hosts.filter(({ role }) => role === 'batch')
      .map(({ id }) => id);
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

  /** Always the same host: what one agent touches alone in a day adds up, and the envelope caps it (D5). */
  get quietHost(): string {
    return this.#batch[0] ?? '';
  }

  /** A restart that the envelope covers runs to its end without a person: the twin of all that must not. */
  async runsAlone(): Promise<readonly string[]> {
    const restarts = await this.restarts();
    const { detail } = await this.propose(RESTART_RULE, [this.quietHost], restartDraft);
    const touched = (await this.restarts()) - restarts;
    return [
      ...when(detail.state !== 'SUCCEEDED', `it is ${detail.state} (${detail.reason ?? ''}): ${reasonsOf(detail)}`),
      ...when(touched !== 1, `${touched} restarts`),
    ];
  }

  /** A config change for people to sign, after staging has shown the problem and its cure. */
  async proposeConfig(host: string): Promise<Settled> {
    // The staging host is cured by every earlier run; a reproduction has to find it ill.
    const root = hostRoot(join(this.system.state, 'estate', 'staging'), STAGING_HOST);
    replaceFile(join(root, 'etc', 'app.conf'), appConfText('portal', TOO_SHORT_MS));
    const token = readFileSync(controlTokenFile(root), 'utf8').trim();
    const url = `${this.system.estates.staging}/hosts/${STAGING_HOST}/restart`;
    const answer = await fetch(url, { method: 'POST', headers: { [CONTROL_TOKEN_HEADER]: token } });
    if (!answer.ok) throw new Error(`the staging host cannot be restarted: ${answer.status}`);
    return this.propose(CONFIG_RULE, [host], configDraft);
  }

  /** Non-critical hosts of production, in turn. */
  batchHosts(count: number): readonly string[] {
    return Array.from({ length: count }, () => {
      this.#host += 1;
      return this.#batch[1 + (this.#host % (this.#batch.length - 1))] ?? '';
    });
  }

  client(principal: string): Client {
    return clientOf(this.system, principal);
  }

  /** A request that no method of the client makes yet; whatever is not a success is thrown with the server's own words. */
  async api(principal: string, method: 'GET' | 'POST', path: string, body?: unknown): Promise<unknown> {
    const url = `${this.system.url}/api/v1${path}`;
    const answer = await fetch(url, {
      method,
      headers: { ...(await headersOf(this.system, principal, { method, url })), 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    const text = await answer.text();
    if (!answer.ok) throw new Error(`${answer.status}: ${text.slice(0, 500)}`);
    return JSON.parse(text === '' ? '{}' : text);
  }

  async restarts(): Promise<number> {
    return (await estateSummary(this.system.estates.production)).restarts;
  }

  /** Signals of both sources about these hosts and a proposal on them, until it waits for people or has ended. */
  async propose(
    rule: string,
    targets: readonly string[],
    draft: (targets: readonly string[], signals: readonly Signal[]) => ProposalDraft,
  ): Promise<Settled> {
    const signals = await this.agent.raise(rule, targets);
    const id = await this.agent.propose(draft(targets, signals));
    return this.settled(id);
  }

  /** As `propose`; a draft that names what the graph does not know is refused at intake, and nothing else may be. */
  async proposeOrRefused(...asked: Parameters<Product['propose']>): Promise<Settled | 'incomplete'> {
    return this.propose(...asked).catch((error: unknown) => {
      if (error instanceof Problem && error.code === 'incomplete') return 'incomplete' as const;
      throw error;
    });
  }

  /** Taken back by its agent, so that the next proposal of the same intent is heard. */
  async withdraw(id: string): Promise<void> {
    await this.client('agent:playbook')
      .withdraw(id)
      .catch(() => undefined);
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
    return this.client('person:ira').bundle(id, 'conformance');
  }

  /** The envelope in force, with the signatures under it. */
  async envelope(): Promise<SignedEnvelope> {
    const { envelope: dsse } = await this.client('person:kim').envelope();
    return opened(dsse);
  }

  /** A next version of the envelope in force, signed by these people; not handed in yet. */
  async nextEnvelope(change: object, signers: readonly string[]): Promise<DsseEnvelope> {
    // One that has ended is shown to nobody; what comes after it has to name it all the same.
    const { document, digest } = this.#activated ?? (await this.envelope());
    const next = {
      ...demoEnvelope(instantOf(Date.now() - 1000)),
      rollout: document.rollout,
      version: document.version + 1,
      supersedes: digest,
      ...change,
    };
    return signByPeople(this.agent.keys, { payloadType: PAYLOAD.envelope, value: withPolicies(next) }, signers);
  }

  async activate(envelope: DsseEnvelope): Promise<void> {
    await this.client('person:kim').activateEnvelope(envelope);
    this.#activated = opened(envelope);
    await this.agent.untilVouched();
  }

  /** Folder of the production hosts. */
  get hostsFolder(): string {
    return join(this.system.state, 'estate', 'production');
  }
}
