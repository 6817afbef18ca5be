/** The embedded server is nobody's child: when it dies it is opened again, on the same port and from its own log. */
import { existsSync, readFileSync } from 'node:fs';
import { openEmbedded, type Database } from '../store/embedded.ts';

const EVERY_MS = 300;

export interface WatchedDatabase {
  readonly url: string;
  readonly pid: () => number;
  readonly adopted: boolean;
  readonly stop: () => Promise<void>;
}

export interface DatabaseWatcher {
  readonly said: (text: string) => void;
  /** The server has another process id. */
  readonly changed: () => void;
}

export async function openWatched(state: string, { said, changed }: DatabaseWatcher): Promise<WatchedDatabase> {
  let database: Database = await openEmbedded(state);
  let isStopping = false;
  let work: Promise<void> = Promise.resolve();
  const look = async (): Promise<void> => {
    if (isStopping || isAlive(database.pid)) return;
    said('the database server is gone; starting it again');
    database = await openEmbedded(state);
    changed();
    said(`database started again, pid ${database.pid}`);
  };
  const timer = setInterval(() => {
    // One look at a time: opening takes longer than the interval. A failed opening is tried again at the next look.
    work = work.then(look).catch((error: unknown) => said(`the database does not start: ${String(error)}`));
  }, EVERY_MS);
  return {
    url: database.url,
    pid: () => database.pid,
    adopted: database.adopted,
    async stop() {
      isStopping = true;
      clearInterval(timer);
      await work;
      await database.stop();
    },
  };
}

/** A zombie holds its pid but serves nobody. */
function isAlive(pid: number): boolean {
  if (process.platform !== 'linux') return true;
  const file = `/proc/${pid}/stat`;
  try {
    return existsSync(file) && !readFileSync(file, 'utf8').includes(') Z ');
  } catch {
    // It ended between the two looks.
    return false;
  }
}
