/**
 * Walls inside the database (V3, O3): the product runs as `countersign_app`, which owns nothing, changes no line of the record and
 * sees the rows of the organisations it names. `countersign_protect` is run after every migration, so that a new table has them too.
 */
import { sql, type Kysely } from 'kysely';

const WALLS = `
do $$
begin
  if not exists (select from pg_roles where rolname = 'countersign_app') then
    begin
      create role countersign_app nologin;
    exception when insufficient_privilege then
      raise exception 'the role countersign_app is missing and % may not create it', current_user
        using hint = 'have the administrator run: create role countersign_app; grant countersign_app to the role that migrates';
    end;
  end if;
  if not pg_has_role(current_user, 'countersign_app', 'member') then
    execute format('grant countersign_app to %I', current_user);
  end if;
end $$;

create function countersign_organisations() returns text[] language sql stable parallel safe as $$
  select string_to_array(nullif(current_setting('countersign.organisations', true), ''), ',')
$$;

-- The owner has to say that it means all organisations; a forgotten connection sees nothing.
create function countersign_is_keeper() returns boolean language sql stable parallel safe as $$
  select coalesce(current_setting('countersign.keeper', true), '') = 'on'
$$;

create function countersign_protect() returns void language plpgsql as $$
declare
  one record;
  key text;
begin
  perform pg_advisory_xact_lock(hashtextextended('countersign walls', 706));
  execute format('grant usage on schema %I to countersign_app', current_schema());
  for one in
    select c.oid, c.relname as name,
      exists (select from pg_attribute a where a.attrelid = c.oid and a.attname = 'organisation' and not a.attisdropped) as is_tenants
    from pg_class c
    where c.relnamespace = current_schema()::regnamespace and c.relkind in ('r', 'p') and c.relname not like 'kysely_%'
      and pg_has_role(current_user, c.relowner, 'usage')
    order by c.relname
  loop
    execute format('revoke all on table %I from countersign_app', one.name);
    if one.name in ('leaf', 'tree_node', 'checkpoint', 'document', 'tombstone', 'signal_label', 'validation_spec') then
      execute format('grant select, insert on table %I to countersign_app', one.name);
    else
      execute format('grant select, insert, update, delete on table %I to countersign_app', one.name);
    end if;
    key := case when one.is_tenants then 'organisation' when one.name = 'organisation' then 'id' end;
    if key is null then continue; end if;
    execute format('alter table %I enable row level security', one.name);
    execute format('alter table %I force row level security', one.name);
    execute format('drop policy if exists tenant on %I', one.name);
    execute format('drop policy if exists keeper on %I', one.name);
    execute format(
      'create policy tenant on %I using (%I = any((select countersign_organisations())::text[]))', one.name, key);
    execute format('create policy keeper on %I to %I using ((select countersign_is_keeper()))', one.name, current_user);
  end loop;
  -- A leaf gets its place once, and a checkpoint more cosignatures: the triggers hold both to that.
  grant update (seq) on leaf to countersign_app;
  grant update (cosignatures) on checkpoint to countersign_app;
  grant select on kysely_migration to countersign_app;
end $$;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(WALLS).execute(db);
}
