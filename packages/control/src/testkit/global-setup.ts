/** For the test runner: ends the shared database server after the last test, unless another run still uses it. */
import pg from 'pg';
import { openEmbedded } from '../store/embedded.ts';
import { isTestServerRunning, TEST_STATE } from './database.ts';

export async function teardown(): Promise<void> {
  if (!isTestServerRunning()) return;
  const server = await openEmbedded(TEST_STATE);
  if (await isQuiet(server.url)) await server.stop();
}

async function isQuiet(url: string): Promise<boolean> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  const { rows } = await client.query<{ others: number }>(
    "select count(*)::int as others from pg_stat_activity where backend_type = 'client backend' and pid <> pg_backend_pid()",
  );
  await client.end();
  return rows[0]?.others === 0;
}
