/** The autonomous path, as an outside agent sees it: signals in, proposal in, and at the end the receipt of evidence. */
import { join } from 'node:path';
import { instantOf, type Envelope } from '@countersign/core';
import { PAYLOAD, withPolicies } from '@countersign/seal';
import { demoEnvelope } from '../../demo/envelope.ts';
import { signByPeople } from '../../demo/trust.ts';
import { hostRoot, replaceFile } from '../../estate/host/host-files.ts';
import { productionEstate, SOUND_APP_CONF } from '../../estate/layout.ts';
import { clientOf } from '../../system/callers.ts';
import type { System } from '../../system/start-system.ts';
import { restartDraft, RESTART_RULE, STAGING_HOST } from './drafts.ts';
import type { OutsideAgent } from './outside-agent.ts';

const ACT_MS = 20_000;
const DRILL_MS = 45_000;

export class AutonomousAct {
  readonly #agent: OutsideAgent;
  readonly #system: System;
  /** Always the same: what one agent touches in a day adds up, and the envelope caps it (D5). */
  readonly #target: string;
  #version = 1;

  constructor(agent: OutsideAgent, system: System) {
    this.#agent = agent;
    this.#system = system;
    const host = productionEstate().hosts.find(({ role }) => role === 'batch');
    if (host === undefined) throw new Error('the estate has no batch host');
    this.#target = host.id;
  }

  /**
   * Autonomy needs a rollback drill of this action (X6). One act is made under an envelope that skips no staging: its validation
   * run is the drill. Afterwards the demo's own envelope is put in force again, without its time to bake: that is a wait
   * which policy asks for, and no work of ours or of the floor.
   */
  async drill(): Promise<void> {
    await this.#activate((envelope) => ({ ...envelope, maySkipStaging: [] }));
    // The staging instance keeps the timeout it loaded although its file is sound now: exactly what a restart mends.
    const root = hostRoot(join(this.#system.state, 'estate', 'staging'), STAGING_HOST);
    replaceFile(join(root, 'etc', 'app.conf'), SOUND_APP_CONF);
    await this.once(DRILL_MS);
    await this.#activate((envelope) => ({ ...envelope, rollout: { ...envelope.rollout, bakeMs: 0 } }));
  }

  /** Milliseconds from the first request to the receipt; waits for the end of the remediation, which is not counted. */
  async once(timeoutMs: number = ACT_MS): Promise<number> {
    const { record } = this.#agent;
    record.forget();
    const started = performance.now();
    const signals = await this.#agent.raise(RESTART_RULE, [this.#target]);
    const proposal = await this.#agent.propose(restartDraft([this.#target], signals));
    const receipt = await this.#recorded('evidence.received', proposal, timeoutMs);
    await this.#recorded('remediation.closed', proposal, timeoutMs);
    return receipt - started;
  }

  async #recorded(event: string, proposal: string, timeoutMs: number): Promise<number> {
    try {
      const { atMs } = await this.#agent.record.until(
        `${event} of ${proposal}`,
        ({ leaf }) => leaf.event === event && leaf.correlation === proposal,
        timeoutMs,
      );
      return atMs;
    } catch (error) {
      const why = await this.#agent.explain(proposal).catch(String);
      throw new Error(`${error instanceof Error ? error.message : String(error)}; ${why}`, { cause: error });
    }
  }

  async #activate(change: (envelope: Envelope) => Envelope): Promise<void> {
    this.#version += 1;
    const admin = clientOf(this.#system, 'person:kim');
    const { digest: supersedes } = await admin.envelope();
    const value = withPolicies(change({ ...demoEnvelope(instantOf(Date.now()), this.#version), supersedes }));
    const envelope = signByPeople(this.#agent.keys, { payloadType: PAYLOAD.envelope, value }, ['kim', 'lea']);
    await admin.activateEnvelope(envelope);
    await this.#agent.untilVouched();
  }
}
