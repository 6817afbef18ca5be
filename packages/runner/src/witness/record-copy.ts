/**
 * The witness's own copy of the record, as C2SP tlog-tiles: what it has cosigned survives the database it came from. A step is one line
 * in `steps.log`, flushed once; tiles and `checkpoint` are written from it some thousand entries at a time, and the line goes only then.
 */
import {
  closeSync,
  constants,
  existsSync,
  fdatasync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  mkdirSync,
  openSync,
  rmSync,
  writeSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { crc32 } from 'node:zlib';
import { ok, refuse, type Result } from '@countersign/core';
import {
  decodeEntries,
  edgeTiles,
  encodeBase64,
  encodeEntries,
  readCheckpoint,
  TileGrowth,
  tilePath,
  type Tile,
  type TileFile,
  type Checkpoint,
} from '@countersign/seal';
import { flushFolder, writeDurable } from '../journal/durable-file.ts';
import { readBounded } from '../preflight/read-file.ts';

/** Bytes of steps after which they become tiles. */
const MAX_TAIL_BYTES = 8_388_608;
const MAX_READ_BYTES = 4 * MAX_TAIL_BYTES + 134_217_728;
const MAX_TILE_BYTES = 16_777_472;
const MAX_NOTE_BYTES = 262_144;
const HEAD_BYTES = 20;
const SUM_BYTES = 4;

/** Entries with the note that signs the record with them. */
interface Step {
  /** How many entries there were before. */
  readonly from: number;
  readonly entries: readonly Uint8Array[];
  readonly note: string;
}

export class RecordCopy {
  readonly #folder: string;
  readonly #tail: number;
  readonly #growth: TileGrowth;
  #note: string;
  #full: TileFile[] = [];
  /** Tiles that stood at the edge when files were written last: full ones take their place. */
  #edge: readonly Tile[];
  #tailBytes = 0;
  /** What no step holds yet. */
  #pending: Uint8Array[] = [];
  #pendingBytes = 0;
  /** More than a step was added since the last one. */
  #isBehind = false;
  /** A note signs all that was added. */
  #isKept = true;

  private constructor(folder: string, tail: number, growth: TileGrowth, note: string) {
    this.#folder = folder;
    this.#tail = tail;
    this.#growth = growth;
    this.#note = note;
    this.#edge = edgeTiles(growth.size);
  }

  /** Refused when what is there does not lead to its own checkpoint: somebody changed it, and a copy is only worth what is whole. */
  static open(folder: string): Result<RecordCopy> {
    mkdirSync(folder, { recursive: true, mode: 0o700 });
    const known = readCopy(folder);
    if (!known.ok) return refuse('memory-lost', `the copy of the record cannot be read: ${known.refusal.detail}`);
    const { steps, end } = readSteps(join(folder, 'steps.log'));
    const tail = openSync(
      join(folder, 'steps.log'),
      constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND,
      0o600,
    );
    // What was torn was never promised; what comes next must not stand behind it.
    ftruncateSync(tail, end);
    const copy = new RecordCopy(folder, tail, known.value.growth, known.value.note);
    copy.#tailBytes = end;
    for (const { from, entries, note } of steps) {
      if (from !== copy.size) continue;
      copy.#grow(entries);
      copy.#note = note;
    }
    const isWhole = copy.#note === '' || leadsTo(copy.#growth, copy.#note);
    if (!isWhole) {
      closeSync(tail);
      return refuse('memory-lost', 'the copy of the record does not lead to the checkpoint it was kept with');
    }
    return ok(copy);
  }

  get size(): number {
    return this.#growth.size;
  }

  /** Of all that was added, in base64. */
  root(): string {
    return encodeBase64(this.#growth.root());
  }

  /** These come next; they are kept when a note that signs them is. */
  async add(entries: readonly Uint8Array[]): Promise<void> {
    this.#grow(entries);
    this.#isKept = false;
    if (this.#isBehind) return;
    this.#pending.push(...entries);
    this.#pendingBytes += entries.reduce((sum, { length }) => sum + length, 0);
    if (this.#pendingBytes < MAX_TAIL_BYTES) return;
    // A record that is long already: too much for one step, so its tiles are written before they are signed for.
    this.#isBehind = true;
    this.#pending = [];
    await this.#writeTiles(this.#full.splice(0));
  }

  /** When it has returned, all of it is on disk with the note that `sign` gives for it. When that throws, nothing was kept and this is of no more use. */
  async keep(sign: (head: Pick<Checkpoint, 'size' | 'root'>) => string): Promise<void> {
    this.#note = sign({ size: this.size, root: this.#growth.root() });
    this.#isKept = true;
    if (this.#isBehind) return this.publish();
    const step = encodeStep({ from: this.size - this.#pending.length, entries: this.#pending, note: this.#note });
    writeAll(this.#tail, step);
    fdatasyncSync(this.#tail);
    this.#tailBytes += step.length;
    this.#pending = [];
    this.#pendingBytes = 0;
    if (this.#tailBytes > MAX_TAIL_BYTES) await this.publish();
  }

  #grow(entries: readonly Uint8Array[]): void {
    for (const entry of entries) for (const tile of this.#growth.append(entry)) this.#full.push(tile);
  }

  /** What was kept, as tiles and `checkpoint`, for whoever reads the folder. The checkpoint comes last: it promises nothing that is not there. */
  async publish(): Promise<void> {
    if (!this.#isKept || (this.#tailBytes === 0 && !this.#isBehind)) return;
    await this.#writeTiles([...this.#full.splice(0), ...this.#growth.edge()]);
    writeDurable(join(this.#folder, 'checkpoint'), this.#note);
    const edge = edgeTiles(this.size);
    const there = new Set(edge.map(tilePath));
    for (const tile of this.#edge)
      if (!there.has(tilePath(tile))) rmSync(join(this.#folder, tilePath(tile)), { force: true });
    this.#edge = edge;
    ftruncateSync(this.#tail, 0);
    fsyncSync(this.#tail);
    this.#tailBytes = 0;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#isBehind = false;
  }

  async #writeTiles(tiles: readonly TileFile[]): Promise<void> {
    const folders = new Set<string>();
    const files = tiles.map(({ tile, bytes }) => {
      const path = join(this.#folder, tilePath(tile));
      this.#makeFolder(dirname(path), folders);
      const file = openSync(path, constants.O_WRONLY | constants.O_CREAT | constants.O_TRUNC, 0o600);
      writeAll(file, bytes);
      return file;
    });
    // All at once: the disk then waits for a few of them together, not for each.
    await Promise.all(files.map(flushAndClose));
    for (const folder of folders) flushFolder(folder);
  }

  /** The names of new folders count as well. */
  #makeFolder(folder: string, folders: Set<string>): void {
    for (let at = folder; at.length >= this.#folder.length; at = dirname(at)) {
      folders.add(at);
      if (existsSync(at)) break;
    }
    mkdirSync(folder, { recursive: true, mode: 0o700 });
  }

  /** What was added and not kept is forgotten. */
  async close(): Promise<void> {
    await this.publish();
    closeSync(this.#tail);
  }
}

const leadsTo = (growth: TileGrowth, note: string): boolean => {
  const named = readCheckpoint(textOf(note));
  return named.ok && named.value.size === growth.size && Buffer.compare(named.value.root, growth.root()) === 0;
};
/** What is signed of a note. */
const textOf = (note: string): string => note.slice(0, note.lastIndexOf('\n\n') + 1);

function readCopy(folder: string): Result<{ readonly growth: TileGrowth; readonly note: string }> {
  const file = join(folder, 'checkpoint');
  if (!existsSync(file)) return ok({ growth: TileGrowth.empty(), note: '' });
  const written = readBounded(file, MAX_NOTE_BYTES);
  if (!written.ok) return written;
  const note = Buffer.from(written.value).toString('utf8');
  const named = readCheckpoint(textOf(note));
  if (!named.ok) return named;
  const growth = TileGrowth.open(named.value.size, (tile) => {
    const read = readBounded(join(folder, tilePath(tile)), MAX_TILE_BYTES);
    return read.ok ? read.value : undefined;
  });
  if (!growth.ok) return growth;
  return leadsTo(growth.value, note)
    ? ok({ growth: growth.value, note })
    : refuse('malformed', 'its tiles do not lead to its checkpoint');
}

/** Checksum of the rest, which tells a torn step, sizes, note, entries. Whether they are true the note tells. */
function encodeStep({ from, entries, note }: Step): Uint8Array {
  const [text, bundle] = [Buffer.from(note), encodeEntries(entries)];
  const head = Buffer.alloc(HEAD_BYTES);
  head.writeBigUInt64BE(BigInt(from), 0);
  head.writeUInt32BE(entries.length, 8);
  head.writeUInt32BE(text.length, 12);
  head.writeUInt32BE(bundle.length, 16);
  const step = Buffer.concat([Buffer.alloc(SUM_BYTES), head, text, bundle]);
  step.writeUInt32BE(crc32(step.subarray(SUM_BYTES)), 0);
  return step;
}

/** Steps that were flushed; the last one may be torn, and then nobody was told of it. */
function readSteps(file: string): { readonly steps: readonly Step[]; readonly end: number } {
  const read = existsSync(file) ? readBounded(file, MAX_READ_BYTES) : undefined;
  const bytes = read?.ok === true ? Buffer.from(read.value) : Buffer.alloc(0);
  const steps: Step[] = [];
  let at = 0;
  while (at + SUM_BYTES + HEAD_BYTES <= bytes.length) {
    const head = Buffer.from(bytes.subarray(at + SUM_BYTES, at + SUM_BYTES + HEAD_BYTES));
    const noteEnd = at + SUM_BYTES + HEAD_BYTES + head.readUInt32BE(12);
    const end = noteEnd + head.readUInt32BE(16);
    const isWhole = end <= bytes.length && crc32(bytes.subarray(at + SUM_BYTES, end)) === bytes.readUInt32BE(at);
    const bundle = { level: 'entries', index: 0, width: head.readUInt32BE(8) } as const;
    const entries = isWhole ? decodeEntries(bundle, bytes.subarray(noteEnd, end)) : undefined;
    if (entries?.ok !== true) break;
    const note = bytes.subarray(at + SUM_BYTES + HEAD_BYTES, noteEnd).toString('utf8');
    steps.push({ from: Number(head.readBigUInt64BE(0)), entries: entries.value, note });
    at = end;
  }
  return { steps, end: at };
}

function writeAll(file: number, bytes: Uint8Array): void {
  for (let at = 0; at < bytes.length;) at += writeSync(file, bytes, at);
}

const flush = promisify(fdatasync);
/** Its name is flushed with its folder. */
async function flushAndClose(file: number): Promise<void> {
  try {
    await flush(file);
  } finally {
    closeSync(file);
  }
}
