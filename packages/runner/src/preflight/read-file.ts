/** Local files of an enclave are read like everything else: bounded, strict, every complaint at once. */
import { readFileSync, statSync } from 'node:fs';
import { readShape, refuse, type Result, type Shape } from '@countersign/core';
import { readStrictJson } from '@countersign/seal';

const DEFAULT_MAX_BYTES = 16_777_216;

/** Bytes of a file, refused when it is missing or larger than `maxBytes`. */
export function readBounded(path: string, maxBytes: number = DEFAULT_MAX_BYTES): Result<Uint8Array> {
  try {
    const { size } = statSync(path);
    if (size > maxBytes) return refuse('too-large', `the file has ${size} bytes, more than ${maxBytes}`);
    return { ok: true, value: readFileSync(path) };
  } catch (error) {
    return refuse('unreadable', `the file cannot be read (${codeOf(error)})`);
  }
}

/** One JSON document of a known shape. */
export function readDocument<T>(path: string, shape: Shape<T>, maxBytes: number = DEFAULT_MAX_BYTES): Result<T> {
  const bytes = readBounded(path, maxBytes);
  if (!bytes.ok) return bytes;
  return readBytes(bytes.value, shape, maxBytes);
}

export function readBytes<T>(bytes: Uint8Array, shape: Shape<T>, maxBytes: number = DEFAULT_MAX_BYTES): Result<T> {
  const json = readStrictJson(bytes, { maxBytes });
  return json.ok ? readShape(shape, json.value) : json;
}

/** The system's word for an error, e.g. `ENOENT`; never its message, which holds paths. */
export function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.name : 'error';
}
