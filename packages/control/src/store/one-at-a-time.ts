/** Runs work that must not run in two processes of one database at once, such as a library's own migrations at its start. */
import { setTimeout as pause } from 'node:timers/promises';
import pg from 'pg';

const RETRY_MS = 100;

export async function oneAtATime<T>(databaseUrl: string, name: string, work: () => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: databaseUrl, application_name: name });
  client.on('error', () => undefined);
  await client.connect();
  try {
    // Held by the session: it ends with the connection, also when this process is killed. Asked again and again, because a
    // statement that waits for a lock holds a snapshot, and building an index concurrently waits for every snapshot.
    while (!(await isTaken(client, name))) await pause(RETRY_MS);
    return await work();
  } finally {
    await client.end().catch(() => undefined);
  }
}

async function isTaken(client: pg.Client, name: string): Promise<boolean> {
  const { rows } = await client.query<{ taken: boolean }>(
    'select pg_try_advisory_lock(hashtextextended($1, 706)) as taken',
    [name],
  );
  return rows[0]?.taken === true;
}
