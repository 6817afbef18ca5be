/** Puts the parts of this folder together. */
import type { Deps } from '../deps.ts';
import type { Identities } from '../http/identify.ts';
import type { RouteDefinition } from '../http/index.ts';
import { cookieNames } from './cookies.ts';
import { identitiesOf } from './identities.ts';
import { identityRoutes } from './routes.ts';
import { COUNTED_MS, DoorCounts } from './door-counts.ts';
import { Handoffs } from './handoffs.ts';
import { Sessions } from './sessions.ts';
import { SignIns } from './sign-in.ts';
import { TokenService } from './token-service.ts';

const PRUNE_MS = 60_000;

export interface Identity {
  readonly identities: Identities;
  readonly routes: readonly RouteDefinition[];
  /** Before the store is closed. */
  readonly stop: () => Promise<void>;
}

export function startIdentity(deps: Deps, nowMs: () => number): Identity {
  const { store, trust, transactor, clock, report } = deps;
  const { origin, identity: config } = deps.config;
  const tokens = TokenService.of({ store, trust, nowMs }, config, origin);
  const sessions = new Sessions(deps);
  const counts = new DoorCounts(deps, nowMs());
  const signIns = new SignIns({ store, trust, transactor, origin, counts }, config.signIns);
  const handoffs = new Handoffs(deps);
  const cookies = cookieNames(origin);
  const prune = async (): Promise<void> => {
    await sessions.prune();
    await tokens?.used.prune(nowMs());
  };
  const failed = (error: unknown): void => report({ where: 'identity', error: String(error) });
  const timer = setInterval(() => {
    prune().catch(failed);
  }, PRUNE_MS);
  const counting = setInterval(() => {
    counts.write(nowMs()).catch(failed);
  }, COUNTED_MS);
  timer.unref();
  counting.unref();
  return {
    identities: identitiesOf({ trust, nowMs, config, origin, tokens, sessions, cookies }),
    routes: identityRoutes({ deps: { clock }, tokens, sessions, signIns, handoffs, counts, cookies }),
    async stop() {
      clearInterval(timer);
      clearInterval(counting);
      await counts.write(nowMs()).catch(failed);
    },
  };
}
