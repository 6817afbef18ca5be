/** Opens the pool every use case shares, and brings the schema up to date. */
import { Kysely, PostgresDialect } from 'kysely';
import { Migrator } from 'kysely/migration';
import pg from 'pg';
import * as first from './migrations/0001-first.ts';
import * as graphTables from './migrations/0002-graph-tables.ts';
import * as signals from './migrations/0003-signals-and-findings.ts';
import * as authority from './migrations/0004-authority.ts';
import * as decisions from './migrations/0005-decisions.ts';
import { PreparingClient } from './prepared.ts';
import type { Schema, Store } from './schema.ts';

const INT8 = 20;
const migrations = {
  '0001-first': first,
  '0002-graph-tables': graphTables,
  '0003-signals-and-findings': signals,
  '0004-authority': authority,
  '0005-decisions': decisions,
};

function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error(`an integer of the database is beyond 2^53-1: ${text}`);
  return value;
}

export function openStore(url: string, connections: number = 10): Store {
  const types = new pg.TypeOverrides();
  types.setTypeParser(INT8, safeInteger);
  // What was sent need not be answered before the next statement is sent.
  const pool = new pg.Pool({ connectionString: url, max: connections, types, Client: PreparingClient, pipeline: true });
  // A client error without a listener ends the process when the server goes away; the next query reports it instead.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
}

/** Applies what is missing; safe when several processes start at once (the migrator takes a lock). */
export async function migrate(store: Store): Promise<void> {
  const provider = { getMigrations: () => Promise.resolve(migrations) };
  const { error } = await new Migrator({ db: store, provider }).migrateToLatest();
  if (error !== undefined) throw error instanceof Error ? error : new Error('the schema cannot be brought up to date');
}
