/** Programs that were not written here and check what was: Debian's Python and Go, OpenSSL, OpenSSH. */
import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';

const TIMEOUT_MS = 120_000;
/** Debian's own, with Debian's packages; another one first in the path has none of them. */
const PYTHON = '/usr/bin/python3';
const GO = '/usr/bin/go';
/** Where `golang-golang-x-mod-dev` puts its sources. */
const GO_SOURCES = '/usr/share/gocode';

export interface Answer {
  readonly code: number;
  readonly out: string;
  readonly err: string;
}

export function run(program: string, args: readonly string[], input?: Uint8Array): Answer {
  const options = { timeout: TIMEOUT_MS, ...(input !== undefined && { input }) };
  const { status, stdout, stderr, error } = spawnSync(program, args, options);
  if (error !== undefined) throw new Error(`${program} does not run here: ${error.message}`);
  return { code: status ?? -1, out: stdout.toString(), err: stderr.toString() };
}

const script = (name: string): string => fileURLToPath(new URL(name, import.meta.url));

/** The answer of one of the Python scripts of this folder; it prints one JSON value. */
export const python = (name: string, ...args: readonly string[]): unknown =>
  parsed(run(PYTHON, [script(name), ...args]));

/** Builds the Go program once, without a network and without modules. */
export function buildGo(folder: string): (...args: readonly string[]) => unknown {
  const program = `${folder}/record`;
  const environment = ['GO111MODULE=off', `GOPATH=${GO_SOURCES}`, `GOCACHE=${folder}/cache`, 'GOFLAGS='];
  const built = run('env', [...environment, GO, 'build', '-o', program, script('record.go')]);
  if (built.code !== 0) throw new Error(`go build: ${built.err}`);
  return (...args) => parsed(run(program, args));
}

function parsed({ code, out, err }: Answer): unknown {
  if (code !== 0) throw new Error(err.trim());
  return JSON.parse(out);
}
