/** Who answers for what, and what critical things nobody answers for (G3): asked of the rows of the graph in force. */
import { refuse, type OrganisationId, type Result, type Tier } from '@countersign/core';
import { sql } from 'kysely';
import type { Store } from '../store/schema.ts';
import { ownership, type Ownership } from './ownership.ts';

interface UnownedNode {
  readonly node: string;
  /** The one that rules, not the declared one (G1). */
  readonly tier: Tier;
}
interface Owners {
  readonly version: number;
  readonly owners: readonly Ownership[];
  /** Critical to production or safety; the most critical first. */
  readonly unownedCritical: { readonly count: number; readonly first: readonly UnownedNode[] };
}

const MOST = 1000;

export async function ownersOf(store: Store, organisation: OrganisationId): Promise<Result<Owners>> {
  // One snapshot of the database: an installation in between must not mix two versions.
  return store
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (db) => {
      const version = await versionOf(db, organisation);
      if (version === undefined) return refuse('no-graph', 'no system graph is installed');
      const [owners, unownedCritical] = [await ownership(db, organisation), await unownedIn(db, organisation)];
      return { ok: true, value: { version, owners, unownedCritical } };
    });
}

async function versionOf(db: Store, organisation: OrganisationId): Promise<number | undefined> {
  const { rows } = await sql<{ version: number | null }>`
    select max(version) as version from graph_version where organisation = ${organisation}`.execute(db);
  return rows[0]?.version ?? undefined;
}

async function unownedIn(db: Store, organisation: OrganisationId): Promise<Owners['unownedCritical']> {
  const { rows } = await sql<UnownedNode & { readonly count: number }>`
    select id as node, effective_tier as tier, count(*) over () as count
    from graph_node
    where organisation = ${organisation} and coalesce(owner, '') = '' and effective_tier <> 'non-critical'
    order by effective_tier <> 'safety-critical', id collate "C" limit ${MOST}`.execute(db);
  return { count: rows[0]?.count ?? 0, first: rows.map(({ node, tier }) => ({ node, tier })) };
}
