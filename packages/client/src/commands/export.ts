/** `cs export`: a period as one file, written while it arrives; or its events in the form of another system, a line each (V4, V6). */
import { createWriteStream, readFileSync, renameSync, rmSync } from 'node:fs';
import { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { readShape, instant, type Instant } from '@countersign/core';
import { readCheckpoint, SIEM_FORMATS } from '@countersign/seal';
import type { Context } from '../cli/context.ts';
import { EXIT, type ExitCode } from '../cli/exit-codes.ts';
import { unverified, usage } from '../cli/failure.ts';
import { safe } from '../cli/safe-text.ts';

export interface PeriodOptions {
  readonly from: string;
  readonly to: string;
  readonly purpose: string;
}
export interface ExportOptions extends PeriodOptions {
  readonly out: string;
  readonly format?: string;
  readonly checkpoint?: string;
}

const MAX_FILE_BYTES = 4_294_967_296;

export async function exportPeriod(context: Context, options: ExportOptions): Promise<ExitCode> {
  const { client, world, output, settings } = context;
  const query = periodOf(options);
  const { format, checkpoint } = options;
  if (format !== undefined && !SIEM_FORMATS.some((name) => name === format))
    throw usage(`the format is one of ${SIEM_FORMATS.join(', ')}`);
  const older = checkpoint === undefined ? undefined : sizeIn(checkpoint);
  const answer =
    format === undefined
      ? await client.exportPeriod({ ...query, ...(older !== undefined && { older }) }, world.interrupted)
      : await client.periodEvents({ ...query, format }, world.interrupted);
  const bytes = await save(answer, options.out);
  if (settings.isJson) output.json({ file: options.out, bytes });
  else output.line(`${safe(options.out)}  ${bytes} bytes`);
  if (format === undefined) output.note(`check it with: cs verify ${safe(options.out)} --roots FILE`);
  return EXIT.ok;
}

/** Whole days or instants; a day means its midnight in UTC. */
export function periodOf({ from, to, purpose }: PeriodOptions): {
  readonly from: Instant;
  readonly to: Instant;
  readonly purpose: string;
} {
  return { from: instantIn(from), to: instantIn(to), purpose };
}

function instantIn(text: string): Instant {
  const read = readShape(instant, /^\d{4}-\d{2}-\d{2}$/.test(text) ? `${text}T00:00:00.000Z` : text);
  if (read.ok) return read.value;
  throw usage(
    `\`${safe(text)}\` is neither a day nor an instant`,
    'for example 2026-11-01 or 2026-11-01T12:00:00.000Z',
  );
}

function sizeIn(file: string): number {
  const [text = ''] = readFileSync(file, 'utf8').split('\n\n');
  const checkpoint = readCheckpoint(`${text}\n`);
  if (checkpoint.ok) return checkpoint.value.size;
  throw unverified(checkpoint.refusal);
}

/** Beside its name first: a file that broke off is never taken for whole. */
async function save(answer: Response, file: string): Promise<number> {
  let bytes = 0;
  const counted = new Transform({
    transform(chunk: Buffer, _, done) {
      bytes += chunk.length;
      if (bytes > MAX_FILE_BYTES) done(new Error(`the answer has more than ${MAX_FILE_BYTES} bytes`));
      else done(null, chunk);
    },
  });
  const part = `${file}.part`;
  try {
    const body = answer.body === null ? Readable.from([]) : Readable.from(chunksOf(answer.body));
    await pipeline(body, counted, createWriteStream(part, { mode: 0o600 }));
    renameSync(part, file);
    return bytes;
  } catch (error) {
    rmSync(part, { force: true });
    throw error;
  }
}

async function* chunksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Uint8Array> {
  const reader = body.getReader();
  for (;;) {
    const { value, done } = await reader.read();
    if (done) return;
    yield value;
  }
}
