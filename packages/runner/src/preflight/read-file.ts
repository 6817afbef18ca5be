/** Local files of an enclave are read like everything else: bounded, strict, every complaint at once. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { readShape, refuse, type Result, type Shape } from '@countersign/core';
import { readStrictJson } from '@countersign/seal';

const DEFAULT_MAX_BYTES = 16_777_216;
const OTHERS = 0o077;

/** Bytes of a file, refused when it is missing, larger than `maxBytes` or no file: a pipe or device would never end. */
export const readBounded = (path: string, maxBytes: number = DEFAULT_MAX_BYTES): Result<Uint8Array> =>
  readOpened(path, { maxBytes });

/** The same for a folder others write to: a link there is not followed. */
export const readPlanted = (path: string, maxBytes: number): Result<Uint8Array> =>
  readOpened(path, { maxBytes, flags: constants.O_NOFOLLOW });

/** The same for a key: what others than its owner can use is everybody's. */
export const readSecret = (path: string, maxBytes: number): Result<Uint8Array> =>
  readOpened(path, { maxBytes, isSecret: true });

interface Reading {
  readonly maxBytes: number;
  readonly flags?: number;
  readonly isSecret?: boolean;
}

function readOpened(path: string, reading: Reading): Result<Uint8Array> {
  try {
    const handle = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK | (reading.flags ?? 0));
    try {
      return readHandle(handle, reading);
    } finally {
      closeSync(handle);
    }
  } catch (error) {
    return refuse('unreadable', `the file cannot be read (${codeOf(error)})`);
  }
}

function readHandle(handle: number, { maxBytes, isSecret = false }: Reading): Result<Uint8Array> {
  const { size, mode } = fstatSync(handle);
  if ((mode & constants.S_IFMT) !== constants.S_IFREG) return refuse('unreadable', 'not a regular file');
  // Windows has no such bits; there the folder of the profile keeps others out.
  if (isSecret && process.platform !== 'win32' && (mode & OTHERS) !== 0)
    return refuse('key-exposed', 'others than its owner may use the file');
  if (size > maxBytes) return refuse('too-large', `the file has ${size} bytes, more than ${maxBytes}`);
  const bytes = Buffer.alloc(size);
  let at = 0;
  while (at < size) {
    const read = readSync(handle, bytes, at, size - at, at);
    if (read === 0) break;
    at += read;
  }
  return { ok: true, value: bytes.subarray(0, at) };
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
