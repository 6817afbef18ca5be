/**
 * The database of one organisation as files, a table each, one row a line: what an auditor verifies without us (`cs record verify`).
 * Read in one snapshot. Bytes are in the hexadecimal form of PostgreSQL.
 */
import { mkdirSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { OrganisationId } from '@countersign/core';
import { sql } from 'kysely';
import type { Store } from '../store/schema.ts';
import { within } from '../store/within.ts';

const TABLES_OF_TENANTS = sql<{ name: string }>`
  select c.relname as name from pg_class c
  join pg_attribute a on a.attrelid = c.oid and a.attname = 'organisation' and not a.attisdropped
  where c.relnamespace = current_schema()::regnamespace and c.relkind = 'r' and c.relname <> all (array['principal', 'idempotency'])
  order by c.relname`;

/** Rows as `to_jsonb` writes them, by table. Without hashes of tokens and answers kept for retries, which are nobody's evidence. */
export type Dump = ReadonlyMap<string, readonly string[]>;

export const dumpDatabase = (store: Store, organisation: OrganisationId): Promise<Dump> =>
  within(organisation, () =>
    store
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(async (db) => {
        const tables = new Map<string, readonly string[]>();
        for (const { name } of (await TABLES_OF_TENANTS.execute(db)).rows) {
          const { rows } = await sql<{ row: string }>`
            select to_jsonb(t)::text as row from ${sql.table(name)} t where organisation = ${organisation} order by 1`.execute(
            db,
          );
          tables.set(
            name,
            rows.map(({ row }) => row),
          );
        }
        return tables;
      }),
  );

export async function writeDump(store: Store, organisation: OrganisationId, folder: string): Promise<number> {
  const dump = await dumpDatabase(store, organisation);
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  let count = 0;
  for (const [name, rows] of dump) {
    const file = join(folder, `${name}.jsonl`);
    writeFileSync(`${file}.new`, rows.map((row) => `${row}\n`).join(''), { mode: 0o600 });
    renameSync(`${file}.new`, file);
    count += rows.length;
  }
  return count;
}
