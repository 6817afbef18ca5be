/**
 * The database that comes with the product: a real PostgreSQL of our own, started or adopted.
 *
 * It outlives us on purpose: when this program is killed the server stays, and the next start adopts it. All it owns is
 * below one state folder: `pg/` data, `pg.port`, `pg.log`, and two secrets that only our user can read.
 */
import { spawn } from 'node:child_process';
import { randomBytes } from 'node:crypto';
import {
  closeSync,
  existsSync,
  linkSync,
  mkdirSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { createServer } from 'node:net';
import { join, resolve } from 'node:path';
import { chooseIdentity, commandAs, findBinaries, handOver, type Identity } from './embedded/binaries.ts';
import { initialise } from './embedded/initialise.ts';
import { answers, ensureDatabase, ROLE, SUPERUSER } from './embedded/roles.ts';
import { allWorkingIn, isAlive, until, worksIn } from './embedded/processes.ts';

export interface Database {
  /** Connects as the product's own role, which is no superuser, so row-level security binds it. */
  readonly url: string;
  readonly pid: number;
  /** True when the server was already running. */
  readonly adopted: boolean;
  /** Ends the server, adopted or not; returns when it is gone. */
  stop(): Promise<void>;
}

interface Place {
  readonly state: string;
  readonly data: string;
  readonly pidFile: string;
  readonly portFile: string;
  readonly log: string;
  readonly secrets: { readonly superuser: string; readonly role: string };
}
interface Server {
  readonly pid: number;
  readonly port: number;
  readonly adopted: boolean;
}

const ADOPT_TIMEOUT_MS = 30_000;
/** Recovery after a crash reads back at most `max_wal_size`. */
const START_TIMEOUT_MS = 120_000;
const STOP_TIMEOUT_MS = 30_000;
const ORPHAN_TIMEOUT_MS = 30_000;
const MAX_LOG_BYTES = 16_000_000;

/** Sized for two cores and a shared memory budget of 450 MB; durability is never traded. */
const SETTINGS: Readonly<Record<string, string>> = {
  listen_addresses: '127.0.0.1',
  // A socket's lock file names its owner; a zombie owner would forbid the next start.
  unix_socket_directories: '',
  max_connections: '60',
  shared_buffers: '64MB',
  effective_cache_size: '256MB',
  max_wal_size: '256MB',
  max_worker_processes: '4',
  max_parallel_workers_per_gather: '0',
  jit: 'off',
  // A plan that was made while a table was empty reads all of an organisation once it is not, and is kept until somebody has counted again.
  autovacuum_naptime: '5s',
  autovacuum_analyze_threshold: '10',
  fsync: 'on',
  synchronous_commit: 'on',
  full_page_writes: 'on',
  timezone: 'UTC',
  log_timezone: 'UTC',
  log_checkpoints: 'off',
  // Statements and their details carry what callers sent: hostile text has no place in a log.
  log_min_error_statement: 'panic',
  log_error_verbosity: 'terse',
};

/** Opens the database kept in `stateDir`; starts a server only when none runs there. */
export async function openEmbedded(stateDir: string, canMapUsers?: () => boolean): Promise<Database> {
  const place = prepare(resolve(stateDir));
  const identity = chooseIdentity(canMapUsers);
  const server = (await adopt(place)) ?? (await startFresh(place, identity));
  await ensureDatabase(urlOf(place, server.port, SUPERUSER), place.secrets.role);
  return {
    url: urlOf(place, server.port, ROLE),
    pid: server.pid,
    adopted: server.adopted,
    stop: () => stop(place, server.pid),
  };
}

function prepare(state: string): Place {
  mkdirSync(state, { recursive: true, mode: 0o700 });
  const data = join(state, 'pg');
  return {
    state,
    data,
    pidFile: join(data, 'postmaster.pid'),
    portFile: join(state, 'pg.port'),
    log: join(state, 'pg.log'),
    secrets: { superuser: secretIn(join(state, 'pg.superuser.secret')), role: secretIn(join(state, 'pg.secret')) },
  };
}

/** Made once; of two programs that make it at the same moment both read the one that won. */
function secretIn(file: string): string {
  if (!existsSync(file)) {
    const mine = `${file}.${process.pid}`;
    writeFileSync(mine, randomBytes(32).toString('hex'), { mode: 0o600 });
    try {
      linkSync(mine, file);
    } catch (error) {
      if (!existsSync(file)) throw error;
    } finally {
      rmSync(mine, { force: true });
    }
  }
  return readFileSync(file, 'utf8').trim();
}

function urlOf(place: Place, port: number, role: typeof SUPERUSER | typeof ROLE): string {
  const [secret, database] = role === SUPERUSER ? [place.secrets.superuser, 'postgres'] : [place.secrets.role, ROLE];
  return `postgresql://${role}:${secret}@127.0.0.1:${port}/${database}`;
}

/** The server that already holds the data; undefined when there is none, and then nothing is left of the last one. */
async function adopt(place: Place): Promise<Server | undefined> {
  const found: { server?: Server } = {};
  const isSettled = await until(async () => {
    const holder = holderOf(place);
    if (holder === undefined) return true;
    if (!(await answers(urlOf(place, holder.port, SUPERUSER)))) return false; // starting, recovering or stopping
    found.server = { ...holder, adopted: true };
    return true;
  }, ADOPT_TIMEOUT_MS);
  if (!isSettled)
    throw new Error(`a database server holds \`${place.data}\` but does not answer; see \`${place.log}\``);
  if (found.server === undefined) await clearRemains(place);
  return found.server;
}

/** The live server named by the pid file (line 1 process, line 4 port); the file may be stale, half written or absent. */
function holderOf(place: Place): { readonly pid: number; readonly port: number } | undefined {
  if (!existsSync(place.pidFile)) return undefined;
  const lines = readFileSync(place.pidFile, 'utf8').split('\n');
  const pid = Math.abs(Number(lines[0]));
  return worksIn(pid, place.data) ? { pid, port: Number(lines[3]) } : undefined;
}

/** Backends of a killed server end by themselves; starting before they have could lose data. */
async function clearRemains(place: Place): Promise<void> {
  if (!existsSync(place.pidFile)) return;
  const isQuiet = await until(() => allWorkingIn(place.data).length === 0, ORPHAN_TIMEOUT_MS);
  if (!isQuiet) throw new Error(`processes of a dead database server still work in \`${place.data}\``);
  rmSync(place.pidFile, { force: true });
}

async function startFresh(place: Place, identity: Identity): Promise<Server> {
  const binaries = findBinaries();
  if (!existsSync(join(place.data, 'PG_VERSION')))
    initialise({ data: place.data, initdb: binaries.initdb, identity, secret: place.secrets.superuser });
  handOver(place.data, identity);
  const port = await portFor(place.portFile);
  const settings = Object.entries({ ...SETTINGS, port: String(port) });
  const args = ['-D', place.data, ...settings.flatMap(([name, value]) => ['-c', `${name}=${value}`])];
  const started = launch(place, commandAs(identity, binaries.postgres, args));
  const url = urlOf(place, port, SUPERUSER);
  const isUp = await until(async () => started.ended() !== undefined || (await answers(url)), START_TIMEOUT_MS);
  if (isUp && started.ended() === undefined) return { pid: started.pid, port, adopted: false };
  // Another program may have started it at the same moment: then that server holds the data, and is ours to use.
  const other = await adopt(place);
  if (other !== undefined) return other;
  throw new Error(`the database server did not start (${started.ended() ?? 'no answer'}); see \`${place.log}\``);
}

/** `detached`: Ctrl-C in a terminal must reach us, who stop things in order, and not the database first. */
function launch(
  place: Place,
  command: ReturnType<typeof commandAs>,
): { readonly pid: number; ended(): string | undefined } {
  if (existsSync(place.log) && statSync(place.log).size > MAX_LOG_BYTES) renameSync(place.log, `${place.log}.1`);
  const log = openSync(place.log, 'a', 0o600);
  const child = spawn(command.file, command.args, { ...command.ids, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  child.unref();
  let end: string | undefined;
  child.on('error', (error) => (end = error.message));
  child.on('exit', (code, signal) => (end = `ended with ${signal ?? code}`));
  return { pid: child.pid ?? 0, ended: () => end };
}

/** Chosen at the first start and kept, so that addresses stay; chosen again when somebody else has taken it. */
async function portFor(file: string): Promise<number> {
  const kept = existsSync(file) ? Number(readFileSync(file, 'utf8')) : 0;
  const isPort = Number.isInteger(kept) && kept > 0 && kept < 65_536;
  const port = (isPort ? await bindable(kept) : undefined) ?? (await bindable(0));
  if (port === undefined) throw new Error('no free port on 127.0.0.1');
  writeFileSync(file, `${port}\n`, { mode: 0o600 });
  return port;
}

function bindable(port: number): Promise<number | undefined> {
  const server = createServer();
  return new Promise((done) => {
    server.once('error', () => done(undefined));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      server.close(() => done(typeof address === 'object' ? address?.port : undefined));
    });
  });
}

/** Asks sessions to end (fast shutdown), then insists (immediate: the next start recovers). */
async function stop(place: Place, pid: number): Promise<void> {
  const isGone = (): boolean => !isAlive(pid);
  for (const signal of ['SIGINT', 'SIGQUIT'] as const) {
    if (isGone() || !worksIn(pid, place.data)) return;
    process.kill(pid, signal);
    if (await until(isGone, STOP_TIMEOUT_MS)) return;
  }
  throw new Error(`the database server ${pid} does not stop`);
}
