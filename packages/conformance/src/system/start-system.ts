/** The whole product as `npm start` runs it, in a state folder and on a port of its own. For scenarios, benches and tests. */
import { fork, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { map, object, integer, readShape, text } from '@countersign/core';
import { readStrictJson } from '@countersign/seal';
import { readTokens, type Tokens } from '../demo/tokens.ts';

export interface SystemOptions {
  /** Scenario the demo's director plays at the start; none by default. */
  readonly play?: 'a';
  /** Control processes on the one database. */
  readonly controls?: number;
  /** Keeps and reuses this folder instead of a temporary one. */
  readonly state?: string;
  readonly port?: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Lines the system prints while it starts. */
  readonly hear?: (text: string) => void;
}

export interface System {
  /** `http://localhost:PORT`. */
  readonly url: string;
  readonly port: number;
  readonly state: string;
  readonly tokens: Tokens;
  /** Process ids of now by program: `control`, `gateway-production`, `runner-production`, `witness`, `database`, ... */
  readonly pids: () => Readonly<Record<string, number>>;
  /** Addresses of the demo hosts. */
  readonly estates: { readonly production: string; readonly staging: string };
  readonly process: ChildProcess;
  /** Ends everything; removes the folder when it was temporary. Gives the exit status. */
  readonly stop: () => Promise<number | null>;
}

interface Up {
  readonly url: string;
  readonly state: string;
  readonly estates: System['estates'];
}

const upShape = object<Up>({
  url: text({ max: 200 }),
  state: text({ max: 1000 }),
  estates: object<System['estates']>({ production: text({ max: 200 }), staging: text({ max: 200 }) }),
});
const pid = integer({ min: 0, max: 4_194_304 });
interface Mark {
  readonly pid: number;
  readonly port: number;
  readonly programs: Readonly<Record<string, number>>;
}
const markShape = object<Mark>({ pid, port: integer({ min: 1, max: 65_535 }), programs: map(pid, { max: 100 }) });

/** A program that was killed and started again has another pid. */
function readMark(state: string): Readonly<Record<string, number>> {
  const json = readStrictJson(readFileSync(join(state, 'up.json')));
  const read = json.ok ? readShape(markShape, json.value) : json;
  if (!read.ok) throw new Error(`up.json: ${read.refusal.detail}`);
  return read.value.programs;
}

const UP = fileURLToPath(new URL('../../../control/src/up.ts', import.meta.url));

export async function startSystem(options: SystemOptions = {}): Promise<System> {
  const state = options.state ?? mkdtempSync(join(tmpdir(), 'countersign-'));
  const port = options.port ?? (await freePorts(options.controls ?? 1));
  const child = fork(UP, [], {
    env: {
      ...process.env,
      ...options.env,
      STATE_DIR: state,
      PORT: String(port),
      DEMO: options.play === undefined ? 'off' : 'on',
      CONTROLS: String(options.controls ?? 1),
    },
    execArgv: ['--disable-warning=ExperimentalWarning'],
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  const gone = new Promise<number | null>((done) => child.once('exit', done));
  const up = await untilUp(child, gone, options.hear);
  return {
    url: up.url,
    port,
    state,
    tokens: readTokens(join(state, 'demo', 'tokens.json')),
    pids: () => readMark(state),
    estates: up.estates,
    process: child,
    async stop() {
      child.kill('SIGTERM');
      const code = await gone;
      if (options.state === undefined) rmSync(state, { recursive: true, force: true });
      return code;
    },
  };
}

function untilUp(child: ChildProcess, gone: Promise<number | null>, hear?: (text: string) => void): Promise<Up> {
  let said = '';
  const listen = (data: Buffer): void => {
    const words = data.toString('utf8');
    said = (said + words).slice(-8000);
    hear?.(words);
  };
  child.stdout?.on('data', listen);
  child.stderr?.on('data', listen);
  return new Promise((done, fail) => {
    child.once('message', (message: unknown) => {
      const body = typeof message === 'object' && message !== null && 'up' in message ? message.up : undefined;
      const read = readShape(upShape, body);
      if (read.ok) done(read.value);
      else fail(new Error(`the system said something else than that it is up: ${read.refusal.detail}`));
    });
    void gone.then((code) => fail(new Error(`the system ended with ${code}: ${said}`)));
  });
}

/** A port whose followers up to `count` are free too. */
export async function freePorts(count: number): Promise<number> {
  for (let attempt = 0; attempt < 20; attempt += 1) {
    const first = await listenOnce(0);
    if (first === undefined) continue;
    const others = Array.from({ length: count - 1 }, (_, index) => first + index + 1);
    const taken = await Promise.all(others.map(listenOnce));
    if (taken.every((port) => port !== undefined)) return first;
  }
  throw new Error('no free ports');
}

const listenOnce = (port: number): Promise<number | undefined> =>
  new Promise((done) => {
    const server = createServer();
    server
      .once('error', () => done(undefined))
      .listen(port, '127.0.0.1', () => {
        const address = server.address();
        const found = typeof address === 'object' && address !== null ? address.port : undefined;
        server.close(() => done(found));
      });
  });
