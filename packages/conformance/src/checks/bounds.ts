/** 8.2, 8.5: where an act alone ends: one source, near a cap, after bad outcomes. */
import { instantOf } from '@countersign/core';
import { PAYLOAD } from '@countersign/seal';
import { restartDraft, RESTART_RULE } from '../bench/agent/drafts.ts';
import { signByPeople } from '../demo/trust.ts';
import type { Check } from './check.ts';
import type { Product, Settled } from './product.ts';
import { when } from './when.ts';

const runsAlone = (product: Product): Promise<readonly string[]> => product.runsAlone();

function waits({ detail }: Settled, clause: string): readonly string[] {
  const verdicts = detail.decisions.map(({ verdict }) => verdict);
  const clauses = detail.decisions.flatMap(({ reasons }) => reasons.map((reason) => reason.clause));
  return [
    ...when(verdicts.includes('autonomous'), 'a decision calls it autonomous'),
    ...when(detail.state === 'SUCCEEDED', 'it ran'),
    ...when(!clauses.includes(clause), `no reason names ${clause}: ${clauses.join(', ')}`),
  ];
}

/** Two sources raised it, the proposal rests on one of them. */
async function oneSourceWaits(product: Product): Promise<readonly string[]> {
  const targets = [product.quietHost];
  const signals = await product.agent.raise(RESTART_RULE, targets);
  const id = await product.agent.propose(restartDraft(targets, signals.slice(0, 1)));
  const complaints = waits(await product.settled(id), 'AG-706 4.1');
  await product.withdraw(id);
  return complaints;
}

const WIDE = 1000;

/** Inside every cap, and so near one that a person looks at the dry run first. */
async function nearACap(product: Product): Promise<readonly string[]> {
  const { document } = await product.envelope();
  const grants = document.grants.map((grant) => ({
    ...grant,
    caps: { ...grant.caps, targets: WIDE, services: WIDE, perTier: { 'non-critical': WIDE } },
  }));
  const demands = [{ role: 'release-approver', count: 1 }];
  await product.activate(
    await product.nextEnvelope({ grants, dryRun: { marginPercent: 99, demands } }, ['kim', 'lea']),
  );
  const restarts = await product.restarts();
  // One more than the room that is left of a thousand.
  const found = await product.propose(RESTART_RULE, product.batchHosts(WIDE / 100 + 1), restartDraft);
  const touched = (await product.restarts()) - restarts;
  await product.withdraw(found.id);
  await product.activate(await product.nextEnvelope({}, ['kim', 'lea']));
  return [
    ...waits(found, 'AG-706 4.12'),
    ...when(found.detail.state !== 'PENDING', `it is ${found.detail.state}, not waiting for a look at the dry run`),
    ...when(touched !== 0, `${touched} restarts`),
  ];
}

/** One trigger turned out to be false, and the envelope tolerates none: the class is for people until one of them signs. */
async function badOutcomesContract(product: Product): Promise<readonly string[]> {
  const contraction = {
    failurePercent: 100,
    falsePositivePercent: 1,
    predictionErrorPercent: 100,
    minCases: 1,
    days: 30,
  };
  await product.activate(await product.nextEnvelope({ contraction }, ['kim', 'lea']));
  const targets = [product.quietHost];
  const signals = await product.agent.raise(RESTART_RULE, targets);
  await product.settled(await product.agent.propose(restartDraft(targets, signals)));
  for (const { id } of signals)
    await product.api('person:nils', 'POST', `/signals/${id}/label`, { label: 'false', rationale: 'a false alarm' });
  const found = await product.propose(RESTART_RULE, [product.quietHost], restartDraft);
  const complaints = waits(found, 'E6');
  await product.withdraw(found.id);
  await product.activate(await product.nextEnvelope({}, ['kim', 'lea']));
  return [...complaints, ...(await restore(product))];
}

interface Standing {
  readonly id: string;
  readonly action: string;
}

/** Contractions nobody lifted, of an answer of the control plane. */
function standingIn(answer: unknown): readonly Standing[] {
  const items: unknown = typeof answer === 'object' && answer !== null ? Reflect.get(answer, 'items') : [];
  if (!Array.isArray(items)) return [];
  return items.flatMap((item: unknown): readonly Standing[] => {
    if (typeof item !== 'object' || item === null || 'liftedAt' in item) return [];
    return 'id' in item && 'action' in item ? [{ id: String(item.id), action: String(item.action) }] : [];
  });
}

async function restore(product: Product): Promise<readonly string[]> {
  const { document } = await product.envelope();
  const standing = standingIn(await product.api('person:kim', 'GET', '/contractions'));
  for (const { id, action } of standing) {
    const value = {
      type: 'restoration',
      organisation: document.organisation,
      action,
      contraction: id,
      person: 'kim',
      rationale: 'the run is over',
      signedAt: instantOf(Date.now()),
    };
    const restoration = signByPeople(product.agent.keys, { payloadType: PAYLOAD.restoration, value }, ['kim']);
    await product.api('person:kim', 'POST', '/contractions/restorations', { restoration });
  }
  return when(standing.length === 0, 'no class was contracted');
}

export const BOUNDS_CHECKS: readonly Check[] = [
  {
    test: '8.2',
    name: 'one-source-is-not-two',
    requirements: ['AG-706 4.11', 'AG-706 4.2', 'D3'],
    run: oneSourceWaits,
    twin: runsAlone,
  },
  {
    test: '8.5',
    name: 'near-a-cap-one-person-looks-first',
    requirements: ['AG-706 4.5', 'AG-706 4.12', 'D4'],
    run: nearACap,
    twin: runsAlone,
  },
  {
    test: '8.5',
    name: 'bad-outcomes-take-autonomy-away',
    requirements: ['AG-706 4.5', 'E6', 'D3'],
    run: badOutcomesContract,
    twin: runsAlone,
  },
];
