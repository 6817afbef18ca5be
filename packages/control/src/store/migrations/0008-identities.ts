/** Proofs that were used, sign-ins under way and sessions of people (L8, O4). All of it is short-lived and holds no secret in the clear. */
import { sql, type Kysely } from 'kysely';

const TABLES = `
create table used_proof (
  organisation text not null references organisation, digest text not null, expires_at timestamptz not null,
  primary key (organisation, digest));
create index used_proof_expiry on used_proof (expires_at);
create table sign_in (
  organisation text not null references organisation, state_digest text not null, browser_digest text not null,
  nonce text not null, verifier text not null, return_to text not null, is_step_up boolean not null, person text,
  expires_at timestamptz not null, primary key (organisation, state_digest));
create index sign_in_expiry on sign_in (expires_at);
create table person_session (
  organisation text not null references organisation, digest text not null, person text not null, iss text not null,
  sub text not null, acr text, authenticated_at timestamptz not null, began_at timestamptz not null,
  seen_at timestamptz not null, ends_at timestamptz not null, primary key (organisation, digest));
create index person_session_person on person_session (organisation, person);
create index person_session_end on person_session (ends_at);
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(TABLES).execute(db);
}
