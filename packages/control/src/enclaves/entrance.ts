/** How gateways with certificates come in, when the configuration has a door for them (O4). */
import type { FastifyInstance } from 'fastify';
import type { Deps } from '../deps.ts';
import type { AppParts } from '../http/app.ts';
import type { RouteDefinition } from '../http/route.ts';
import { openAuthority } from './certificates/authority.ts';
import type { Door } from './certificates/enrolment.ts';
import { openDoor } from './door.ts';

export interface OpenDoor {
  readonly app: FastifyInstance;
  /** Returns the address that invitations name from now on. */
  readonly listen: () => Promise<string>;
}

export type Entrance = { -readonly [Part in keyof Door]: Door[Part] };

/** The authority and, once it listens, the address of the door. */
export function entranceOf({ config }: Pick<Deps, 'config'>, nowMs: () => number): Entrance | undefined {
  if (config.enclaveDoor === undefined) return undefined;
  const authority = openAuthority(config.stateDir, nowMs);
  if (!authority.ok) throw new Error(authority.refusal.detail);
  return { authority: authority.value, url: '' };
}

export interface DoorParts {
  readonly app: Omit<AppParts, 'routes'>;
  /** Of the whole product; only what enclaves call is served here. */
  readonly routes: readonly RouteDefinition[];
}

export async function doorOf(deps: Deps, door: Entrance, { app: parts, routes }: DoorParts): Promise<OpenDoor> {
  const { port = 0, names = [] } = deps.config.enclaveDoor ?? {};
  const { store, transactor, clock, nowMs, report } = parts;
  const calledByEnclaves = routes.filter(({ who }) => who !== 'open' && who.includes('enclave'));
  const app = await openDoor(deps, {
    door,
    names,
    routes: calledByEnclaves,
    app: { store, transactor, clock, nowMs, report },
  });
  return {
    app,
    async listen() {
      const bound = await app.listen({ host: deps.config.host, port });
      door.url = `https://${names[0] ?? 'localhost'}:${URL.parse(bound)?.port ?? port}`;
      return door.url;
    },
  };
}
