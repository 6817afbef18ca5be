/** Files people name on the command line: read once, bounded, as strict JSON. */
import { closeSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { readShape, type Shape } from '@countersign/core';
import {
  decodeBase64,
  MAX_ENVELOPE_BYTES,
  parseEnvelope,
  payloadOf,
  readStrictJson,
  trustMetadataShape,
  type JsonValue,
} from '@countersign/seal';
import { EXIT } from './exit-codes.ts';
import { Failure, usage } from './failure.ts';

const PIECE_BYTES = 1_048_576;

/** What a device or a pipe says of its size is nothing: it is read up to the limit and no further. */
export function readBytes(file: string, maxBytes: number): Uint8Array {
  const tooLong = (): Failure => usage(`\`${file}\` has more than ${maxBytes} bytes`);
  const about = statSync(file);
  if (about.size > maxBytes) throw tooLong();
  if (about.isFile()) return readFileSync(file);
  const pieces: Uint8Array[] = [];
  const descriptor = openSync(file, 'r');
  try {
    for (let left = maxBytes; left >= 0;) {
      const piece = Buffer.alloc(PIECE_BYTES);
      const size = readSync(descriptor, piece);
      if (size === 0) return Buffer.concat(pieces);
      pieces.push(piece.subarray(0, size));
      left -= size;
    }
  } finally {
    closeSync(descriptor);
  }
  throw tooLong();
}

export function readJson(file: string): JsonValue {
  const json = readStrictJson(readBytes(file, MAX_ENVELOPE_BYTES), { maxBytes: MAX_ENVELOPE_BYTES });
  if (json.ok) return json.value;
  throw new Failure(EXIT.failed, { ...json.refusal, detail: `\`${file}\`: ${json.refusal.detail}` });
}

/** A document as it is, inside a signed envelope, or a trust bundle inside its metadata; signatures are not judged here. */
export function readDocument<T>(file: string, shape: Shape<T>): T {
  const read = readShape(shape, unwrapped(readJson(file)));
  if (read.ok) return read.value;
  throw new Failure(EXIT.failed, { ...read.refusal, detail: `\`${file}\`: ${read.refusal.detail}` });
}

function unwrapped(value: JsonValue): unknown {
  const trust = readShape(trustMetadataShape, value);
  const bundle = trust.ok ? decodeBase64(trust.value.bundle) : undefined;
  const envelope = parseEnvelope(value);
  const payload =
    bundle === undefined
      ? envelope.ok
        ? payloadOf(envelope.value)
        : envelope
      : ({ ok: true, value: bundle } as const);
  const inner = payload.ok ? readStrictJson(payload.value, { maxBytes: MAX_ENVELOPE_BYTES }) : payload;
  return inner.ok ? inner.value : value;
}
