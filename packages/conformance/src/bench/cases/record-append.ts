/**
 * `record/append`: entries of 256 writers, durable and in a signed checkpoint, against rows of pgbench with 32 clients on the same
 * server and against the floor, turn by turn. Hashes are counted on trees of 10^3, 10^6 and around 2^30 entries that are not there.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { integer, object, optional, text, type Shape } from '@countersign/core';
import { CompactRange, encodeBase64, leafHash, rootNodes, sha256 } from '@countersign/seal';
import { made } from '../../attacks/world/made.ts';
import type { BenchCase, BenchContext } from '../bench-case.ts';
import { medianWithInterval } from '../measure/bootstrap.ts';
import { spreadOf } from '../measure/percentiles.ts';
import type { Measured } from '../result.ts';

const ROUNDS = 7;
const PEER_SECONDS = 2;
const PEER_CLIENTS = 32;
const ROW_BYTES = 512;
const ROOT = join(import.meta.dirname, '..', '..', '..', '..', '..');
const PROGRAM = 'packages/control/src/testkit/append-durable.main.ts';
const SIZES = [1000, 1_000_000, 2 ** 30 - 1500] as const;
const COUNTED = 3000;
/** Entries of one signed checkpoint where the hashes of roots are counted. */
const BATCH = 256;

interface Turn {
  readonly batched: number;
  readonly alone: number;
  readonly floor: number;
  readonly entries: number;
  readonly checkpoints: number;
}
const rate = integer({ min: 1, max: 1_000_000_000 });
const turnShape: Shape<Turn> = object<Turn>({
  batched: rate,
  alone: rate,
  floor: rate,
  entries: rate,
  checkpoints: rate,
});
const startShape = object<{ readonly url: string; readonly note?: string }>({
  url: text({ min: 10, max: 500 }),
  note: optional(text({ max: 100 })),
});

export const recordAppend: BenchCase = {
  name: 'record/append',
  needs: [],
  async run(context) {
    const pgbench = pgbenchProgram();
    if (pgbench === undefined) throw new Error('pgbench is missing: install the package `postgresql`');
    const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', PROGRAM], {
      cwd: ROOT,
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    context.signal.addEventListener('abort', () => child.kill('SIGKILL'), { once: true });
    try {
      return await measure(context, child, pgbench);
    } finally {
      child.stdin.end('end\n');
      await new Promise((done) => (child.exitCode === null ? child.once('exit', done) : done(undefined)));
    }
  },
};

async function measure(
  { seed, say, folder }: BenchContext,
  child: ChildProcess & { readonly stdin: NodeJS.WritableStream; readonly stdout: NodeJS.ReadableStream },
  pgbench: string,
): Promise<Measured> {
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const line = await lines.next();
    if (line.done === true) throw new Error('the program ended');
    return JSON.parse(line.value);
  };
  const { url } = made(startShape, await next());
  const peer = preparePeer(pgbench, url, folder);
  const turns: (Turn & { readonly peer: number })[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = round % 2 === 0 ? peer() : undefined;
    child.stdin.write('turn\n');
    const turn = made(turnShape, await next());
    turns.push({ ...turn, peer: before ?? peer() });
    say(
      `round ${round + 1}: ${turn.batched}/s in batches, ${turn.alone}/s alone, pgbench ${turns.at(-1)?.peer}/s, floor ${turn.floor}/s`,
    );
  }
  return resultOf(turns, seed);
}

function resultOf(turns: readonly (Turn & { readonly peer: number })[], seed: number): Measured {
  const ratio = (of: (turn: Turn & { readonly peer: number }) => number): ReturnType<typeof medianWithInterval> =>
    medianWithInterval(turns.map(of), seed);
  const toPeer = ratio(({ batched, peer }) => batched / peer);
  const toFloor = ratio(({ batched, floor }) => batched / floor);
  const hashes = SIZES.map((size) => hashesAt(size));
  const worst = Math.max(...hashes);
  const entries = turns.reduce((sum, turn) => sum + turn.entries, 0);
  const middle = (of: (turn: Turn) => number): number => spreadOf(turns.map(of)).p50;
  return {
    n: entries,
    counters: {
      'hashes an entry at 10^3': hashes[0] ?? Number.NaN,
      'hashes an entry at 10^6': hashes[1] ?? Number.NaN,
      'hashes an entry across 2^30': hashes[2] ?? Number.NaN,
      'entries a checkpoint': Math.round(entries / turns.reduce((sum, turn) => sum + turn.checkpoints, 0)),
      'entries/s in batches': middle(({ batched }) => batched),
      'entries/s, a transaction each': middle(({ alone }) => alone),
    },
    cpu_us: {},
    wall: null,
    peer: {
      'pgbench -c32 rows/s': spreadOf(turns.map(({ peer }) => peer)).p50,
      'floor entries/s': middle(({ floor }) => floor),
    },
    ratio: { 'batched / pgbench': toPeer, 'batched / floor': toFloor },
    bar: {
      // What has to be at least so much is judged by the low end of its interval.
      'hashes an entry': { found: worst, atMost: 2.1 },
      'cost across 2^30 / at 10^3': { found: worst / Math.min(...hashes), atMost: 1.05 },
      'batched / pgbench': { found: toPeer.lo95, atLeast: 1.5 },
      'batched / floor': { found: toFloor.median, atLeast: 0.4, isPrinted: true },
    },
  };
}

/** Hashes an entry of batches that are appended to a tree of this size, with the root that is signed for each. */
function hashesAt(size: number): number {
  const peaks = rootNodes(size).map(({ level, index }) => encodeBase64(sha256(Buffer.from(`${level}/${index}`))));
  const start = CompactRange.parse({ size, peaks });
  if (!start.ok) throw new Error(start.refusal.detail);
  let range = start.value;
  let hashes = 0;
  for (let entry = 0; entry < COUNTED; entry += 1) {
    const appended = range.append(leafHash(Buffer.from(`entry ${entry}`)));
    // Each node it completed is one hash, the leaf among them.
    hashes += appended.nodes.length;
    ({ range } = appended);
    if (range.size % BATCH === 0) hashes += Math.max(0, range.toJSON().peaks.length - 1);
  }
  return Math.round((hashes / COUNTED) * 1000) / 1000;
}

const HOME = '/usr/lib/postgresql';
function pgbenchProgram(): string | undefined {
  if (!existsSync(HOME)) return undefined;
  const found = readdirSync(HOME)
    .toSorted((a, b) => Number(b) - Number(a))
    .map((version) => join(HOME, version, 'bin', 'pgbench'));
  return found.find((file) => existsSync(file));
}

/** One row of as many bytes a transaction, 32 clients at once; rows a second. */
function preparePeer(pgbench: string, url: string, folder: string): () => number {
  const script = join(folder, 'append.sql');
  writeFileSync(script, `insert into peer_row (body) values (repeat('x', ${ROW_BYTES}));\n`);
  const { status, stderr } = spawnSync(
    'psql',
    [url, '-qc', 'create table peer_row (id bigint generated always as identity primary key, body text not null)'],
    { encoding: 'utf8' },
  );
  if (status !== 0) throw new Error(`psql ended with ${status}: ${stderr.slice(-300)}`);
  const args = [
    '-n',
    '-c',
    String(PEER_CLIENTS),
    '-j',
    '2',
    '-T',
    String(PEER_SECONDS),
    '-M',
    'prepared',
    '-f',
    script,
    url,
  ];
  return () => {
    const run = spawnSync(pgbench, args, { encoding: 'utf8', timeout: 60_000 });
    const tps = /tps = (\d+)/.exec(run.stdout)?.[1];
    if (run.status !== 0 || tps === undefined)
      throw new Error(`pgbench ended with ${run.status}: ${run.stderr.slice(-300)}`);
    return Number(tps);
  };
}
