/**
 * Scenario A of AG-706: a routine patch over 1,240 hosts, whose first bad host comes late in plain order. Two independent
 * sources, a proposal by the built-in agent, staging that honestly passes, two countersignatures, a stratified canary.
 */
import type { Client, RolloutSummary } from '@countersign/client';
import { approve } from '../demo/sign.ts';
import type { Keyring } from '../demo/keyring.ts';
import { opensslSarif } from '../estate/documents/sarif.ts';
import { vulnerabilityAlert } from '../estate/documents/alertmanager.ts';
import { productionEstate } from '../estate/layout.ts';
import { relay } from './relay-documents.ts';
import { until } from './wait.ts';

export interface Stage {
  readonly state: string;
  readonly client: Client;
  /** The same server as somebody else sees it: people hand in their own signatures. */
  readonly as: (person: string) => Client;
  readonly keys: Keyring;
  readonly say: (text: string) => void;
}

const SIGNERS = [
  { person: 'ana', role: 'release-approver' },
  { person: 'sam', role: 'service-owner' },
] as const;

/** States in which nothing moves any more. */
const CLOSED = new Set([
  'SUCCEEDED',
  'ROLLED_BACK',
  'FAILED',
  'UNKNOWN',
  'REJECTED',
  'WITHDRAWN',
  'EXPIRED',
  'PROHIBITED',
]);

/** Sends the signals; gives the id of the proposal that follows from them. */
export async function raisePatch({ state, client, say }: Stage): Promise<string> {
  const known = new Set((await client.proposals({ limit: 100 })).items.map(({ id }) => id));
  const layout = productionEstate();
  const now = Date.now();
  await relay(state, { source: 'hostscan', document: opensslSarif(layout, now) });
  await relay(state, { source: 'alertmanager', document: vulnerabilityAlert(layout, now) });
  say('two sources report the openssl finding on 1,240 hosts');
  const proposal = await until({ what: 'a proposal', timeoutMs: 30_000 }, async () =>
    (await client.proposals({ limit: 100 })).items.find(
      ({ id, action }) => !known.has(id) && action === 'package.patch',
    ),
  );
  say(`${proposal.id}: ${proposal.title}`);
  return proposal.id;
}

/** Waits for the staging run and the second decision, then two people sign the capsule's digest. */
export async function countersignPatch({ client, as, keys, say }: Stage, proposal: string): Promise<void> {
  await until({ what: 'the request for approval', timeoutMs: 60_000 }, async () => {
    const { state, reason } = await client.proposal(proposal);
    if (state !== 'PENDING' && CLOSED.has(state)) throw new Error(`${proposal} is ${state}: ${reason ?? ''}`);
    return state === 'PENDING' ? state : undefined;
  });
  say('staging passed: it has no host with the conflicting library');
  for (const signer of SIGNERS) {
    await approve(as(signer.person), keys, proposal, signer);
    say(`${signer.person} countersigned as ${signer.role} (DEMO key)`);
  }
}

/** Waits until nothing moves any more. */
export async function watchToEnd({ client }: Stage, proposal: string, timeoutMs = 120_000): Promise<string> {
  return until({ what: `the end of ${proposal}`, timeoutMs, everyMs: 200 }, async () => {
    const { state } = await client.proposal(proposal);
    return CLOSED.has(state) ? state : undefined;
  });
}

export async function rolloutOf(client: Client, proposal: string): Promise<RolloutSummary | undefined> {
  return (await client.rollouts({ limit: 100 })).items.find((rollout) => rollout.proposal === proposal);
}
