/** Who owns what, asked of the rows of the graph in force: one statement whatever the estate is. */
import type { OrganisationId, Tier } from '@countersign/core';
import { sql } from 'kysely';
import type { Store } from '../store/schema.ts';

export interface Ownership {
  /** Absent: nobody. */
  readonly owner?: string;
  readonly nodes: number;
  /** By the tier that rules, not the declared one (G1). */
  readonly perTier: Readonly<Record<Tier, number>>;
}

/** Nodes that nobody owns come first: they are the ones somebody has to look at (G3). Then the largest owner. */
export async function ownership(store: Store, organisation: OrganisationId): Promise<readonly Ownership[]> {
  const { rows } = await sql<{ owner: string | null; nodes: number; low: number; production: number; safety: number }>`
    select nullif(owner, '') as owner, count(*) as nodes,
      count(*) filter (where effective_tier = 'non-critical') as low,
      count(*) filter (where effective_tier = 'production-critical') as production,
      count(*) filter (where effective_tier = 'safety-critical') as safety
    from graph_node where organisation = ${organisation}
    group by 1 order by nullif(owner, '') is not null, count(*) desc, 1 limit 1000`.execute(store);
  return rows.map(({ owner, nodes, low, production, safety }) => ({
    ...(owner !== null && { owner }),
    nodes,
    perTier: { 'non-critical': low, 'production-critical': production, 'safety-critical': safety },
  }));
}
