/** What people do by hand, who is restrained since when and why, and how predictions turned out (D1, D4, D7). */
import { sql, type Kysely } from 'kysely';

const TABLES = `
drop index rollout_tripped;
create index rollout_stopped on rollout (organisation) where phase in ('tripped','halted','rolling-back');
create index rollout_recent on rollout (organisation, updated_at);
create table manual_work (
  organisation text not null references organisation, proposal text not null, revision integer not null, title text not null,
  why text not null, missing jsonb not null, decision text, state text not null check (state in ('open','done','closed')),
  opened_at timestamptz not null, note text, done_by text, done_at timestamptz, post_check jsonb,
  result text check (result in ('passed','failed')), closed_by text, closed_at timestamptz,
  primary key (organisation, proposal, revision),
  foreign key (organisation, proposal) references proposal);
create index manual_work_open on manual_work (organisation, opened_at, proposal) where state <> 'closed';
create table restraint (
  organisation text not null references organisation, id text not null,
  subject_kind text not null check (subject_kind in ('agent','source')), subject text not null,
  kind text not null check (kind in ('suspended','baseline')), reasons jsonb not null, set_by text not null,
  since timestamptz not null, lifted_by text, lifted_at timestamptz, lift jsonb, primary key (organisation, id));
create unique index restraint_standing on restraint (organisation, subject_kind, subject, kind) where lifted_at is null;
create table agent_refusal (
  organisation text not null references organisation, id bigint generated always as identity, agent text not null,
  code text not null, at timestamptz not null, primary key (organisation, id));
create index agent_refusal_recent on agent_refusal (organisation, agent, at);
create table prediction_outcome (
  organisation text not null references organisation, capsule text not null, agent text not null, action text not null,
  compared integer not null, wrong integer not null, worse integer not null, unforeseen integer not null,
  at timestamptz not null, primary key (organisation, capsule),
  foreign key (organisation, capsule) references capsule);
create index prediction_outcome_recent on prediction_outcome (organisation, at);
create index proposal_of_agent on proposal (organisation, agent, created_at);
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(TABLES).execute(db);
}
