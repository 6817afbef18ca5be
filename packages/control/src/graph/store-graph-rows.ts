/** The rows of a graph, written in the transaction that installs it: table and signed document never disagree. */
import { indexGraph, tierOf, type GraphSnapshot } from '@countersign/core';
import { sql, type Transaction } from 'kysely';
import type { Schema } from '../store/schema.ts';

/** Rows of one statement; the text of a statement stays below a few megabytes whatever the estate is. */
const CHUNK = 5000;

/**
 * Replaces the rows of the version before: history is in the signed documents, and a table of every version would grow without
 * end. Must run after the row of `graph_version` is there.
 */
export async function storeGraphRows(db: Transaction<Schema>, snapshot: GraphSnapshot): Promise<void> {
  const { organisation, version } = snapshot;
  await sql`delete from graph_node where organisation = ${organisation}`.execute(db);
  await sql`delete from graph_edge where organisation = ${organisation}`.execute(db);
  for (const rows of chunksOf(nodeRowsOf(snapshot)))
    await sql`
      insert into graph_node (organisation, version, position, id, kind, tier, effective_tier, environment, owner, site, zone,
        data_classes, paths, citizens, statutory_hours)
      select ${organisation}, ${version}, position, id, kind, tier, effective_tier, environment, owner, site, zone,
        data_classes, paths, citizens, statutory_hours
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as row (position integer, id text, kind text, tier text,
        effective_tier text, environment text, owner text, site text, zone text, data_classes jsonb, paths jsonb,
        citizens bigint, statutory_hours integer)`.execute(db);
  for (const rows of chunksOf(edgeRowsOf(snapshot)))
    await sql`
      insert into graph_edge (organisation, version, position, needing, needed, kind, is_hard, is_observed)
      select ${organisation}, ${version}, position, needing, needed, kind, is_hard, is_observed
      from jsonb_to_recordset(${JSON.stringify(rows)}::jsonb) as row (position integer, needing text, needed text, kind text,
        is_hard boolean, is_observed boolean)`.execute(db);
}

function nodeRowsOf(snapshot: GraphSnapshot): readonly object[] {
  const index = indexGraph(snapshot);
  return snapshot.nodes.map((node, position) => ({
    position,
    id: node.id,
    kind: node.kind,
    tier: node.tier,
    effective_tier: tierOf(index, node.id),
    environment: node.environment,
    owner: node.owner,
    site: node.site,
    zone: node.zone,
    data_classes: node.dataClasses,
    paths: node.paths,
    citizens: node.citizens,
    statutory_hours: node.statutoryHours,
  }));
}

const edgeRowsOf = ({ edges }: GraphSnapshot): readonly object[] =>
  edges.map(({ from, to, kind, isHard, isObserved = false }, position) => ({
    position,
    needing: from,
    needed: to,
    kind,
    is_hard: isHard,
    is_observed: isObserved,
  }));

function* chunksOf(rows: readonly object[]): Generator<readonly object[]> {
  for (let start = 0; start < rows.length; start += CHUNK) yield rows.slice(start, start + CHUNK);
}
