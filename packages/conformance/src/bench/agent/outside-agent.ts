/**
 * An agent from outside, as any team could write one: it forwards signals, proposes, and watches the record, all over the HTTP
 * API. It holds the agent's key and the relays' keys of the demo, and no authority.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { Problem, type Client } from '@countersign/client';
import { readShape, statusShape, type ProposalDraft, type Signal } from '@countersign/core';
import { payloadOf, readStrictJson } from '@countersign/seal';
import { demoFiles } from '../../demo/files.ts';
import { Keyring } from '../../demo/keyring.ts';
import { DEMO_SOURCES } from '../../demo/people.ts';
import { clientOf } from '../../system/callers.ts';
import type { System } from '../../system/start-system.ts';
import { Recorder } from './recorder.ts';
import { relayedAlert } from './relay.ts';

const VOUCH_MS = 45_000;
const LOOK_MS = 100;
const NOT_FOUND = 404;

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
    const agent = new OutsideAgent(system, client, await Recorder.follow(client));
    await agent.untilVouched();
    return agent;
  }

  leave(): void {
    this.record.close();
  }

  /** The same finding from every source there is. Sources know nothing of each other, so none waits for another. */
  async raise(rule: string, targets: readonly string[]): Promise<readonly Signal[]> {
    const sent = DEMO_SOURCES.map(async ({ id }) => {
      const { relayed, signals } = relayedAlert(this.keys, { source: id, rule, targets, nowMs: Date.now() });
      await clientOf(this.#system, `source:${id}`).sendAlertmanager(relayed);
      return signals;
    });
    return (await Promise.all(sent)).flat();
  }

  /** The id of the new proposal. */
  async propose(draft: ProposalDraft): Promise<string> {
    const answer = await this.#client.propose(draft);
    const id: unknown = typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'id') : undefined;
    if (typeof id !== 'string')
      throw new Error(`a proposal was answered without an id: ${JSON.stringify(answer).slice(0, 300)}`);
    return id;
  }

  /** Waits until the witness vouches for the envelope in force: without its fresh word nothing runs (X1). */
  async untilVouched(): Promise<void> {
    const untilMs = performance.now() + VOUCH_MS;
    for (;;) {
      const { digest } = await this.#client.envelope();
      if ((await this.#vouchedEnvelope()) === digest) return;
      if (performance.now() > untilMs) throw new Error(`the witness does not vouch for envelope ${digest}`);
      await pause(LOOK_MS);
    }
  }

  async #vouchedEnvelope(): Promise<string | undefined> {
    try {
      const { status } = await this.#client.status();
      const payload = payloadOf(status);
      const document = payload.ok ? readStrictJson(payload.value) : payload;
      const read = document.ok ? readShape(statusShape, document.value) : document;
      return read.ok ? read.value.envelope?.digest : undefined;
    } catch (error) {
      // Before the witness has said anything there is no status to be found.
      if (error instanceof Problem && error.status === NOT_FOUND) return undefined;
      throw error;
    }
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
