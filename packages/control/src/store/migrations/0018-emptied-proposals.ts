/** A proposal whose text went at its time says which entry of the record held it (V2). */
import { sql, type Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql`alter table proposal add column expired text`.execute(db);
}
