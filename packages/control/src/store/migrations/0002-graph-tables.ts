/**
 * The graph in force as rows, for questions in SQL; what was signed stays in `graph_version`, and only that decides. Nodes name
 * their version; edges are written beside them in one transaction, and checking the name again for each would double its time.
 */
import { sql, type Kysely } from 'kysely';

const TABLES = `
create table graph_node (
  organisation text not null, version integer not null, position integer not null,
  id text collate "C" not null, kind text not null, tier text not null, effective_tier text not null,
  environment text not null, owner text, site text, zone text, data_classes jsonb, paths jsonb,
  citizens bigint, statutory_hours integer, primary key (organisation, version, position),
  foreign key (organisation, version) references graph_version);
create index graph_node_id on graph_node (organisation, version, id);
create index graph_node_owner on graph_node (organisation, owner);
create table graph_edge (
  organisation text not null, version integer not null, position integer not null,
  needing text collate "C" not null, needed text collate "C" not null, kind text not null,
  is_hard boolean not null, is_observed boolean not null,
  primary key (organisation, version, position));
create index graph_edge_needed on graph_edge (organisation, version, needed) include (needing, is_hard, kind);
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(TABLES).execute(db);
}
