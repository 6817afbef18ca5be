/**
 * `record/append`: entries of 256 writers, durable and in a signed checkpoint, against rows of pgbench with 32 clients on the same server,
 * and the writer of tiles against the floor, turn by turn. Hashes are counted on trees of 10^3, 10^6 and around 2^30 entries that are not there.
 */
import { spawn, spawnSync } from 'node:child_process';
import { existsSync, readdirSync, writeFileSync } from 'node:fs';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { integer, object, text, type Shape } from '@countersign/core';
import { CompactRange, encodeBase64, leafHash, rootNodes, sha256 } from '@countersign/seal';
import { made } from '../../attacks/world/made.ts';
import type { BenchCase, BenchContext } from '../bench-case.ts';
import { medianWithInterval } from '../measure/bootstrap.ts';
import { spreadOf } from '../measure/percentiles.ts';
import { cpuUsOfTree, endedChildrenCpuUs, readStat } from '../measure/proc-stat.ts';
import type { Measured } from '../result.ts';

/** Many short turns: what else the machine does meets both of a turn. */
const ROUNDS = 15;
const PEER_SECONDS = 1;
const PEER_CLIENTS = 32;
const ROW_BYTES = 512;
const ROOT = join(import.meta.dirname, '..', '..', '..', '..', '..');
const RECORD = 'packages/control/src/testkit/append-durable.main.ts';
const TILES = 'packages/runner/src/testkit/append-tiles.main.ts';
const SIZES = [1000, 1_000_000, 2 ** 30 - 1500] as const;
const COUNTED = 3000;
/** Entries of one signed checkpoint where the hashes of roots are counted. */
const BATCH = 256;

interface RecordTurn {
  readonly rate: number;
  readonly entries: number;
  readonly checkpoints: number;
}
interface TilesTurn {
  readonly tiles: number;
  readonly floor: number;
  readonly tilesCpuNs: number;
  readonly floorCpuNs: number;
}
interface Turn extends TilesTurn {
  readonly batched: RecordTurn;
  readonly alone: RecordTurn;
  readonly peer: number;
  /** Microseconds of the database and its client together. */
  readonly entryCpu: number;
  readonly rowCpu: number;
}
const rate = integer({ min: 1, max: 1_000_000_000 });
const nanoseconds = integer({ min: 1, max: 1_000_000_000 });
const recordShape: Shape<RecordTurn> = object<RecordTurn>({
  rate,
  entries: rate,
  checkpoints: rate,
});
const tilesShape: Shape<TilesTurn> = object<TilesTurn>({
  tiles: rate,
  floor: rate,
  tilesCpuNs: nanoseconds,
  floorCpuNs: nanoseconds,
});
/** `backend`: a process of the database server. */
const startShape = object<{ readonly url: string; readonly backend: number }>({
  url: text({ min: 10, max: 500 }),
  backend: integer({ min: 1, max: 2 ** 31 }),
});

export const recordAppend: BenchCase = {
  name: 'record/append',
  needs: [],
  async run(context) {
    const pgbench = pgbenchProgram();
    if (pgbench === undefined) throw new Error('pgbench is missing: install the package `postgresql`');
    const [record, tiles] = [begin(RECORD, context), begin(TILES, context)];
    try {
      return await measure(context, { record, tiles, pgbench });
    } finally {
      await record.end();
      await tiles.end();
    }
  },
};

interface Program {
  readonly pid: number;
  readonly next: () => Promise<unknown>;
  readonly turn: (kind: string) => Promise<unknown>;
  readonly end: () => Promise<unknown>;
}

/** Works only while it is asked for a turn. */
function begin(file: string, { signal }: BenchContext): Program {
  const args = ['--disable-warning=ExperimentalWarning', file];
  const child = spawn(process.execPath, args, { cwd: ROOT, stdio: ['pipe', 'pipe', 'inherit'] });
  signal.addEventListener('abort', () => child.kill('SIGKILL'), { once: true });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  const next = async (): Promise<unknown> => {
    const line = await lines.next();
    if (line.done === true) throw new Error(`${file} ended`);
    return JSON.parse(line.value);
  };
  return {
    pid: child.pid ?? 0,
    next,
    turn: (kind) => {
      child.stdin.write(`${kind}\n`);
      return next();
    },
    end: () => {
      child.stdin.end('end\n');
      return new Promise((done) => (child.exitCode === null ? child.once('exit', done) : done(undefined)));
    },
  };
}

async function measure(
  { seed, say, folder }: BenchContext,
  { record, tiles, pgbench }: { readonly record: Program; readonly tiles: Program; readonly pgbench: string },
): Promise<Measured> {
  const { url, backend } = made(startShape, await record.next());
  const server = readStat(backend)?.parent ?? 0;
  const spent = (): number => cpuUsOfTree(server) + cpuUsOfTree(record.pid) + endedChildrenCpuUs();
  const pgbenchNow = preparePeer(pgbench, url, folder);
  const peer = (): { readonly peer: number; readonly rowCpu: number } => {
    const before = spent();
    const rows = pgbenchNow();
    return { peer: rows, rowCpu: (spent() - before) / (rows * PEER_SECONDS) };
  };
  const turns: Turn[] = [];
  for (let round = 0; round < ROUNDS; round += 1) {
    const before = round % 2 === 0 ? peer() : undefined;
    const from = spent();
    const batched = made(recordShape, await record.turn('batched'));
    const entryCpu = (spent() - from) / batched.entries;
    const turn: Turn = {
      batched,
      entryCpu,
      ...(before ?? peer()),
      alone: made(recordShape, await record.turn('alone')),
      ...made(tilesShape, await tiles.turn('turn')),
    };
    turns.push(turn);
    say(
      `round ${round + 1}: ${batched.rate}/s in batches, ${turn.alone.rate}/s alone, pgbench ${turn.peer}/s, tiles ${turn.tiles}/s, floor ${turn.floor}/s`,
    );
  }
  return resultOf(turns, seed);
}

function resultOf(turns: readonly Turn[], seed: number): Measured {
  const ratio = (of: (turn: Turn) => number): ReturnType<typeof medianWithInterval> =>
    medianWithInterval(turns.map(of), seed);
  const toPeer = ratio(({ batched, peer }) => batched.rate / peer);
  const toPeerCpu = ratio(({ entryCpu, rowCpu }) => rowCpu / entryCpu);
  const toFloor = ratio(({ tiles, floor }) => tiles / floor);
  const hashes = SIZES.map((size) => hashesAt(size));
  const worst = Math.max(...hashes);
  const entries = turns.reduce((sum, { batched }) => sum + batched.entries, 0);
  const middle = (of: (turn: Turn) => number): number => spreadOf(turns.map(of)).p50;
  const microseconds = (of: (turn: Turn) => number): number => Math.round(middle(of) / 10) / 100;
  return {
    n: entries,
    counters: {
      'hashes an entry at 10^3': hashes[0] ?? Number.NaN,
      'hashes an entry at 10^6': hashes[1] ?? Number.NaN,
      'hashes an entry across 2^30': hashes[2] ?? Number.NaN,
      'entries a checkpoint': Math.round(entries / turns.reduce((sum, { batched }) => sum + batched.checkpoints, 0)),
      'entries/s in batches': middle(({ batched }) => batched.rate),
      'entries/s, a transaction each': middle(({ alone }) => alone.rate),
      'entries/s as tiles': middle(({ tiles }) => tiles),
    },
    cpu_us: {
      'an entry in a batch, with the database': microseconds(({ entryCpu }) => entryCpu * 1000),
      'a row of pgbench, with the database': microseconds(({ rowCpu }) => rowCpu * 1000),
      'writer of tiles, an entry': microseconds(({ tilesCpuNs }) => tilesCpuNs),
      'floor, an entry': microseconds(({ floorCpuNs }) => floorCpuNs),
    },
    wall: null,
    peer: {
      'pgbench -c32 rows/s': spreadOf(turns.map(({ peer }) => peer)).p50,
      'floor entries/s': middle(({ floor }) => floor),
    },
    ratio: { 'batched / pgbench': toPeer, 'CPU of a row / of an entry': toPeerCpu, 'tiles / floor': toFloor },
    bar: {
      // What has to be at least so much is judged by the low end of its interval.
      'hashes an entry': { found: worst, atMost: 2.1 },
      'cost across 2^30 / at 10^3': { found: worst / Math.min(...hashes), atMost: 1.05 },
      'batched / pgbench': { found: toPeer.lo95, atLeast: 1.5 },
      'tiles / floor': { found: toFloor.lo95, atLeast: 0.4 },
      // 32 clients get more turns than one log where others compute as well; what each costs does not depend on that.
      'CPU of a row / of an entry': { found: toPeerCpu.median, atLeast: 1.5, isPrinted: true },
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
