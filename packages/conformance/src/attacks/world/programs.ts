/** Programs of the product and of the demo estate, started as they are and ended again; told apart from nothing else. */
import { fork, type ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';

export interface Program {
  readonly file:
    | 'conformance/src/estate/main.ts'
    | 'runner/src/runner.ts'
    | 'runner/src/gateway.ts'
    | 'runner/src/witness.ts';
  readonly args: readonly string[];
  /** A file that says by how many milliseconds its wall clock is off; read at each look at the clock. */
  readonly clock?: string;
}

export interface Started {
  /** What it said when it was up. */
  readonly up: unknown;
  readonly said: () => string;
  readonly isRunning: () => boolean;
  /** Resolves when it has ended by itself or was stopped. */
  readonly ended: Promise<number | null>;
  readonly stop: () => Promise<void>;
}

const START_MS = 20_000;
const STOP_MS = 5000;
const SAID_CHARACTERS = 8000;

const MOVED_CLOCK = new URL('moved-clock.ts', import.meta.url).href;

export async function start({ file, args, clock }: Program): Promise<Started> {
  const child = fork(fileURLToPath(new URL(`../../../../${file}`, import.meta.url)), [...args], {
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    execArgv: ['--disable-warning=ExperimentalWarning', ...(clock === undefined ? [] : ['--import', MOVED_CLOCK])],
    ...(clock !== undefined && { env: { ...process.env, MOVED_CLOCK_FILE: clock } }),
  });
  let said = '';
  child.stderr?.on('data', (data: Buffer) => (said = (said + data.toString('utf8')).slice(-SAID_CHARACTERS)));
  const ended = new Promise<number | null>((done) => child.once('exit', done));
  const up = await firstWord(child, () => said);
  return {
    up,
    said: () => said,
    isRunning: () => child.exitCode === null && child.signalCode === null,
    ended,
    async stop() {
      const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      child.kill('SIGTERM');
      await ended;
      clearTimeout(force);
    },
  };
}

function firstWord(child: ChildProcess, said: () => string): Promise<unknown> {
  return new Promise((done, fail) => {
    const late = setTimeout(() => {
      child.kill('SIGKILL');
      fail(new Error(`not up after ${START_MS} ms: ${said()}`));
    }, START_MS);
    child.once('message', (message) => {
      clearTimeout(late);
      done(message);
    });
    child.once('exit', (code) => {
      clearTimeout(late);
      fail(new Error(`it ended with ${code}: ${said()}`));
    });
  });
}
