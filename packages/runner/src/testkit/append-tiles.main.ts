/**
 * For the benchmark `record/append`: the witness's copy, which writes tiles, turn by turn with the floor: the least an honest log does with
 * the same entries in the same batches. Prints one line of JSON for each turn it is asked for on its standard input.
 */
import { closeSync, fdatasyncSync, mkdtempSync, openSync, rmSync, writevSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { CompactRange, generateSigner, leafHash, signCheckpoint, type Checkpoint } from '@countersign/seal';
import { RecordCopy } from '../witness/record-copy.ts';
import { good } from './made.ts';

/** One entry of each of 256 writers. */
const BATCH = 256;
/** Of one turn: several times as many as make the copy write its tiles. */
const BATCHES = 320;
const ENTRY_BYTES = 512;

const folder = mkdtempSync(join(tmpdir(), 'countersign-append-'));
const key = generateSigner('ed25519');
const entry = Buffer.alloc(ENTRY_BYTES, 65);
const entries = Array.from({ length: BATCH }, () => entry);
const sign = (head: Pick<Checkpoint, 'size' | 'root'>): string => signCheckpoint({ origin: 'bench', ...head }, key);

const floorLog = openSync(join(folder, 'floor'), 'w');
let floorRange = CompactRange.empty;
/** Hashes, one signature and one flush a batch, and nothing else. */
async function floor(): Promise<void> {
  for (const one of entries) ({ range: floorRange } = floorRange.append(leafHash(one)));
  const note = sign({ size: floorRange.size, root: floorRange.root() });
  writevSync(floorLog, [...entries, Buffer.from(note)]);
  fdatasyncSync(floorLog);
}

const copy = good(RecordCopy.open(join(folder, 'copy')));
async function tiles(): Promise<void> {
  await copy.add(entries);
  await copy.keep(sign);
}

interface Pace {
  seconds: number;
  cpuUs: number;
}
async function run(pace: Pace, batch: () => Promise<void>): Promise<void> {
  const [from, before] = [performance.now(), process.cpuUsage()];
  await batch();
  const { user, system } = process.cpuUsage(before);
  pace.seconds += (performance.now() - from) / 1000;
  pace.cpuUs += user + system;
}

/** Batch by batch in turn: a disk that others use as well is as slow for both. */
async function turn(): Promise<object> {
  const [ofTiles, ofFloor]: [Pace, Pace] = [
    { seconds: 0, cpuUs: 0 },
    { seconds: 0, cpuUs: 0 },
  ];
  for (let times = 0; times < BATCHES; times += 1) {
    await run(ofTiles, tiles);
    await run(ofFloor, floor);
  }
  await run(ofTiles, () => copy.publish());
  const count = BATCHES * BATCH;
  const cpu = ({ cpuUs }: Pace): number => Math.round((cpuUs * 1000) / count);
  return {
    tiles: Math.round(count / ofTiles.seconds),
    floor: Math.round(count / ofFloor.seconds),
    tilesCpuNs: cpu(ofTiles),
    floorCpuNs: cpu(ofFloor),
  };
}

for await (const line of createInterface({ input: process.stdin })) {
  if (line !== 'turn') break;
  process.stdout.write(`${JSON.stringify(await turn())}\n`);
}
await copy.close();
closeSync(floorLog);
rmSync(folder, { recursive: true });
process.exit(0);
