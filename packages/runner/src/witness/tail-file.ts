/**
 * What the witness must never forget: `tail.json` and behind it `tail.log`, a line for each checkpoint since. A line is flushed
 * before the checkpoint is signed, and appending is the cheapest write that can be flushed: a rename costs many times as much.
 */
import {
  closeSync,
  constants,
  existsSync,
  fdatasyncSync,
  fsyncSync,
  ftruncateSync,
  openSync,
  statSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { integer, list, object, ok, optional, refuse, text, type Result, type Shape } from '@countersign/core';
import type { CompactRangeState } from '@countersign/seal';
import { writeDurable } from '../journal/durable-file.ts';
import { readBounded, readBytes, readDocument } from '../preflight/read-file.ts';
import { NOTHING_RULES, rulingShape, type RulingState } from './ledger.ts';

export interface Remembered {
  readonly range: CompactRangeState;
  readonly ruling: RulingState;
}
/** What rules is written down only when it has changed. */
interface Line {
  readonly range: CompactRangeState;
  readonly ruling?: RulingState;
}

const rangeShape: Shape<CompactRangeState> = object<CompactRangeState>({
  size: integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
  peaks: list(text({ min: 44, max: 44 }), { max: 53 }),
});
const rememberedShape: Shape<Remembered> = object<Remembered>({ range: rangeShape, ruling: rulingShape });
const lineShape: Shape<Line> = object<Line>({ range: rangeShape, ruling: optional(rulingShape) });

const NOTHING: Remembered = { range: { size: 0, peaks: [] }, ruling: NOTHING_RULES };
const MAX_LOG_BYTES = 4_194_304;
/** The log is folded before it grows larger than this. */
const MAX_READ_BYTES = 2 * MAX_LOG_BYTES + 16_777_216;
const LINE_END = 0x0a;

export class TailFile {
  readonly #folder: string;
  readonly #log: number;
  #bytes = 0;
  #last: Remembered;

  private constructor(folder: string, log: number, last: Remembered) {
    this.#folder = folder;
    this.#log = log;
    this.#last = last;
  }

  /** Refused when what was remembered cannot be read: forgetting is how a witness is fooled. */
  static open(folder: string): Result<TailFile> {
    const base = readBase(join(folder, 'tail.json'), join(folder, 'tail.log'));
    const last = base.ok ? readLog(join(folder, 'tail.log'), base.value) : base;
    if (!last.ok) return refuse('memory-lost', `what was witnessed before cannot be read: ${last.refusal.detail}`);
    const log = openSync(join(folder, 'tail.log'), constants.O_WRONLY | constants.O_CREAT | constants.O_APPEND, 0o600);
    const file = new TailFile(folder, log, last.value);
    // Writes `tail.json` and flushes the folder, and with it the name of a log that is new.
    file.#fold();
    return ok(file);
  }

  get last(): Remembered {
    return this.#last;
  }

  /** When it has returned, this is on disk. */
  remember(next: Remembered): void {
    const isSame = next.ruling === this.#last.ruling;
    const bytes = Buffer.from(`${JSON.stringify(isSame ? { range: next.range } : next)}\n`);
    for (let at = 0; at < bytes.length;) at += writeSync(this.#log, bytes, at);
    fdatasyncSync(this.#log);
    this.#bytes += bytes.length;
    this.#last = next;
    if (this.#bytes > MAX_LOG_BYTES) this.#fold();
  }

  /** The base is on disk before the log is emptied; lines that are older than the base count for nothing. */
  #fold(): void {
    writeDurable(join(this.#folder, 'tail.json'), JSON.stringify(this.#last));
    ftruncateSync(this.#log, 0);
    fsyncSync(this.#log);
    this.#bytes = 0;
  }

  close(): void {
    closeSync(this.#log);
  }
}

function readBase(file: string, log: string): Result<Remembered> {
  if (existsSync(file)) return readDocument(file, rememberedShape);
  const isNew = !existsSync(log) || statSync(log).size === 0;
  return isNew ? ok(NOTHING) : refuse('malformed', 'the log is there, the file before it is not');
}

/** A last line without an end was never flushed, so nothing was signed for it; any other fault is lost memory. */
function readLog(file: string, base: Remembered): Result<Remembered> {
  if (!existsSync(file)) return ok(base);
  const bytes = readBounded(file, MAX_READ_BYTES);
  if (!bytes.ok) return bytes;
  let last = base;
  for (let from = 0, end = bytes.value.indexOf(LINE_END); end >= 0; end = bytes.value.indexOf(LINE_END, from)) {
    const line = readBytes(bytes.value.subarray(from, end), lineShape);
    if (!line.ok) return line;
    const { range, ruling = last.ruling } = line.value;
    if (range.size >= last.range.size) last = { range, ruling };
    from = end + 1;
  }
  return ok(last);
}
