/** Puts the parts together: one object that starts and stops. `main.ts` runs it as a program, tests run it in their process. */
import { instantOf, type Instant, type OrganisationId } from '@countersign/core';
import type { FastifyInstance } from 'fastify';
import { authorityRoutes } from './authority/routes.ts';
import { gatewayRoutes } from './enclaves/certificates/routes.ts';
import { doorOf, entranceOf, type OpenDoor } from './enclaves/entrance.ts';
import type { Config } from './config.ts';
import type { Deps, Features } from './deps.ts';
import { eventRoutes } from './events/routes.ts';
import { buildApp, type AppParts } from './http/app.ts';
import { proxiesOf } from './http/client-address.ts';
import { findingRoutes } from './findings/routes.ts';
import { graphRoutes } from './graph/routes.ts';
import type { RouteDefinition } from './http/route.ts';
import { healthRoute } from './http/health.ts';
import { startIdentity } from './identity/start-identity.ts';
import { NewestRecord } from './record/newest.ts';
import { RecordProofs } from './record/proofs.ts';
import { RecentRecord } from './record/recent.ts';
import { recordRoutes } from './record/routes.ts';
import { Sequencer } from './record/sequencer.ts';
import { signalRoutes } from './signals/routes.ts';
import { specRoutes } from './specs/routes.ts';
import { Bus } from './store/bus.ts';
import { migrate, openProductStore, openStore } from './store/open-store.ts';
import { Transactor, type Committed } from './store/transact.ts';
import { Trust } from './trust/current.ts';
import { trustRoutes } from './trust/routes.ts';

export interface Composition {
  readonly deps: Deps;
  readonly app: FastifyInstance;
  /** Where gateways come in; listens once `listenDoor` was called. Absent: the configuration has none. */
  readonly door?: OpenDoor;
  readonly sequencer: Sequencer;
  /** Ends requests, background work and connections, in this order. */
  readonly stop: () => Promise<void>;
}

export interface ComposeOptions {
  readonly config: Config;
  readonly report: Deps['report'];
  /** Wall clock in milliseconds; tests give their own. */
  readonly nowMs?: () => number;
  /** The feature folders; without them only signals, trust, record and events are served. */
  readonly features?: (deps: Deps) => Features;
}

export async function compose({
  config,
  report,
  nowMs = Date.now,
  features: makeFeatures,
}: ComposeOptions): Promise<Composition> {
  await bringUpToDate(config);
  const store = openProductStore(config.databaseUrl, config.organisations.keys());
  const clock = (): Instant => instantOf(nowMs());
  const bus = new Bus(config.databaseUrl, config.instance);
  await bus.open();
  const trust = new Trust({ store, organisations: config.organisations, clock, nowMs });
  bus.subscribe('trust', ({ organisation }) => trust.forget(organisation));
  bus.onGap(() => trust.forgetAll());
  const late: { features?: Features } = {};
  const { sequencer, newest, transactor, proofs } = recordOf({ config, report, store, bus, trust, late });
  const deps: Deps = {
    store,
    transactor,
    bus,
    config,
    trust,
    newest,
    proofs,
    clock,
    wake: (organisation, proposal) => late.features?.wake(organisation, proposal),
    report,
  };
  const features = makeFeatures?.(deps);
  if (features !== undefined) late.features = features;
  const identity = startIdentity(deps, nowMs);
  const entrance = entranceOf(deps, nowMs);
  const app = await buildApp({
    ...partsOf(deps, nowMs),
    identities: identity.identities,
    routes: [...ownRoutes(deps), ...identity.routes, ...(features?.routes ?? []), ...gatewayRoutes(deps, entrance)],
  });
  const door =
    entrance && (await doorOf(deps, entrance, { app: partsOf(deps, nowMs), routes: features?.routes ?? [] }));
  await sequencer.start();
  await features?.start();
  const stop = async (): Promise<void> => {
    await app.close();
    await door?.app.close();
    await identity.stop();
    await features?.stop();
    await sequencer.stop();
    await bus.close();
    await store.destroy();
  };
  return { deps, app, sequencer, stop, ...(door !== undefined && { door }) };
}

interface RecordParts extends Pick<ComposeOptions, 'config' | 'report'>, Pick<Deps, 'store' | 'bus' | 'trust'> {
  /** The features, once they are made. */
  readonly late: { readonly features?: Features };
}

/** The log of each organisation, and whoever writes to it or reads from it. */
function recordOf({
  config,
  report,
  store,
  bus,
  trust,
  late,
}: RecordParts): Pick<Deps, 'newest' | 'transactor' | 'proofs'> & { readonly sequencer: Sequencer } {
  const { databaseUrl, instance, organisations } = config;
  const recent = new RecentRecord();
  const sequencer = new Sequencer({
    store,
    recent,
    databaseUrl,
    instance,
    organisations,
    integrated: (organisation, size) => void announce({ bus, trust }, organisation, size),
    report,
  });
  bus.subscribe('leaf', ({ organisation }) => sequencer.tick(organisation));
  const newest = new NewestRecord({ store, recent, isAlone: () => bus.isAlone });
  bus.onGap(() => newest.forget());
  return {
    sequencer,
    newest,
    transactor: new Transactor(store, toldTo({ sequencer, bus, late }), (organisation, leaves) =>
      sequencer.enter(organisation, leaves),
    ),
    proofs: new RecordProofs({ store, trust, organisations, newest }),
  };
}

/** Leaves go to the log at once; only a process that does not hold it has to tell the others. */
const toldTo =
  ({
    sequencer,
    bus,
    late,
  }: {
    readonly sequencer: Sequencer;
    readonly bus: Bus;
    readonly late: { readonly features?: Features };
  }): Committed =>
  (organisation, leaves) => {
    if (sequencer.holds(organisation)) sequencer.tick(organisation, leaves);
    else bus.publish('leaf', organisation);
    for (const { event, subject } of leaves)
      if (event === 'capsule.dispatched') late.features?.dispatched(organisation, subject);
  };

const ownRoutes = (deps: Deps): readonly RouteDefinition[] => [
  healthRoute(deps),
  ...signalRoutes(deps),
  ...findingRoutes(deps),
  ...specRoutes(deps),
  ...trustRoutes(deps),
  ...graphRoutes(deps),
  ...authorityRoutes(deps),
  ...recordRoutes(deps),
  ...eventRoutes(deps),
];

const partsOf = (
  { store, transactor, clock, config, report }: Deps,
  nowMs: () => number,
): Omit<AppParts, 'routes'> => ({
  store,
  transactor,
  clock,
  nowMs,
  hosts: config.hosts,
  approvalOrigins: config.approvalOrigins,
  proxies: proxiesOf(config.trustedProxies),
  consoleDir: config.consoleDir,
  report: ({ requestId, error }) => report({ where: requestId, error }),
});

/** Where no witness is demanded, a signed checkpoint is enough at once. */
async function announce(
  { bus, trust }: { readonly bus: Bus; readonly trust: Trust },
  organisation: OrganisationId,
  size: number,
): Promise<void> {
  bus.publish('checkpoint', organisation);
  const installed = await trust.bundle(organisation).catch(() => undefined);
  if (installed?.bundle.keys.witnessQuorum === 0) bus.publish('witnessed', organisation, String(size));
}

/** As the owner of the tables; everything else works as the role that owns nothing. */
async function bringUpToDate({ ownerUrl, databaseUrl }: Config): Promise<void> {
  const keeper = openStore(ownerUrl ?? databaseUrl, 1);
  try {
    await migrate(keeper);
  } finally {
    await keeper.destroy();
  }
}
