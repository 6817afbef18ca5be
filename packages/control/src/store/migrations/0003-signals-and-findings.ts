/** What people say of signals and sources, findings with their place in the queue, statements on exploitability, validation specs. */
import { sql, type Kysely } from 'kysely';

const TABLES = `
alter table source
  add column formats jsonb not null default '[]', add column categories jsonb not null default '[]',
  add column scale jsonb not null default '[]';
create table benign_schedule (
  organisation text not null references organisation, id text not null, document jsonb not null,
  registered_by text not null, registered_at timestamptz not null, expires_at timestamptz not null,
  removed_by text, removed_at timestamptz, primary key (organisation, id));
create index benign_schedule_live on benign_schedule (organisation, expires_at) where removed_at is null;
create table signal_label (
  organisation text not null references organisation, signal text not null, seq bigint generated always as identity,
  label text not null check (label in ('true','false','benign-known','unclear')), person text not null,
  at timestamptz not null, rationale text not null, primary key (organisation, signal, seq),
  foreign key (organisation, signal) references signal);
create table signal_outcome (
  organisation text not null references organisation, signal text not null, source text not null, rule text not null,
  label text not null, primary key (organisation, signal));
create index signal_outcome_tally on signal_outcome (organisation, source, rule, label);
create index signal_of_rule on signal (organisation, source, rule) where is_authenticated;
create table finding (
  organisation text not null references organisation, id text not null, rule text not null, target text not null,
  title text not null, source text not null, severity text not null, probability integer, components jsonb,
  sources text[] not null, signal text not null, is_open boolean not null,
  first_seen timestamptz not null, last_seen timestamptz not null, owner text,
  disposition text check (disposition in ('routed','queued','held')), held text, unknown text,
  answer_kind text, answer_name text, due_at timestamptz, is_overdue boolean not null default false,
  rank_key text collate "C", reach jsonb, reasons jsonb, primary key (organisation, id));
create index finding_queue on finding (organisation, rank_key) where is_open;
create index finding_of_rule on finding (organisation, rule);
create index finding_due on finding (organisation, due_at) where is_open and disposition = 'held';
create table finding_ranking (
  organisation text not null references organisation primary key, basis text not null, ranked_at timestamptz not null);
create table vex_statement (
  organisation text not null references organisation, source text not null, vulnerability text not null,
  product text not null, component text not null default '', status text not null, justification text,
  said_at timestamptz not null, received_at timestamptz not null, document text not null,
  primary key (organisation, vulnerability, product, component, source));
create table exploited (
  organisation text not null references organisation, vulnerability text not null, source text not null,
  since timestamptz not null, primary key (organisation, vulnerability));
create table validation_spec (
  organisation text not null references organisation, id text not null, version integer not null, module text not null,
  digest text not null, document jsonb not null, registered_by text not null, registered_at timestamptz not null,
  primary key (organisation, id, version));
create function is_never_changed() returns trigger language plpgsql as $$
begin
  raise exception 'what is written here is never changed';
end $$;
create trigger signal_label_append_only before update or delete on signal_label
  for each row execute function is_never_changed();
create trigger signal_label_no_truncate before truncate on signal_label for each statement execute function is_never_changed();
create trigger validation_spec_append_only before update or delete on validation_spec
  for each row execute function is_never_changed();
create trigger validation_spec_no_truncate before truncate on validation_spec
  for each statement execute function is_never_changed();
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(TABLES).execute(db);
}
