/**
 * Counts system calls of running programs with strace: what is flushed to disk and what is asked of the database cannot be
 * argued with. Tracing slows everything down, so counts and times are never taken together.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from './run-child.ts';

interface CallCount {
  readonly calls: number;
  readonly errors: number;
  /** Receives that filled their buffer: the rest of the message comes with the next one. */
  readonly full: number;
}
export type CallCounts = ReadonlyMap<string, CallCount>;

const TRACER = 'strace';
const COUNTED = ['fsync', 'fdatasync', 'recvfrom'] as const;
const ATTACH_MS = 10_000;
const DETACH_MS = 10_000;

export const canCountSyscalls = (): boolean => findProgram(TRACER) !== undefined;

/** `12 recvfrom(4, ""..., 8192, 0, NULL, NULL) = 118`; one that was interrupted by others ends as `<... recvfrom resumed>""..., 8192, ...`. */
const CALL = /^\d+\s+(?:<\.\.\. (?<resumed>[a-z0-9_]+) resumed>|(?<name>[a-z0-9_]+)\().*\)\s+= (?<result>-?\d+)/;
const ASKED_FOR = /, (?<asked>\d+), 0, NULL, NULL\)/;

/** Lines of a trace, one a call that has returned. */
export function parseCalls(text: string): CallCounts {
  const counts = new Map<string, CallCount>();
  for (const line of text.split('\n')) {
    const { resumed, name = resumed, result } = CALL.exec(line)?.groups ?? {};
    if (name === undefined) continue;
    const { calls, errors, full } = counts.get(name) ?? { calls: 0, errors: 0, full: 0 };
    const isFull = ASKED_FOR.exec(line)?.groups?.['asked'] === result;
    counts.set(name, {
      calls: calls + 1,
      errors: errors + (Number(result) < 0 ? 1 : 0),
      full: full + (isFull ? 1 : 0),
    });
  }
  return counts;
}

export interface Counting {
  /** Detaches and answers what was counted since. */
  readonly stop: () => Promise<CallCounts>;
}

/** Returns once every process is attached. Throws when the system does not allow it. */
export async function countSyscalls(pids: readonly number[], folder: string): Promise<Counting> {
  const output = join(folder, `strace-${pids[0] ?? 0}-${Math.trunc(performance.now())}.txt`);
  const args = ['-f', '-s', '0', '-e', `trace=${COUNTED.join(',')}`, '-o', output];
  const strace = findProgram(TRACER);
  if (strace === undefined) throw new Error(`${TRACER} is not installed`);
  const child = spawn(strace, [...args, ...pids.flatMap((pid) => ['-p', String(pid)])], {
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  const ended = new Promise<number | null>((done) => child.once('close', done));
  let said = '';
  await new Promise<void>((done, fail) => {
    const giveUp = (): void => {
      child.kill('SIGKILL');
      fail(new Error(`strace did not attach: ${said.slice(-300)}`));
    };
    const timer = setTimeout(giveUp, ATTACH_MS);
    child.once('error', fail);
    void ended.then(() => fail(new Error(`strace ended: ${said.slice(-300)}`)));
    child.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString('utf8');
      if (!pids.every((pid) => said.includes(`Process ${pid} attached`))) return;
      clearTimeout(timer);
      done();
    });
  });
  return {
    async stop() {
      const force = setTimeout(() => child.kill('SIGKILL'), DETACH_MS);
      child.kill('SIGINT');
      await ended;
      clearTimeout(force);
      return parseCalls(readFileSync(output, 'utf8'));
    },
  };
}

/** Messages that were received, each once however long it is. */
export const messages = (counts: CallCounts): number =>
  succeeded(counts, ['recvfrom']) - (counts.get('recvfrom')?.full ?? 0);

/** Calls that did what they were asked. */
export const succeeded = (counts: CallCounts, names: readonly string[]): number =>
  names.reduce((sum, name) => sum + (counts.get(name)?.calls ?? 0) - (counts.get(name)?.errors ?? 0), 0);
