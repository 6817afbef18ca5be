/**
 * A worker is alive as long as its session holds a lock in the database. Whoever can take the lock of a worker knows that the
 * worker is gone: no lease, no clock. A worker that loses the session must stop at once, because others may take its flows.
 */
import { sql } from 'kysely';
import pg from 'pg';
import type { Store } from '../store/schema.ts';

const SPACE = 7;
const workerKey = (worker: string): string => `worker:${worker}`;

export class Liveness {
  readonly #client: pg.Client;
  #isLeaving = false;

  private constructor(client: pg.Client) {
    this.#client = client;
  }

  /** `lost` is called once when the session ends without `leave`. */
  static async hold(url: string, worker: string, lost: () => void): Promise<Liveness> {
    const client = new pg.Client({ connectionString: url, keepAlive: true });
    const liveness = new Liveness(client);
    const end = (): void => {
      if (!liveness.#isLeaving) {
        liveness.#isLeaving = true;
        lost();
      }
    };
    client.on('error', end);
    client.on('end', end);
    await client.connect();
    await client.query('select pg_advisory_lock(hashtextextended($1, $2))', [workerKey(worker), SPACE]);
    return liveness;
  }

  async leave(): Promise<void> {
    this.#isLeaving = true;
    await this.#client.end();
  }
}

/** Runs `work` when `worker` is dead, holding its lock meanwhile so that only one of the living takes over. */
export async function ifDead(store: Store, worker: string, work: () => Promise<void>): Promise<boolean> {
  return store.transaction().execute(async (db) => {
    const { rows } = await sql<{ free: boolean }>`
      select pg_try_advisory_xact_lock(hashtextextended(${workerKey(worker)}, ${SPACE}::bigint)) as free`.execute(db);
    if (rows[0]?.free !== true) return false;
    await work();
    return true;
  });
}
