/**
 * Retention without a hole in the record (V3): the bytes of a body may go at their time and leave a tombstone; its digest stays in the
 * leaf, so proofs still hold. Only this function removes them, never what is held, and never what says who rules.
 */
import { sql, type Kysely } from 'kysely';

const TOMBSTONES = `
create table tombstone (
  organisation text not null references organisation, digest text not null, kind text not null, size bigint not null,
  reason text not null, expired_at timestamptz not null, primary key (organisation, digest));
create table body_hold (
  organisation text not null references organisation, digest text not null, hold text not null, set_at timestamptz not null,
  primary key (organisation, digest, hold));

create function document_is_append_only() returns trigger language plpgsql as $$
begin
  if tg_op = 'DELETE' and exists (
    select from tombstone t where t.organisation = old.organisation and t.digest = old.digest) then
    return old;
  end if;
  raise exception 'the record is append-only';
end $$;
drop trigger document_append_only on document;
create trigger document_append_only before update or delete on document
  for each row execute function document_is_append_only();
create trigger document_no_truncate before truncate on document for each statement execute function record_is_append_only();
create trigger tombstone_append_only before update or delete on tombstone for each row execute function record_is_append_only();
create trigger tombstone_no_truncate before truncate on tombstone for each statement execute function record_is_append_only();

create function tombstone_is_allowed() returns trigger language plpgsql as $$
begin
  if exists (select from body_hold h where h.organisation = new.organisation and h.digest = new.digest) then
    raise exception 'the body is held';
  end if;
  return new;
end $$;
create trigger tombstone_not_held before insert on tombstone for each row execute function tombstone_is_allowed();

create function countersign_expire(of_organisation text, digests text[], why text, at timestamptz)
returns table (gone text) language plpgsql security definer set search_path = public, pg_temp as $$
begin
  -- Counts for the owner alone, as whom this runs.
  perform set_config('countersign.keeper', 'on', true);
  if of_organisation <> all (coalesce(countersign_organisations(), '{}')) then
    raise exception 'this connection works for other organisations';
  end if;
  -- Whoever sets a hold meanwhile waits, and then finds nothing, or finds it first.
  perform pg_advisory_xact_lock(hashtextextended('countersign bodies ' || of_organisation, 706));
  return query
    with due as (
      select d.organisation, d.digest, d.kind, octet_length(d.bytes) as size from document d
      where d.organisation = of_organisation and d.digest = any(digests)
        and not exists (select from body_hold h where h.organisation = d.organisation and h.digest = d.digest)),
    marked as (
      insert into tombstone (organisation, digest, kind, size, reason, expired_at)
      select due.organisation, due.digest, due.kind, due.size, why, at from due
      on conflict do nothing)
    select due.digest from due order by due.digest;
  delete from document d using tombstone t
    where d.organisation = of_organisation and d.digest = any(digests)
      and t.organisation = d.organisation and t.digest = d.digest;
end $$;
revoke all on function countersign_expire(text, text[], text, timestamptz) from public;
grant execute on function countersign_expire(text, text[], text, timestamptz) to countersign_app;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(TOMBSTONES).execute(db);
}
