/** The two programs of an enclave, started as processes of their own from whatever file they are in. */
import { fork } from 'node:child_process';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

export const PROGRAMS = ['runner', 'gateway'] as const;
export type Program = (typeof PROGRAMS)[number];

export interface Started {
  readonly program: Program;
  readonly pid: number;
  readonly stop: () => Promise<void>;
}

const START_MS = 20_000;
const STOP_MS = 5000;

export const sourceOf = (program: Program): string =>
  fileURLToPath(new URL(`../../../../runner/src/${program}.ts`, import.meta.url));

/** Returns once the program says that it is up. */
export async function startProgram(
  program: Program,
  { file, config }: { readonly file: string; readonly config: string },
): Promise<Started> {
  const child = fork(file, [config], {
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
    execArgv: ['--disable-warning=ExperimentalWarning'],
  });
  const ended = new Promise<number | null>((done) => child.once('exit', done));
  const up = new Promise<'up'>((done) => child.once('message', () => done('up')));
  const giveUp = new AbortController();
  const first = await Promise.race([up, ended, pause(START_MS, 'late' as const, { signal: giveUp.signal })]);
  giveUp.abort();
  if (first !== 'up') {
    child.kill('SIGKILL');
    throw new Error(
      `the ${program} did not start: ${first === 'late' ? `not up after ${START_MS} ms` : `it ended with ${first}`}`,
    );
  }
  return {
    program,
    pid: child.pid ?? 0,
    async stop() {
      const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      child.kill('SIGTERM');
      await ended;
      clearTimeout(force);
    },
  };
}
