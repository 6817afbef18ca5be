/** The programs `npm start` runs: each tells when it is up; when one ends unasked, everything ends. */
import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';

export interface Program {
  readonly name: string;
  /** Absolute path of the entry file. */
  readonly file: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export class Children {
  readonly #logs: string;
  readonly #ended: (name: string, how: string) => void;
  readonly #running = new Map<string, ChildProcess>();
  #isStopping = false;

  constructor(logs: string, ended: (name: string, how: string) => void) {
    this.#logs = logs;
    this.#ended = ended;
    mkdirSync(logs, { recursive: true, mode: 0o700 });
  }

  /** Starts a program and waits for its `{up}` message, which is returned. */
  async start(program: Program): Promise<unknown> {
    const child = this.#fork(program);
    this.#running.set(program.name, child);
    const up = await new Promise<unknown>((done, fail) => {
      child.once('message', (message: unknown) => {
        done(typeof message === 'object' && message !== null && 'up' in message ? message.up : undefined);
      });
      child.once('exit', (code, signal) => fail(this.#failed(program, code, signal)));
    });
    child.on('exit', (code, signal) => {
      this.#running.delete(program.name);
      if (!this.#isStopping) this.#ended(program.name, String(code ?? signal));
    });
    return up;
  }

  /** Runs a program to its end; anything but exit status 0 is an error. */
  async run(program: Program): Promise<void> {
    const child = this.#fork(program);
    await new Promise<void>((done, fail) => {
      child.once('exit', (code, signal) => (code === 0 ? done() : fail(this.#failed(program, code, signal))));
    });
  }

  pids(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#running].map(([name, { pid }]) => [name, pid ?? 0]));
  }

  /** Asks all to end and waits until they have; who does not end within 10 s is killed. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const children = [...this.#running.values()].filter((child) => child.exitCode === null && child.signalCode === null);
    await Promise.all(children.map(endOf));
  }

  #fork({ name, file, args = [], env = {} }: Program): ChildProcess {
    const log = openSync(join(this.#logs, `${name}.log`), 'a', 0o600);
    const child = fork(file, [...args], {
      env: { ...process.env, ...env },
      execArgv: ['--disable-warning=ExperimentalWarning'],
      stdio: ['ignore', log, log, 'ipc'],
      // Ctrl-C reaches the whole terminal; programs are to end in order, told by us.
      detached: true,
    });
    closeSync(log);
    return child;
  }

  #failed({ name }: Program, code: number | null, signal: NodeJS.Signals | null): Error {
    return new Error(`${name} ended with ${code ?? signal}; its log is ${join(this.#logs, `${name}.log`)}`);
  }
}

const PATIENCE_MS = 10_000;

function endOf(child: ChildProcess): Promise<void> {
  return new Promise((done) => {
    const force = setTimeout(() => child.kill('SIGKILL'), PATIENCE_MS);
    child.once('exit', () => {
      clearTimeout(force);
      done();
    });
    child.kill('SIGTERM');
  });
}
