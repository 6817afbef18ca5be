/** A whole control plane in the process of a test, on its own database; several may share one database. */
import type { LightMyRequestResponse } from 'fastify';
import type { Config } from '../config.ts';
import type { Deps } from '../deps.ts';
import { NO_IDENTITY, type IdentityConfig } from '../identity/identity-config.ts';
import { compose, type ComposeOptions, type Composition } from '../compose.ts';
import { provision } from '../store/provision.ts';
import type { Topic } from '../store/bus.ts';
import { openStore } from '../store/open-store.ts';
import type { Store } from '../store/schema.ts';
import { idOf, NOON_MS, type World } from './world.ts';
import { latestCheckpoint } from '../record/checkpoints.ts';
import { instantOf, type OrganisationId } from '@countersign/core';

export interface TestControl extends Composition {
  /** Failures of background work; a test that expects none asserts that it is empty. */
  readonly reports: { readonly where: string; readonly error: string }[];
  /** The owner of the tables: whoever administers the database. */
  readonly owner: Store;
  /** A request with the token of `kind:id`. */
  readonly ask: (
    caller: string | undefined,
    method: 'GET' | 'POST',
    url: string,
    more?: Ask,
  ) => Promise<LightMyRequestResponse>;
  /** The next change of a topic; subscribe before causing it. */
  readonly next: (topic: Topic) => Promise<void>;
  /** Resolves when every leaf is in a signed checkpoint. */
  readonly settled: () => Promise<void>;
}
interface Ask {
  readonly body?: unknown;
  readonly raw?: string | Buffer;
  readonly headers?: Readonly<Record<string, string>>;
  readonly world?: World;
}

export interface StartOptions {
  readonly url: string;
  readonly worlds: readonly [World, ...World[]];
  readonly instance?: string;
  readonly features?: ComposeOptions['features'];
  readonly nowMs?: () => number;
  /** Default: none. */
  readonly door?: { readonly stateDir: string };
  /** Default: everybody with fixed tokens. */
  readonly identity?: Partial<IdentityConfig>;
  /** Told of every request of a test and its answer. */
  readonly heard?: ((heard: Heard) => void) | undefined;
}
export interface Heard {
  /** `kind:id`; undefined for somebody without a token. */
  readonly caller: string | undefined;
  readonly method: 'GET' | 'POST';
  readonly url: string;
  readonly sent: string;
  readonly answer: LightMyRequestResponse;
}

export async function startControl(options: StartOptions): Promise<TestControl> {
  const { url, worlds, instance = 'test-1', features, nowMs = () => NOON_MS, heard } = options;
  const config = { ...configOf(url, instance, worlds, options.identity), ...doorAt(options.door) };
  const reports: { where: string; error: string }[] = [];
  const composition = await compose({
    config,
    nowMs,
    report: (failure) => reports.push(failure),
    ...(features !== undefined && { features }),
  });
  for (const { organisation, principals } of worlds) {
    const sources = [{ id: idOf<'Source'>('scanner'), lineage: ['scanner-cloud'], owner: 'omar' }];
    await provision(composition.deps.store, { organisation, principals, sources, now: instantOf(nowMs()) });
  }
  // The organisations exist now: the sequencer may take their logs.
  await composition.sequencer.look();
  const { next, settled } = watch(
    composition.deps,
    worlds.map(({ organisation }) => organisation),
  );
  if (worlds.every(({ organisation }) => composition.sequencer.holds(organisation))) await settled();
  const owner = openStore(url, 1);
  return {
    ...composition,
    owner,
    async stop() {
      await owner.destroy();
      await composition.stop();
    },
    next,
    settled,
    reports,
    ask: async (caller, method, target, { body, raw, headers = {}, world = worlds[0] } = {}) => {
      const token = caller === undefined ? undefined : (world.tokens[caller] ?? caller);
      const payload = raw ?? (body === undefined ? undefined : JSON.stringify(body));
      const answer = await composition.app.inject({
        method,
        url: target,
        headers: {
          ...(token !== undefined && { authorization: `Bearer ${token}` }),
          ...(payload !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(payload !== undefined && { payload }),
      });
      heard?.({ caller, method, url: target, sent: payload?.toString() ?? '', answer });
      return answer;
    },
  };
}

const doorAt = (door: StartOptions['door']): Pick<Config, 'stateDir' | 'enclaveDoor'> | undefined =>
  door && { ...door, enclaveDoor: { port: 0, names: ['127.0.0.1', 'localhost'] } };

const configOf = (
  url: string,
  instance: string,
  worlds: readonly World[],
  identity: Partial<IdentityConfig> = {},
): Config => ({
  host: '127.0.0.1',
  port: 0,
  hosts: new Set(),
  origin: 'http://localhost:4600',
  approvalOrigins: ['http://localhost:4700', 'https://approve.example'],
  trustedProxies: ['192.0.2.0/24'],
  databaseUrl: url,
  stateDir: '/nonexistent',
  instance,
  organisations: new Map(worlds.map((world) => [world.organisation, world.config])),
  identity: { ...NO_IDENTITY, allowStaticAgentTokens: true, allowStaticEnclaveTokens: true, ...identity },
  consoleDir: undefined,
});

function watch(
  { bus, store, newest }: Pick<Deps, 'bus' | 'store' | 'newest'>,
  organisations: readonly OrganisationId[],
): Pick<TestControl, 'next' | 'settled'> {
  const next = (topic: Topic): Promise<void> =>
    new Promise((resolve) => {
      const end = bus.subscribe(topic, () => {
        end();
        resolve();
      });
    });
  return {
    next,
    async settled() {
      for (;;) {
        const changed = next('checkpoint');
        const waiting = await store.selectFrom('leaf').select('id').where('seq', 'is', null).limit(1).execute();
        // What is in the table is told to the process a moment later.
        const heads = await Promise.all(organisations.map(async (id) => (await newest.checkpoint(id))?.size));
        const stored = await Promise.all(organisations.map(async (id) => (await latestCheckpoint(store, id))?.size));
        if (waiting.length === 0 && heads.every((size, place) => size === stored[place])) return;
        await changed;
      }
    },
  };
}
