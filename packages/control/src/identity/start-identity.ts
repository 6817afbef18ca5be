/** Puts the parts of this folder together. */
import type { Deps } from '../deps.ts';
import type { Identities } from '../http/identify.ts';
import type { RouteDefinition } from '../http/index.ts';
import { cookieNames } from './cookies.ts';
import { identitiesOf } from './identities.ts';
import { identityRoutes } from './routes.ts';
import { Sessions } from './sessions.ts';
import { SignIns } from './sign-in.ts';
import { TokenService } from './token-service.ts';

const PRUNE_MS = 60_000;

export interface Identity {
  readonly identities: Identities;
  readonly routes: readonly RouteDefinition[];
  readonly stop: () => void;
}

export function startIdentity(deps: Deps, nowMs: () => number): Identity {
  const { store, trust, clock, report } = deps;
  const { origin, identity: config } = deps.config;
  const tokens = TokenService.of({ store, trust, nowMs }, config, origin);
  const sessions = new Sessions(store, clock);
  const signIns = new SignIns({ store, trust, origin }, config.signIns);
  const cookies = cookieNames(origin);
  const prune = async (): Promise<void> => {
    await sessions.prune();
    await tokens?.used.prune(nowMs());
  };
  const timer = setInterval(() => {
    prune().catch((error: unknown) => report({ where: 'identity', error: String(error) }));
  }, PRUNE_MS);
  timer.unref();
  return {
    identities: identitiesOf({ trust, nowMs, config, origin, tokens, sessions, cookies }),
    routes: identityRoutes({ deps: { clock }, nowMs, tokens, sessions, signIns, cookies }),
    stop: () => clearInterval(timer),
  };
}
