/** The life of an authority envelope: drafts with their signatures, test suites, contractions, findings of auditors (E2-E7). */
import { sql, type Kysely } from 'kysely';

const TABLES = `
alter table envelope_version add column narrowings integer not null default 0 check (narrowings >= 0);
create table envelope_draft (
  organisation text not null references organisation, version integer not null, digest text not null, document bytea not null,
  signatures jsonb not null default '[]', author text not null,
  state text not null check (state in ('open','activated','stale')), created_at timestamptz not null,
  primary key (organisation, version));
create unique index envelope_draft_digest on envelope_draft (organisation, digest);
create table envelope_suite (
  organisation text not null references organisation, name text not null, document jsonb not null, digest text not null,
  stored_by text not null, stored_at timestamptz not null, primary key (organisation, name));
create table contraction (
  organisation text not null references organisation, id text not null, action text not null,
  reasons jsonb not null, since timestamptz not null,
  lifted_at timestamptz, lifted_by text, restoration jsonb, primary key (organisation, id));
create unique index contraction_standing on contraction (organisation, action) where lifted_at is null;
create table audit_finding (
  organisation text not null references organisation, id text not null, digest text not null, dsse jsonb not null,
  auditor text not null, owner text not null, due_at timestamptz not null, opened_at timestamptz not null,
  closure jsonb, closed_at timestamptz, primary key (organisation, id));
create index proposal_outcome on proposal (organisation, (document->'change'->>'action'), updated_at desc)
  where state in ('SUCCEEDED','FAILED','ROLLED_BACK');
create index audit_finding_open on audit_finding (organisation, due_at) where closed_at is null;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(TABLES).execute(db);
}
