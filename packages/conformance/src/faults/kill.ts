/** Ends programs as a power cut does: no signal they could hear, no chance to write. Only those of the given system. */
import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '../scenarios/wait.ts';
import type { System } from '../system/start-system.ts';
import { pidOf } from '../bench/agent/with-system.ts';

const RESTART_MS = 60_000;

/** Kills the program and waits until it runs again as another process; gives the milliseconds that took. */
export async function killNine(system: System, program: string): Promise<number> {
  const pid = pidOf(system, program);
  const started = performance.now();
  process.kill(pid, 'SIGKILL');
  await until({ what: `the restart of ${program}`, timeoutMs: RESTART_MS, everyMs: 50 }, async () => {
    const now = system.pids()[program];
    return now !== undefined && now !== pid && isAlive(now) ? now : undefined;
  });
  return Math.round(performance.now() - started);
}

/** Everything of the system at once, the program that would start it again first; gives the process ids. */
export async function killAll(system: System): Promise<readonly number[]> {
  const { pid: up } = system.process;
  if (up === undefined) throw new Error('the system has no process');
  const pids = [up, ...Object.values(system.pids())];
  for (const pid of pids) if (isAlive(pid)) process.kill(pid, 'SIGKILL');
  await until({ what: 'the end of every process', timeoutMs: 15_000 }, async () =>
    processesOf(system.state).length === 0 ? true : undefined,
  );
  return pids;
}

/** A zombie holds its number but does nothing any more. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !['Z', 'X'].includes(stat.charAt(stat.lastIndexOf(')') + 2));
  } catch {
    // It is gone.
    return false;
  }
}

export interface FoundProcess {
  readonly pid: number;
  readonly command: string;
}

/** Live processes that work for the state folder: by environment, command line or working folder. This process is none. */
export function processesOf(state: string): readonly FoundProcess[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid && isAlive(Number(name)))
    .flatMap((name) => {
      const read = (file: string): string => readOrEmpty(join('/proc', name, file));
      const command = read('cmdline').replaceAll('\0', ' ').trim();
      const isOf =
        read('environ').split('\0').includes(`STATE_DIR=${state}`) ||
        command.includes(state) ||
        workingFolder(name).startsWith(state);
      return isOf ? [{ pid: Number(name), command }] : [];
    });
}

function readOrEmpty(file: string): string {
  try {
    return existsSync(file) ? readFileSync(file, 'utf8') : '';
  } catch {
    // It ended between the two looks.
    return '';
  }
}

function workingFolder(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    // It ended, or is none of ours.
    return '';
  }
}
