/** Runs a peer's program to its end and says what it cost. */
import { spawn } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { endedChildrenCpuUs } from './proc-stat.ts';

export interface ChildRun {
  readonly status: number | null;
  readonly cpuUs: number;
  readonly wallMs: number;
  /** The end of what it printed, both streams. */
  readonly tail: string;
}

const TAIL_CHARACTERS = 2000;

/**
 * CPU time is what the kernel adds to the ended children of this process; nothing else that this process started may end
 * meanwhile, or its time would be counted too.
 */
export async function runChild(
  file: string,
  args: readonly string[],
  options: { readonly cwd: string; readonly env?: Readonly<Record<string, string>>; readonly timeoutMs: number },
): Promise<ChildRun> {
  const before = endedChildrenCpuUs();
  const started = performance.now();
  const child = spawn(file, args, {
    cwd: options.cwd,
    env: { ...process.env, ...options.env },
    stdio: ['ignore', 'pipe', 'pipe'],
    timeout: options.timeoutMs,
    killSignal: 'SIGKILL',
  });
  let tail = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      tail = (tail + chunk.toString('utf8')).slice(-TAIL_CHARACTERS);
    });
  const status = await new Promise<number | null>((done, fail) => {
    child.once('error', fail);
    child.once('close', done);
  });
  return { status, cpuUs: endedChildrenCpuUs() - before, wallMs: performance.now() - started, tail };
}

/** Where a program is on the PATH; undefined when it is not installed. */
export function findProgram(name: string, path: string = process.env['PATH'] ?? ''): string | undefined {
  return path
    .split(delimiter)
    .filter((folder) => folder !== '')
    .map((folder) => join(folder, name))
    .find((file) => {
      try {
        accessSync(file, constants.X_OK);
        return true;
      } catch {
        // Not in this folder; the next one is looked at.
        return false;
      }
    });
}
