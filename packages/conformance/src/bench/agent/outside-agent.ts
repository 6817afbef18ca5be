/**
 * An agent from outside, as any team could write one: it forwards signals, proposes, and watches the record, all over the HTTP
 * API. It holds an agent token and the relays' keys of the demo, and no authority.
 */
import { connect, type Client } from '@countersign/client';
import type { ProposalDraft, Signal } from '@countersign/core';
import { demoFiles } from '../../demo/files.ts';
import { Keyring } from '../../demo/keyring.ts';
import { DEMO_SOURCES } from '../../demo/people.ts';
import type { System } from '../../system/start-system.ts';
import { Recorder } from './recorder.ts';
import { relayedAlert } from './relay.ts';

export class OutsideAgent {
  readonly keys: Keyring;
  readonly record: Recorder;
  readonly #system: System;
  readonly #client: Client;

  private constructor(system: System, client: Client, record: Recorder) {
    this.#system = system;
    this.#client = client;
    this.record = record;
    this.keys = new Keyring(demoFiles(system.state).keys);
  }

  static async join(system: System): Promise<OutsideAgent> {
    const client = clientOf(system, 'agent:playbook');
    return new OutsideAgent(system, client, await Recorder.follow(client));
  }

  leave(): void {
    this.record.close();
  }

  /** The same finding from every source there is, one after another. */
  async raise(rule: string, targets: readonly string[]): Promise<readonly Signal[]> {
    const all: Signal[] = [];
    for (const { id } of DEMO_SOURCES) {
      const { relayed, signals } = relayedAlert(this.keys, { source: id, rule, targets, nowMs: Date.now() });
      await clientOf(this.#system, `source:${id}`).sendAlertmanager(relayed);
      all.push(...signals);
    }
    return all;
  }

  /** The id of the new proposal. */
  async propose(draft: ProposalDraft): Promise<string> {
    const answer = await this.#client.propose(draft);
    const id: unknown = typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'id') : undefined;
    if (typeof id !== 'string')
      throw new Error(`a proposal was answered without an id: ${JSON.stringify(answer).slice(0, 300)}`);
    return id;
  }

  /** State, reason and decisions in one line, for whoever has to find out why something did not happen. */
  async explain(proposal: string): Promise<string> {
    const { state, reason, decisions } = await this.#client.proposal(proposal);
    const why = decisions.map(
      ({ verdict, reasons }) => `${verdict}: ${reasons.map(({ clause, text }) => `${clause} ${text}`).join('; ')}`,
    );
    return `proposal ${proposal} is ${state} (${reason ?? ''}); ${why.join(' | ')}`;
  }
}

export function clientOf(system: System, principal: string): Client {
  const token = system.tokens[principal];
  if (token === undefined) throw new Error(`the demo has no token for ${principal}`);
  return connect({ url: system.url, token });
}
