/**
 * `start/usable`: from `npm start` with everything installed to a page and an API that answer. Runs what `npm start` runs, on
 * an empty state folder. The time is wall time: it is printed with its limit, and what gates is that both answered.
 */
import { spawn } from 'node:child_process';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { connect } from '@countersign/client';
import type { BenchCase, BenchContext } from '../bench-case.ts';
import { spreadOf } from '../measure/percentiles.ts';
import type { Measured } from '../result.ts';

const ROOT = fileURLToPath(new URL('../../../../..', import.meta.url));
const LIMIT_S = 15;
const GIVE_UP_MS = 90_000;
const LOOK_MS = 50;
const STOP_MS = 20_000;

export const startUsable: BenchCase = {
  name: 'start/usable',
  needs: [],
  async run(context) {
    const port = await freePort();
    const started = performance.now();
    const child = spawn(process.execPath, [join(ROOT, 'boot.cjs'), 'packages/control/src/up.ts'], {
      cwd: ROOT,
      env: { ...process.env, STATE_DIR: join(context.folder, 'system'), PORT: String(port) },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr])
      stream.on('data', (chunk: Buffer) => {
        said = (said + chunk.toString('utf8')).slice(-4000);
      });
    const isAnnounced = (): boolean => said.includes(`http://localhost:${port}`);
    const ended = new Promise<number | null>((done) => child.once('exit', done));
    const stop = (): void => void child.kill('SIGTERM');
    context.signal.addEventListener('abort', stop, { once: true });
    try {
      const early = ended.then((code) => Promise.reject(new Error(`\`npm start\` ended with ${code}: ${said}`)));
      return await Promise.race([early, untilUsable(context, { port, started, isAnnounced })]);
    } finally {
      context.signal.removeEventListener('abort', stop);
      const force = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
      stop();
      await ended;
      clearTimeout(force);
    }
  },
};

interface Starting {
  readonly port: number;
  readonly started: number;
  /** Whether `npm start` itself has said where to go. */
  readonly isAnnounced: () => boolean;
}

async function untilUsable({ say }: BenchContext, { port, started, isAnnounced }: Starting): Promise<Measured> {
  const url = `http://127.0.0.1:${port}`;
  // The client would wait between its own attempts; here every attempt is one look.
  const client = connect({ url, pause: () => Promise.resolve() });
  const apiMs = await firstTime(started, async () => (await client.health()).ready);
  const pageMs = await firstTime(started, async () => isPage(await fetch(`${url}/`)));
  // Keys, envelope and enclaves are part of what one can use.
  const announcedMs = await firstTime(started, async () => isAnnounced());
  const usableMs = Math.max(apiMs, pageMs, announcedMs);
  say(`usable after ${(usableMs / 1000).toFixed(1)} s`);
  return {
    n: 1,
    counters: { 'ms to API': apiMs, 'ms to page': pageMs, 'ms to announcement': announcedMs },
    cpu_us: {},
    wall: spreadOf([usableMs]),
    peer: {},
    ratio: {},
    bar: {
      'page and API answer': { found: 2, atLeast: 2 },
      'seconds to usable': { found: usableMs / 1000, atMost: LIMIT_S, isPrinted: true },
    },
  };
}

const isPage = ({ ok, headers }: Response): boolean => ok && (headers.get('content-type') ?? '').includes('text/html');

/** Milliseconds since `started` at which `isThere` first says yes; asking costs little beside what it waits for. */
async function firstTime(started: number, isThere: () => Promise<boolean>): Promise<number> {
  const untilMs = performance.now() + GIVE_UP_MS;
  while (performance.now() < untilMs) {
    // Nobody listens yet: that is what is being measured.
    if (await isThere().catch(() => false)) return performance.now() - started;
    await pause(LOOK_MS);
  }
  throw new Error(`nothing usable within ${GIVE_UP_MS} ms`);
}

const freePort = (): Promise<number> =>
  new Promise((done, fail) => {
    const probe = createServer();
    probe.once('error', fail).listen(0, '127.0.0.1', () => {
      const address = probe.address();
      const port = typeof address === 'object' && address !== null ? address.port : 0;
      probe.close(() => done(port));
    });
  });
