/** A PostgreSQL server that is not ours, as an operator would have one: the system's own, in a scratch folder. */
import { spawn, spawnSync } from 'node:child_process';
import { chmodSync, chownSync, existsSync, mkdirSync, readdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { until } from '../scenarios/wait.ts';

export interface OwnServer {
  /** Of a fresh database whose owner is no superuser. */
  readonly url: string;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

const HOME = '/usr/lib/postgresql';
const NOBODY = 65_534;
const START_MS = 30_000;

/** Folder of the newest installed server's programs. */
export function ownServerPrograms(): string | undefined {
  if (!existsSync(HOME)) return undefined;
  const newest = readdirSync(HOME)
    .filter((name) => existsSync(join(HOME, name, 'bin', 'initdb')))
    .toSorted((a, b) => Number(b) - Number(a))[0];
  return newest === undefined ? undefined : join(HOME, newest, 'bin');
}

/** PostgreSQL refuses to run as root. */
const ids = process.getuid?.() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

export async function startOwnServer(programs: string, folder: string, port: number): Promise<OwnServer> {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  // To pass through on the way to its own folder; nothing can be listed.
  chmodSync(dirname(folder), 0o711);
  if ('uid' in ids) chownSync(folder, NOBODY, NOBODY);
  run(join(programs, 'initdb'), ['-D', folder, '-U', 'boss', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync']);
  const settings = [`port=${port}`, 'listen_addresses=127.0.0.1', 'unix_socket_directories='];
  const args = ['-D', folder, ...settings.flatMap((setting) => ['-c', setting])];
  const server = spawn(join(programs, 'postgres'), args, { ...ids, cwd: folder, stdio: 'ignore' });
  const ended = new Promise<void>((done) => server.once('exit', () => done()));
  const say = (statement: string): void =>
    run(join(programs, 'psql'), [
      '-h',
      '127.0.0.1',
      '-p',
      String(port),
      '-U',
      'boss',
      '-d',
      'postgres',
      '-qc',
      statement,
    ]);
  await until({ what: 'the server of the operator', timeoutMs: START_MS }, async () => {
    say('select 1');
    return true;
  });
  say("create role tenant login password 'tenant'");
  // Nobody may create roles but the administrator: the one the product runs as is theirs to make.
  say('create role countersign_app');
  say('grant countersign_app to tenant');
  say('create database tenant owner tenant');
  return {
    url: `postgresql://tenant:tenant@127.0.0.1:${port}/tenant`,
    pid: server.pid ?? 0,
    async stop() {
      server.kill('SIGINT');
      await ended;
    },
  };
}

function run(file: string, args: readonly string[]): void {
  const { status, stderr } = spawnSync(file, [...args], { ...ids, cwd: '/', encoding: 'utf8' });
  if (status !== 0) throw new Error(`${file} ended with ${status}: ${stderr.slice(-500)}`);
}
