/** First schema. Plain SQL, one statement after the other; never edited after a release, only followed. */
import { sql, type Kysely } from 'kysely';

const TABLES = `
create table organisation (id text primary key, created_at timestamptz not null default now());
create table principal (
  organisation text not null references organisation, id text not null,
  kind text not null check (kind in ('agent','person','source','enclave','witness')),
  token_hash text not null unique, primary key (organisation, kind, id));
create table document (
  organisation text not null references organisation, digest text not null, kind text not null, bytes bytea not null,
  primary key (organisation, digest));
create table trust_bundle (
  organisation text not null references organisation, version integer not null, digest text not null, dsse jsonb not null,
  primary key (organisation, version));
create table envelope_version (
  organisation text not null references organisation, version integer not null, digest text not null, dsse jsonb not null,
  state text not null check (state in ('active','superseded','suspended')), activated_at timestamptz not null,
  primary key (organisation, version));
create unique index envelope_one_active on envelope_version (organisation) where state = 'active';
create table graph_version (
  organisation text not null references organisation, version integer not null, digest text not null, dsse jsonb not null,
  taken_at timestamptz not null, primary key (organisation, version));
create table source (
  organisation text not null references organisation, id text not null, lineage jsonb not null, owner text not null,
  primary key (organisation, id));
create table triage (
  organisation text not null references organisation, id text not null, key text not null,
  state text not null check (state in ('open','proposed','closed')), title text not null, opened_at timestamptz not null,
  primary key (organisation, id));
create unique index triage_open_key on triage (organisation, key) where state <> 'closed';
create table signal (
  organisation text not null references organisation, id text not null, source text not null, rule text not null,
  document jsonb not null, dsse jsonb, is_authenticated boolean not null, occurrences integer not null, triage text,
  first_seen timestamptz not null, last_seen timestamptz not null, primary key (organisation, id),
  foreign key (organisation, triage) references triage);
create index signal_triage on signal (organisation, triage);
create index signal_recent on signal (organisation, last_seen desc, id desc);
create index triage_recent on triage (organisation, state, opened_at, id);
create table proposal (
  organisation text not null references organisation, id text not null, revision integer not null, state text not null,
  agent text not null, triage text, document jsonb not null, change_digest text not null, intent text not null,
  reason text not null, validation_capsule text, rollout_capsule text,
  created_at timestamptz not null, updated_at timestamptz not null, primary key (organisation, id),
  foreign key (organisation, triage) references triage);
create index proposal_queue on proposal (organisation, created_at, id) where state = 'PENDING';
create index proposal_action on proposal (organisation, (document->'change'->>'action'), state);
create index proposal_unfinished on proposal (organisation, id)
  where state not in ('REJECTED','WITHDRAWN','EXPIRED','SUPERSEDED','SUCCEEDED','ROLLED_BACK','FAILED');
create index proposal_recent on proposal (organisation, created_at desc, id desc);
create table decision (
  organisation text not null references organisation, proposal text not null, revision integer not null,
  stage text not null check (stage in ('before-staging','after-staging')), digest text not null, verdict text not null,
  document jsonb not null, made_at timestamptz not null, primary key (organisation, digest),
  foreign key (organisation, proposal) references proposal);
create index decision_proposal on decision (organisation, proposal, made_at);
create table capsule (
  organisation text not null references organisation, digest text not null, id text not null, proposal text not null,
  revision integer not null, purpose text not null check (purpose in ('validation','rollout')), enclave text not null,
  dsse jsonb not null, risk text not null,
  state text not null check (state in ('built','dispatched','refused','running','finished','void')),
  created_at timestamptz not null, primary key (organisation, digest),
  foreign key (organisation, proposal) references proposal);
create index capsule_proposal on capsule (organisation, proposal);
create index capsule_operation on capsule (organisation, state, created_at) where purpose = 'rollout';
create index capsule_recent on capsule (organisation, created_at desc, digest desc) where purpose = 'rollout';
create table approval (
  organisation text not null references organisation, capsule text not null, person text not null, role text not null,
  dsse jsonb not null, received_at timestamptz not null, primary key (organisation, capsule, person),
  foreign key (organisation, capsule) references capsule);
create table validation (
  organisation text not null references organisation, capsule text not null, proposal text not null,
  is_passed boolean not null, dsse jsonb not null, received_at timestamptz not null, primary key (organisation, capsule),
  foreign key (organisation, capsule) references capsule, foreign key (organisation, proposal) references proposal);
create index validation_proposal on validation (organisation, proposal, received_at);
create table rollout (
  organisation text not null references organisation, capsule text not null, proposal text not null, phase text not null,
  counts jsonb not null, trip integer not null, last_event integer not null, updated_at timestamptz not null,
  primary key (organisation, capsule),
  foreign key (organisation, capsule) references capsule, foreign key (organisation, proposal) references proposal);
create index rollout_tripped on rollout (organisation) where phase = 'tripped';
create table rollout_event (
  organisation text not null, capsule text not null, seq integer not null, event jsonb not null,
  primary key (organisation, capsule, seq), foreign key (organisation, capsule) references rollout);
create table progress (
  organisation text not null, capsule text not null, first integer not null, dsse jsonb not null,
  primary key (organisation, capsule, first), foreign key (organisation, capsule) references rollout);
create table evidence (
  organisation text not null, capsule text not null, dsse jsonb not null, fields jsonb not null,
  received_at timestamptz not null, primary key (organisation, capsule),
  foreign key (organisation, capsule) references capsule);
create table report (
  organisation text not null references organisation, enclave text not null, name text not null,
  received_at timestamptz not null, primary key (organisation, enclave, name));
create table delivery (
  organisation text not null references organisation, enclave text not null, seq bigint generated always as identity,
  kind text not null, capsule text, body jsonb, primary key (organisation, enclave, seq),
  foreign key (organisation, capsule) references capsule);
create index delivery_unproved on delivery (organisation, seq) where kind = 'capsule' and body is null;
create index delivery_capsule on delivery (organisation, capsule) where capsule is not null;
create table leaf (
  organisation text not null references organisation, id bigint generated always as identity, seq bigint,
  primary key (organisation, id), event text not null, subject text not null, correlation text not null, bytes bytea not null);
create unique index leaf_seq on leaf (organisation, seq);
create index leaf_waiting on leaf (organisation, id) where seq is null;
create index leaf_correlation on leaf (organisation, correlation, id);
create table checkpoint (
  organisation text not null references organisation, size bigint not null, note text not null,
  cosignatures jsonb not null default '{}', primary key (organisation, size));
create index checkpoint_cosigned on checkpoint (organisation, size) where cosignatures <> '{}';
create table tree_node (
  organisation text not null references organisation, level integer not null, index bigint not null, hash bytea not null,
  primary key (organisation, level, index));
create table status (
  organisation text not null references organisation primary key, dsse jsonb not null, issued_at timestamptz not null);
create table idempotency (
  organisation text not null references organisation, principal text not null, key text not null, request text not null,
  status integer not null, response jsonb not null, created_at timestamptz not null default now(),
  primary key (organisation, principal, key));
create index idempotency_old on idempotency (created_at);
create table enrolment (
  organisation text not null references organisation, id text not null, person text not null, credential jsonb not null,
  state text not null check (state in ('pending','included')), requested_at timestamptz not null,
  primary key (organisation, id));
create table passkey_challenge (
  organisation text not null references organisation, person text not null, challenge text not null, expires_at timestamptz not null,
  primary key (organisation, person));
create table drill (
  organisation text not null references organisation, action text not null, tier text not null,
  at timestamptz not null, is_passed boolean not null, evidence text not null,
  primary key (organisation, action, tier, at));
create table flow_attempt (
  organisation text not null references organisation, workflow text not null, attempts integer not null,
  primary key (organisation, workflow));
create function leaf_is_append_only() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.seq is null and new.seq is not null
     and (new.organisation, new.id, new.event, new.subject, new.correlation, new.bytes)
       is not distinct from (old.organisation, old.id, old.event, old.subject, old.correlation, old.bytes) then
    return new;
  end if;
  raise exception 'the record is append-only';
end $$;
create function record_is_append_only() returns trigger language plpgsql as $$
begin
  raise exception 'the record is append-only';
end $$;
create function checkpoint_is_append_only() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and (new.organisation, new.size, new.note) is not distinct from (old.organisation, old.size, old.note)
     and new.cosignatures @> old.cosignatures then
    return new;
  end if;
  raise exception 'the record is append-only';
end $$;
create trigger checkpoint_append_only before update or delete on checkpoint
  for each row execute function checkpoint_is_append_only();
create trigger checkpoint_no_truncate before truncate on checkpoint for each statement execute function record_is_append_only();
create trigger node_append_only before update or delete on tree_node for each row execute function record_is_append_only();
create trigger node_no_truncate before truncate on tree_node for each statement execute function record_is_append_only();
create trigger document_append_only before update or delete on document for each row execute function record_is_append_only();
create trigger leaf_append_only before update or delete on leaf for each row execute function leaf_is_append_only();
create trigger leaf_no_truncate before truncate on leaf for each statement execute function leaf_is_append_only();
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(TABLES).execute(db);
}
