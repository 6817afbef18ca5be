/** Whether this process answers and its database does; tells nothing else to strangers. */
import { ok } from '@countersign/core';
import { sql } from 'kysely';
import type { Deps } from '../deps.ts';
import { json } from './answer.ts';
import { openRoute, type RouteDefinition } from './route.ts';

const VERSION = '0.0.0';

export const healthRoute = (deps: Deps): RouteDefinition =>
  openRoute({
    method: 'GET',
    url: '/api/v1/health',
    summary: 'Whether the server is ready',
    // Whoever balances load asks often, for many.
    strangersAMinute: 600,
    async handle() {
      const ready = await sql`select 1`.execute(deps.store).then(
        () => true,
        () => false,
      );
      return ok(json({ instance: deps.config.instance, version: VERSION, ready }, ready ? 200 : 503));
    },
  });
