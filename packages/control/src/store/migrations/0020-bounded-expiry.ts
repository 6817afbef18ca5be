/**
 * What takes a body away looks up the lines it is given and reads no others (V2, V3): its cost does not grow with the record. And that the
 * bodies which say who rules stay is a rule of the database now, beside holds; the few leaves it asks for have an index of their own.
 */
import { sql, type Kysely } from 'kysely';

const EXPIRY = `
create index leaf_ruling on leaf (organisation, leaf_body(bytes)) where event in (
  'body.expired', 'trust.updated', 'envelope.activated', 'envelope.suspended', 'halt.requested', 'class.contracted', 'class.restored');

drop function countersign_expire(text, text[], text, timestamptz);
create function countersign_expire(of_organisation text, digests text[], lines bigint[], why text, at timestamptz)
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
      where l.organisation = of_organisation and l.id = any(lines) and l.body is not null
        and leaf_body(l.bytes) = any(digests)),
    due as (
      select distinct on (t.digest) t.digest, t.kind, t.size from there t
      where not exists (select from body_hold h where h.organisation = of_organisation and h.digest = t.digest)
        and not exists (select from leaf r where r.organisation = of_organisation and leaf_body(r.bytes) = t.digest
          and r.event in ('body.expired', 'trust.updated', 'envelope.activated', 'envelope.suspended', 'halt.requested',
            'class.contracted', 'class.restored'))
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
    where l.organisation = of_organisation and l.id = any(lines) and l.body is not null and leaf_body(l.bytes) = any(digests)
      and t.organisation = l.organisation and t.digest = leaf_body(l.bytes);
end $$;
revoke all on function countersign_expire(text, text[], bigint[], text, timestamptz) from public;
grant execute on function countersign_expire(text, text[], bigint[], text, timestamptz) to countersign_app;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(EXPIRY).execute(db);
}
