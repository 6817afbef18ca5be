/** A whole product for one benchmark case, stopped however the case ends. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { BenchContext } from '../bench-case.ts';
import { startSystem, type System } from '../../system/start-system.ts';

export async function withSystem<T>(context: BenchContext, work: (system: System) => Promise<T>): Promise<T> {
  context.say('starting the system');
  const started = performance.now();
  const system = await startSystem({ state: join(context.folder, 'system') }).catch(withLog);
  context.say(`the system is up after ${((performance.now() - started) / 1000).toFixed(1)} s`);
  let stopping: Promise<number | null> | undefined;
  const stop = (): Promise<number | null> => (stopping ??= system.stop());
  const onAbort = (): void => void stop();
  context.signal.addEventListener('abort', onAbort, { once: true });
  try {
    return await work(system);
  } finally {
    context.signal.removeEventListener('abort', onAbort);
    await stop();
  }
}

const LOG_CHARACTERS = 1500;

/** The folder is removed with the case, so what the failed program said goes into the error. */
function withLog(error: unknown): never {
  const why = error instanceof Error ? error.message : String(error);
  const log = /its log is (\S+)/.exec(why)?.[1];
  const said = log !== undefined && existsSync(log) ? readFileSync(log, 'utf8').slice(-LOG_CHARACTERS) : '';
  throw new Error(`${why}\n${said}`, { cause: error });
}

/** Process id of a program of the system; a program that does not run is an error, not a zero. */
export function pidOf(system: System, program: string): number {
  const pid = system.pids()[program];
  if (pid === undefined || pid === 0) throw new Error(`the system runs no ${program}`);
  return pid;
}
