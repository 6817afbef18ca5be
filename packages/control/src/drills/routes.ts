/** Rollback drills (X6): the newest of each action and tier, and whether it still vouches for anything. */
import { ok } from '@countersign/core';
import { sql } from 'kysely';
import type { Deps } from '../deps.ts';
import { json, PRINCIPAL_KINDS, route, type RouteDefinition } from '../http/index.ts';

interface Newest {
  readonly action: string;
  readonly tier: string;
  readonly at: Date;
  readonly is_passed: boolean;
}
/** AG-706 4.6: at least quarterly. */
const QUARTER_DAYS = 92;
const DAY_MS = 86_400_000;

export const drillRoutes = ({ store, clock }: Deps): readonly RouteDefinition[] => [
  route({
    method: 'GET',
    url: '/api/v1/drills',
    who: PRINCIPAL_KINDS,
    summary: 'The newest rollback drill of each action and tier, with its age',
    async handle({ principal: { organisation } }) {
      const { rows } = await sql<Newest>`
        select distinct on (action, tier) action, tier, at, is_passed from drill
        where organisation = ${organisation} order by action, tier, at desc, is_passed`.execute(store);
      const now = Date.parse(clock());
      const items = rows.map(({ action, tier, at, is_passed }) => {
        const ageDays = Math.ceil((now - at.getTime()) / DAY_MS);
        return {
          action,
          tier,
          at: at.toISOString(),
          isPassed: is_passed,
          ageDays,
          isValid: is_passed && ageDays <= QUARTER_DAYS,
        };
      });
      return ok(json({ items }));
    },
  }),
];
