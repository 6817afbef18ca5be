/** The feature folders put together: what carries a remediation from its proposal to its end. */
import { restraintRoutes } from './agents-watch/routes.ts';
import { Redecide } from './authority/redecide.ts';
import { approvalRoutes } from './approvals/routes.ts';
import { campaignRoutes } from './campaigns/routes.ts';
import type { Deps, Features } from './deps.ts';
import { drillRoutes } from './drills/routes.ts';
import { StatusForwarder } from './enclaves/forward-status.ts';
import { Release } from './enclaves/release.ts';
import { enclaveRoutes } from './enclaves/routes.ts';
import { scheduleRetention } from './evidence/retention.ts';
import { evidenceRoutes } from './evidence/routes.ts';
import { Flow } from './flow/flow.ts';
import { Remediations } from './flow/remediations.ts';
import { manualRoutes } from './manual/routes.ts';
import { createCedarOracle } from './policy/cedar.ts';
import { proposalRoutes } from './proposals/routes.ts';
import { RolloutViews } from './rollouts/rollout-views.ts';
import { rolloutRoutes } from './rollouts/routes.ts';
import { oneAtATime } from './store/one-at-a-time.ts';
import { prune } from './store/prune.ts';
import { envelopeTestRoute } from './trust/envelope-test-route.ts';

const RELEASE_MS = 5000;
const PRUNE_MS = 600_000;

/** `lost`: this process may no longer carry flows and has to end; others take them over. */
export function makeFeatures(deps: Deps, lost: () => void): Features {
  const { bus, config, report, store } = deps;
  const oracle = createCedarOracle({ onFailure: (problem) => report({ where: 'cedar', error: problem }) });
  const remediations = new Remediations(deps, oracle);
  const release = new Release(deps);
  const redecide = new Redecide(deps, remediations);
  const forwarder = new StatusForwarder(deps);
  const running: { flow?: Flow; timers: readonly NodeJS.Timeout[] } = { timers: [] };
  const pruneAll = (): void => {
    prune(store, config.organisations.keys(), deps.clock()).catch((error: unknown) =>
      report({ where: 'prune', error: String(error) }),
    );
  };
  const releaseAll = (): void => {
    for (const organisation of config.organisations.keys()) release.tick(organisation);
  };
  return {
    routes: routesOf(deps, { remediations, oracle }),
    wake: (organisation, proposal) => running.flow?.wake({ organisation, proposal }),
    dispatched: (organisation, subject) => release.expect(organisation, subject),
    async start() {
      bus.subscribe('checkpoint', ({ organisation }) => release.grown(organisation));
      bus.subscribe('witnessed', ({ organisation }) => release.witnessed(organisation));
      bus.onGap(releaseAll);
      bus.subscribe('status', ({ organisation, subject }) => {
        release.witnessed(organisation);
        forwarder.tick(organisation, subject);
      });
      const parts: Parameters<typeof Flow.start>[0] = {
        store,
        databaseUrl: config.databaseUrl,
        worker: config.instance,
        advance: (remediation) => remediations.advance(remediation),
        findOpen: (page) => remediations.findOpen(page),
        lost,
        report: ({ what, error }) => report({ where: what, error }),
      };
      // The engine brings its own tables up to date at its start and does not expect company.
      running.flow = await oneAtATime(config.databaseUrl, 'start of the flow engine', () => Flow.start(parts));
      releaseAll();
      redecide.start();
      // Whoever stored the last cosignature may have died before it told anyone.
      running.timers = [
        setInterval(releaseAll, RELEASE_MS),
        setInterval(pruneAll, PRUNE_MS),
        ...scheduleRetention(deps),
      ];
      for (const timer of running.timers) timer.unref();
    },
    async stop() {
      for (const timer of running.timers) clearInterval(timer);
      forwarder.stop();
      await redecide.stop();
      await running.flow?.stop();
    },
  };
}

const routesOf = (
  deps: Deps,
  {
    remediations,
    oracle,
  }: { readonly remediations: Remediations; readonly oracle: ReturnType<typeof createCedarOracle> },
): Features['routes'] => [
  ...proposalRoutes({ deps, remediations }),
  ...approvalRoutes({ deps, remediations }),
  ...campaignRoutes(deps),
  ...manualRoutes(deps),
  ...restraintRoutes(deps),
  ...rolloutRoutes(deps),
  ...evidenceRoutes(deps),
  ...drillRoutes(deps),
  envelopeTestRoute(deps, oracle),
  ...enclaveRoutes({ deps, remediations, views: new RolloutViews() }),
];
