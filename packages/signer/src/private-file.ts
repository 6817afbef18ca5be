/** Secrets in files: read once, bounded, and only when nobody but the owner can read them. */
import { closeSync, constants, fstatSync, openSync, readSync } from 'node:fs';
import { ok, type Result } from '@countersign/core';
import { escapeHostile } from '@countersign/seal';
import { no } from './codes.ts';

const MAX_BYTES = 65_536;
const OTHERS = 0o077;

/** Judged and read through one handle, so that the file cannot be exchanged in between; a pipe is not waited for. */
export function readPrivateFile(path: string): Result<string> {
  const shown = `\`${escapeHostile(path, 400)}\``;
  const handle = opened(path);
  if (handle === undefined) return no('no-key', `the file ${shown} cannot be read`);
  try {
    const about = fstatSync(handle);
    if (!about.isFile()) return no('no-key', `${shown} is not a file`);
    if (about.size > MAX_BYTES) return no('bad-key', `the file ${shown} is too large for a key`);
    // Windows has no such bits; there the folder of the profile keeps others out.
    if (process.platform !== 'win32' && (about.mode & OTHERS) !== 0)
      return no('key-exposed', `others than its owner may use the file ${shown}`);
    const bytes = Buffer.alloc(MAX_BYTES + 1);
    const length = readSync(handle, bytes);
    return length > MAX_BYTES
      ? no('bad-key', `the file ${shown} is too large for a key`)
      : ok(bytes.toString('utf8', 0, length));
  } finally {
    closeSync(handle);
  }
}

function opened(path: string): number | undefined {
  try {
    return openSync(path, constants.O_RDONLY | (constants.O_NONBLOCK ?? 0));
  } catch {
    // Missing or forbidden: the caller names the file.
    return undefined;
  }
}
