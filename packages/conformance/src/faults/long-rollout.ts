/** A rollout that is sound for every host and takes about a minute over all of them: time enough for something to die in it. */
import type { Client } from '@countersign/client';
import type { ProposalDraft, Signal } from '@countersign/core';
import { configDraft, CONFIG_RULE } from '../bench/agent/drafts.ts';
import { OutsideAgent } from '../bench/agent/outside-agent.ts';
import { demoFiles } from '../demo/files.ts';
import { Keyring } from '../demo/keyring.ts';
import { approve } from '../demo/sign.ts';
import { productionEstate } from '../estate/layout.ts';
import { estateSummary } from '../scenarios/estate-view.ts';
import { rolloutOf } from '../scenarios/play-a.ts';
import { until } from '../scenarios/wait.ts';
import { clientOf } from '../system/callers.ts';
import type { System } from '../system/start-system.ts';

export interface LongRollout {
  readonly proposal: string;
  /** Digest of the capsule that is rolled out. */
  readonly capsule: string;
  readonly targets: readonly string[];
  /** A person's client, who signs nothing by having it. */
  readonly client: Client;
}

export interface Wanted {
  readonly rule: string;
  readonly draft: (targets: readonly string[], signals: readonly Signal[]) => ProposalDraft;
  readonly targets: readonly string[];
}

const SIGNERS = [
  { person: 'ana', role: 'release-approver' },
  { person: 'sam', role: 'service-owner' },
] as const;
const PENDING_MS = 90_000;
const BEGIN_MS = 30_000;

/** The first hosts of production, all of them by default. */
export const productionHosts = (from = 0, to?: number): readonly string[] =>
  productionEstate()
    .hosts.slice(from, to)
    .map(({ id }) => id);

/** Returns once the runner has begun; `hosts` is how many it will touch. */
export async function startLongRollout(system: System, hosts?: number): Promise<LongRollout> {
  const targets = productionHosts(0, hosts);
  const agent = await OutsideAgent.join(system);
  try {
    const [proposal] = await proposeAll(system, agent, [{ rule: CONFIG_RULE, draft: configDraft, targets }]);
    if (proposal === undefined) throw new Error('nothing was proposed');
    await countersign(system, proposal);
    return await begun(system, proposal, targets);
  } finally {
    agent.leave();
  }
}

/** Puts all forward and waits until each waits for people. */
export async function proposeAll(
  system: System,
  agent: OutsideAgent,
  wanted: readonly Wanted[],
): Promise<readonly string[]> {
  const proposals: string[] = [];
  for (const { rule, draft, targets } of wanted)
    proposals.push(await agent.propose(draft(targets, await agent.raise(rule, targets))));
  for (const proposal of proposals) await untilPending(system, proposal);
  return proposals;
}

async function untilPending(system: System, proposal: string): Promise<void> {
  const client = clientOf(system, 'person:nils');
  await until({ what: `the request for approval of ${proposal}`, timeoutMs: PENDING_MS }, async () => {
    const { state, reason } = await client.proposal(proposal);
    if (state === 'PENDING') return state;
    throw new Error(`it is ${state}: ${reason ?? ''}`);
  });
}

/** As many of the two people as the proposal asks for. */
export async function countersign(system: System, proposal: string, client?: Client): Promise<void> {
  const desk = client ?? clientOf(system, 'person:nils');
  const { missing } = await desk.proposal(proposal);
  const asked = new Set(missing?.map(({ role }) => role));
  const keys = new Keyring(demoFiles(system.state).keys);
  for (const signer of SIGNERS)
    if (asked.size === 0 || asked.has(signer.role)) await approve(desk, keys, proposal, signer);
}

/** Waits until the hosts feel it: a rollout that only exists on paper cannot be interrupted. */
export async function begun(system: System, proposal: string, targets: readonly string[]): Promise<LongRollout> {
  const client = clientOf(system, 'person:nils');
  const { capsule } = await until({ what: `the begin of ${proposal}`, timeoutMs: BEGIN_MS }, async () => {
    const rollout = await rolloutOf(client, proposal);
    return rollout !== undefined && rollout.counts.touched > 0 ? rollout : undefined;
  });
  return { proposal, capsule, targets, client };
}

/** Waits until so many hosts were restarted, as the hosts themselves count. */
export async function untilTouched(system: System, hosts: number, timeoutMs = 120_000): Promise<number> {
  return until({ what: `${hosts} touched hosts`, timeoutMs, everyMs: 50 }, async () => {
    const { restartedHosts } = await estateSummary(system.estates.production);
    return restartedHosts >= hosts ? restartedHosts : undefined;
  });
}

/** Waits for the very moment at which hosts are being restarted: whoever dies now dies within an act. */
export async function untilActing(system: System): Promise<void> {
  const { restartedHosts } = await estateSummary(system.estates.production);
  await until({ what: 'the next act', timeoutMs: 30_000, everyMs: 1 }, async () => {
    const now = await estateSummary(system.estates.production);
    return now.restartedHosts > restartedHosts ? true : undefined;
  });
}
