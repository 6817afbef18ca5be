/** The first start: makes the data folder in a side folder and moves it into place, so that a half made one is never opened. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { commandAs, handOver, type Identity } from './binaries.ts';
import { isAlive } from './processes.ts';
import { SUPERUSER } from './roles.ts';

const INITDB_TIMEOUT_MS = 120_000;

export function initialise(first: {
  readonly data: string;
  readonly initdb: string;
  readonly identity: Identity;
  readonly secret: string;
}): void {
  const { data, initdb, identity, secret } = first;
  removeAbandoned(data);
  const side = `${data}.init-${process.pid}`;
  const made = join(side, 'data');
  const password = join(side, 'password');
  mkdirSync(made, { recursive: true, mode: 0o700 });
  writeFileSync(password, `${secret}\n`, { mode: 0o600 });
  handOver(side, identity);
  const options = ['-A', 'scram-sha-256', '-E', 'UTF8', '--locale=C', '--data-checksums', '-U', SUPERUSER];
  const command = commandAs(identity, initdb, ['-D', made, `--pwfile=${password}`, ...options]);
  const run = { ...command.ids, encoding: 'utf8', timeout: INITDB_TIMEOUT_MS } as const;
  const { status, stderr, error } = spawnSync(command.file, command.args, run);
  try {
    if (status !== 0) throw new Error(`making the database failed: ${error?.message ?? stderr.trim()}`);
    moveInto(made, data);
  } finally {
    rmSync(side, { recursive: true, force: true });
  }
}

/** Of two programs that make it at once the first one to move wins; the other one uses that. */
function moveInto(made: string, data: string): void {
  try {
    renameSync(made, data);
  } catch (error) {
    if (!existsSync(join(data, 'PG_VERSION'))) throw error;
  }
}

/** What an initialisation that was killed left behind. */
function removeAbandoned(data: string): void {
  const prefix = `${basename(data)}.init-`;
  for (const name of readdirSync(dirname(data)).filter((entry) => entry.startsWith(prefix)))
    if (!isAlive(Number(name.slice(prefix.length))))
      rmSync(join(dirname(data), name), { recursive: true, force: true });
}
