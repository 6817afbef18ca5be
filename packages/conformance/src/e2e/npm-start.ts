/** `npm start` as a person runs it: the very command, its words, its end. Groups of processes and terminals included. */
import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
const START = ['boot.cjs', 'packages/control/src/up.ts'];

export function npmStart({ state, port, env = {}, isTerminal = false }: StartOptions): Started {
  const all = { ...process.env, ...env, STATE_DIR: state, PORT: String(port), DEMO: 'off' };
  const child: ChildProcess = isTerminal
    ? spawn('script', ['-qfec', 'npm start', '/dev/null'], { cwd: ROOT, env: all, stdio: ['pipe', 'pipe', 'pipe'] })
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

/** Process ids that the running installation names: itself as `up`, and its programs. */
export function pidsIn(state: string): Readonly<Record<string, number>> {
  const mark: unknown = JSON.parse(readFileSync(join(state, 'up.json'), 'utf8'));
  if (typeof mark !== 'object' || mark === null || !('pid' in mark) || !('programs' in mark))
    throw new Error('up.json has another form');
  const programs = typeof mark.programs === 'object' && mark.programs !== null ? mark.programs : {};
  return Object.fromEntries([['up', Number(mark.pid)], ...Object.entries(programs).map(([name, pid]) => [name, Number(pid)])]);
}
