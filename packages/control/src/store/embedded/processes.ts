/** What the operating system says about processes: enough to tell a live database server from the remains of one. */
import { existsSync, readFileSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { setTimeout as pause } from 'node:timers/promises';

const HAS_PROC = existsSync('/proc/self/stat');
const POLL_MS = 25;

/** A zombie counts as dead: under a first process that reaps late it keeps its number, but it holds nothing. */
export function isAlive(pid: number): boolean {
  if (!Number.isSafeInteger(pid) || pid <= 0) return false;
  try {
    if (!HAS_PROC) return process.kill(pid, 0);
    // The name in parentheses may hold anything; the state is the first letter after the last one.
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    return !['Z', 'X'].includes(stat.charAt(stat.lastIndexOf(')') + 2));
  } catch {
    return false; // no such process
  }
}

/** Whether a live process works in `folder`; a number that was given to some other program since does not. */
export function worksIn(pid: number, folder: string): boolean {
  if (!isAlive(pid)) return false;
  if (!HAS_PROC) return true;
  try {
    return readlinkSync(`/proc/${pid}/cwd`) === realpathSync(folder);
  } catch {
    return false; // it ended while we looked, or belongs to somebody else
  }
}

/** Every live process that works in `folder`: the server and its backends, orphaned ones too. */
export function allWorkingIn(folder: string): readonly number[] {
  if (!HAS_PROC) return [];
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
  return pids.map(Number).filter((pid) => worksIn(pid, folder));
}

/** Waits until `condition` holds; false when it did not within `timeoutMs`. */
export async function until(condition: () => boolean | Promise<boolean>, timeoutMs: number): Promise<boolean> {
  const deadline = performance.now() + timeoutMs;
  while (!(await condition())) {
    if (performance.now() > deadline) return false;
    await pause(POLL_MS);
  }
  return true;
}
