/**
 * Fewer rows an entry (V3): the tree is kept as the hashes of its tiles, every eighth level, as many in one row as were written together;
 * and an entry that comes without other state keeps its body in its own line, where only its time takes it away. What is stored is converted.
 */
import { sql, type Kysely } from 'kysely';

const ROWS = `
create table tile_hashes as
  select organisation, level, min(index) as index, string_agg(hash, ''::bytea order by index) as hashes
  from tree_node where level % 8 = 0
  group by organisation, level, index / 256;
alter table tree_node disable trigger user;
delete from tree_node;
alter table tree_node rename column hash to hashes;
insert into tree_node (organisation, level, index, hashes) select organisation, level, index, hashes from tile_hashes;
alter table tree_node enable trigger user;
drop table tile_hashes;

alter table leaf add column body bytea;
-- The first change passes by the condition, the second one by the function: a body goes when its tombstone is there.
drop trigger leaf_append_only on leaf;
create trigger leaf_append_only before update on leaf for each row
  when (not (old.seq is null and new.seq is not null
    and (new.organisation, new.id, new.event, new.subject, new.correlation, new.bytes, new.body)
      is not distinct from (old.organisation, old.id, old.event, old.subject, old.correlation, old.bytes, old.body)))
  execute function leaf_is_append_only();
create or replace function leaf_is_append_only() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and old.body is not null and new.body is null
     and (new.organisation, new.id, new.seq, new.event, new.subject, new.correlation, new.bytes)
       is not distinct from (old.organisation, old.id, old.seq, old.event, old.subject, old.correlation, old.bytes)
     and exists (select from tombstone t where t.organisation = old.organisation and t.digest = leaf_body(old.bytes)) then
    return new;
  end if;
  raise exception 'the record is append-only';
end $$;

create function leaf_body(leaf bytea) returns text language sql immutable parallel safe as $$
  select convert_from(leaf, 'UTF8')::jsonb ->> 'body'
$$;
create or replace function countersign_expire(of_organisation text, digests text[], why text, at timestamptz)
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
    with there as (
      select d.digest, d.kind, octet_length(d.bytes) as size from document d
      where d.organisation = of_organisation and d.digest = any(digests)
      union all
      select leaf_body(l.bytes), 'leaf-body', octet_length(l.body) from leaf l
      where l.organisation = of_organisation and l.body is not null and leaf_body(l.bytes) = any(digests)),
    due as (
      select distinct on (t.digest) t.digest, t.kind, t.size from there t
      where not exists (select from body_hold h where h.organisation = of_organisation and h.digest = t.digest)
      order by t.digest, t.kind),
    marked as (
      insert into tombstone (organisation, digest, kind, size, reason, expired_at)
      select of_organisation, due.digest, due.kind, due.size, why, at from due
      on conflict do nothing)
    select due.digest from due order by due.digest;
  delete from document d using tombstone t
    where d.organisation = of_organisation and d.digest = any(digests)
      and t.organisation = d.organisation and t.digest = d.digest;
  update leaf l set body = null from tombstone t
    where l.organisation = of_organisation and l.body is not null and leaf_body(l.bytes) = any(digests)
      and t.organisation = l.organisation and t.digest = leaf_body(l.bytes);
end $$;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(ROWS).execute(db);
}
