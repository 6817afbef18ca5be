/** One real PostgreSQL for all test files of a run, a fresh database for each file. */
import { randomBytes } from 'node:crypto';
import { existsSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openEmbedded } from '../store/embedded.ts';
import pg from 'pg';

export interface TestDatabase {
  readonly url: string;
  readonly drop: () => Promise<void>;
}

/** The variable that names the folder of this run's server. */
export const TEST_STATE = 'COUNTERSIGN_TEST_STATE';
export const testState = (): string => process.env[TEST_STATE] ?? join(tmpdir(), 'countersign-test');

/** Whether a server was started there and not stopped since. */
export const isTestServerRunning = (): boolean => existsSync(join(testState(), 'pg', 'postmaster.pid'));

/** The server is shared by the processes of a run and stays for the next run; only the database is this file's own. */
export async function openTestDatabase(): Promise<TestDatabase> {
  const server = await openEmbedded(testState());
  const name = `test_${randomBytes(8).toString('hex')}`;
  await execute(server.url, `create database ${name}`);
  const url = new URL(server.url);
  url.pathname = `/${name}`;
  return { url: url.href, drop: () => drop(server.url, name) };
}

const NOT_PERMITTED = '42501';

/** A vacuum worker belongs to the server and is not ours to end by force; the plain form tells it to go and waits. */
async function drop(url: string, name: string): Promise<void> {
  try {
    await execute(url, `drop database if exists ${name} with (force)`);
  } catch (error) {
    if (!(error instanceof pg.DatabaseError) || error.code !== NOT_PERMITTED) throw error;
    await execute(url, `drop database if exists ${name}`);
  }
}

async function execute(url: string, statement: string): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    await client.query(statement);
  } finally {
    await client.end();
  }
}
