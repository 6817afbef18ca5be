/** 8.3 to 8.6 and 8.8: what is looked at before an act, what stops it, how far it reaches, how it is undone, what it leaves. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { RolloutSummary } from '@countersign/client';
import { verifyBundle } from '@countersign/seal';
import { restartDraft, RESTART_RULE } from '../bench/agent/drafts.ts';
import { approve } from '../demo/sign.ts';
import { hostRoot } from '../estate/host/host-files.ts';
import { countersignPatch, raisePatch, rolloutOf, watchToEnd } from '../scenarios/play-a.ts';
import { SCENARIO_WINDOW, stageOf } from '../scenarios/run-a.ts';
import { until } from '../scenarios/wait.ts';
import { viewOf, type BundleView } from './bundle-view.ts';
import type { Check } from './check.ts';
import { leftToPeople, type Product } from './product.ts';
import { rootsOf } from './roots.ts';
import { FACTS, missingFacts, type Fact } from './six-facts.ts';
import { when } from './when.ts';

const ANA = { person: 'ana', role: 'release-approver' } as const;
const ROLLBACK_MS = 30_000;
const FLIPS = 120;

const autonomousBundle = async (product: Product): Promise<Uint8Array> => product.bundle(await product.autonomousAct());

/** Restarts that policy must not let run alone: nothing moves, whatever state they wait in. */
async function doesNotRunAlone(product: Product, targets: readonly string[]): Promise<readonly string[]> {
  const restarts = await product.restarts();
  const found = await product.proposeOrRefused(RESTART_RULE, targets, restartDraft);
  const touched = (await product.restarts()) - restarts;
  return [...leftToPeople(found), ...when(touched !== 0, `${touched} restarts`)];
}

const oneRunsAlone = (product: Product): Promise<readonly string[]> => product.runsAlone();

/** Scenario A: the patch that breaks sixty hosts stops by itself, and nothing new is begun after that. */
async function stopsByItself(product: Product): Promise<readonly string[]> {
  const stage = stageOf(product.system, () => undefined);
  const proposal = await raisePatch(stage);
  await countersignPatch(stage, proposal);
  const state = await watchToEnd(stage, proposal);
  const rollout = await rolloutOf(stage.client, proposal);
  if (rollout === undefined) return [`${proposal} is ${state} without a rollout`];
  const { counts, trip } = rollout;
  return [
    ...when(trip < 1, 'it was never stopped'),
    ...when(counts.actsAfterTrip > SCENARIO_WINDOW - 1, `${counts.actsAfterTrip} acts were begun after the stop`),
    ...when(counts.untouched < counts.targets / 2, `${counts.touched} of ${counts.targets} hosts were touched`),
    ...when(state === 'SUCCEEDED', 'it went on to its end'),
  ];
}

/** A change that breaks nothing is not stopped. */
async function soundGoesThrough(product: Product): Promise<readonly string[]> {
  const restarts = await product.restarts();
  const rollout = await approvedChange(product, product.batchHosts(1)[0] ?? '');
  const touched = (await product.restarts()) - restarts;
  return [
    ...when(rollout.trip !== 0, `it was stopped ${rollout.trip} times`),
    ...when(touched !== 1, `${touched} restarts`),
  ];
}

/** A config change that a person signed, at its end. */
async function approvedChange(product: Product, host: string): Promise<RolloutSummary> {
  const { id, detail } = await product.proposeConfig(host);
  if (detail.state !== 'PENDING')
    throw new Error(`it is ${detail.state}, not waiting for people: ${detail.reason ?? ''}`);
  await approve(product.client('person:ana'), product.agent.keys, id, ANA);
  await product.settled(id, (state) => state === 'SUCCEEDED');
  const rollout = await rolloutOf(product.client('person:nils'), id);
  if (rollout === undefined) throw new Error('it has no rollout');
  return rollout;
}

/** An approved change of one host, carried out and then taken back on demand: its file is what it was, byte for byte. */
async function isTakenBack(product: Product): Promise<readonly string[]> {
  const [host = ''] = product.batchHosts(1);
  const file = join(hostRoot(product.hostsFolder, host), 'etc', 'app.conf');
  const before = readFileSync(file);
  const rollout = await approvedChange(product, host);
  const changed = !before.equals(readFileSync(file));
  const started = performance.now();
  await product.client('person:nils').rollback(rollout.capsule);
  const phase = await until({ what: 'the rollback', timeoutMs: ROLLBACK_MS }, async () => {
    const found = await product.client('person:nils').rollout(rollout.capsule);
    return found.counts.reverted === 1 ? found.phase : undefined;
  });
  const { windowMinutes } = viewOf(await product.bundle(rollout.proposal)).capsules.find(
    ({ purpose }) => purpose === 'rollout',
  )?.rollback ?? { windowMinutes: 0 };
  return [
    ...when(!changed, 'the change changed nothing'),
    ...when(!before.equals(readFileSync(file)), `after the rollback (${phase}) the file is not what it was`),
    ...when(
      performance.now() - started > windowMinutes * 60_000,
      `it took longer than the ${windowMinutes} minutes it promises`,
    ),
  ];
}

/** What each fact needs, taken away. */
const WITHOUT: Readonly<Record<Fact, (view: BundleView) => BundleView>> = {
  trigger: (view) => ({ ...view, signals: 0 }),
  classification: (view) => ({ ...view, documents: new Map() }),
  'dependency-analysis': (view) => ({ ...view, leaves: view.leaves.filter(({ event }) => event !== 'decision.made') }),
  action: (view) => ({ ...view, events: view.events.filter(({ type }) => type !== 'leased') }),
  'health-afterwards': (view) => ({ ...view, events: view.events.filter(({ type }) => type !== 'verdict') }),
  'rollback-availability': (view) => ({
    ...view,
    capsules: view.capsules.map((capsule) => ({
      ...capsule,
      rollback: { ...capsule.rollback, kind: 'none' as const },
    })),
  }),
};

async function everyFlipShows(product: Product): Promise<readonly string[]> {
  const bytes = await autonomousBundle(product);
  const roots = rootsOf(product);
  const unseen: number[] = [];
  for (let flip = 0; flip < FLIPS; flip += 1) {
    const changed = Uint8Array.from(bytes);
    const at = Math.floor((bytes.length / FLIPS) * (flip + 0.5));
    changed[at] = (changed[at] ?? 0) ^ 1;
    if (verifyBundle(changed, roots).ok) unseen.push(at);
  }
  return when(unseen.length > 0, `changes at bytes ${unseen.slice(0, 5).join(', ')} do not show`);
}

const dependencyOrder = (view: BundleView): readonly string[] =>
  when(missingFacts(view).includes('dependency-analysis'), 'the analysis is missing, or came after the dispatch');

export const EXECUTION_CHECKS: readonly Check[] = [
  {
    test: '8.3',
    name: 'dependants-analysed-before-the-act',
    requirements: ['AG-706 4.3', 'G2', 'D2'],
    run: async (product) => dependencyOrder(viewOf(await autonomousBundle(product))),
    async twin(product) {
      const view = viewOf(await autonomousBundle(product));
      const late = { ...view, leaves: view.leaves.toReversed() };
      const none = { ...view, capsules: view.capsules.map((capsule) => ({ ...capsule, dependants: [] })) };
      return [late, none].flatMap((doctored, index) =>
        when(dependencyOrder(doctored).length === 0, `nothing is wrong with doctored bundle ${index}`),
      );
    },
  },
  {
    test: '8.3',
    name: 'unknown-host-does-not-run-alone',
    requirements: ['AG-706 4.3', 'AG-706 4.7', 'G1'],
    run: (product) => doesNotRunAlone(product, ['host-9999']),
    twin: oneRunsAlone,
  },
  {
    test: '8.5',
    name: 'more-than-the-cap-does-not-run-alone',
    requirements: ['AG-706 4.5', 'D5'],
    run: (product) => doesNotRunAlone(product, product.batchHosts(4)),
    twin: oneRunsAlone,
  },
  { test: '8.6', name: 'a-change-is-taken-back', requirements: ['AG-706 4.6', 'X6'], run: isTakenBack },
  {
    test: '8.8',
    name: 'six-facts-of-an-act-alone',
    requirements: ['AG-706 4.8', 'V1'],
    async run(product) {
      const bytes = await autonomousBundle(product);
      const verified = verifyBundle(bytes, rootsOf(product));
      return [
        ...when(!verified.ok, `the bundle does not verify: ${verified.ok ? '' : verified.refusal.detail}`),
        ...missingFacts(viewOf(bytes)).map((fact) => `missing: ${fact}`),
      ];
    },
    async twin(product) {
      const view = viewOf(await autonomousBundle(product));
      return FACTS.flatMap((fact) =>
        when(!missingFacts(WITHOUT[fact](view)).includes(fact), `without its source ${fact} is still there`),
      );
    },
  },
  {
    test: '8.8',
    name: 'every-changed-byte-shows',
    requirements: ['AG-706 4.8', 'V3', 'V4'],
    run: everyFlipShows,
    async twin(product) {
      return when(
        !verifyBundle(await autonomousBundle(product), rootsOf(product)).ok,
        'the bundle does not verify as it is',
      );
    },
  },
  {
    // Last: what this agent has touched afterwards is more than any grant lets it touch alone in a day.
    test: '8.4',
    name: 'failing-health-stops-the-rollout',
    requirements: ['AG-706 4.4', 'AG-706 4.9', 'X4', 'X5'],
    run: stopsByItself,
    twin: soundGoesThrough,
  },
];
