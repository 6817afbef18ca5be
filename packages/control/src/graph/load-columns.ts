/** The graph in force read back as columns: no object stays for a node or an edge, so it may be far larger than a document. */
import {
  EdgeWriter,
  indexFromColumns,
  NodeWriter,
  parseId,
  type ColumnIndex,
  type GraphSnapshot,
  type NodeId,
  type NodeRow,
  type OrganisationId,
} from '@countersign/core';
import { sql } from 'kysely';
import type { Store } from '../store/schema.ts';

/** Rows fetched at a time: what is in memory beside the columns. */
const CHUNK = 20_000;

type GraphEdge = GraphSnapshot['edges'][number];

interface StoredNode {
  readonly position: number;
  readonly id: string;
  readonly kind: NodeRow['kind'];
  readonly tier: NodeRow['tier'];
  readonly environment: NodeRow['environment'];
  readonly owner: string | null;
  readonly site: string | null;
  readonly zone: string | null;
  readonly data_classes: readonly string[] | null;
  readonly paths: readonly string[] | null;
  readonly citizens: number | null;
  readonly statutory_hours: number | null;
}
interface StoredEdge {
  readonly position: number;
  readonly needing: string;
  readonly needed: string;
  readonly kind: GraphEdge['kind'];
  readonly is_hard: boolean;
  readonly is_observed: boolean;
}
type Scope = { readonly organisation: OrganisationId; readonly version: number };

/** Undefined when the rows of that version are not (or no longer) there. */
export async function loadColumns(store: Store, scope: Scope): Promise<ColumnIndex | undefined> {
  // One snapshot of the database: an installation in between must not mix two versions.
  return store
    .transaction()
    .setIsolationLevel('repeatable read')
    .setAccessMode('read only')
    .execute(async (db) => {
      const [nodeCount, edgeCount] = await countRows(db, scope);
      if (nodeCount === 0) return undefined;
      const writer = new NodeWriter(nodeCount);
      for await (const rows of pagesOf<StoredNode>(db, 'graph_node', scope))
        for (const row of rows) writer.add(nodeOf(row));
      const nodes = writer.columns();
      const edges = new EdgeWriter(nodes.names, edgeCount);
      for await (const rows of pagesOf<StoredEdge>(db, 'graph_edge', scope))
        for (const row of rows) edges.add(edgeOf(row));
      return indexFromColumns({ nodes, edges: edges.columns() });
    });
}

async function countRows(db: Store, { organisation, version }: Scope): Promise<readonly [number, number]> {
  const { rows } = await sql<{ nodes: number; edges: number }>`
    select (select count(*) from graph_node where organisation = ${organisation} and version = ${version}) as nodes,
      (select count(*) from graph_edge where organisation = ${organisation} and version = ${version}) as edges`.execute(
    db,
  );
  return [rows[0]?.nodes ?? 0, rows[0]?.edges ?? 0];
}

async function* pagesOf<Row extends { readonly position: number }>(
  db: Store,
  table: 'graph_node' | 'graph_edge',
  { organisation, version }: Scope,
): AsyncGenerator<readonly Row[]> {
  let after = -1;
  for (;;) {
    const { rows } = await sql<Row>`
      select * from ${sql.table(table)}
      where organisation = ${organisation} and version = ${version} and position > ${after}
      order by position limit ${CHUNK}`.execute(db);
    yield rows;
    const last = rows.at(-1);
    if (last === undefined || rows.length < CHUNK) return;
    after = last.position;
  }
}

/** Written by `storeGraphRows` alone, from a snapshot whose shape was read. */
const storedNodeId = (text: string): NodeId => {
  const id = parseId<'Node'>(text);
  if (id === undefined) throw new Error('a stored node has an id that is none');
  return id;
};

const nodeOf = (row: StoredNode): NodeRow => ({
  id: storedNodeId(row.id),
  kind: row.kind,
  tier: row.tier,
  environment: row.environment,
  ...(row.owner !== null && { owner: row.owner }),
  ...(row.site !== null && { site: row.site }),
  ...(row.zone !== null && { zone: row.zone }),
  ...(row.data_classes !== null && { dataClasses: row.data_classes }),
  ...(row.paths !== null && { paths: row.paths }),
  ...(row.citizens !== null && { citizens: row.citizens }),
  ...(row.statutory_hours !== null && { statutoryHours: row.statutory_hours }),
});

const edgeOf = (row: StoredEdge): GraphEdge => ({
  from: storedNodeId(row.needing),
  to: storedNodeId(row.needed),
  kind: row.kind,
  isHard: row.is_hard,
  isObserved: row.is_observed,
});
