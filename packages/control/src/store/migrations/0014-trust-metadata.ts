/** The trust bundle is kept with the metadata it came in: roots, timestamp, snapshot, targets and the bundle itself (X1). */
import { sql, type Kysely } from 'kysely';

export async function up(db: Kysely<unknown>): Promise<void> {
  await sql.raw('alter table trust_bundle rename column dsse to metadata').execute(db);
}
