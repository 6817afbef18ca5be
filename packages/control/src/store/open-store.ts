/** Opens the pool every use case shares, and brings the schema up to date. */
import { Kysely, PostgresDialect } from 'kysely';
import { Migrator, type Migration } from 'kysely/migration';
import pg from 'pg';
import * as first from './migrations/0001-first.ts';
import * as graphTables from './migrations/0002-graph-tables.ts';
import * as signals from './migrations/0003-signals-and-findings.ts';
import * as authority from './migrations/0004-authority.ts';
import * as decisions from './migrations/0005-decisions.ts';
import * as recordWalls from './migrations/0006-record-walls.ts';
import * as tombstones from './migrations/0013-tombstones.ts';
import * as legalHolds from './migrations/0007-legal-holds.ts';
import * as identities from './migrations/0008-identities.ts';
import * as enclaveCertificates from './migrations/0009-enclave-certificates.ts';
import * as campaigns from './migrations/0010-campaigns.ts';
import * as trustMetadata from './migrations/0014-trust-metadata.ts';
import * as recordChecks from './migrations/0015-record-checks.ts';
import * as campaignApprovals from './migrations/0016-campaign-approvals.ts';
import * as programSessions from './migrations/0017-program-sessions.ts';
import * as emptiedProposals from './migrations/0018-emptied-proposals.ts';
import * as recordRows from './migrations/0019-record-rows.ts';
import * as boundedExpiry from './migrations/0020-bounded-expiry.ts';
import { sql } from 'kysely';
import type { OrganisationId } from '@countersign/core';
import { narrowing, PreparingClient } from './prepared.ts';
import { KEEPER_OPTIONS, organisationList, productOptions } from './within.ts';
import type { Schema, Store } from './schema.ts';

const INT8 = 20;
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-first': first,
  '0002-graph-tables': graphTables,
  '0003-signals-and-findings': signals,
  '0004-authority': authority,
  '0005-decisions': decisions,
  '0006-record-walls': recordWalls,
  '0007-legal-holds': legalHolds,
  '0008-identities': identities,
  '0009-enclave-certificates': enclaveCertificates,
  '0010-campaigns': campaigns,
  '0014-trust-metadata': trustMetadata,
  '0015-record-checks': recordChecks,
  '0016-campaign-approvals': campaignApprovals,
  '0017-program-sessions': programSessions,
  '0018-emptied-proposals': emptiedProposals,
  '0019-record-rows': recordRows,
  '0020-bounded-expiry': boundedExpiry,
  '0013-tombstones': tombstones,
};

function safeInteger(text: string): number {
  const value = Number(text);
  if (!Number.isSafeInteger(value)) throw new Error(`an integer of the database is beyond 2^53-1: ${text}`);
  return value;
}

/** As the owner, over all organisations: to migrate and to install. */
export const openStore = (url: string, connections: number = 10): Store =>
  storeWith({ connectionString: url, max: connections, options: KEEPER_OPTIONS });

/** As the product: the role that owns nothing, which sees these organisations. */
export function openProductStore(
  url: string,
  organisations: Iterable<OrganisationId>,
  connections: number = 10,
): Store {
  const all = [...organisations];
  class NarrowingClient extends PreparingClient {}
  narrowing(NarrowingClient, organisationList(all));
  return storeWith({ connectionString: url, max: connections, options: productOptions(all), Client: NarrowingClient });
}

function storeWith(config: pg.PoolConfig & { readonly Client?: typeof PreparingClient }): Store {
  const types = new pg.TypeOverrides();
  types.setTypeParser(INT8, safeInteger);
  // What was sent need not be answered before the next statement is sent.
  const pool = new pg.Pool({ types, Client: PreparingClient, pipeline: true, ...config });
  // A client error without a listener ends the process when the server goes away; the next query reports it instead.
  pool.on('error', () => undefined);
  pool.on('connect', (client) => client.on('error', () => undefined));
  return new Kysely<Schema>({ dialect: new PostgresDialect({ pool }) });
}

/** Applies what is missing; safe when several processes start at once (the migrator takes a lock). */
export async function migrate(store: Store): Promise<void> {
  const provider = { getMigrations: () => Promise.resolve(migrations) };
  const migrator = new Migrator({ db: store, provider });
  const isCurrent = (await migrator.getMigrations()).every(({ executedAt }) => executedAt !== undefined);
  // A role that may only use the tables starts where somebody else has brought them up to date.
  if (isCurrent) return;
  const { error } = await migrator.migrateToLatest();
  if (error !== undefined) throw error instanceof Error ? error : new Error('the schema cannot be brought up to date');
  await sql`select countersign_protect()`.execute(store);
}
