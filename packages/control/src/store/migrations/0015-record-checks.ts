/**
 * What the database checks of the record, asked once a statement or in the executor, where it was asked once a row by a function: a
 * batch of leaves is a batch for the checks too. The same is refused as before.
 */
import { sql, type Kysely } from 'kysely';

const CHECKS = `
-- As a foreign key does: the organisation is there, and stays until this transaction has ended.
create function organisation_is_known() returns trigger language plpgsql as $$
declare
  one text;
  given text[];
  known integer;
begin
  -- Nearly every statement writes for one organisation.
  select id into one from organisation where id = (select organisation from added limit 1) for key share;
  if not exists (select from added where organisation is distinct from one) then
    return null;
  end if;
  select array_agg(distinct organisation) into given from added;
  select count(*) into known from (select from organisation where id = any(given) for key share) there;
  if known <> cardinality(given) then
    raise exception 'a line of % breaks the foreign key to its organisation', tg_table_name using errcode = 'foreign_key_violation';
  end if;
  return null;
end $$;
create function organisation_has_a_record() returns trigger language plpgsql as $$
begin
  if tg_op = 'UPDATE' and new.id = old.id then
    return new;
  end if;
  if exists (select from leaf where organisation = old.id) or exists (select from document where organisation = old.id)
     or exists (select from tree_node where organisation = old.id) then
    raise exception 'the organisation has a record: a foreign key holds it' using errcode = 'foreign_key_violation';
  end if;
  return case when tg_op = 'DELETE' then old else new end;
end $$;
create trigger organisation_record before update of id or delete on organisation
  for each row execute function organisation_has_a_record();

alter table document drop constraint document_organisation_fkey;
alter table leaf drop constraint leaf_organisation_fkey;
alter table tree_node drop constraint tree_node_organisation_fkey;
create trigger document_organisation after insert on document
  referencing new table as added for each statement execute function organisation_is_known();
create trigger leaf_organisation after insert on leaf
  referencing new table as added for each statement execute function organisation_is_known();
create trigger tree_node_organisation after insert on tree_node
  referencing new table as added for each statement execute function organisation_is_known();

-- The only change there is, a place for a leaf that has none, passes by the condition; the function is left to refuse.
drop trigger leaf_append_only on leaf;
create trigger leaf_append_only before update on leaf for each row
  when (not (old.seq is null and new.seq is not null
    and (new.organisation, new.id, new.event, new.subject, new.correlation, new.bytes)
      is not distinct from (old.organisation, old.id, old.event, old.subject, old.correlation, old.bytes)))
  execute function leaf_is_append_only();
create trigger leaf_no_delete before delete on leaf for each row execute function leaf_is_append_only();
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(CHECKS).execute(db);
}
