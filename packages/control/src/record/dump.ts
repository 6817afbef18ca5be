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

/** Rows in memory at once: a record of years is written without being read whole. */
export const DUMP_PAGE = 1000;

/** All rows in pages, a table after the other, in one snapshot; a table without rows has one empty page. */
export const eachPage = (
  store: Store,
  organisation: OrganisationId,
  take: (table: string, rows: readonly string[]) => void,
): Promise<void> =>
  within(organisation, () =>
    store
      .transaction()
      .setIsolationLevel('repeatable read')
      .execute(async (db) => {
        for (const { name } of (await TABLES_OF_TENANTS.execute(db)).rows) {
          // A name of ours from the catalogue, and an organisation in the form of an id: a cursor takes no parameters.
          await sql`declare rows_of_table no scroll cursor for
            select to_jsonb(t)::text as row from ${sql.table(name)} t
            where organisation = ${sql.lit(organisation)} order by 1`.execute(db);
          for (let isMore = true; isMore;) {
            const { rows } = await sql<{ row: string }>`fetch ${sql.lit(DUMP_PAGE)} from rows_of_table`.execute(db);
            take(
              name,
              rows.map(({ row }) => row),
            );
            isMore = rows.length === DUMP_PAGE;
          }
          await sql`close rows_of_table`.execute(db);
        }
      }),
  );

/** In memory whole: for records that are known to be small. */
export async function dumpDatabase(store: Store, organisation: OrganisationId): Promise<Dump> {
  const tables = new Map<string, string[]>();
  await eachPage(store, organisation, (name, rows) => {
    const known = tables.get(name);
    if (known === undefined) tables.set(name, [...rows]);
    else known.push(...rows);
  });
  return tables;
}

/** Nobody reads a file that is half written. */
export async function writeDump(store: Store, organisation: OrganisationId, folder: string): Promise<number> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const begun = new Set<string>();
  let count = 0;
  await eachPage(store, organisation, (name, rows) => {
    const flag = begun.has(name) ? 'a' : 'w';
    begun.add(name);
    const text = rows.map((row) => `${row}\n`).join('');
    writeFileSync(join(folder, `${name}.jsonl.new`), text, { mode: 0o600, flag });
    count += rows.length;
  });
  for (const name of begun) renameSync(join(folder, `${name}.jsonl.new`), join(folder, `${name}.jsonl`));
  return count;
}
