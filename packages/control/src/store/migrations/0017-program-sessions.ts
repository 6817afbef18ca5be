/** People sign in from a program too (O4): where its answer goes, what waits to be fetched once, and which sessions are a program's. */
import { sql, type Kysely } from 'kysely';

const TABLES = `
alter table person_session add column surface text not null default 'browser' check (surface in ('browser', 'program'));
alter table person_session alter column surface drop default;
alter table sign_in add column program_port integer, add column program_challenge text;
create table session_handoff (
  organisation text not null references organisation, code_digest text not null, challenge text not null, person text not null,
  iss text not null, sub text not null, acr text, authenticated_at timestamptz not null, is_step_up boolean not null,
  expires_at timestamptz not null, primary key (organisation, code_digest));
create index session_handoff_expiry on session_handoff (expires_at);
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(TABLES).execute(db);
}
