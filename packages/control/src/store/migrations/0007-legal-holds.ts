/** Legal holds, and the sanitised view beside the evidence it is about (V2). Two different people lift a hold: the table says so too. */
import { sql, type Kysely } from 'kysely';

const TABLES = `
create table legal_hold (
  organisation text not null references organisation, name text not null, proposals text[] not null,
  period_from text, period_to text, reason text not null, set_by text not null, set_at timestamptz not null,
  lift_asked_by text, lift_reason text, lift_asked_at timestamptz, lifted_by text, lifted_at timestamptz,
  primary key (organisation, name),
  check ((period_from is null) = (period_to is null)),
  check ((lifted_at is null) = (lifted_by is null)),
  check (lifted_by is null or (lift_asked_by is not null and lift_asked_by <> lifted_by)));
alter table evidence add column view jsonb;
`;

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw(TABLES).execute(db);
}
