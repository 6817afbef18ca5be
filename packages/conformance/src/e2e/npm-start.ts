/** `npm start` as a person runs it: the very command, its words, its end. Groups of processes and terminals included. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { integer, map, object, readShape } from '@countersign/core';
import { readStrictJson } from '@countersign/seal';
import { until } from '../scenarios/wait.ts';

const ROOT = fileURLToPath(new URL('../../../..', import.meta.url));

export interface StartOptions {
  readonly state: string;
  readonly port: number;
  readonly env?: Readonly<Record<string, string>>;
  /** In a terminal of its own, where Ctrl-C can be typed. */
  readonly isTerminal?: boolean;
}

export interface Started {
  /** All it has said so far. */
  readonly said: () => string;
  readonly ended: Promise<number | null>;
  readonly type: (keys: string) => void;
  readonly kill: (signal: NodeJS.Signals) => void;
}

export const CTRL_C = '\u0003';
/** Gives its command a terminal of its own. */
const TERMINAL = '/usr/bin/script';
const START = ['boot.cjs', 'packages/control/src/up.ts'];

export function npmStart({ state, port, env = {}, isTerminal = false }: StartOptions): Started {
  const all = { ...process.env, ...env, STATE_DIR: state, PORT: String(port), DEMO: 'off' };
  const child: ChildProcess = isTerminal
    ? spawn(TERMINAL, ['-qfec', 'npm start', '/dev/null'], { cwd: ROOT, env: all, stdio: ['pipe', 'pipe', 'pipe'] })
    : spawn(process.execPath, START, { cwd: ROOT, env: all, stdio: ['pipe', 'pipe', 'pipe'] });
  let words = '';
  const hear = (data: Buffer): void => {
    words += data.toString('utf8');
  };
  child.stdout?.on('data', hear);
  child.stderr?.on('data', hear);
  const ended = new Promise<number | null>((done) => child.once('close', (code) => done(code)));
  return {
    said: () => words,
    ended,
    type: (keys) => void child.stdin?.write(keys),
    kill: (signal) => void child.kill(signal),
  };
}

/** Waits for the line that says it is ready; gives the seconds the line names. */
export async function untilReady(started: Started, timeoutMs = 90_000): Promise<number> {
  const over = started.ended.then((code) => `it ended with ${code}: ${started.said().slice(-1500)}`);
  let end: string | undefined;
  void over.then((how) => (end = how));
  return until({ what: 'the word that it is ready', timeoutMs }, async () => {
    const seconds = /ready in ([0-9.]+) s/.exec(started.said())?.[1];
    if (seconds === undefined && end !== undefined) throw new Error(end);
    return seconds === undefined ? undefined : Number(seconds);
  });
}

const pid = integer({ min: 1, max: 4_194_304 });
interface Mark {
  readonly pid: number;
  readonly port: number;
  readonly programs: Readonly<Record<string, number>>;
}
const markShape = object<Mark>({ pid, port: integer({ min: 1, max: 65_535 }), programs: map(pid, { max: 100 }) });

/** Process ids that the running installation names: itself as `up`, and its programs. */
export function pidsIn(state: string): Readonly<Record<string, number>> {
  const json = readStrictJson(readFileSync(join(state, 'up.json')));
  const read = json.ok ? readShape(markShape, json.value) : json;
  if (!read.ok) throw new Error(`up.json: ${read.refusal.detail}`);
  return { up: read.value.pid, ...read.value.programs };
}
