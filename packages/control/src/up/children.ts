/** The programs `npm start` runs. Each tells when it is up; one that ends unasked is started again, but not for ever. */
import { fork, type ChildProcess } from 'node:child_process';
import { closeSync, mkdirSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';

export interface Program {
  readonly name: string;
  /** Absolute path of the entry file. */
  readonly file: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

export interface Watcher {
  /** Whether a program that ended unasked is started again. */
  readonly isRestarting: boolean;
  readonly said: (text: string) => void;
  /** The running programs have changed. */
  readonly changed: () => void;
  /** A program keeps ending: nothing more is tried. */
  readonly gaveUp: (name: string) => void;
}

/** With the pauses below about 20 s: longer than the database takes to come back on a busy machine. */
const MAX_RESTARTS = 8;
const RESTARTS_WINDOW_MS = 60_000;
const FIRST_PAUSE_MS = 200;
const MAX_PAUSE_MS = 5000;
const PATIENCE_MS = 10_000;

export class Children {
  readonly #logs: string;
  readonly #watcher: Watcher;
  readonly #running = new Map<string, ChildProcess>();
  readonly #restarts = new Map<string, readonly number[]>();
  #isStopping = false;

  constructor(logs: string, watcher: Watcher) {
    this.#logs = logs;
    this.#watcher = watcher;
  }

  /** Starts a program and waits for its `{up}` message, which is returned. */
  async start(program: Program): Promise<unknown> {
    const child = this.#fork(program);
    this.#running.set(program.name, child);
    const up = await untilUp(child, (how) => this.#failure(program, how));
    child.once('exit', (code, signal) => {
      this.#running.delete(program.name);
      if (!this.#isStopping) this.#ended(program, String(code ?? signal));
    });
    this.#watcher.changed();
    return up;
  }

  /** Runs a program to its end; anything but exit status 0 is an error. */
  async run(program: Program): Promise<void> {
    const child = this.#fork(program);
    await new Promise<void>((done, fail) => {
      child.once('exit', (code, signal) =>
        code === 0 ? done() : fail(this.#failure(program, String(code ?? signal))),
      );
    });
  }

  pids(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.#running].map(([name, { pid }]) => [name, pid ?? 0]));
  }

  /** Asks all to end and waits until they have; who does not end within 10 s is killed. */
  async stop(): Promise<void> {
    this.#isStopping = true;
    const children = [...this.#running.values()].filter(
      (child) => child.exitCode === null && child.signalCode === null,
    );
    await Promise.all(children.map(endOf));
  }

  #ended(program: Program, how: string): void {
    this.#watcher.changed();
    if (this.#watcher.isRestarting) void this.#again(program, how);
    else this.#watcher.said(`${program.name} ended with ${how}; it is not started again`);
  }

  /** What a program had promised is in its own files; a new process takes it up from there. */
  async #again(program: Program, how: string): Promise<void> {
    const { name } = program;
    const now = performance.now();
    const recent = (this.#restarts.get(name) ?? []).filter((at) => now - at < RESTARTS_WINDOW_MS);
    this.#restarts.set(name, [...recent, now]);
    if (recent.length >= MAX_RESTARTS) {
      this.#watcher.gaveUp(name);
      return;
    }
    this.#watcher.said(`${name} ended with ${how}; starting it again`);
    await pause(Math.min(FIRST_PAUSE_MS * 2 ** recent.length, MAX_PAUSE_MS));
    if (this.#isStopping) return;
    await this.start(program).catch((error: unknown) => this.#again(program, String(error)));
  }

  #fork({ name, file, args = [], env = {} }: Program): ChildProcess {
    mkdirSync(this.#logs, { recursive: true, mode: 0o700 });
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

  #failure({ name }: Program, how: string): Error {
    return new Error(`${name} ended with ${how}; its log is ${join(this.#logs, `${name}.log`)}`);
  }
}

function untilUp(child: ChildProcess, failure: (how: string) => Error): Promise<unknown> {
  return new Promise((done, fail) => {
    child.once('error', (error) => fail(failure(error.message)));
    child.once('exit', (code, signal) => fail(failure(String(code ?? signal))));
    child.once('message', (message: unknown) => {
      done(typeof message === 'object' && message !== null && 'up' in message ? message.up : undefined);
    });
  });
}

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
